//! What an account's erasure had kept, and what is free now: done by the same steps, with another receipt.

use uuid::Uuid;

use super::batches::{left, run_step};
use super::kept::kept;
use super::run::end;
use super::{permitted, receipt};
use crate::access::viewer::Viewer;
use crate::cell::Cell;
use crate::error::Result;
use crate::fail_point::{FailPoint, reach};
use crate::store::audit::AuditEvent;
use crate::store::erasure_log::{self, LATER_PARTS};
use crate::store::{backup, erasure_recipient};
use crate::work::erase::held::{self, commit};
use crate::work::erase::row::{ErasureRow, read};
use crate::work::installation::Installation;

/// Goes on with an erasure that is PARTIAL, or that is DONE though the account was written into since; true when something of it
/// is done that was not.
pub(in crate::work::erase) async fn go_on(
    installation: &Installation,
    account: Uuid,
    erasure: Uuid,
) -> Result<bool> {
    let ending = permitted(installation, account, erasure, Vec::new())?;
    let steps = &ending.plan().steps;
    let viewer = Viewer::at_the_machine(&installation.catalog, Uuid::nil(), account);
    let row = read(installation, &viewer, erasure).await?;
    let is_done = kept(installation, &ending).await?.iter().all(|one| one.is_record)
        && !erasure_recipient::is_any_open(&installation.database, account, erasure).await?;
    let done = erasure_log::rows_by_table(&installation.database, account, erasure, LATER_PARTS).await?;
    // Whoever went on before us may have died before there was a receipt.
    let is_told = told(&row) == done.iter().map(|(_, rows)| rows).sum::<u64>();
    let is_nothing_new = !is_done || row.state == "done";
    if is_nothing_new && is_told && left(installation, &ending, steps, &ending.plan().whole.token).await? == 0
    {
        return Ok(false);
    }
    let database = &installation.database;
    let Some(claim) = held::take(installation, account, erasure).await? else {
        return Ok(false);
    };
    // Read again, now that nobody else can write the next receipt.
    let row = read(installation, &viewer, erasure).await?;
    if !["partial", "done"].contains(&row.state.as_str()) {
        held::let_go(installation, &claim).await?;
        return Ok(false);
    }
    for step in steps.iter().filter(|step| !step.action.leaves_rows()) {
        let place = (LATER_PARTS, ending.plan().whole.token.as_slice());
        if !run_step(installation, &claim, &ending, step, place).await? {
            return Ok(false);
        }
    }
    let kept = kept(installation, &ending).await?;
    let now = installation.clock.now();
    let recipients = erasure_recipient::of_erasure(database, account, erasure).await?;
    let outcome = receipt::Outcome {
        claim: &claim,
        row: &row,
        kept: &kept,
        users_left: receipt::users_left(&row),
        backups: &backup::kept(database).await?,
        recipients: &recipients,
        at: now,
    };
    let done = erasure_log::rows_by_table(database, account, erasure, LATER_PARTS).await?;
    let signed = receipt::later(installation, &outcome, &done)?;
    let mut columns: Vec<(&str, Cell)> = vec![
        ("second_receipt", signed.receipt.into()),
        ("second_receipt_signature", signed.signature.into()),
        ("lease_until", Cell::Null),
        ("updated_at", now.into()),
    ];
    columns.extend(end(&kept, &recipients, now));
    let event = AuditEvent::by_system(account, installation.new_id(), now, "erasure.continued")
        .of("Erasure", erasure)
        .rows(done.iter().map(|(_, rows)| rows).sum());
    let is_ours = commit(installation, &claim, &columns, &event).await?;
    reach(FailPoint::ErasureSecondReceipt);
    Ok(is_ours)
}

/// How many rows the latest receipt tells of that were done since the first one.
fn told(row: &ErasureRow) -> u64 {
    let Some((receipt, _)) = &row.second_receipt else {
        return 0;
    };
    let done = receipt["doneSinceFirst"].as_array().into_iter().flatten();
    done.filter_map(|one| one["done"].as_u64()).sum()
}
