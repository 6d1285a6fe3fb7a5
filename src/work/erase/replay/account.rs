//! Repeating the erasure of a whole account: closed again as it was, and erased by the same steps, whatever holds it in the
//! older database.

use serde_json::json;

use super::{OTHERS, UNDER_WAY, new_row, receipts, run};
use crate::access::viewer::Viewer;
use crate::cell::{Cell, Kind};
use crate::error::Result;
use crate::fail_point::{FailPoint, reach};
use crate::store::audit::{self, AuditEvent};
use crate::store::ending;
use crate::store::erasure_log;
use crate::store::queue::{self, Queue};
use crate::work::erase::replay::Became;
use crate::work::erase::whole;
use crate::work::installation::Installation;
use crate::work::ledger::Entry;
use crate::work::ledger::standing::Outstanding;

/// Repeats it; goes on with one that is under way. An account that is erased here stays so.
pub(super) async fn repeat(
    installation: &Installation,
    viewer: &Viewer,
    one: &Outstanding,
) -> Result<Became> {
    let entry = &one.entry;
    loop {
        match state(installation, entry).await?.as_deref() {
            Some(state) if UNDER_WAY.contains(&state) || state == "confirmed" => {
                run(installation, viewer, entry.erasure).await?;
            }
            Some("done" | "partial") if is_erased(installation, entry).await? => {
                return Ok(match one.is_known() {
                    true => Became::KnownAlready,
                    false => Became::Repeated,
                });
            }
            _ => {
                begin(installation, viewer, entry).await?;
                reach(FailPoint::ReplayBegun);
            }
        }
    }
}

async fn state(installation: &Installation, entry: &Entry) -> Result<Option<String>> {
    let columns = [("state", Kind::Text)];
    let (database, account) = (&installation.database, entry.account);
    let row = queue::read(database, Queue::Erasures, account, entry.erasure, &columns).await?;
    Ok(row.and_then(|row| row[0].as_text().map(str::to_owned)))
}

async fn is_erased(installation: &Installation, entry: &Entry) -> Result<bool> {
    let closed = ending::closed(&installation.database).await?;
    Ok(closed
        .iter()
        .any(|account| account.id == entry.account && account.is_erased))
}

/// The account as it was when it was closed, and the erasure's row as if it had been agreed to now, in one transaction.
async fn begin(installation: &Installation, viewer: &Viewer, entry: &Entry) -> Result<()> {
    let (now, account) = (installation.clock.now(), entry.account);
    let closed = ending::closed(&installation.database).await?;
    let closed = closed.iter().find(|closed| closed.id == account);
    let closed_at = closed.map_or(entry.finished_at, |closed| closed.closed_at);
    let users = whole::users_of(installation, account).await?;
    let number = receipts(installation, viewer, entry.erasure).await? + 1;
    let place = (account, entry.erasure);
    let mut columns = whole::columns(installation, place, users, closed_at, |plan| {
        plan["replay"] = json!({ "receipt": number });
    })
    .await?;
    columns.extend([
        ("state", Cell::from("confirmed")),
        ("lease_until", Cell::Null),
        ("error_code", Cell::Null),
        ("finished_at", Cell::Null),
        ("second_receipt", Cell::Null),
        ("second_receipt_signature", Cell::Null),
        ("updated_at", now.into()),
    ]);
    let new = new_row(viewer, entry, &columns, now);
    let event =
        AuditEvent::by(viewer, installation.new_id(), now, "erasure.replayed").of("Erasure", entry.erasure);
    installation
        .database
        .write(async |transaction| {
            ending::close_again(transaction, account, closed_at, now).await?;
            let is_there = queue::change_from(
                transaction,
                Queue::Erasures,
                account,
                entry.erasure,
                &OTHERS,
                &columns,
            )
            .await?;
            if is_there {
                // A sweep that has it just now would end it as what it was.
                queue::take_away(transaction, Queue::Erasures, account, entry.erasure).await?;
                erasure_log::forget(transaction, account, entry.erasure).await?;
            } else {
                let asker = ("requested_by_id", viewer.principal.id());
                queue::add(transaction, Queue::Erasures, account, asker, &new).await?;
            }
            audit::append(transaction, std::slice::from_ref(&event)).await
        })
        .await
}
