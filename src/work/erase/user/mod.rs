//! The erasure of a user, somebody who works for accounts or for the platform: what names the user goes in one account after
//! the other, as the policy says of each reference, and the user's own row at last. Planned, agreed to, repeated and attested
//! as that of a person; only operators do it, as the installation knows a user once.

mod plan;
mod receipt;
mod replay;
mod run;

pub use plan::{UserChoice, plan};
pub(super) use replay::repeat;
pub(super) use run::run;
use serde::{Deserialize, Serialize};
use serde_json::Value;
use uuid::Uuid;

use crate::access::permit::{self, Departure, Permitted};
use crate::access::viewer::Viewer;
use crate::error::Result;
use crate::plan::user::{Departing, steps};
use crate::work::installation::Installation;

/// What a plan says in the field `subjectKind` when it is about a user.
const KIND: &str = "USER";

/// Who is to go, sealed with the ring's key for as long as the erasure needs it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
struct Sealed {
    user: Uuid,
    address: String,
}

impl From<Sealed> for Departing {
    fn from(sealed: Sealed) -> Departing {
        Departing {
            user: sealed.user,
            address: sealed.address,
        }
    }
}

/// Whether a plan is about a user.
pub(super) fn is_of_a_user(plan: &Value) -> bool {
    plan["subjectKind"] == KIND
}

/// What stands for the user in plans and receipts: nobody can tell from it who it was.
fn token(installation: &Installation, account: Uuid, departing: &Departing) -> Vec<u8> {
    let words = format!("user {}", departing.user);
    let (_, token) = installation.keys.suppression_token(account, &words);
    token.to_vec()
}

/// Refuses whoever may not erase users, whoever it were.
fn may_erase(installation: &Installation, viewer: &Viewer) -> Result<()> {
    let catalog = &installation.catalog;
    let nobody = Departing {
        user: Uuid::nil(),
        address: String::new(),
    };
    permit::erase_user(catalog, viewer, nobody, steps(catalog))?;
    Ok(())
}

/// The steps in one account, as those at the machine may run them.
fn permitted(
    installation: &Installation,
    account: Uuid,
    departing: &Departing,
) -> Result<Permitted<Departure>> {
    let catalog = &installation.catalog;
    let viewer = Viewer::at_the_machine(catalog, Uuid::nil(), account);
    Ok(permit::erase_user(
        catalog,
        &viewer,
        departing.clone(),
        steps(catalog),
    )?)
}
