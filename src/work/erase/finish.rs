//! The end of an erasure: the ledger's object, then receipt and DONE at once. Must not know how the rows went.

use super::held::{self, commit};
use super::receipt::{self, Outcome};
use super::recipients::settle;
use super::run::Job;
use super::sweep::Swept;
use crate::cell::Cell;
use crate::clock::Instant;
use crate::error::Result;
use crate::fail_point::{FailPoint, reach};
use crate::store::audit::AuditEvent;
use crate::store::erasure_log::BUNDLES;
use crate::store::queue::Claim;
use crate::store::{backup, erasure_log, erasure_recipient, generation, sweep as store_sweep};
use crate::work::installation::Installation;
use crate::work::ledger::{self, Entry, Who};

/// Writes the ledger, then receipt and end in one transaction.
pub(super) async fn finish(job: &Job<'_>, swept: Option<&Swept>) -> Result<()> {
    let installation = job.installation;
    let steps = job.erasure.plan().steps.len();
    let done =
        erasure_log::rows_by_step(&installation.database, job.claim.account, job.claim.id, steps).await?;
    let bundles =
        erasure_log::rows_by_table(&installation.database, job.claim.account, job.claim.id, BUNDLES).await?;
    let token = job.row.subject();
    let entry = Entry {
        erasure: job.claim.id,
        account: job.claim.account,
        who: Who::Person(job.person.subscriber),
        key_version: key_version(installation, job, &token),
        token,
        policy_hash: job.row.policy_hash.clone(),
        finished_at: installation.clock.now(),
        generation: 0,
    };
    let at = write_ledger(installation, job.claim, entry, job.row.replay().is_some()).await?;
    let recipients =
        erasure_recipient::of_erasure(&installation.database, job.claim.account, job.claim.id).await?;
    let outcome = Outcome {
        claim: job.claim,
        row: &job.row,
        erasure: &job.erasure,
        done: &done,
        bundles: bundles.iter().map(|(_, rows)| rows).sum(),
        is_also_a_user: store_sweep::is_also_a_user(&installation.database, &job.erasure).await?,
        swept,
        backups: &backup::kept(&installation.database).await?,
        recipients: &recipients,
        at,
    };
    let signed = receipt::make(installation, &outcome)?;
    let now = installation.clock.now();
    let clean = swept.is_none_or(|swept| swept.residue.is_empty());
    let state = receipt::state(swept, &recipients);
    let rows: u64 = done.iter().sum();
    let mut columns: Vec<(&str, Cell)> = vec![
        ("state", state.into()),
        ("receipt", signed.receipt.into()),
        ("receipt_signature", signed.signature.into()),
        ("rows_done", i64::try_from(rows).unwrap_or(i64::MAX).into()),
        ("subscriber_id", Cell::Null),
        ("finished_at", at.into()),
        ("lease_until", Cell::Null),
        ("updated_at", now.into()),
    ];
    // A sweep that is still to come, or that found something, needs to know whom to look for.
    if (swept.is_some() && clean) || !job.person.is_there() {
        columns.push(("subject_sealed", Cell::Null));
    }
    let event = AuditEvent::by_system(job.claim.account, installation.new_id(), now, "erasure.finished")
        .of("Erasure", job.claim.id)
        .rows(rows);
    if commit(installation, job.claim, &columns, &event).await? {
        reach(FailPoint::ErasureDone);
        tracing::info!(erasure = %job.claim.id, rows, state, "an erasure has ended");
        // The last word about a recipient may have been said since the receipt was made.
        settle(installation, job.claim.account, job.claim.id).await?;
    }
    Ok(())
}

/// The ledger's entry, before the erasure says that it is done; gives when it says that was, which a worker before us,
/// who died, may have written. The database takes its generation first: whatever is older than that has rows of the person.
pub(super) async fn write_ledger(
    installation: &Installation,
    claim: &Claim,
    mut entry: Entry,
    is_replay: bool,
) -> Result<Instant> {
    let now = entry.finished_at;
    if is_replay || is_older(installation).await? {
        return ledger::record(&installation.depot, &entry).await;
    }
    entry.generation = installation
        .database
        .write(async |transaction| {
            held::check(transaction, installation, claim).await?;
            generation::next(transaction, now).await
        })
        .await?;
    reach(FailPoint::LedgerNumbered);
    ledger::write(&installation.depot, &entry).await
}

/// Whether the database was restored and has erasures to repeat: a number taken now would make it look as new as the ledger
/// while some of them are outstanding. The head is read first: whoever finishes an erasure beside us takes the number in
/// the database before the head is raised to it.
async fn is_older(installation: &Installation) -> Result<bool> {
    let head = ledger::head(&installation.depot).await?;
    let own = generation::current(&installation.database).await?;
    Ok(head.is_some_and(|head| own < head))
}

/// The version of the key that the token was made with; `None`: another address had it by then.
fn key_version(installation: &Installation, job: &Job<'_>, token: &[u8]) -> Option<i64> {
    let tokens = installation
        .keys
        .suppression_tokens_all_versions(job.claim.account, &job.person.normalized);
    let made = tokens.into_iter().find(|(_, made)| made.as_slice() == token);
    made.map(|(version, _)| version)
}
