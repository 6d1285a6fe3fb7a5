//! How far a transfer is: told to its row, which holds only while the job is ours, and looked at for receivers that stand
//! still, for jobs that were canceled, and for bundles that are gone meanwhile, because somebody in them was erased.

use std::pin::pin;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use tokio::time::Instant;
use uuid::Uuid;

use crate::access::viewer::Viewer;
use crate::cell::Cell;
use crate::error::{Code, Error, Refusal, Result};
use crate::store::queue::{self, Claim};
use crate::work::export::download;
use crate::work::installation::Installation;
use crate::work::job::RUNNING;

/// How often is looked.
const INTERVAL: Duration = Duration::from_secs(1);

/// A transfer that runs in our hands.
pub(super) struct Follow<'a> {
    pub(super) installation: &'a Installation,
    pub(super) claim: &'a Claim,
    pub(super) viewer: &'a Viewer,
    pub(super) export: Uuid,
    /// Raised by whoever sends.
    pub(super) bytes: Arc<AtomicU64>,
}

impl Follow<'_> {
    /// Awaits something while it gets on. Errors: its own; `RECEIVER_STALLED` when nothing was sent for too long;
    /// `INVALID_STATE` when the job is no longer ours; `GONE` when the bundle is.
    pub(super) async fn watch<T>(&self, work: impl Future<Output = Result<T>>) -> Result<T> {
        let mut work = pin!(work);
        let patience = self.installation.transferring.patience;
        let (mut sent, mut moved_at) = (self.sent(), Instant::now());
        loop {
            tokio::select! {
                biased;
                done = &mut work => return done,
                () = tokio::time::sleep(INTERVAL.min(patience)) => {}
            }
            if self.sent() != sent {
                (sent, moved_at) = (self.sent(), Instant::now());
            } else if moved_at.elapsed() >= patience {
                return Err(stalled(patience).into());
            }
            self.note(vec![("bytes_done", count(sent))]).await?;
            still_there(self.installation, self.viewer, self.export).await?;
        }
    }

    /// Tells the row. Errors: `INVALID_STATE` when the job is no longer ours.
    pub(super) async fn note(&self, mut columns: Vec<(&'static str, Cell)>) -> Result<()> {
        columns.push(("updated_at", self.installation.clock.now().into()));
        let held = self
            .installation
            .database
            .write(async |transaction| queue::change_if(transaction, self.claim, RUNNING, &columns).await)
            .await?;
        match held {
            true => Ok(()),
            false => Err(Refusal::new(Code::InvalidState, "the transfer was canceled or taken over").into()),
        }
    }

    /// Bytes that were sent.
    pub(super) fn sent(&self) -> u64 {
        self.bytes.load(Ordering::Relaxed)
    }
}

/// A count for the store.
pub(super) fn count(count: u64) -> Cell {
    i64::try_from(count).unwrap_or(i64::MAX).into()
}

/// Whether the bundle may still be fetched. Whoever asked has seen it: that it is hidden by now means that rights were lost.
pub(super) async fn still_there(
    installation: &Installation,
    viewer: &Viewer,
    export: Uuid,
) -> Result<download::Ready> {
    match download::ready(installation, viewer, export).await {
        Err(Error::Refused(refusal)) if refusal.code == Code::InvalidId => {
            let message = "who asked for the transfer may not fetch the bundle any more";
            Err(Refusal::new(Code::Forbidden, message).into())
        }
        other => other,
    }
}

fn stalled(patience: Duration) -> Refusal {
    let message = format!(
        "the receiver has neither taken a byte nor answered for {} seconds",
        patience.as_secs()
    );
    Refusal::new(Code::ReceiverStalled, message)
}
