//! How far an import that runs as a job is. What a batch came to stands in the row in the batch's own transaction, which
//! holds only while the job is ours: a worker thought dead writes nothing, a canceled import ends between two batches, and
//! whoever goes on counts no row twice. What writes nothing, a dry run or the bytes read, is told once a second.

use std::sync::{Mutex, PoisonError};

use entities::value::ImportFormat;
use sea_orm::ActiveEnum;

use super::Kind;
use crate::cell::{self, Cell};
use crate::error::{Code, Fault, Refusal, Result};
use crate::store::Transaction;
use crate::store::queue::{self, Claim};
use crate::work::installation::Installation;
use crate::work::job::RUNNING;

/// How often the row is told of what no batch tells, in milliseconds.
const INTERVAL: u64 = 1_000;

/// What of a file is done.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct Counts {
    /// Bytes of the file that were read.
    pub(super) bytes: u64,
    /// Rows that were read; each is one of those that follow.
    pub(super) rows: u64,
    pub(super) added: u64,
    pub(super) changed: u64,
    pub(super) unchanged: u64,
    pub(super) suppressed: u64,
    pub(super) rejected: u64,
}

/// The columns that hold [`Counts`], in its order.
const COLUMNS: [&str; 7] = [
    "bytes_done",
    "rows_done",
    "rows_added",
    "rows_changed",
    "rows_unchanged",
    "rows_suppressed",
    "rows_rejected",
];

impl Counts {
    pub(super) fn columns(&self) -> Vec<(&'static str, Cell)> {
        let Counts {
            bytes,
            rows,
            added,
            changed,
            unchanged,
            suppressed,
            rejected,
        } = *self;
        let counts = [bytes, rows, added, changed, unchanged, suppressed, rejected];
        let cell = |count: u64| Cell::from(i64::try_from(count).unwrap_or(i64::MAX));
        COLUMNS.into_iter().zip(counts.map(cell)).collect()
    }
}

/// The row of an import that runs in our hands.
pub(super) struct Follow<'a> {
    installation: &'a Installation,
    claim: &'a Claim,
    /// What earlier attempts have committed.
    pub(super) earlier: Counts,
    told_at: Mutex<Option<u64>>,
}

impl<'a> Follow<'a> {
    /// The row as it stands. Of a dry run nothing is committed, so that it begins anew.
    pub(super) async fn begin(
        installation: &'a Installation,
        claim: &'a Claim,
        is_dry_run: bool,
    ) -> Result<Follow<'a>> {
        let columns = COLUMNS.map(|name| (name, cell::Kind::Int));
        let database = &installation.database;
        let row = queue::read(database, claim.queue, claim.account, claim.id, &columns).await?;
        let row = row.ok_or_else(|| Fault::Invariant("an import's row is gone".into()))?;
        let count = |place: usize| row[place].as_int().and_then(|count| u64::try_from(count).ok());
        let count = |place: usize| count(place).unwrap_or(0);
        let earlier = match is_dry_run {
            true => Counts::default(),
            false => Counts {
                bytes: 0,
                rows: count(1),
                added: count(2),
                changed: count(3),
                unchanged: count(4),
                suppressed: count(5),
                rejected: count(6),
            },
        };
        let follow = Follow {
            installation,
            claim,
            earlier,
            told_at: Mutex::default(),
        };
        follow.note(earlier.columns()).await?;
        Ok(follow)
    }

    /// The file is open, and so many bytes of it are to be read.
    pub(super) async fn opened(&self, kind: Kind, bytes: u64) -> Result<()> {
        let format = match kind {
            Kind::Mailchimp => ImportFormat::Mailchimp,
            Kind::Listmonk => ImportFormat::Listmonk,
            Kind::Mapped => ImportFormat::Mapped,
        };
        let bytes = i64::try_from(bytes).unwrap_or(i64::MAX);
        self.note(vec![
            ("format", format.to_value().into()),
            ("bytes_expected", bytes.into()),
        ])
        .await
    }

    /// The bundle is verified, and so many rows of it are to be taken.
    pub(super) async fn verified(&self, rows: u64) -> Result<()> {
        let rows = i64::try_from(rows).unwrap_or(i64::MAX);
        let format = ImportFormat::Bundle.to_value();
        self.note(vec![("format", format.into()), ("rows_expected", rows.into())])
            .await
    }

    /// Tells the row now.
    pub(super) async fn note(&self, columns: Vec<(&'static str, Cell)>) -> Result<()> {
        let write = async |transaction: &mut Transaction| self.change(transaction, &columns).await;
        self.installation.database.write(write).await
    }

    /// Tells the row in the transaction that does what it tells of. Errors: `INVALID_STATE` when the job is no longer ours,
    /// and then nothing of the transaction may stay.
    pub(super) async fn in_batch(&self, transaction: &mut Transaction, counts: &Counts) -> Result<()> {
        self.change(transaction, &counts.columns()).await
    }

    /// Tells the row, unless it was told a moment ago.
    pub(super) async fn between(&self, counts: &Counts) -> Result<()> {
        let now = self.installation.clock.monotonic_milliseconds();
        {
            let mut told_at = self.told_at.lock().unwrap_or_else(PoisonError::into_inner);
            if told_at.is_some_and(|told_at| now < told_at.saturating_add(INTERVAL)) {
                return Ok(());
            }
            *told_at = Some(now);
        }
        self.note(counts.columns()).await
    }

    async fn change(&self, transaction: &mut Transaction, columns: &[(&'static str, Cell)]) -> Result<()> {
        let now = ("updated_at", self.installation.clock.now().into());
        let columns: Vec<(&str, Cell)> = columns.iter().cloned().chain([now]).collect();
        if queue::change_if(transaction, self.claim, RUNNING, &columns).await? {
            return Ok(());
        }
        Err(Refusal::new(Code::InvalidState, "the import was canceled or taken over").into())
    }
}
