//! The batches of an account's erasure: step by step, each in a transaction of its own, until no step finds a row. Must not
//! know what comes before and after.

use std::time::Duration;

use crate::access::permit::Permitted;
use crate::cell::Cell;
use crate::error::{Fault, Result};
use crate::fail_point::{FailPoint, reach};
use crate::plan::erase::{EraseStep, Rooted};
use crate::store::erase::{Batch, batch, count};
use crate::store::erasure_log;
use crate::store::queue::{self, Claim};
use crate::work::erase::held;
use crate::work::installation::Installation;

/// How often all steps are gone through while writers that were there before the fence still add rows.
const ROUNDS: u32 = 5;

/// Runs all steps until none of them finds a row, and says VERIFYING; false when another worker has the erasure.
pub(super) async fn run_all(
    installation: &Installation,
    claim: &Claim,
    erasure: &Permitted<impl Rooted>,
    steps: &[EraseStep],
    token: &[u8],
) -> Result<bool> {
    let mut rounds = 0;
    while rounds == 0 || left(installation, erasure, steps, token).await? > 0 {
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

/// Runs a step's batches until one finds nothing; false when another worker has the erasure. They are counted under that
/// number of the erasure's log.
pub(in crate::work::erase) async fn run_step(
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
                transaction.without_time_limit().await?;
                // Rows that stay are counted once, before those that lead to them go.
                let is_kept = step.action.leaves_rows();
                if is_kept && erasure_log::has_begun(transaction, claim.account, claim.id, place).await? {
                    return Ok(Some(Batch::default()));
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
                Ok(Some(done))
            })
            .await?;
        match done {
            None => return Ok(false),
            Some(Batch { rows: 0, .. }) => {
                reach(FailPoint::ErasureStep);
                return Ok(true);
            }
            Some(Batch { is_last, .. }) => {
                reach(FailPoint::ErasureBatch);
                if is_last {
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
    token: &[u8],
) -> Result<u64> {
    let mut left = 0;
    for step in steps.iter().filter(|step| !step.action.leaves_rows()) {
        left += count(
            &installation.database,
            &installation.catalog,
            erasure,
            step,
            token,
        )
        .await?;
    }
    Ok(left)
}
