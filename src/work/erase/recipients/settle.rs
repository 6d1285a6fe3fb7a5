//! What follows from the clock and from the last word: recipients whose time is over are overdue, and an erasure that waited
//! for nobody else is done, with a further receipt. Repeatable: whoever comes after a crash finds what is due.

use serde_json::{Value, json};
use uuid::Uuid;

use super::documents;
use crate::access::viewer::Viewer;
use crate::cell::{Cell, Kind, instant_text};
use crate::error::Result;
use crate::fail_point::{FailPoint, reach};
use crate::store::audit::{self, AuditEvent};
use crate::store::erasure_recipient as store;
use crate::store::queue::{self, Claim, Queue};
use crate::work::erase::held;
use crate::work::erase::receipt::sign;
use crate::work::erase::row::{ErasureRow, read};
use crate::work::erase::whole;
use crate::work::installation::Installation;
use crate::work::job;

/// Calls those overdue whose time is over, and alarms about each; gives how many there were.
pub async fn overdue(installation: &Installation) -> Result<usize> {
    let now = installation.clock.now();
    let mut overdue = 0;
    loop {
        let due = store::due(&installation.database, now).await?;
        let mut changed = 0;
        for (account, id) in due {
            let event =
                AuditEvent::by_system(account, installation.new_id(), now, "erasure.recipient_overdue")
                    .of("ErasureRecipient", id);
            let late = installation
                .database
                .write(async |transaction| {
                    let found = store::look(transaction, account, id).await?;
                    // It may have been reported since.
                    let is_due = |state: &str| ["to_tell", "told"].contains(&state);
                    let Some(mut found) = found.filter(|found| is_due(&found.state)) else {
                        return Ok(None);
                    };
                    found.state = "overdue".to_owned();
                    store::change(transaction, account, &found, now).await?;
                    audit::append(transaction, std::slice::from_ref(&event)).await?;
                    Ok(Some(found))
                })
                .await?;
            if let Some(late) = late {
                changed += 1;
                tracing::warn!(%account, erasure = %late.erasure, recipient = %id, "somebody who was given data of an erased person has not confirmed its erasure in time");
            }
        }
        overdue += changed;
        if changed == 0 {
            return Ok(overdue);
        }
    }
}

/// Ends the erasures of people that wait for nobody any more, and were not ended by whoever said the last word.
pub async fn settle_all(installation: &Installation) -> Result<()> {
    for (account, erasure) in store::settled(&installation.database).await? {
        // One that cannot be ended now keeps no other from it.
        if let Err(error) = settle(installation, account, erasure).await {
            tracing::warn!(%erasure, code = error.code().as_str(), %error, "an erasure that waits for nobody was not ended");
        }
    }
    Ok(())
}

/// Ends an erasure that waited for its recipients alone; true when it has. Where somebody has it in hand, they do so when
/// they let go of it.
pub async fn settle(installation: &Installation, account: Uuid, erasure: Uuid) -> Result<bool> {
    let columns = [("state", Kind::Text), ("account_closed_at", Kind::Instant)];
    let database = &installation.database;
    let row = queue::read(database, Queue::Erasures, account, erasure, &columns).await?;
    let is_partial = row
        .as_ref()
        .is_some_and(|row| row[0].as_text() == Some("partial"));
    if !is_partial || store::is_any_open(database, account, erasure).await? {
        return Ok(false);
    }
    if row.is_some_and(|row| row[1].as_instant().is_some()) {
        return whole::go_on(installation, account, erasure).await;
    }
    match held::take(installation, account, erasure).await? {
        Some(claim) => end(installation, &claim).await,
        None => Ok(false),
    }
}

/// Writes the further receipt and DONE.
async fn end(installation: &Installation, claim: &Claim) -> Result<bool> {
    let viewer = Viewer::at_the_machine(&installation.catalog, Uuid::nil(), claim.account);
    let row = read(installation, &viewer, claim.id).await?;
    let now = installation.clock.now();
    let recipients = store::of_erasure(&installation.database, claim.account, claim.id).await?;
    let mut receipt = document(&row, claim);
    receipt["recipients"] = documents(&recipients).into();
    receipt["finishedAt"] = instant_text(now).into();
    receipt["keyId"] = installation.keys.receipt_key_id().into();
    let signed = sign(installation, receipt)?;
    let columns: Vec<(&str, Cell)> = vec![
        ("state", "done".into()),
        ("second_receipt", signed.receipt.into()),
        ("second_receipt_signature", signed.signature.into()),
        ("finished_at", now.into()),
        ("lease_until", Cell::Null),
        ("updated_at", now.into()),
    ];
    let event = AuditEvent::by_system(claim.account, installation.new_id(), now, "erasure.completed")
        .of("Erasure", claim.id);
    let is_done = job::finish(installation, claim, &["partial"], &columns, &event).await?;
    reach(FailPoint::ErasureSecondReceipt);
    if !is_done {
        // Ended by somebody else in between; without the lease it can be looked at again at once.
        held::let_go(installation, claim).await?;
    }
    Ok(is_done)
}

/// What the receipt repeats of those before: it is the latest, and stands for all that was done later.
pub(in crate::work::erase) fn document(row: &ErasureRow, claim: &Claim) -> Value {
    let before = [&row.second_receipt, &row.receipt];
    let before: Vec<&Value> = before.into_iter().flatten().map(|(receipt, _)| receipt).collect();
    let latest = |name: &str| {
        let mut said = before.iter().map(|receipt| &receipt[name]);
        said.find(|value| !value.is_null())
            .cloned()
            .unwrap_or(Value::Null)
    };
    json!({
        "kind": "postern-erasure-receipt",
        "version": 1,
        "number": row.next_receipt(),
        "erasureId": claim.id,
        "account": claim.account,
        "subject": row.plan["subject"],
        "state": "DONE",
        "attestation": latest("attestation"),
        "planHash": row.plan_hash,
        "sweep": latest("sweep"),
    })
}
