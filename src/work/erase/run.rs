//! Running an erasure: fence, batches, bundles, verification, ledger, receipt (D9). Every step is repeatable: a worker
//! that takes over goes on where the last commit was, and a batch that is committed is never run twice.

use std::time::Duration;

use super::finish::finish;
use super::held::{self, commit, open};
use super::plan::{Sealed, permitted, refuse_held};
use super::row::{ErasureRow, read};
use super::sweep::{self, SMALL, Sought};
use super::{fence, stale, whole};
use crate::access::permit::{Erasure, Permitted};
use crate::access::viewer::{Principal, Viewer};
use crate::cell::{Cell, Kind};
use crate::error::{Code, Error, Fault, Refusal, Result};
use crate::fail_point::{FailPoint, reach};
use crate::plan::erase::{EraseStep, Rooted};
use crate::store::audit::AuditEvent;
use crate::store::erase::{batch, count};
use crate::store::erasure_log::REDACTIONS;
use crate::store::queue::{self, Claim, Queue};
use crate::store::{erasure_log, sweep as store_sweep};
use crate::work::identify::viewer_again;
use crate::work::installation::Installation;

/// How often all steps are gone through while writers that were there before the fence still add rows.
const ROUNDS: u32 = 5;

/// An erasure in our hands.
pub(super) struct Job<'a> {
    pub(super) installation: &'a Installation,
    pub(super) claim: &'a Claim,
    pub(super) row: ErasureRow,
    pub(super) person: Sealed,
    pub(super) erasure: Permitted<Erasure>,
}

impl Job<'_> {
    /// What stands for the person in rows that stay: of a repeated erasure the token of then, whatever address the person
    /// had before.
    fn token(&self) -> Vec<u8> {
        if self.row.replay().is_some() {
            return self.row.subject();
        }
        let keys = &self.installation.keys;
        let (_, token) = keys.suppression_token(self.claim.account, &self.person.normalized);
        token.to_vec()
    }

    fn sought(&self) -> Sought<'_> {
        Sought {
            claim: self.claim,
            erasure: &self.erasure,
            person: &self.person,
        }
    }
}

/// Runs a claimed erasure to its end. A failure that another try may mend leaves it claimed; its lease runs out.
pub async fn run(installation: &Installation, claim: &Claim) -> Result<()> {
    reach(FailPoint::ErasureClaimed);
    match whole::closed_at(installation, claim).await? {
        Some(closed_at) => {
            let outcome = whole::run::run(installation, claim, closed_at).await;
            ended(installation, claim, outcome).await
        }
        None => run_for_person(installation, claim).await,
    }
}

/// The same of an erasure that is about a person.
pub(super) async fn run_for_person(installation: &Installation, claim: &Claim) -> Result<()> {
    let outcome = run_steps(installation, claim).await;
    ended(installation, claim, outcome).await
}

async fn ended(installation: &Installation, claim: &Claim, outcome: Result<()>) -> Result<()> {
    match outcome {
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

async fn run_steps(installation: &Installation, claim: &Claim) -> Result<()> {
    let job = load(installation, claim).await?;
    // What is repeated was not held when it was done; what held before that was let go when it began anew.
    if job.row.replay().is_none() {
        refuse_held(installation, &job.erasure).await?;
    }
    if job.row.state == "confirmed" {
        if !fence::raise(installation, claim, &job.person.normalized).await? {
            return Ok(());
        }
        reach(FailPoint::ErasureFenced);
    }
    let steps = &job.erasure.plan().steps;
    if !run_all(installation, claim, &job.erasure, steps, &job.token()).await? {
        return Ok(());
    }
    let small =
        store_sweep::is_small(&installation.database, &installation.catalog, &job.erasure, SMALL).await?;
    // Without an address there is nothing to look for.
    let swept = if small && job.person.is_there() {
        sweep::sweep(installation, &[job.sought()], REDACTIONS)
            .await?
            .pop()
    } else {
        None
    };
    reach(FailPoint::ErasureSwept);
    // After the sweep, which redacts mentions: a bundle made before it may hold one.
    stale::remove(installation, claim, job.person.subscriber).await?;
    finish(&job, swept.as_ref()).await
}

/// Runs all steps until none of them finds a row, and says VERIFYING; false when another worker has the erasure.
pub(super) async fn run_all(
    installation: &Installation,
    claim: &Claim,
    erasure: &Permitted<impl Rooted>,
    steps: &[EraseStep],
    token: &[u8],
) -> Result<bool> {
    let mut rounds = 0;
    while rounds == 0 || left(installation, erasure, steps).await? > 0 {
        if rounds == ROUNDS {
            return Err(Fault::Invariant(
                "rows that are to go are still being written behind the fence".into(),
            )
            .into());
        }
        for (number, step) in steps.iter().enumerate() {
            let place = i64::try_from(number).unwrap_or(0);
            if !run_step(installation, claim, erasure, step, (place, token)).await? {
                return Ok(false);
            }
        }
        rounds += 1;
    }
    reach(FailPoint::ErasureRows);
    held::set_state(installation, claim, "verifying").await?;
    reach(FailPoint::ErasureVerifying);
    Ok(true)
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
    let principal: Principal = serde_json::from_value((**principal).clone()).map_err(|_| broken())?;
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

/// Runs a step's batches until one finds nothing; false when another worker has the erasure. They are counted under that
/// number of the erasure's log.
pub(super) async fn run_step(
    installation: &Installation,
    claim: &Claim,
    erasure: &Permitted<impl Rooted>,
    step: &EraseStep,
    (place, token): (i64, &[u8]),
) -> Result<bool> {
    let limit = installation.erasing.batch;
    loop {
        let begun = std::time::Instant::now();
        let now = installation.clock.now();
        let lease = installation.clock.lease_milliseconds() + installation.lease_milliseconds;
        let id = installation.new_id();
        let done = installation
            .database
            .write(async |transaction| {
                // The claim first: it locks the row, so that a worker thought dead waits here and then learns it.
                let mut columns: Vec<(&str, Cell)> =
                    vec![("lease_until", lease.into()), ("updated_at", now.into())];
                if place >= 0 {
                    columns.push(("state", "running".into()));
                    columns.push(("step_number", place.into()));
                }
                if !queue::change(transaction, claim, &columns).await? {
                    return Ok(None);
                }
                // Rows that stay are counted once, before those that lead to them go.
                let is_kept = step.action.leaves_rows();
                if is_kept && erasure_log::has_begun(transaction, claim.account, claim.id, place).await? {
                    return Ok(Some(0));
                }
                let catalog = &installation.catalog;
                let done = batch(transaction, catalog, erasure, step, token, limit).await?;
                if done.rows > 0 {
                    let entry = erasure_log::Entry {
                        id,
                        account: claim.account,
                        erasure: claim.id,
                        step: place,
                        table: &catalog.get(step.resource).table,
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
            Some(0) => {
                reach(FailPoint::ErasureStep);
                return Ok(true);
            }
            Some(rows) => {
                reach(FailPoint::ErasureBatch);
                if rows < u64::from(limit) {
                    return Ok(true);
                }
                let lease = u64::try_from(installation.lease_milliseconds).unwrap_or(0);
                let most = Duration::from_millis(lease / 3);
                tokio::time::sleep(installation.erasing.rest(begun.elapsed(), most)).await;
            }
        }
    }
}

/// How many rows all steps still find.
pub(super) async fn left(
    installation: &Installation,
    erasure: &Permitted<impl Rooted>,
    steps: &[EraseStep],
) -> Result<u64> {
    let mut left = 0;
    for step in steps.iter().filter(|step| !step.action.leaves_rows()) {
        left += count(&installation.database, &installation.catalog, erasure, step).await?;
    }
    Ok(left)
}
