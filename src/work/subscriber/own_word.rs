//! What ends by a person's own word: an objection to being mailed, when a sign-up made since is confirmed. What was restricted
//! or is disputed is for the controller to decide.

use uuid::Uuid;

use crate::clock::Instant;
use crate::error::Result;
use crate::store::restriction::{self, Holding};
use crate::work::edit::{Edit, suppressed};

/// Whether the person objects to being mailed, so that a sign-up has to be confirmed. Errors: `SUPPRESSED` where more than
/// that holds.
pub(super) async fn objects(edit: &mut Edit<'_>, person: Uuid) -> Result<bool> {
    let held = edit.restrictions(person).await?;
    match held.iter().all(Holding::ends_by_own_word) {
        true => Ok(!held.is_empty()),
        false => Err(suppressed(&["email"]).into()),
    }
}

/// Lifts the objections made before the sign-up that is confirmed: whoever asks to be mailed objects no longer. Errors:
/// `SUPPRESSED` where something else holds, or an objection made since.
pub(super) async fn end_objections(
    edit: &mut Edit<'_>,
    person: Uuid,
    asked_at: Option<Instant>,
) -> Result<()> {
    let held = edit.restrictions(person).await?;
    let is_of_before = |known: &Holding| asked_at.is_some_and(|asked| known.starts_at <= asked);
    if !held
        .iter()
        .all(|known| known.ends_by_own_word() && is_of_before(known))
    {
        return Err(suppressed(&["token"]).into());
    }
    if held.is_empty() {
        return Ok(());
    }
    let ids: Vec<Uuid> = held.iter().map(|known| known.id).collect();
    restriction::lift(&mut edit.transaction, edit.viewer.account, &ids, edit.now).await?;
    for id in ids {
        edit.tell("restriction.lifted", "ProcessingRestriction", id);
    }
    Ok(())
}
