//! What may not be done with somebody's data although it is kept (Art. 18 and 21 GDPR): noting that, and its end. Whoever
//! uses data asks the store whether it may.

use entities::value::RestrictionKind;
use sea_orm::ActiveEnum;
use uuid::Uuid;

use crate::access::grant::Verb;
use crate::access::viewer::Viewer;
use crate::cell::Cell;
use crate::clock::Instant;
use crate::error::{Code, Fault, Refusal, Result};
use crate::store::restriction::DIRECT_MARKETING;
use crate::work::edit::{Edit, no_such};
use crate::work::installation::Installation;
use crate::work::person::{SubscriberChoice, parse_email};
use crate::work::plain_text;

const TABLE: &str = "processing_restrictions";

/// What is wanted.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Wanted {
    /// Whose data.
    pub subscriber: SubscriberChoice,
    /// What was asked for, in the store's word.
    pub kind: String,
    /// What the data may not be used for, in words for people.
    pub purpose: Option<String>,
    /// Why, in the person's words.
    pub reason: Option<String>,
    /// Until when; `None`: until it is lifted.
    pub until: Option<Instant>,
}

const COLUMNS: [&str; 7] = [
    "id",
    "subscriber_id",
    "kind",
    "purpose",
    "reason",
    "starts_at",
    "ends_at",
];

/// Notes a restriction, which holds at once; gives its id. One of that kind and purpose that holds already gets the new
/// reason and end.
pub async fn restrict(installation: &Installation, viewer: &Viewer, wanted: &Wanted) -> Result<Uuid> {
    let kind = RestrictionKind::try_from_value(&wanted.kind)
        .map_err(|_| Fault::Invariant("a kind of restriction that the schema does not have".into()))?;
    let reason = plain_text::optional(wanted.reason.as_deref(), "reason")?;
    let mut purpose = plain_text::optional(wanted.purpose.as_deref(), "purpose")?;
    if kind == RestrictionKind::Objection && purpose.is_null() {
        purpose = DIRECT_MARKETING.into();
    }
    // Against direct marketing nobody has to say why (Art. 21 (3)); against anything else it is weighed (Art. 21 (1)).
    let is_to_marketing = purpose.as_text() == Some(DIRECT_MARKETING);
    if kind == RestrictionKind::Objection && !is_to_marketing && reason.is_null() {
        let message = "an objection to this purpose is weighed against the controller's grounds: give the person's \
                       reason; an objection to direct marketing, which needs none, has no purpose here";
        return Err(Refusal::new(Code::BadUserInput, message).at(["reason"]).into());
    }
    let mut edit = Edit::begin_for_a_person(installation, viewer).await?;
    if wanted.until.is_some_and(|end| end <= edit.now) {
        let message = "the end is in the past";
        return Err(Refusal::new(Code::BadUserInput, message).at(["until"]).into());
    }
    edit.may(Verb::Write, &[TABLE])?;
    edit.hold_fence().await?;
    let subscriber = person(&mut edit, &wanted.subscriber).await?;
    let known = edit.restrictions(subscriber).await?;
    for same in known.iter().filter(|known| known.kind == kind) {
        let key = [("id", Cell::from(same.id)), ("purpose", purpose.clone())];
        let found = edit
            .look(Verb::Write, TABLE, &key, &["reason", "ends_at"])
            .await?;
        let Some(row) = found.first() else {
            continue;
        };
        let set = [("reason", reason.clone()), ("ends_at", wanted.until.into())];
        if set.iter().zip(row).any(|((_, new), old)| new != old) {
            edit.change(Verb::Write, TABLE, &key, &set).await?;
            edit.tell("restriction.changed", "ProcessingRestriction", same.id);
            edit.commit().await?;
        }
        return Ok(same.id);
    }
    let id = edit.new_id();
    let row = vec![
        id.into(),
        subscriber.into(),
        kind.to_value().into(),
        purpose,
        reason,
        edit.now.into(),
        wanted.until.into(),
    ];
    edit.insert(Verb::Write, vec![(TABLE, &COLUMNS, vec![row])])
        .await?;
    edit.tell("restriction.begun", "ProcessingRestriction", id);
    edit.commit().await?;
    Ok(id)
}

/// The person, among those whom the asker may read; not one who is erased.
async fn person(edit: &mut Edit<'_>, choice: &SubscriberChoice) -> Result<Uuid> {
    let key = match choice {
        SubscriberChoice::Email(text) => ("email_normalized", parse_email(text)?.normalized.into()),
        SubscriberChoice::Id(id) => ("id", Cell::from(*id)),
    };
    let columns = ["id", "email_normalized"];
    let found = edit.look(Verb::Read, "subscribers", &[key], &columns).await?;
    let nobody = || {
        let message = "there is no such subscriber in this account";
        Refusal::new(Code::SubjectNotFound, message).at(["subscriber"])
    };
    let row = found.first().ok_or_else(nobody)?;
    let address = row[1].as_text().unwrap_or_default();
    if edit.is_fenced(address).await? {
        return Err(nobody().into());
    }
    Ok(row[0].as_uuid().ok_or_else(nobody)?)
}

/// Lifts a restriction, which stays as the proof that it was heeded. Lifted twice, or past its end, it is lifted. Errors:
/// `INVALID_ID`.
pub async fn lift(installation: &Installation, viewer: &Viewer, restriction: Uuid) -> Result<()> {
    let mut edit = Edit::begin_for_a_person(installation, viewer).await?;
    edit.may(Verb::Write, &[TABLE])?;
    edit.hold_fence().await?;
    let key = [("id", Cell::from(restriction))];
    let found = edit
        .look(Verb::Write, TABLE, &key, &["lifted_at", "ends_at"])
        .await?;
    let row = found
        .first()
        .ok_or_else(|| no_such("restriction", &["restriction"]))?;
    let has_ended = row[1].as_instant().is_some_and(|end| end <= edit.now);
    if !row[0].is_null() || has_ended {
        return Ok(());
    }
    let set = [("lifted_at", edit.now.into())];
    edit.change(Verb::Write, TABLE, &key, &set).await?;
    edit.tell("restriction.lifted", "ProcessingRestriction", restriction);
    edit.commit().await
}
