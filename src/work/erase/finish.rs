//! The end of an erasure: the ledger's object, then receipt and DONE at once. Must not know how the rows went.

use serde_json::{Value, json};

use super::held::commit;
use super::receipt::{self, Outcome};
use super::run::Job;
use super::sweep::Swept;
use crate::cell::{Cell, instant_text};
use crate::clock::Instant;
use crate::error::{Fault, Result};
use crate::fail_point::{FailPoint, reach};
use crate::store::audit::AuditEvent;
use crate::store::erasure_log::BUNDLES;
use crate::store::{erasure_log, sweep as store_sweep};

/// Writes the ledger, then receipt and end in one transaction.
pub(super) async fn finish(job: &Job<'_>, swept: Option<&Swept>) -> Result<()> {
    let installation = job.installation;
    let steps = job.erasure.plan().steps.len();
    let done =
        erasure_log::rows_by_step(&installation.database, job.claim.account, job.claim.id, steps).await?;
    let bundles =
        erasure_log::rows_by_table(&installation.database, job.claim.account, job.claim.id, BUNDLES).await?;
    let at = write_ledger(job).await?;
    reach(FailPoint::ErasureLedger);
    let outcome = Outcome {
        claim: job.claim,
        row: &job.row,
        erasure: &job.erasure,
        done: &done,
        bundles: bundles.iter().map(|(_, rows)| rows).sum(),
        is_also_a_user: store_sweep::is_also_a_user(&installation.database, &job.erasure).await?,
        swept,
        at,
    };
    let signed = receipt::make(installation, &outcome)?;
    let now = installation.clock.now();
    let clean = swept.is_none_or(|swept| swept.residue.is_empty());
    let rows: u64 = done.iter().sum();
    let mut columns: Vec<(&str, Cell)> = vec![
        ("state", if clean { "done" } else { "residue_found" }.into()),
        ("receipt", signed.receipt.into()),
        ("receipt_signature", signed.signature.into()),
        ("rows_done", i64::try_from(rows).unwrap_or(i64::MAX).into()),
        ("subscriber_id", Cell::Null),
        ("finished_at", at.into()),
        ("lease_until", Cell::Null),
        ("updated_at", now.into()),
    ];
    // A sweep that is still to come, or that found something, needs to know whom to look for.
    if swept.is_some() && clean {
        columns.push(("subject_sealed", Cell::Null));
    }
    let event = AuditEvent::by_system(job.claim.account, installation.new_id(), now, "erasure.finished")
        .of("Erasure", job.claim.id)
        .rows(rows);
    if commit(installation, job.claim, &columns, &event).await? {
        reach(FailPoint::ErasureDone);
        tracing::info!(erasure = %job.claim.id, rows, clean, "an erasure is done");
    }
    Ok(())
}

/// One object for each erasure, outside the database's backups, so that a restored database can be made to forget
/// again (ruling 32). Ids and the keyed token alone. Written before the erasure says that it is done; gives when it
/// says that was, which a worker before us, who died, may have written.
async fn write_ledger(job: &Job<'_>) -> Result<Instant> {
    let depot = &job.installation.depot;
    let now = job.installation.clock.now();
    let entry = json!({
        "kind": "postern-erasure-ledger",
        "version": 1,
        "erasureId": job.claim.id,
        "account": job.claim.account,
        "subscriberId": job.person.subscriber,
        "subject": job.row.plan["subject"],
        "policyHash": job.row.policy_hash,
        "finishedAt": instant_text(now),
    });
    let folder = format!("ledger/{}", job.claim.account);
    let name = format!("{folder}/{}.json", job.claim.id);
    let is_new = depot.put_new(&name, entry.to_string().as_bytes()).await?;
    for unfinished in depot.unfinished(&folder).await? {
        if unfinished.name == name {
            depot.remove_unfinished(&unfinished).await?;
        }
    }
    if is_new {
        return Ok(now);
    }
    let broken = || Fault::Depot(format!("{name} cannot be read as an entry of the ledger"));
    let bytes = depot.read(&name).await?.ok_or_else(broken)?;
    let entry: Value = serde_json::from_slice(&bytes).map_err(|_| broken())?;
    let text = entry["finishedAt"].as_str().ok_or_else(broken)?;
    let at = chrono::DateTime::parse_from_rfc3339(text).map_err(|_| broken())?;
    Ok(at.to_utc())
}
