//! The people of a list, whose erasures are to be planned: everybody, or those who are on no other. Must not know what is
//! done about them.

use uuid::Uuid;

use super::plan::may_erase;
use crate::access::viewer::Viewer;
use crate::error::{Code, Refusal, Result};
use crate::store::audience;
use crate::work::installation::Installation;

/// A list, and people of it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Audience {
    /// The list.
    pub list: Uuid,
    /// Its people, in the order of their ids.
    pub people: Vec<Uuid>,
}

/// The people on a list, for those who may erase them; `only_there`: those who are on no other. Errors: `FORBIDDEN`;
/// `INVALID_ID` when there is no such list, or several have the name.
pub async fn of_list(
    installation: &Installation,
    viewer: &Viewer,
    name_or_id: &str,
    only_there: bool,
) -> Result<Audience> {
    may_erase(&installation.catalog, viewer)?;
    let (database, account) = (&installation.database, viewer.account);
    let list = match audience::lists(database, account, name_or_id).await?.as_slice() {
        [list] => *list,
        [] => {
            return Err(Refusal::new(Code::InvalidId, "there is no such list")
                .at(["list"])
                .into());
        }
        _ => {
            let message = "several lists have this name; say its id instead";
            return Err(Refusal::new(Code::InvalidId, message).at(["list"]).into());
        }
    };
    let mut people = Vec::new();
    loop {
        let after = people.last().copied();
        let page = audience::people(database, (account, list), only_there, after).await?;
        if page.is_empty() {
            return Ok(Audience { list, people });
        }
        people.extend(page);
    }
}
