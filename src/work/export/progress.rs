//! How far an export is, how fast it gets on, and how long it will take: told to its row about once a second, which the
//! lease is renewed by. Whoever shows progress reads it there.

use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use super::pace::Pace;
use super::run::still_running;
use crate::cell::Cell;
use crate::error::{Code, Error, Refusal, Result};
use crate::store::queue::Claim;
use crate::work::installation::Installation;

/// How often the row is told.
const INTERVAL: Duration = Duration::from_secs(1);

/// How far one attempt is.
pub(super) struct Progress<'a> {
    installation: &'a Installation,
    claim: &'a Claim,
    rows: AtomicU64,
    /// Written to by whoever writes the bundle.
    pub(super) bytes: Arc<AtomicU64>,
    state: Mutex<State>,
}

#[derive(Default)]
struct State {
    /// How many rows there will be; unknown until they are counted.
    expected: Option<u64>,
    table: Option<String>,
    pace: Pace,
}

impl<'a> Progress<'a> {
    pub(super) fn new(installation: &'a Installation, claim: &'a Claim) -> Self {
        Progress {
            installation,
            claim,
            rows: AtomicU64::new(0),
            bytes: Arc::default(),
            state: Mutex::default(),
        }
    }

    /// The rows are counted.
    pub(super) async fn expect(&self, rows: u64) -> Result<()> {
        self.with(|state| state.expected = Some(rows));
        self.note().await
    }

    /// A table is begun.
    pub(super) fn table(&self, name: &str) {
        self.with(|state| state.table = Some(name.to_owned()));
    }

    /// So many more rows are on their way into the bundle.
    pub(super) fn add(&self, rows: u64) {
        self.rows.fetch_add(rows, Ordering::Relaxed);
    }

    /// Tells the row again and again; ends only with the error that it could not, or that the job is no longer ours.
    pub(super) async fn keep_telling(&self) -> Error {
        let lease = u64::try_from(self.installation.lease_milliseconds).unwrap_or(1_000);
        let interval = Duration::from_millis(lease / 4).min(INTERVAL);
        loop {
            tokio::time::sleep(interval).await;
            if let Err(error) = self.note().await {
                return error;
            }
        }
    }

    fn with<T>(&self, change: impl FnOnce(&mut State) -> T) -> T {
        change(&mut self.state.lock().unwrap_or_else(PoisonError::into_inner))
    }

    async fn note(&self) -> Result<()> {
        let (installation, claim) = (self.installation, self.claim);
        let rows = self.rows.load(Ordering::Relaxed);
        let at = installation.clock.monotonic_milliseconds();
        let (expected, table, rate, left) = self.with(|state| {
            let rate = state.pace.at(at, rows);
            let left = state.pace.left(state.expected, rows);
            (state.expected, state.table.clone(), rate, left)
        });
        let number = |number: u64| i64::try_from(number).unwrap_or(i64::MAX);
        let columns = [
            ("rows_done", number(rows).into()),
            ("rows_expected", expected.map(number).into()),
            ("bytes_done", number(self.bytes.load(Ordering::Relaxed)).into()),
            ("rows_per_second", rate.map(number).into()),
            ("seconds_left", left.map(number).into()),
            ("current_resource", table.map_or(Cell::Null, Cell::from)),
            (
                "lease_until",
                (installation.clock.lease_milliseconds() + installation.lease_milliseconds).into(),
            ),
            ("updated_at", installation.clock.now().into()),
        ];
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
