//! Repeating the erasure of a user in a restored database: by the id of then. Who has come back as a user since has another
//! id, and stays.

use serde_json::json;

use super::plan::{columns, document};
use crate::access::viewer::Viewer;
use crate::cell::{Cell, Kind};
use crate::error::{Code, Refusal, Result};
use crate::fail_point::{FailPoint, reach};
use crate::plan::user::Departing;
use crate::store::audit::{self, AuditEvent};
use crate::store::queue::{self, Queue};
use crate::store::{departure, erasure_log};
use crate::work::erase::replay::{Became, OTHERS, UNDER_WAY, new_row, receipts, run};
use crate::work::installation::Installation;
use crate::work::ledger::Entry;
use crate::work::ledger::standing::Outstanding;

/// Repeats it; goes on with one that is under way.
pub(in crate::work::erase) async fn repeat(
    installation: &Installation,
    viewer: &Viewer,
    one: &Outstanding,
) -> Result<Became> {
    let entry = &one.entry;
    let mut has_run = false;
    loop {
        if is_under_way(installation, entry).await? {
            let state = run(installation, viewer, entry.erasure).await?;
            if state == "paused" {
                let message = format!(
                    "the erasure {} may not go on; look at its errorCode",
                    entry.erasure
                );
                return Err(Refusal::new(Code::InvalidState, message).into());
            }
            has_run = true;
            continue;
        }
        match departure::user(&installation.database, entry.who.id()).await? {
            Some(departing) => {
                begin(installation, viewer, entry, &departing).await?;
                reach(FailPoint::ReplayBegun);
            }
            None if has_run => return Ok(Became::Repeated),
            None if one.is_known() => return Ok(Became::KnownAlready),
            None => return Ok(Became::NobodyThere),
        }
    }
}

async fn is_under_way(installation: &Installation, entry: &Entry) -> Result<bool> {
    let columns = [("state", Kind::Text)];
    let (database, account) = (&installation.database, entry.account);
    let row = queue::read(database, Queue::Erasures, account, entry.erasure, &columns).await?;
    let state = row.as_ref().and_then(|row| row[0].as_text());
    Ok(state.is_some_and(|state| UNDER_WAY.contains(&state)))
}

/// The erasure's row as if the user had been shut out now, and that this is so, in one transaction: whoever is the last owner of
/// an account in the older database was not when it ended.
async fn begin(
    installation: &Installation,
    viewer: &Viewer,
    entry: &Entry,
    departing: &Departing,
) -> Result<()> {
    let (now, account) = (installation.clock.now(), entry.account);
    let number = receipts(installation, viewer, entry.erasure).await? + 1;
    let mut plan = document(installation, account, departing).await?;
    plan["replay"] = json!({ "receipt": number });
    let mut columns = columns(installation, (account, entry.erasure), departing, plan)?;
    columns.extend([
        ("state", Cell::from("fenced")),
        ("fenced_at", now.into()),
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
            let (queue, erasure) = (Queue::Erasures, entry.erasure);
            let touched = [("updated_at", now.into())];
            if queue::change_from(transaction, queue, account, erasure, &UNDER_WAY, &touched).await? {
                return Ok(());
            }
            if queue::change_from(transaction, queue, account, erasure, &OTHERS, &columns).await? {
                queue::take_away(transaction, queue, account, erasure).await?;
                erasure_log::forget(transaction, account, erasure).await?;
            } else {
                let asker = ("requested_by_id", viewer.principal.id());
                queue::add(transaction, queue, account, asker, &new).await?;
            }
            departure::shut_out(transaction, departing.user, now).await?;
            audit::append(transaction, std::slice::from_ref(&event)).await
        })
        .await
}
