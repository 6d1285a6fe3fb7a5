//! Going through the steps of an erasure: in batches, so that readers and writers hardly wait, and at last, in one
//! transaction, what is left together with the person's own row, to which nobody can refer meanwhile. So an erasure ends
//! however fast others write. Must not know what comes before and after.

use std::time::{Duration, Instant};

use uuid::Uuid;

use super::stale;
use crate::access::permit::Permitted;
use crate::error::{Error, Result};
use crate::fail_point::{FailPoint, reach};
use crate::plan::erase::{EraseStep, Root, Rooted};
use crate::store::Transaction;
use crate::store::audit::{self, AuditEvent};
use crate::store::erase::{Batch, batch, hold};
use crate::store::erasure_log::{self, PAST_FENCE};
use crate::store::fence::{self, Fence};
use crate::store::queue::{self, Claim};
use crate::work::installation::Installation;

/// After a pass that found no more rows than this, the rest is done at once.
const FEW: u64 = 10_000;

/// How many passes are made at most before the rest is done at once, however much it is, and how often that is tried:
/// somebody may have written a row that refers to one that was to go.
const ROUNDS: u32 = 5;

/// The steps for one person.
pub(super) struct Steps<'a, R> {
    pub(super) installation: &'a Installation,
    pub(super) account: Uuid,
    pub(super) erasure: &'a Permitted<R>,
    /// What stands for the person in rows that stay.
    pub(super) token: &'a [u8],
    pub(super) purpose: Purpose<'a>,
}

/// On whose behalf.
pub(super) enum Purpose<'a> {
    /// The erasure runs, and is in our hands.
    Run(&'a Claim),
    /// It has ended, and the person was written again past this fence.
    Fence(Fence),
}

impl<R: Rooted> Steps<'_, R> {
    /// Goes through all of them; gives how many rows were done. `None`: another worker has the erasure, or the fence does not
    /// stand any more.
    pub(super) async fn all(&self) -> Result<Option<u64>> {
        let mut rows = 0;
        for round in 1.. {
            let Some(done) = self.pass().await? else {
                return Ok(None);
            };
            rows += done;
            if done > FEW && round < ROUNDS {
                continue;
            }
            match self.last().await {
                Ok(done) => return Ok(done.map(|done| rows + done)),
                Err(Error::Fault(fault)) if round < ROUNDS => {
                    tracing::debug!(%fault, "what is left of an erasure is tried again");
                }
                Err(error) => return Err(error),
            }
        }
        Ok(None)
    }

    /// Runs the batches of every step but that of the person's own row.
    async fn pass(&self) -> Result<Option<u64>> {
        let steps = self.erasure.plan().steps();
        let mut rows = 0;
        for (number, step) in steps.iter().enumerate().take(steps.len().saturating_sub(1)) {
            if step.action.leaves_rows() && matches!(self.purpose, Purpose::Fence(_)) {
                continue;
            }
            loop {
                let begun = Instant::now();
                let done = self.batch(number, step).await?;
                let Some(done) = done else { return Ok(None) };
                self.reach(match done.rows {
                    0 => FailPoint::ErasureStep,
                    _ => FailPoint::ErasureBatch,
                });
                if !step.action.leaves_rows() {
                    rows += done.rows;
                }
                if done.is_last || step.action.leaves_rows() {
                    break;
                }
                let lease = u64::try_from(self.installation.lease_milliseconds).unwrap_or(0);
                let most = Duration::from_millis(lease / 3);
                tokio::time::sleep(self.installation.erasing.rest(begun.elapsed(), most)).await;
            }
        }
        Ok(Some(rows))
    }

    async fn batch(&self, number: usize, step: &EraseStep) -> Result<Option<Batch>> {
        let Steps { installation, .. } = self;
        installation
            .database
            .write(async |transaction| {
                if !self.begin(transaction, number).await? {
                    return Ok(None);
                }
                // Rows that stay are counted once, before those that lead to them go.
                if step.action.leaves_rows() && self.has_begun(transaction, number).await? {
                    return Ok(Some(Batch::default()));
                }
                let (catalog, token) = (&installation.catalog, self.token);
                let limit = installation.erasing.batch;
                let done = batch(transaction, catalog, self.erasure, step, token, limit).await?;
                self.note(transaction, number, step, done.rows).await?;
                self.tell(transaction, done.rows).await?;
                Ok(Some(done))
            })
            .await
    }

    /// Does what is left of all steps, and the person's own row.
    async fn last(&self) -> Result<Option<u64>> {
        let Steps { installation, .. } = self;
        let (catalog, steps) = (&installation.catalog, self.erasure.plan().steps());
        let goes = |step: &&EraseStep| !step.action.leaves_rows();
        let done = installation
            .database
            .write(async |transaction| {
                if !self.begin(transaction, steps.len().saturating_sub(1)).await? {
                    return Ok(None);
                }
                for step in steps.iter().filter(goes) {
                    if catalog.inverse(step.resource).next().is_some() {
                        hold(transaction, catalog, self.erasure, step, self.token).await?;
                    }
                }
                let mut rows = 0;
                for (number, step) in steps.iter().enumerate().filter(|(_, step)| goes(step)) {
                    let done = batch(transaction, catalog, self.erasure, step, self.token, u32::MAX).await?;
                    self.note(transaction, number, step, done.rows).await?;
                    rows += done.rows;
                }
                self.tell(transaction, rows).await?;
                Ok(Some(rows))
            })
            .await?;
        self.reach(FailPoint::ErasureLast);
        Ok(done)
    }

    /// Whether it is still ours to do, until the end of the transaction.
    async fn begin(&self, transaction: &mut Transaction, number: usize) -> Result<bool> {
        let Steps { installation, .. } = self;
        transaction.without_time_limit().await?;
        match &self.purpose {
            // The claim first: it locks the row, so that a worker thought dead waits here and then learns it.
            Purpose::Run(claim) => {
                let lease = installation.clock.lease_milliseconds() + installation.lease_milliseconds;
                let columns = [
                    ("state", "running".into()),
                    ("step_number", i64::try_from(number).unwrap_or(0).into()),
                    ("lease_until", lease.into()),
                    ("updated_at", installation.clock.now().into()),
                ];
                queue::change(transaction, claim, &columns).await
            }
            // Who comes back by the own word waits here, or has lifted the fence.
            Purpose::Fence(fence) => {
                fence::eraser_lock(transaction, self.account).await?;
                let standing = fence::standing(transaction, self.account, &[self.token.to_vec()]).await?;
                Ok(standing == Some(*fence) && fence::has_ended(transaction, self.account, *fence).await?)
            }
        }
    }

    /// Under which number of which erasure's log a step is counted.
    fn counted(&self, number: usize) -> Option<(Uuid, i64)> {
        match &self.purpose {
            Purpose::Run(claim) => Some((claim.id, i64::try_from(number).unwrap_or(0))),
            Purpose::Fence(fence) => fence.erasure.map(|erasure| (erasure, PAST_FENCE)),
        }
    }

    async fn has_begun(&self, transaction: &mut Transaction, number: usize) -> Result<bool> {
        match self.counted(number) {
            Some((erasure, step)) => erasure_log::has_begun(transaction, self.account, erasure, step).await,
            None => Ok(false),
        }
    }

    /// Counts what a step has done, in the transaction that did it.
    async fn note(
        &self,
        transaction: &mut Transaction,
        number: usize,
        step: &EraseStep,
        rows: u64,
    ) -> Result<()> {
        let Some((erasure, place)) = self.counted(number).filter(|_| rows > 0) else {
            return Ok(());
        };
        let entry = erasure_log::Entry {
            id: self.installation.new_id(),
            account: self.account,
            erasure,
            step: place,
            table: &self.installation.catalog.get(step.resource).table,
            action: step.action.word(),
            rows,
            at: self.installation.clock.now(),
        };
        erasure_log::append(transaction, &entry).await
    }

    /// Of rows that were written past a fence: says that they are gone, and that bundles made meanwhile are not true.
    async fn tell(&self, transaction: &mut Transaction, rows: u64) -> Result<()> {
        let Purpose::Fence(fence) = &self.purpose else {
            return Ok(());
        };
        if rows == 0 {
            return Ok(());
        }
        let (installation, account) = (self.installation, self.account);
        let subscribers = match self.erasure.plan().root() {
            Root::Person(subject) => std::slice::from_ref(&subject.subscriber),
            Root::Again(subscribers, _) => subscribers,
            Root::Rows(_) | Root::Account(_) | Root::User(_) => &[],
        };
        stale::mark_for(transaction, installation, (account, subscribers), self.counted(0)).await?;
        let (id, now) = (installation.new_id(), installation.clock.now());
        let event = AuditEvent::by_system(account, id, now, "erasure.kept_away").rows(rows);
        let event = match fence.erasure {
            Some(erasure) => event.of("Erasure", erasure),
            None => event,
        };
        audit::append(transaction, std::slice::from_ref(&event)).await
    }

    fn reach(&self, point: FailPoint) {
        reach(match (&self.purpose, point) {
            (Purpose::Run(_), point) => point,
            (Purpose::Fence(_), FailPoint::ErasureLast) => FailPoint::FenceLast,
            (Purpose::Fence(_), FailPoint::ErasureBatch) => FailPoint::FenceBatch,
            (Purpose::Fence(_), _) => return,
        });
    }
}
