//! A subscriber's place on a list, as the verbs about it look at it.

use entities::value::ProfileStatus;
use sea_orm::ActiveEnum;
use uuid::Uuid;

use crate::access::grant::Verb;
use crate::cell::Cell;
use crate::error::{Code, Error, Fault, Refusal, Result};
use crate::work::edit::Edit;
use crate::work::plain_text;

/// A place on a list.
pub(super) struct Place {
    pub(super) id: Uuid,
    pub(super) status: ProfileStatus,
}

/// The place that somebody has on a list, held to the end of the edit.
pub(super) async fn place_of(edit: &mut Edit<'_>, list: Uuid, subscriber: Uuid) -> Result<Option<Place>> {
    let key = [("list_id", list.into()), ("subscriber_id", subscriber.into())];
    let found = edit
        .look(Verb::Write, "subscriber_profiles", &key, &["id", "status"])
        .await?;
    found
        .first()
        .map(|row| {
            Ok(Place {
                id: row[0].as_uuid().unwrap_or_default(),
                status: status(&row[1])?,
            })
        })
        .transpose()
}

/// The state that a cell holds.
pub(super) fn status(cell: &Cell) -> Result<ProfileStatus> {
    let word = cell.as_text().unwrap_or_default().to_owned();
    ProfileStatus::try_from_value(&word)
        .map_err(|_| Fault::Invariant("a profile in an unknown state".into()).into())
}

/// What somebody is told who wants what the state does not allow.
pub(super) fn wrong_state(field: &'static str) -> Error {
    let message = "the state of the subscriber on this list does not allow it";
    Refusal::new(Code::InvalidState, message).at([field]).into()
}

/// A single line, checked.
pub(super) fn short(text: Option<&str>, field: &str) -> Result<Cell, Refusal> {
    plain_text::check("", text.unwrap_or_default().into(), field)
}

/// Text of several lines, checked.
pub(super) fn long(text: Option<&str>, field: &str) -> Result<Cell, Refusal> {
    plain_text::optional(text, field)
}
