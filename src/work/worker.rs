//! Works off the jobs: claims exports, imports, erasures and transfers, a few at a time, holds them while they run, and gives
//! them back when the gateway shuts down. Knows no job's inside.

use std::convert::Infallible;
use std::sync::Arc;
use std::time::Duration;

use tokio::sync::{OwnedSemaphorePermit, Semaphore};
use tokio_util::sync::CancellationToken;
use tokio_util::task::{AbortOnDropHandle, TaskTracker};

use crate::error::{Fault, Result};
use crate::store::queue::{self, Again, Claim, Queue};
use crate::work::erase;
use crate::work::export;
use crate::work::import;
use crate::work::installation::Installation;
use crate::work::transfer;

/// Jobs at one time: one that reads and one that writes; more would only wait for the database.
const AT_ONCE: usize = 2;

/// Transfers at one time, beside those: a slow receiver must not keep everybody else waiting.
const TRANSFERS_AT_ONCE: usize = 4;

/// How long a worker that found nothing waits before it looks again, unless it is told of a new job.
const SHORTEST_WAIT: Duration = Duration::from_millis(500);

/// The longest such wait, after looks that failed.
const LONGEST_WAIT: Duration = Duration::from_secs(30);

/// Works until `stop`, then gives back what is under way. Never fails: what goes wrong is logged and tried again.
pub async fn work(installation: Installation, stop: CancellationToken) {
    tokio::join!(
        work_at(Lane::Data, installation.clone(), stop.clone()),
        work_at(Lane::Network, installation, stop),
    );
}

/// What is worked off side by side.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Lane {
    /// What waits for the database.
    Data,
    /// What waits for others.
    Network,
}

async fn work_at(lane: Lane, installation: Installation, stop: CancellationToken) {
    let room = Arc::new(Semaphore::new(match lane {
        Lane::Data => AT_ONCE,
        Lane::Network => TRANSFERS_AT_ONCE,
    }));
    let running = TaskTracker::new();
    let mut wait = SHORTEST_WAIT;
    let mut last = Queue::Imports;
    while !stop.is_cancelled() {
        let Some(Ok(place)) = stop.run_until_cancelled(room.clone().acquire_owned()).await else {
            break;
        };
        match stop.run_until_cancelled(next(lane, &installation, last)).await {
            None => break,
            Some(Ok(Some(claim))) => {
                wait = SHORTEST_WAIT;
                last = claim.queue;
                running.spawn(run_in(place, installation.clone(), claim, stop.clone()));
            }
            Some(found) => {
                drop(place);
                wait = after(&found, wait);
                tokio::select! {
                    () = stop.cancelled() => break,
                    () = installation.new_job.notified() => {}
                    () = tokio::time::sleep(wait) => {}
                }
            }
        }
    }
    running.close();
    running.wait().await;
}

/// The wait after a look that brought no job.
fn after(found: &Result<Option<Claim>>, wait: Duration) -> Duration {
    match found {
        Ok(_) => SHORTEST_WAIT,
        Err(error) => {
            tracing::warn!(code = error.code().as_str(), %error, "the worker cannot look for jobs");
            (wait * 2).min(LONGEST_WAIT)
        }
    }
}

/// The job whose turn it is. Erasures first: somebody has a right to them, with a deadline. Exports and imports take turns.
async fn next(lane: Lane, installation: &Installation, last: Queue) -> Result<Option<Claim>> {
    let queues: &[Queue] = match (lane, last) {
        (Lane::Network, _) => &[Queue::Transfers],
        (Lane::Data, Queue::Exports) => &[Queue::Erasures, Queue::Imports, Queue::Exports],
        (Lane::Data, _) => &[Queue::Erasures, Queue::Exports, Queue::Imports],
    };
    for queue in queues.iter().copied() {
        // What would go through a table that nobody decided about waits until somebody has.
        if queue == Queue::Erasures && has_drifted(installation) {
            continue;
        }
        let claim = queue::claim(&installation.database, queue, installation.terms()).await?;
        if claim.is_some() {
            return Ok(claim);
        }
    }
    Ok(None)
}

fn has_drifted(installation: &Installation) -> bool {
    installation
        .catalog
        .resources()
        .any(|resource| installation.drift.allow(&resource.table).is_err())
}

async fn run_in(
    place: OwnedSemaphorePermit,
    installation: Installation,
    claim: Claim,
    stop: CancellationToken,
) {
    match stop.run_until_cancelled(run(&installation, &claim)).await {
        Some(Ok(())) => {}
        Some(Err(error)) => {
            let code = error.code().as_str();
            tracing::error!(job = %claim.id, code, %error, "a job failed; it is taken up again when its lease has run out");
        }
        None => {
            tracing::info!(job = %claim.id, "a job is given back");
            if let Err(error) = queue::give_back(&installation.database, &claim, Again::AtOnce).await {
                tracing::warn!(job = %claim.id, %error, "a job could not be given back; its lease runs out by itself");
            }
        }
    }
    drop(place);
}

/// Runs a claimed job until it has ended, holding it meanwhile. An error, also for a panic, leaves the job claimed: it
/// is taken up again when its lease has run out. Dropping the future ends the work.
pub async fn run(installation: &Installation, claim: &Claim) -> Result<()> {
    let task = {
        let (installation, claim) = (installation.clone(), claim.clone());
        // A task of its own, so that a panic ends the job and not the worker.
        AbortOnDropHandle::new(tokio::spawn(async move {
            match claim.queue {
                Queue::Exports => export::run::run(&installation, &claim).await,
                Queue::Imports => import::run::run(&installation, &claim).await,
                Queue::Transfers => transfer::run::run(&installation, &claim).await,
                Queue::Erasures => erase::run::run(&installation, &claim).await,
            }
        }))
    };
    tokio::select! {
        ended = task => ended.unwrap_or_else(|_| Err(Fault::Invariant("a job panicked".into()).into())),
        never = hold(installation, claim) => match never {},
    }
}

/// Renews the lease for as long as this is awaited.
async fn hold(installation: &Installation, claim: &Claim) -> Infallible {
    let lease = installation.lease_milliseconds;
    let pause = Duration::from_millis(u64::try_from(lease / 3).unwrap_or(1_000).max(100));
    loop {
        tokio::time::sleep(pause).await;
        let until = installation.clock.lease_milliseconds() + lease;
        match queue::hold(&installation.database, claim, until).await {
            Ok(true) => {}
            // Finished a moment ago, or taken over: either way the job's own task learns it with its next change.
            Ok(false) => return std::future::pending().await,
            Err(error) => tracing::warn!(job = %claim.id, %error, "the lease of a job could not be renewed"),
        }
    }
}
