//! The door for closing and reopening a whole account.

use super::Permitted;
use super::erase::lacking;
use crate::access::grant::{Reach, Verb};
use crate::access::viewer::Viewer;
use crate::catalog::{Catalog, Owner};
use crate::error::{Code, Refusal};
use crate::plan::erase::{EraseStep, Root, Rooted};
use crate::plan::whole::Whole;

/// The closing, or the reopening, of the viewer's account.
#[derive(Copy, Clone, Debug, PartialEq, Eq)]
pub struct Closing;

/// A permitted erasure of the viewer's account: what is known of it, and the steps.
#[derive(Clone, Debug, PartialEq)]
pub struct Ending {
    /// The account.
    pub whole: Whole,
    /// The steps, in order.
    pub steps: Vec<EraseStep>,
}

impl Rooted for Ending {
    fn root(&self) -> Root<'_> {
        Root::Account(&self.whole)
    }

    fn steps(&self) -> &[EraseStep] {
        &self.steps
    }
}

/// Permits erasing the account, by the same right as closing it.
pub fn end(
    catalog: &Catalog,
    viewer: &Viewer,
    whole: Whole,
    steps: Vec<EraseStep>,
) -> Result<Permitted<Ending>, Refusal> {
    close(catalog, viewer)?;
    Permitted::also_when_closed(viewer, Ending { whole, steps })
}

/// Permits closing the account and reopening it: needs the right to erase, without a narrower scope, in everything that
/// is the account's, because all of it goes in the end.
pub fn close(catalog: &Catalog, viewer: &Viewer) -> Result<Permitted<Closing>, Refusal> {
    let all = catalog
        .resources()
        .filter(|resource| matches!(resource.owner, Owner::Account | Owner::Itself));
    let lacking = lacking(all, |resource| {
        *viewer.reach(resource.id, Verb::Erase) == Reach::All
    });
    if lacking.is_empty() {
        return Permitted::also_when_closed(viewer, Closing);
    }
    let message = match lacking.as_slice() {
        few if few.len() <= 5 => format!(
            "an account is closed and reopened by those who may erase all of it; your groups lack that for {}",
            few.join(", ")
        ),
        _ => "an account is closed and reopened by those who may erase all of it; your groups do not let you"
            .to_owned(),
    };
    Err(Refusal::new(Code::Forbidden, message))
}
