//! From a permitted plan to one statement for each level (D5, ruling 19), and what its rows mean.
//!
//! Pure. The entry points take what only `access::permit` can make: an [`Asker`] comes from a `Permitted` alone.
//! Every statement is bound to the account first, then to the asker's scope, then to what is wanted.

mod draft;
mod filter;
mod keyset;
mod level;
mod page;
mod scope;
mod select;
mod touch;
mod walk;

use uuid::Uuid;

pub(in crate::store) use level::{Compiled, Parents, RowPlaces, level};
pub(in crate::store) use select::id_at;
pub(in crate::store) use touch::{change, look, outside, remove};
pub(in crate::store) use walk::{SLICE_LIMIT, Slice, number_of_rows, slice};

use crate::access::permit::Permitted;
use crate::access::viewer::{AccessVersion, Principal};

/// For whom statements are made.
#[derive(Copy, Clone, Debug)]
pub(in crate::store) struct Asker {
    account: Uuid,
    operator: bool,
    as_of: Option<AccessVersion>,
}

impl Asker {
    /// Who asked for a permitted plan.
    pub(in crate::store) fn of<T>(permitted: &Permitted<T>) -> Asker {
        Asker {
            account: permitted.account(),
            operator: matches!(permitted.principal(), Principal::Operator(_)),
            as_of: permitted.as_of(),
        }
    }

    /// The account whose rows are asked for.
    pub(in crate::store) fn account(&self) -> Uuid {
        self.account
    }
}
