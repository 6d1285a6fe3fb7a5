//! What an import does beside writing: it passes by what an earlier attempt has committed, tells the job's row, and sets
//! aside what cannot be taken. Must not know what wins.

use super::{ERASED, Importer};
use crate::error::Result;
use crate::store::{Transaction, fence};
use crate::work::import::erased::erased;
use crate::work::import::follow::Counts;
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
        let mut addresses: Vec<&str> = Vec::with_capacity(people.len());
        for person in &people {
            self.turn(person);
            addresses.push(&person.address.normalized);
        }
        let (installation, account) = (self.hands.installation, self.hands.viewer.account);
        let erased = installation
            .database
            .write(async |transaction| {
                fence::fence_lock(transaction, account, false).await?;
                erased(installation, transaction, account, &addresses).await
            })
            .await?;
        for row in people
            .iter()
            .filter(|row| erased.contains(&row.address.normalized))
        {
            self.set_aside_erased(row)?;
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

    pub(super) fn set_aside_erased(&mut self, row: &Incoming) -> Result<()> {
        self.report.sample(&row.file, row.line, ERASED.to_owned());
        self.rejects.add_without_record(row.line, &row.file, ERASED)
    }
}
