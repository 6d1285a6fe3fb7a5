//! Running the erasure of an account: first what it still owes to others, then the fence, what its jobs have stored, the
//! steps, the ledger and the receipt. Every step is repeatable.

use std::time::Duration;

use super::batches::run_all;
use super::begin::refuse_held;
use super::kept::{Kept, kept};
use super::{permitted, receipt, users};
use crate::access::permit::{Ending, Permitted};
use crate::access::viewer::Viewer;
use crate::cell::Cell;
use crate::clock::Instant;
use crate::error::{Code, Refusal, Result};
use crate::fail_point::{FailPoint, reach};
use crate::store::audit::AuditEvent;
use crate::store::erasure_recipient::{Recipient, Whose};
use crate::store::queue::{self, Claim, Queue};
use crate::store::{backup, ending, erasure_log, erasure_recipient, fence};
use crate::work::erase::finish::write_ledger;
use crate::work::erase::held::commit;
use crate::work::erase::pause::end_pause;
use crate::work::erase::recipients::{is_any_open, note, settle};
use crate::work::erase::row::{ErasureRow, read};
use crate::work::erase::run::run_for_person;
use crate::work::installation::Installation;
use crate::work::job::objects::remove_void;
use crate::work::job::{EXPORT, IMPORT};
use crate::work::ledger::{Entry, Who};
use crate::work::upload;

/// How long it waits for the worker that has an erasure of somebody.
const PAUSE: Duration = Duration::from_millis(200);

/// Runs a claimed erasure of an account to its first receipt.
pub(in crate::work::erase) async fn run(
    installation: &Installation,
    claim: &Claim,
    closed_at: Instant,
) -> Result<()> {
    let catalog = &installation.catalog;
    let viewer = Viewer::at_the_machine(catalog, uuid::Uuid::nil(), claim.account);
    let row = read(installation, &viewer, claim.id).await?;
    let users = users(installation, claim.account, claim.id).await?;
    let ending = permitted(installation, claim.account, claim.id, users)?;
    if row.state == "confirmed" {
        if row.policy_hash != catalog.policy_hash || row.schema_fingerprint != catalog.schema_fingerprint {
            let message = "the policy or the schema has changed since the erasure of the account was planned";
            return Err(Refusal::new(Code::PlanChanged, message).into());
        }
        if row.replay().is_none() {
            refuse_held(installation, &ending).await?;
        }
        loop {
            keep_promises(installation, claim).await?;
            match raise(installation, claim, closed_at).await? {
                Raised::Ours => break,
                Raised::Promised => {}
                Raised::Lost => return Ok(()),
            }
        }
        reach(FailPoint::ErasureFenced);
    }
    remove_stored(installation, claim).await?;
    reach(FailPoint::ErasureBundles);
    let whole = &ending.plan().whole;
    if run_all(installation, claim, &ending, &ending.plan().steps, &whole.token).await? {
        // Again: an operator comes in by the account's id, and may have asked for a bundle meanwhile, whose row is gone.
        remove_stored(installation, claim).await?;
        finish(installation, claim, &row, &ending).await?;
    }
    Ok(())
}

/// Removes what jobs of the account have stored and no row names any more.
async fn remove_stored(installation: &Installation, claim: &Claim) -> Result<()> {
    for kind in [&EXPORT, &IMPORT] {
        remove_void(installation, kind, claim.account).await?;
    }
    upload::remove_all(installation, claim.account).await
}

/// Erasures of people that were promised are done first, each with its receipt.
async fn keep_promises(installation: &Installation, claim: &Claim) -> Result<()> {
    loop {
        let promised = ending::promised(&installation.database, claim.account).await?;
        let Some(first) = promised.first() else {
            return Ok(());
        };
        // A pause ends with the account itself: nobody could go on later.
        end_pause(installation, claim.account, *first).await?;
        let job = (claim.account, *first);
        match queue::claim_this(&installation.database, Queue::Erasures, job, installation.terms()).await? {
            Some(theirs) => {
                run_for_person(installation, &theirs).await?;
                let viewer = Viewer::at_the_machine(&installation.catalog, uuid::Uuid::nil(), claim.account);
                // Somebody is held: so is the account, until that ends.
                if read(installation, &viewer, *first).await?.state == "paused" {
                    let message =
                        "somebody in the account may not be erased for now; see to that erasure first";
                    return Err(Refusal::new(Code::LegalHold, message).into());
                }
            }
            None => tokio::time::sleep(PAUSE).await,
        }
    }
}

/// What came of raising the fence.
enum Raised {
    /// It stands.
    Ours,
    /// An erasure of somebody was agreed to at the last moment.
    Promised,
    /// Another worker has the erasure.
    Lost,
}

/// From now on nobody comes in.
async fn raise(installation: &Installation, claim: &Claim, closed_at: Instant) -> Result<Raised> {
    let now = installation.clock.now();
    installation
        .database
        .write(async |transaction| {
            fence::fence_lock(transaction, claim.account, true).await?;
            if ending::is_promised(transaction, claim.account).await? {
                return Ok(Raised::Promised);
            }
            let columns: [(&str, Cell); 3] = [
                ("state", "fenced".into()),
                ("fenced_at", now.into()),
                ("updated_at", now.into()),
            ];
            if !queue::change_if(transaction, claim, &["confirmed"], &columns).await? {
                return Ok(Raised::Lost);
            }
            let erasure = (claim.account, claim.id);
            note(installation, transaction, erasure, Whose::Account, now).await?;
            if ending::fence(transaction, erasure, closed_at, now).await? {
                return Ok(Raised::Ours);
            }
            let message = "the account was reopened, or closed anew";
            Err(Refusal::new(Code::InvalidState, message).into())
        })
        .await
}

async fn finish(
    installation: &Installation,
    claim: &Claim,
    row: &ErasureRow,
    ending: &Permitted<Ending>,
) -> Result<()> {
    let (database, steps) = (&installation.database, ending.plan().steps.len());
    let done = erasure_log::rows_by_step(database, claim.account, claim.id, steps).await?;
    let entry = Entry {
        erasure: claim.id,
        account: claim.account,
        who: Who::Account(claim.account),
        token: row.subject(),
        key_version: None,
        policy_hash: row.policy_hash.clone(),
        finished_at: installation.clock.now(),
        generation: 0,
    };
    let at = write_ledger(installation, claim, entry, row.replay().is_some()).await?;
    let kept = kept(installation, ending).await?;
    let recipients = erasure_recipient::of_erasure(database, claim.account, claim.id).await?;
    let outcome = receipt::Outcome {
        claim,
        row,
        kept: &kept,
        users_left: ending::users_left(database, &ending.plan().whole.users).await?,
        backups: &backup::kept(database).await?,
        recipients: &recipients,
        at,
    };
    let signed = receipt::first(installation, &outcome, &done)?;
    let now = installation.clock.now();
    let rows = ending.plan().steps.iter().zip(&done);
    let rows: u64 = rows
        .filter(|(step, _)| !step.action.leaves_rows())
        .map(|(_, rows)| rows)
        .sum();
    let mut columns: Vec<(&str, Cell)> = vec![
        ("receipt", signed.receipt.into()),
        ("receipt_signature", signed.signature.into()),
        ("rows_done", i64::try_from(rows).unwrap_or(i64::MAX).into()),
        ("subject_sealed", Cell::Null),
        ("lease_until", Cell::Null),
        ("updated_at", now.into()),
    ];
    columns.extend(end(&kept, &recipients, at));
    let event = AuditEvent::by_system(claim.account, installation.new_id(), now, "erasure.finished")
        .of("Erasure", claim.id)
        .rows(rows);
    if commit(installation, claim, &columns, &event).await? {
        reach(FailPoint::ErasureDone);
        tracing::info!(erasure = %claim.id, rows, "an account is erased");
        settle(installation, claim.account, claim.id).await?;
    }
    Ok(())
}

/// How the row says that an erasure has ended, or waits for what is kept, or for those who were given data.
pub(super) fn end(kept: &[Kept], recipients: &[Recipient], at: Instant) -> Vec<(&'static str, Cell)> {
    let is_done = kept.iter().all(|one| one.is_record) && !is_any_open(recipients);
    let open = kept.iter().filter(|one| !one.is_record);
    let until = match open.clone().all(|one| one.until.is_some()) {
        true => open.filter_map(|one| one.until).max(),
        false => None,
    };
    match is_done {
        true => vec![
            ("state", "done".into()),
            ("finished_at", at.into()),
            ("kept_until", Cell::Null),
        ],
        false => vec![("state", "partial".into()), ("kept_until", until.into())],
    }
}
