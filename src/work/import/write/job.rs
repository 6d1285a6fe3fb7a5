//! What an import does beside writing: it passes by what an earlier attempt has committed, tells the job's row, and sets
//! aside what cannot be taken. Must not know what wins.

use super::{ERASED, Importer, RESTRICTED};
use crate::error::Result;
use crate::store::Transaction;
use crate::work::import::follow::Counts;
use crate::work::import::merge::{self, Outcome, Turn};
use crate::work::import::record::{Incoming, Rejected, Row};
use crate::work::import::report::Tally;

impl Importer<'_> {
    /// Passes by rows that an earlier attempt has committed: they count no more, but who was in them was seen, and what
    /// was rejected of them stands in the file of rejected rows, which begins anew.
    pub(super) async fn pass(&mut self, rows: Vec<Row>) -> Result<()> {
        self.known_rows -= rows.len() as u64;
        let mut people: Vec<Box<Incoming>> = Vec::with_capacity(rows.len());
        for row in rows {
            match row {
                Row::Person(person) => people.push(person),
                Row::Rejected(rejected) => self.set_aside(&rejected)?,
            }
        }
        if people.is_empty() {
            return Ok(());
        }
        let turns: Vec<Turn> = people.iter().map(|person| self.turn(person)).collect();
        let rows: Vec<&Incoming> = people.iter().map(|person| &**person).collect();
        let mut transaction = self.hands.installation.database.begin().await?;
        let known = self.hands.load(&mut transaction, &rows, &self.targets).await?;
        transaction.roll_back().await?;
        for (row, turn) in rows.into_iter().zip(turns) {
            match merge::kept_out(&known, row, turn) {
                Some(Outcome::Erased) => self.set_aside_by_line(row, ERASED)?,
                Some(_) => self.set_aside_by_line(row, RESTRICTED)?,
                None => {}
            }
        }
        self.tell_job(None, &Tally::default()).await
    }

    /// What of the file is done, with a batch that is about to be.
    pub(super) fn counts(&self, tally: &Tally) -> Counts {
        Counts {
            bytes: self.bytes,
            rows: self.report.read,
            added: self.report.added + tally.added,
            changed: self.report.changed + tally.changed,
            unchanged: self.report.unchanged + tally.unchanged,
            suppressed: self.report.suppressed + tally.suppressed,
            rejected: self.report.rejected,
        }
    }

    /// Tells the job's row, in the transaction that does what it tells of, where there is one.
    pub(super) async fn tell_job(
        &mut self,
        transaction: Option<&mut Transaction>,
        tally: &Tally,
    ) -> Result<()> {
        let Some(job) = self.job else { return Ok(()) };
        match transaction {
            Some(transaction) => job.in_batch(transaction, &self.counts(tally)).await,
            None => job.between(&self.counts(tally)).await,
        }
    }

    pub(super) fn set_aside(&mut self, rejected: &Rejected) -> Result<()> {
        self.report
            .sample(&rejected.file, rejected.line, rejected.reason.to_string());
        self.rejects.add(rejected)
    }

    pub(super) fn set_aside_by_line(&mut self, row: &Incoming, reason: &str) -> Result<()> {
        self.report.sample(&row.file, row.line, reason.to_owned());
        self.rejects.add_without_record(row.line, &row.file, reason)
    }
}
