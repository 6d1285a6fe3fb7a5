//! Telling those who were given a person's data that it is erased (Art. 19 GDPR): noted with the fence, reported by
//! whoever may erase, alarmed about when their time is over. As long as one of them has not confirmed, no erasure is DONE.
//! Must not know what is done to the person's rows.

mod report;
mod settle;

use chrono::TimeDelta;
pub use report::{Report, report};
use serde_json::{Value, json};
pub(super) use settle::document as later_receipt;
pub use settle::{overdue, settle, settle_all};
use uuid::Uuid;

use crate::access::viewer::Viewer;
use crate::cell::instant_text;
use crate::clock::Instant;
use crate::error::Result;
use crate::store::Transaction;
use crate::store::erasure_recipient::{self as store, Recipient, Whose};
use crate::work::erase::row::read;
use crate::work::installation::Installation;

/// Notes who is to be told of an erasure. In the transaction of the fence, before the person's disclosures are unlinked.
pub(super) async fn note(
    installation: &Installation,
    transaction: &mut Transaction,
    erasure: (Uuid, Uuid),
    whose: Whose,
    now: Instant,
) -> Result<()> {
    let days = TimeDelta::days(i64::from(installation.catalog.settings.recipient_days));
    let new_id = || installation.new_id();
    store::note(transaction, erasure, whose, (now, now + days), new_id).await
}

/// Everybody who is to be told of an erasure, or was; for those alone who may erase.
pub async fn list(installation: &Installation, viewer: &Viewer, erasure: Uuid) -> Result<Vec<Recipient>> {
    read(installation, viewer, erasure).await?;
    store::of_erasure(&installation.database, viewer.account, erasure).await
}

/// Whether an erasure waits for any of these.
pub(super) fn is_any_open(recipients: &[Recipient]) -> bool {
    recipients.iter().any(Recipient::is_open)
}

/// As they stand in receipts.
pub fn documents(recipients: &[Recipient]) -> Vec<Value> {
    let document = |one: &Recipient| {
        json!({
            "recipientId": one.id,
            // What names somebody in a receipt could not be taken out of it again: whoever has an address as a name, or may be
            // the person's own server, is known by the id.
            "recipient": (!one.recipient.contains('@') && one.kind != "other").then_some(one.recipient.as_str()),
            "kind": one.kind.to_uppercase(),
            "state": one.state.to_uppercase(),
            "reason": one.reason,
            "dueAt": instant_text(one.due_at),
            "toldAt": one.told_at.map(instant_text),
            "confirmedAt": one.confirmed_at.map(instant_text),
        })
    };
    recipients.iter().map(document).collect()
}
