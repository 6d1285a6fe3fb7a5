//! What requests do to single rows: looks, changes, removals, new rows, and the rectification of an address.

use super::erase::lacking;
use super::{Permitted, Scope, is_the_platforms};
use crate::access::grant::{Reach, Verb};
use crate::access::viewer::{Principal, Viewer};
use crate::catalog::{Catalog, ColumnId};
use crate::cell::Cell;
use crate::error::{Code, Refusal};
use crate::plan::write::{Change, Rectify, Touches};

/// A permitted touch of rows: what is to be done, and in which rows it may be.
#[derive(Clone, Debug, PartialEq)]
pub struct InScope<T> {
    /// What is to be done.
    pub wanted: T,
    /// The rows that it may be done to; any other is not found.
    pub scope: Scope,
}

/// Permits a look at rows, a change, a removal or new rows by a request, in the rows that the viewer's right to do
/// `verb` reaches. Refused only where it reaches nothing: a row out of reach is one that does not exist.
pub fn touch<T: Touches>(
    catalog: &Catalog,
    viewer: &Viewer,
    verb: Verb,
    wanted: T,
) -> Result<Permitted<InScope<T>>, Refusal> {
    Permitted::now(viewer, in_scope(catalog, viewer, verb, wanted)?)
}

/// The same for what a person asks for: it is done in a closed account, too, as the rights of people do not end with it. No
/// person is made or corrected so, and nothing is changed that is about nobody.
pub fn touch_for_a_person<T: Touches>(
    catalog: &Catalog,
    viewer: &Viewer,
    verb: Verb,
    wanted: T,
) -> Result<Permitted<InScope<T>>, Refusal> {
    let resource = catalog.get(wanted.resource());
    let is_let_through = match verb {
        Verb::Read | Verb::ReadClear | Verb::Export | Verb::Erase => true,
        Verb::Write => !resource.subject.is_empty() && resource.table != "subscribers",
        Verb::Delete | Verb::Manage => false,
    };
    let wanted = in_scope(catalog, viewer, verb, wanted)?;
    match is_let_through {
        true => Permitted::also_when_closed(viewer, wanted),
        false => Permitted::now(viewer, wanted),
    }
}

fn in_scope<T: Touches>(
    catalog: &Catalog,
    viewer: &Viewer,
    verb: Verb,
    wanted: T,
) -> Result<InScope<T>, Refusal> {
    let resource = catalog.get(wanted.resource());
    let reach = viewer.reach(resource.id, verb);
    if !reach.is_something() || is_the_platforms(resource, viewer) {
        return Err(Refusal::new(
            Code::Forbidden,
            format!("your groups do not let you {} {}", verb.word(), resource.plural),
        ));
    }
    let scope = Scope::from(reach);
    Ok(InScope { wanted, scope })
}

/// What everybody may change of the own row.
const OWN_PROFILE: [&str; 4] = ["name", "timezone", "locale", "updated_at"];

/// Permits users to change how they are addressed, without any right.
pub fn own_profile(
    catalog: &Catalog,
    viewer: &Viewer,
    wanted: Change,
) -> Result<Permitted<InScope<Change>>, Refusal> {
    let users = catalog.table("users");
    let own = vec![(users.id_of("id"), vec![viewer.principal.id().into()])];
    let is_a_user = matches!(viewer.principal, Principal::User(_));
    let is_profile =
        |(column, _): &(ColumnId, Cell)| OWN_PROFILE.contains(&users.column(*column).name.as_str());
    let fits = wanted.resource == users.id && wanted.key == own && wanted.set.iter().all(is_profile);
    if !is_a_user || !fits {
        let message = "this is not your own profile";
        return Err(Refusal::new(Code::Forbidden, message));
    }
    let scope = Scope::All;
    Permitted::now(viewer, InScope { wanted, scope })
}

/// Permits putting another address in place of a person's: needs the right to write, over the whole account, in every
/// resource that holds rows about people, because a person is shared by all lists.
pub fn rectify(catalog: &Catalog, viewer: &Viewer, wanted: Rectify) -> Result<Permitted<Rectify>, Refusal> {
    let about_people = catalog
        .resources()
        .filter(|resource| !resource.subject.is_empty());
    let lacking = lacking(about_people, |resource| {
        *viewer.reach(resource.id, Verb::Write) == Reach::All
    });
    if lacking.is_empty() {
        return Permitted::now(viewer, wanted);
    }
    Err(Refusal::new(
        Code::Forbidden,
        format!(
            "another address reaches every copy in the account, so it needs the right to write in the whole account; \
             your groups lack it for {}",
            lacking.join(", ")
        ),
    )
    .at(["email"]))
}
