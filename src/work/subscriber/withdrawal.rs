//! Withdrawing a consent (Art. 7 (3) GDPR), whatever it is for: those of no list, too, which nobody leaves.

use uuid::Uuid;

use crate::access::grant::Verb;
use crate::access::viewer::Viewer;
use crate::cell::Cell;
use crate::error::Result;
use crate::work::edit::{Edit, no_such};
use crate::work::installation::Installation;

/// Marks a consent as withdrawn. Errors: `INVALID_ID`.
pub async fn withdraw(installation: &Installation, viewer: &Viewer, consent: Uuid) -> Result<()> {
    let mut edit = Edit::begin_for_a_person(installation, viewer).await?;
    edit.may(Verb::Write, &["consents"])?;
    edit.hold_fence().await?;
    let key = [("id", Cell::from(consent))];
    let found = edit
        .look(Verb::Write, "consents", &key, &["withdrawn_at"])
        .await?;
    let row = found.first().ok_or_else(|| no_such("consent", &["consent"]))?;
    if !row[0].is_null() {
        return Ok(());
    }
    let set = [("withdrawn_at", edit.now.into())];
    edit.change(Verb::Write, "consents", &key, &set).await?;
    edit.tell("consent.withdrawn", "Consent", consent);
    edit.commit().await
}

/// Marks what a person agreed to for a list as withdrawn; gives how many consents those were.
pub(super) async fn of_list(edit: &mut Edit<'_>, subscriber: Uuid, list: Uuid) -> Result<u64> {
    let key = [
        ("subscriber_id", subscriber.into()),
        ("list_id", list.into()),
        ("preference", "opt_in".into()),
        ("withdrawn_at", Cell::Null),
    ];
    let set = [("withdrawn_at", edit.now.into())];
    edit.change(Verb::Write, "consents", &key, &set).await
}
