//! Running the erasure of a user: the user comes in nowhere any more, then what names the user goes or is cut in one account
//! after the other, then the user's own row; the ledger, and the receipt. Every step is repeatable.

use std::collections::BTreeSet;

use uuid::Uuid;

use super::plan::refuse_left_alone;
use super::{Sealed, may_erase, permitted, receipt, token};
use crate::access::permit::{Departure, Permitted};
use crate::access::viewer::Viewer;
use crate::cell::{Cell, Kind};
use crate::error::{Code, Error, Fault, Refusal, Result};
use crate::fail_point::{FailPoint, reach};
use crate::plan::erase::{Action, EraseStep};
use crate::plan::user::{Departing, named, steps};
use crate::store::audit::AuditEvent;
use crate::store::erase::count;
use crate::store::queue::{self, Claim, Queue};
use crate::store::statistics::{self, Noted};
use crate::store::{backup, departure, erasure_log, fence};
use crate::work::erase::finish::write_ledger;
use crate::work::erase::held::{commit, set_state};
use crate::work::erase::row::{ErasureRow, read};
use crate::work::erase::run::viewer_of;
use crate::work::erase::stale;
use crate::work::erase::whole::run_step;
use crate::work::installation::Installation;
use crate::work::ledger::{Entry, Who};
use crate::work::upload;

/// How often all accounts are gone through while workers that were there before the user was shut out still write rows that
/// name the user.
const ROUNDS: u32 = 5;

/// Runs a claimed erasure of a user to its receipt.
pub(in crate::work::erase) async fn run(installation: &Installation, claim: &Claim) -> Result<()> {
    let catalog = &installation.catalog;
    let viewer = Viewer::at_the_machine(catalog, Uuid::nil(), claim.account);
    let row = read(installation, &viewer, claim.id).await?;
    let departing = open(installation, claim).await?;
    if row.state == "confirmed" {
        if row.policy_hash != catalog.policy_hash || row.schema_fingerprint != catalog.schema_fingerprint {
            let message = "the policy or the schema has changed since the plan was made";
            return Err(Refusal::new(Code::PlanChanged, message).into());
        }
        may_erase(installation, &viewer_of(installation, claim).await?)?;
    }
    // Also when it goes on: while it was paused, somebody may have let the user in again.
    let is_needed_now = row.replay().is_none();
    if !shut_out(installation, claim, &departing, is_needed_now).await? {
        return Ok(());
    }
    reach(FailPoint::ErasureFenced);
    let Some(seen) = run_all(installation, claim, &departing).await? else {
        return Ok(());
    };
    reach(FailPoint::ErasureRows);
    set_state(installation, claim, "verifying").await?;
    reach(FailPoint::ErasureVerifying);
    check_gone(installation, &departing).await?;
    remove_stored(installation, &row, seen).await?;
    finish(installation, claim, &row, &departing).await
}

async fn open(installation: &Installation, claim: &Claim) -> Result<Departing> {
    let columns = [("subject_sealed", Kind::Bytes)];
    let (database, account) = (&installation.database, claim.account);
    let row = queue::read(database, Queue::Erasures, account, claim.id, &columns).await?;
    let Some([Cell::Bytes(sealed)]) = row.as_deref() else {
        return Err(Fault::Invariant("an erasure has lost whom it is about".into()).into());
    };
    let text = installation.keys.open_subject(account, claim.id, sealed)?;
    let sealed: Sealed = serde_json::from_str(&text)
        .map_err(|_| Fault::Invariant("an erasure's subject cannot be read".into()))?;
    Ok(sealed.into())
}

/// From now on the user comes in nowhere. False: another worker has the erasure. Errors: `INVALID_STATE` for somebody who has
/// become the last owner of an account since the plan was made.
async fn shut_out(
    installation: &Installation,
    claim: &Claim,
    departing: &Departing,
    is_asked: bool,
) -> Result<bool> {
    let now = installation.clock.now();
    installation
        .database
        .write(async |transaction| {
            let columns: [(&str, Cell); 3] = [
                ("state", "fenced".into()),
                ("fenced_at", now.into()),
                ("updated_at", now.into()),
            ];
            let is_new = queue::change_if(transaction, claim, &["confirmed"], &columns).await?;
            if !is_new && !queue::change(transaction, claim, &columns[2..]).await? {
                return Ok(false);
            }
            if is_asked {
                refuse_left_alone(&departure::left_alone(transaction, departing.user).await?)?;
            }
            departure::shut_out(transaction, departing.user, now).await?;
            Ok(true)
        })
        .await
}

/// Goes through the accounts until none names the user and the user's row is gone; gives those that it went through. `None`:
/// another worker has the erasure.
async fn run_all(
    installation: &Installation,
    claim: &Claim,
    departing: &Departing,
) -> Result<Option<BTreeSet<Uuid>>> {
    let mut seen = BTreeSet::new();
    let catalog = &installation.catalog;
    let (steps, named) = (steps(catalog), named(catalog));
    let token = token(installation, claim.account, departing);
    let Some((own, of_accounts)) = steps.split_last() else {
        return Err(Fault::Invariant("a user's erasure has a step at least".into()).into());
    };
    for round in 1.. {
        for account in departure::accounts(&installation.database, &named, departing).await? {
            seen.insert(account);
            let erasure = permitted(installation, account, departing)?;
            for (number, step) in of_accounts.iter().enumerate() {
                if step.action == Action::Block {
                    refuse_held(installation, &erasure, step).await?;
                    continue;
                }
                let place = (i64::try_from(number).unwrap_or(0), token.as_slice());
                if !run_step(installation, claim, &erasure, step, place).await? {
                    return Ok(None);
                }
            }
        }
        let erasure = permitted(installation, claim.account, departing)?;
        let place = (i64::try_from(of_accounts.len()).unwrap_or(0), token.as_slice());
        match run_step(installation, claim, &erasure, own, place).await {
            // A row that names the user has come since: the accounts are gone through again.
            Err(Error::Fault(fault)) if round < ROUNDS => {
                tracing::debug!(%fault, "what is left of the erasure of a user is tried again");
            }
            outcome => return Ok(outcome?.then_some(seen)),
        }
    }
    Ok(None)
}

/// Refuses while a row names the user that must not lose whom it names.
async fn refuse_held(
    installation: &Installation,
    erasure: &Permitted<Departure>,
    step: &EraseStep,
) -> Result<()> {
    let catalog = &installation.catalog;
    if count(&installation.database, catalog, erasure, step, &[]).await? == 0 {
        return Ok(());
    }
    let message = format!(
        "the user may not be erased while {} name the user; see to them first",
        catalog.get(step.resource).plural
    );
    Err(Refusal::new(Code::LegalHold, message).into())
}

/// Removes the bundles of the accounts that the user worked for, as the user is in them, and the files that nobody sent any more.
async fn remove_stored(
    installation: &Installation,
    row: &ErasureRow,
    mut accounts: BTreeSet<Uuid>,
) -> Result<()> {
    let planned = row.plan["accounts"].as_array().into_iter().flatten();
    accounts.extend(planned.filter_map(|one| Uuid::parse_str(one["account"].as_str()?).ok()));
    for account in accounts {
        let nobody: &[Uuid] = &[];
        installation
            .database
            .write(async |transaction| {
                fence::eraser_lock(transaction, account).await?;
                stale::mark_for(transaction, installation, (account, nobody), None).await
            })
            .await?;
        stale::remove_marked_for(installation, account, None).await?;
    }
    upload::remove_void(installation).await
}

/// The re-query: no row names the user, and there is no such user.
async fn check_gone(installation: &Installation, departing: &Departing) -> Result<()> {
    let database = &installation.database;
    let named = named(&installation.catalog);
    let naming = departure::accounts(database, &named, departing).await?;
    match naming.is_empty() && departure::user(database, departing.user).await?.is_none() {
        true => Ok(()),
        false => Err(
            Fault::StoreUnavailable("rows that name an erased user are still being written".into()).into(),
        ),
    }
}

async fn finish(
    installation: &Installation,
    claim: &Claim,
    row: &ErasureRow,
    departing: &Departing,
) -> Result<()> {
    let (database, account) = (&installation.database, claim.account);
    let steps = steps(&installation.catalog).len();
    let done = erasure_log::rows_by_step(database, account, claim.id, steps).await?;
    let mut noted_anew = Vec::new();
    for table in erasure_log::touched(database, account, claim.id).await? {
        if statistics::note_anew(database, &table).await? == Noted::Anew {
            noted_anew.push(table);
        }
    }
    let entry = Entry {
        erasure: claim.id,
        account,
        who: Who::User(departing.user),
        token: row.subject(),
        key_version: None,
        policy_hash: row.policy_hash.clone(),
        finished_at: installation.clock.now(),
        generation: 0,
    };
    let at = write_ledger(installation, claim, entry, row.replay().is_some()).await?;
    let outcome = receipt::Outcome {
        claim,
        row,
        done: &done,
        noted_anew: &noted_anew,
        backups: &backup::kept(database).await?,
        at,
    };
    let signed = receipt::make(installation, &outcome)?;
    let now = installation.clock.now();
    let rows: u64 = done.iter().sum();
    let columns: [(&str, Cell); 8] = [
        ("state", "done".into()),
        ("receipt", signed.receipt.into()),
        ("receipt_signature", signed.signature.into()),
        ("rows_done", i64::try_from(rows).unwrap_or(i64::MAX).into()),
        ("subject_sealed", Cell::Null),
        ("finished_at", at.into()),
        ("lease_until", Cell::Null),
        ("updated_at", now.into()),
    ];
    let event = AuditEvent::by_system(account, installation.new_id(), now, "erasure.finished")
        .of("Erasure", claim.id)
        .rows(rows);
    if commit(installation, claim, &columns, &event).await? {
        reach(FailPoint::ErasureDone);
        tracing::info!(erasure = %claim.id, rows, "a user is erased");
    }
    Ok(())
}
