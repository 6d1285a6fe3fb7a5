//! Running an erasure: fence, batches, bundles, verification, ledger, receipt (D9). Every step is repeatable: a worker
//! that takes over goes on where the last commit was, and a batch that is committed is never run twice.

use serde_json::{Value, json};

use super::plan::{Sealed, permitted};
use super::receipt::{self, Outcome};
use super::row::{ErasureRow, read};
use super::sweep::{self, SMALL, Swept};
use super::{fence, stale};
use crate::access::permit::{Erasure, Permitted};
use crate::access::viewer::{Principal, Viewer};
use crate::cell::{Cell, Kind};
use crate::error::{Code, Error, Fault, Refusal, Result};
use crate::fail_point::{FailPoint, reach};
use crate::store::audit::{self, AuditEvent};
use crate::store::erase::{batch, count};
use crate::store::queue::{self, Claim, Queue};
use crate::store::{erasure_log, sweep as store_sweep};
use crate::work::identify::viewer_again;
use crate::work::installation::Installation;

/// Rows of one batch: small enough that readers and writers hardly wait.
const BATCH: u32 = 1_000;

/// How often all steps are gone through while writers that were there before the fence still add rows.
const ROUNDS: u32 = 5;

struct Job<'a> {
    installation: &'a Installation,
    claim: &'a Claim,
    row: ErasureRow,
    person: Sealed,
    erasure: Permitted<Erasure>,
}

/// Runs a claimed erasure to its end. A failure that another try may mend leaves it claimed; its lease runs out.
pub async fn run(installation: &Installation, claim: &Claim) -> Result<()> {
    reach(FailPoint::ErasureClaimed);
    match run_steps(installation, claim).await {
        Ok(()) => Ok(()),
        Err(Error::Refused(refusal)) => {
            tracing::warn!(erasure = %claim.id, code = refusal.code.as_str(), "an erasure was refused");
            refuse(installation, claim, refusal.code).await
        }
        // Whatever else went wrong, the erasure is not given up: it was promised.
        Err(fault) => Err(fault),
    }
}

async fn refuse(installation: &Installation, claim: &Claim, code: Code) -> Result<()> {
    let now = installation.clock.now();
    let columns = [
        ("state", "refused".into()),
        ("error_code", code.as_str().into()),
        ("finished_at", now.into()),
        ("lease_until", Cell::Null),
        ("updated_at", now.into()),
    ];
    let mut event = AuditEvent::by_system(claim.account, installation.new_id(), now, "erasure.refused")
        .of("Erasure", claim.id);
    event.outcome = "refused";
    event.error_code = Some(code.as_str());
    commit(installation, claim, &columns, &event).await.map(|_| ())
}

pub(super) async fn commit(
    installation: &Installation,
    claim: &Claim,
    columns: &[(&str, Cell)],
    event: &AuditEvent,
) -> Result<bool> {
    installation
        .database
        .write(async |transaction| {
            let held = queue::change(transaction, claim, columns).await?;
            if held {
                audit::append(transaction, std::slice::from_ref(event)).await?;
            }
            Ok(held)
        })
        .await
}

async fn run_steps(installation: &Installation, claim: &Claim) -> Result<()> {
    let job = load(installation, claim).await?;
    if job.row.state == "confirmed" {
        if !fence::raise(installation, claim, &job.person.normalized).await? {
            return Ok(());
        }
        reach(FailPoint::ErasureFenced);
    }
    let mut rounds = 0;
    while rounds == 0 || left(&job).await? > 0 {
        if rounds == ROUNDS {
            return Err(Fault::Invariant(
                "rows about the person are still being written behind the fence".into(),
            )
            .into());
        }
        for number in 0..job.erasure.plan().steps.len() {
            if !run_step(&job, number).await? {
                return Ok(());
            }
        }
        rounds += 1;
    }
    reach(FailPoint::ErasureRows);
    set_state(&job, "verifying").await?;
    let small =
        store_sweep::is_small(&installation.database, &installation.catalog, &job.erasure, SMALL).await?;
    let swept = if small {
        Some(sweep::sweep(installation, &job.erasure, &job.person).await?)
    } else {
        None
    };
    reach(FailPoint::ErasureSwept);
    // After the sweep, which redacts mentions: a bundle made before it may hold one.
    let bundles = stale::remove(installation, claim, job.person.subscriber).await?;
    finish(&job, bundles, swept.as_ref()).await
}

async fn load<'a>(installation: &'a Installation, claim: &'a Claim) -> Result<Job<'a>> {
    let viewer = viewer_of(installation, claim).await?;
    let row = read(installation, &viewer, claim.id).await?;
    let catalog = &installation.catalog;
    let changed =
        row.policy_hash != catalog.policy_hash || row.schema_fingerprint != catalog.schema_fingerprint;
    // Once the fence stands, the steps of today are run: fewer would leave somebody half erased.
    if changed && row.state == "confirmed" {
        return Err(Refusal::new(
            Code::PlanChanged,
            "the policy or the schema has changed since the plan was made",
        )
        .into());
    }
    let person = open(installation, claim).await?;
    let erasure = permitted(catalog, &viewer, person.subject())?;
    Ok(Job {
        installation,
        claim,
        row,
        person,
        erasure,
    })
}

/// The one who asked, with the rights of now. After the fence the promise is kept whoever loses which right.
async fn viewer_of(installation: &Installation, claim: &Claim) -> Result<Viewer> {
    let columns = [("principal", Kind::Json), ("state", Kind::Text)];
    let row = queue::read(
        &installation.database,
        Queue::Erasures,
        claim.account,
        claim.id,
        &columns,
    )
    .await?;
    let broken = || Fault::Invariant("an erasure's row cannot be read".into());
    let Some([Cell::Json(principal), Cell::Text(state)]) = row.as_deref() else {
        return Err(broken().into());
    };
    let principal: Principal = serde_json::from_value(principal.clone()).map_err(|_| broken())?;
    if state != "confirmed" {
        return Ok(Viewer::at_the_machine(
            &installation.catalog,
            principal.id(),
            claim.account,
        ));
    }
    let viewer = viewer_again(
        &installation.database,
        &installation.catalog,
        principal,
        claim.account,
        installation.clock,
    )
    .await?;
    Ok(viewer
        .ok_or_else(|| Refusal::new(Code::Forbidden, "who asked for the erasure may no longer come in"))?)
}

pub(super) async fn open(installation: &Installation, claim: &Claim) -> Result<Sealed> {
    let columns = [("subject_sealed", Kind::Bytes)];
    let row = queue::read(
        &installation.database,
        Queue::Erasures,
        claim.account,
        claim.id,
        &columns,
    )
    .await?;
    let Some([Cell::Bytes(sealed)]) = row.as_deref() else {
        return Err(Fault::Invariant("an erasure has lost whom it is about".into()).into());
    };
    let text = installation.keys.open_subject(claim.account, claim.id, sealed)?;
    serde_json::from_str(&text)
        .map_err(|_| Fault::Invariant("an erasure's subject cannot be read".into()).into())
}

/// Runs a step's batches until one finds nothing; false when another worker has the erasure.
async fn run_step(job: &Job<'_>, number: usize) -> Result<bool> {
    let installation = job.installation;
    let step = &job.erasure.plan().steps[number];
    let (_, token) = installation
        .keys
        .suppression_token(job.claim.account, &job.person.normalized);
    loop {
        let now = installation.clock.now();
        let lease = installation.clock.lease_milliseconds() + installation.lease_milliseconds;
        let id = installation.new_id();
        let done = installation
            .database
            .write(async |transaction| {
                // The claim first: it locks the row, so that a worker thought dead waits here and then learns it.
                let columns = [
                    ("state", "running".into()),
                    ("step_number", i64::try_from(number).unwrap_or(0).into()),
                    ("lease_until", lease.into()),
                    ("updated_at", now.into()),
                ];
                if !queue::change(transaction, job.claim, &columns).await? {
                    return Ok(None);
                }
                let done = batch(
                    transaction,
                    &installation.catalog,
                    &job.erasure,
                    step,
                    &token,
                    BATCH,
                )
                .await?;
                if done.rows > 0 {
                    let entry = erasure_log::Entry {
                        id,
                        account: job.claim.account,
                        erasure: job.claim.id,
                        step: i64::try_from(number).unwrap_or(0),
                        table: &installation.catalog.get(step.resource).table,
                        action: step.action.word(),
                        rows: done.rows,
                        at: now,
                    };
                    erasure_log::append(transaction, &entry).await?;
                }
                Ok(Some(done.rows))
            })
            .await?;
        match done {
            None => return Ok(false),
            Some(0) => return Ok(true),
            Some(rows) => {
                reach(FailPoint::ErasureBatch);
                if rows < u64::from(BATCH) {
                    return Ok(true);
                }
            }
        }
    }
}

/// How many rows all steps still find.
async fn left(job: &Job<'_>) -> Result<u64> {
    let mut left = 0;
    for step in &job.erasure.plan().steps {
        if !matches!(step.action, crate::plan::erase::Action::Keep) {
            left += count(
                &job.installation.database,
                &job.installation.catalog,
                &job.erasure,
                step,
            )
            .await?;
        }
    }
    Ok(left)
}

async fn set_state(job: &Job<'_>, state: &'static str) -> Result<()> {
    let now = job.installation.clock.now();
    let lease = job.installation.clock.lease_milliseconds() + job.installation.lease_milliseconds;
    let columns: [(&str, Cell); 3] = [
        ("state", state.into()),
        ("lease_until", lease.into()),
        ("updated_at", now.into()),
    ];
    let held = job
        .installation
        .database
        .write(async |transaction| queue::change(transaction, job.claim, &columns).await)
        .await?;
    if held {
        Ok(())
    } else {
        Err(Fault::StoreUnavailable("another worker has the erasure".into()).into())
    }
}

async fn finish(job: &Job<'_>, bundles: u64, swept: Option<&Swept>) -> Result<()> {
    let installation = job.installation;
    let steps = job.erasure.plan().steps.len();
    let done =
        erasure_log::rows_by_step(&installation.database, job.claim.account, job.claim.id, steps).await?;
    let now = installation.clock.now();
    let outcome = Outcome {
        claim: job.claim,
        row: &job.row,
        erasure: &job.erasure,
        done: &done,
        bundles,
        is_also_a_user: store_sweep::is_also_a_user(&installation.database, &job.erasure).await?,
        swept,
        at: now,
    };
    let signed = receipt::make(installation, &outcome)?;
    write_ledger(job, &signed.receipt).await?;
    reach(FailPoint::ErasureLedger);
    let clean = swept.is_none_or(|swept| swept.residue.is_empty());
    let rows: u64 = done.iter().sum();
    let mut columns: Vec<(&str, Cell)> = vec![
        ("state", if clean { "done" } else { "residue_found" }.into()),
        ("receipt", signed.receipt.into()),
        ("receipt_signature", signed.signature.into()),
        ("rows_done", i64::try_from(rows).unwrap_or(i64::MAX).into()),
        ("subscriber_id", Cell::Null),
        ("finished_at", now.into()),
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
/// again (ruling 32). Ids and the keyed token alone. Written before the erasure says that it is done.
async fn write_ledger(job: &Job<'_>, receipt: &Value) -> Result<()> {
    let entry = json!({
        "kind": "postern-erasure-ledger",
        "version": 1,
        "erasureId": job.claim.id,
        "account": job.claim.account,
        "subscriberId": job.person.subscriber,
        "subject": receipt["subject"],
        "policyHash": receipt["policyHash"],
        "finishedAt": receipt["finishedAt"],
    });
    let name = format!("ledger/{}/{}.json", job.claim.account, job.claim.id);
    // False: a worker before us wrote it and died; what it says is the same.
    job.installation
        .depot
        .put_new(&name, entry.to_string().as_bytes())
        .await
        .map(|_| ())
}
