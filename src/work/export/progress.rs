//! How far an export is, told to its row, which renews the lease by it.

use super::run::still_running;
use crate::error::{Code, Refusal, Result};
use crate::store::queue::Claim;
use crate::work::installation::Installation;

/// Tells the row, about once a second, how far the job is, and renews the lease by it.
pub(super) struct Progress<'a> {
    installation: &'a Installation,
    claim: &'a Claim,
    total: u64,
    done: u64,
    told_at: u64,
}

impl<'a> Progress<'a> {
    pub(super) fn new(installation: &'a Installation, claim: &'a Claim, total: u64) -> Self {
        Progress {
            installation,
            claim,
            total,
            done: 0,
            told_at: installation.clock.monotonic_milliseconds(),
        }
    }

    pub(super) async fn add(&mut self, rows: u64, table: &str) -> Result<()> {
        self.done += rows;
        let now = self.installation.clock.monotonic_milliseconds();
        let interval = u64::try_from(self.installation.lease_milliseconds / 4)
            .unwrap_or(1000)
            .min(1000);
        if now.saturating_sub(self.told_at) < interval {
            return Ok(());
        }
        self.told_at = now;
        self.note(Some(table)).await
    }

    pub(super) async fn note(&self, table: Option<&str>) -> Result<()> {
        let installation = self.installation;
        let columns = [
            ("rows_done", i64::try_from(self.done).unwrap_or(i64::MAX).into()),
            (
                "rows_expected",
                i64::try_from(self.total).unwrap_or(i64::MAX).into(),
            ),
            ("current_resource", table.into()),
            (
                "lease_until",
                (installation.clock.lease_milliseconds() + installation.lease_milliseconds).into(),
            ),
            ("updated_at", installation.clock.now().into()),
        ];
        let claim = self.claim;
        let held = installation
            .database
            .write(async |transaction| still_running(transaction, claim, &columns).await)
            .await?;
        if held {
            return Ok(());
        }
        Err(Refusal::new(Code::InvalidState, "the export was canceled or taken over").into())
    }
}
