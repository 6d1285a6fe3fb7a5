//! Whole people and single rows that are to go: each needs its own right, in everything that goes with them.

use std::collections::BTreeSet;

use uuid::Uuid;

use super::Permitted;
use crate::access::grant::{Reach, Verb};
use crate::access::viewer::{Principal, Viewer};
use crate::catalog::{Catalog, Resource, ResourceId};
use crate::error::{Code, Refusal};
use crate::plan::erase::{Action, EraseStep, Root, Rooted};
use crate::plan::removal::Removal;
use crate::plan::slice::Subject;
use crate::plan::user::Departing;

/// A permitted erasure: who, and the steps.
#[derive(Clone, Debug, PartialEq)]
pub struct Erasure {
    /// The person.
    pub subject: Subject,
    /// The steps, in order.
    pub steps: Vec<EraseStep>,
}

impl Rooted for Erasure {
    fn root(&self) -> Root<'_> {
        Root::Person(&self.subject)
    }

    fn steps(&self) -> &[EraseStep] {
        &self.steps
    }
}

/// A permitted erasure of somebody who was erased before and written again.
#[derive(Clone, Debug, PartialEq)]
pub struct Again {
    /// The ids that the person has by now.
    pub subscribers: Vec<Uuid>,
    /// The address, in each of the spellings in which it stands.
    pub addresses: Vec<String>,
    /// The steps, in order.
    pub steps: Vec<EraseStep>,
}

impl Rooted for Again {
    fn root(&self) -> Root<'_> {
        Root::Again(&self.subscribers, &self.addresses)
    }

    fn steps(&self) -> &[EraseStep] {
        &self.steps
    }
}

/// A permitted erasure of a user, as far as one account goes.
#[derive(Clone, Debug, PartialEq)]
pub struct Departure {
    /// The user.
    pub departing: Departing,
    /// The steps, in order.
    pub steps: Vec<EraseStep>,
}

impl Rooted for Departure {
    fn root(&self) -> Root<'_> {
        Root::User(&self.departing)
    }

    fn steps(&self) -> &[EraseStep] {
        &self.steps
    }
}

/// Permits the erasure of a user in the viewer's account: for operators, as a user may work for any number of accounts.
pub fn erase_user(
    catalog: &Catalog,
    viewer: &Viewer,
    departing: Departing,
    steps: Vec<EraseStep>,
) -> Result<Permitted<Departure>, Refusal> {
    may_erase(catalog, viewer, &steps)?;
    if !matches!(viewer.principal, Principal::Operator(_)) {
        let message = "a user may work for any number of accounts, so that operators alone erase one";
        return Err(Refusal::new(Code::Forbidden, message));
    }
    Permitted::also_when_closed(viewer, Departure { departing, steps })
}

/// Permits an erasure: needs the right to erase, over the whole account, in every resource that it touches,
/// because a person is shared by all lists (`domain.md` 4.3, point 3).
pub fn erase(
    catalog: &Catalog,
    viewer: &Viewer,
    subject: Subject,
    steps: Vec<EraseStep>,
) -> Result<Permitted<Erasure>, Refusal> {
    may_erase(catalog, viewer, &steps)?;
    // A person's right does not end with the account.
    Permitted::also_when_closed(viewer, Erasure { subject, steps })
}

/// Permits the same of somebody who was written again.
pub fn erase_again(catalog: &Catalog, viewer: &Viewer, again: Again) -> Result<Permitted<Again>, Refusal> {
    may_erase(catalog, viewer, &again.steps)?;
    Permitted::also_when_closed(viewer, again)
}

fn may_erase(catalog: &Catalog, viewer: &Viewer, steps: &[EraseStep]) -> Result<(), Refusal> {
    let touched = steps.iter().map(|step| catalog.get(step.resource));
    let lacking = lacking(touched, |resource| {
        *viewer.reach(resource.id, Verb::Erase) == Reach::All
    });
    if lacking.is_empty() {
        return Ok(());
    }
    let mut message = format!(
        "an erasure needs the right to erase in the whole account; your groups lack it for {}",
        lacking.join(", ")
    );
    let profiles = catalog.table("subscriber_profiles");
    if viewer.reach(profiles.id, Verb::Delete).is_something() {
        // Whoever is let in to some lists decides about these, and not about the person.
        message.push_str(&format!(
            "; you take people off your lists by delete{}",
            profiles.name
        ));
    }
    Err(Refusal::new(Code::Forbidden, message))
}

/// Permits the deletion of a row, if it is in scope, which whoever looks it up sees: needs the right to delete as far in
/// everything that goes with it. References that are cut need no right: nothing of those rows is decided.
pub fn remove(catalog: &Catalog, viewer: &Viewer, removal: Removal) -> Result<Permitted<Removal>, Refusal> {
    let reach = viewer.reach(removal.resource, Verb::Delete);
    let gone = removal
        .steps
        .iter()
        .filter(|step| step.action == Action::Delete)
        .map(|step| catalog.get(step.resource));
    let lacking = lacking(gone, |resource| {
        let further = viewer.reach(resource.id, Verb::Delete);
        further.is_something() && further.covers(reach)
    });
    if reach.is_something() && lacking.is_empty() {
        return Permitted::now(viewer, removal);
    }
    let resource = catalog.get(removal.resource);
    let message = match reach.is_something() {
        false => format!("your groups do not let you delete {}", resource.plural),
        true => format!(
            "what goes with it must be yours to delete, too; your groups lack that for {}",
            lacking.join(", ")
        ),
    };
    Err(Refusal::new(Code::Forbidden, message))
}

/// Permits seeing to what is past its clock: for those who may delete and erase everything of the table.
pub fn retire<T>(viewer: &Viewer, resource: ResourceId, due: T) -> Result<Permitted<T>, Refusal> {
    let may = |verb| *viewer.reach(resource, verb) == Reach::All;
    if may(Verb::Delete) && may(Verb::Erase) {
        return Permitted::also_when_closed(viewer, due);
    }
    let message = "what is past its clock is seen to by those who may delete and erase everything";
    Err(Refusal::new(Code::Forbidden, message))
}

/// The plurals of the resources that are not within reach, each once, in their order.
pub(super) fn lacking<'a>(
    resources: impl Iterator<Item = &'a Resource>,
    is_within_reach: impl Fn(&Resource) -> bool,
) -> Vec<&'a str> {
    let lacking: BTreeSet<&str> = resources
        .filter(|resource| !is_within_reach(resource))
        .map(|resource| resource.plural.as_str())
        .collect();
    lacking.into_iter().collect()
}
