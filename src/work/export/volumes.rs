//! Writes a bundle as one file, or as several when it is large: each of them a bundle by itself, ended when its rows take
//! as much room as a file may have. The same rows give the same files.

use std::collections::{BTreeMap, BTreeSet};
use std::ops::RangeInclusive;

use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};

use super::rows::{Done, RingSigner, Writing};
use crate::bundle::{ClosedVolume, Closing, Table, Volume, Writer};
use crate::cell::Cell;
use crate::depot::{BlockingWriter, Stored};
use crate::error::{Code, Fault, Refusal, Result};

/// The most files of one bundle.
const MOST: usize = 1_000;

/// About how large one file of a bundle may be.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(transparent)]
pub struct VolumeSize {
    bytes: u64,
}

impl VolumeSize {
    /// What may be asked for, in mebibytes.
    const CHOICE: RangeInclusive<u64> = 1..=51_200;

    /// What somebody asks for. Errors: `BAD_USER_INPUT`.
    pub fn of_mebibytes(mebibytes: u64) -> Result<Self, Refusal> {
        if VolumeSize::CHOICE.contains(&mebibytes) {
            return Ok(VolumeSize {
                bytes: mebibytes << 20,
            });
        }
        let (least, most) = VolumeSize::CHOICE.into_inner();
        let message = format!("a file of a bundle has {least} to {most} mebibytes");
        Err(Refusal::new(Code::BadUserInput, message).at(["volumeMebibytes"]))
    }

    /// For tests, whose bundles are small.
    #[cfg(test)]
    pub(crate) fn of_bytes(bytes: u64) -> Self {
        VolumeSize { bytes }
    }

    pub(super) fn bytes(self) -> u64 {
        self.bytes
    }
}

impl Default for VolumeSize {
    fn default() -> Self {
        VolumeSize { bytes: 2 << 30 }
    }
}

/// A bundle that is being written.
pub(super) struct Volumes<C> {
    create: C,
    writing: Writing,
    /// The receipt, without counts and signature.
    receipt: Map<String, Value>,
    /// Rows of each table, counted before.
    expected: BTreeMap<String, u64>,
    /// Rows of each table in the files that are whole.
    written: BTreeMap<String, u64>,
    closed: Vec<Stored>,
    writer: Writer<BlockingWriter>,
    open: Option<Table>,
    /// Rows of each table in the file that is open.
    rows: BTreeMap<String, u64>,
    /// Tables of that file that others have rows of, too.
    shared: BTreeSet<String>,
}

impl<C: FnMut(usize) -> Result<BlockingWriter>> Volumes<C> {
    pub(super) fn begin(
        mut create: C,
        writing: Writing,
        receipt: Map<String, Value>,
        expected: BTreeMap<String, u64>,
    ) -> Result<Self> {
        Ok(Volumes {
            writer: Writer::new(create(1)?, &writing.spool, &writing.lanes)?,
            create,
            writing,
            receipt,
            expected,
            written: BTreeMap::new(),
            closed: Vec::new(),
            open: None,
            rows: BTreeMap::new(),
            shared: BTreeSet::new(),
        })
    }

    pub(super) fn begin_table(&mut self, table: Table) -> Result<()> {
        if self.writer.has(self.writing.volume_size.bytes())? {
            self.next_file()?;
        }
        self.writer.begin_table(&table)?;
        self.rows.insert(table.name.clone(), 0);
        self.open = Some(table);
        Ok(())
    }

    pub(super) fn row(&mut self, row: &[Cell]) -> Result<()> {
        if self.writer.has(self.writing.volume_size.bytes())? {
            self.next_file()?;
        }
        self.writer.row(row)?;
        let rows = self
            .open
            .as_ref()
            .and_then(|table| self.rows.get_mut(&table.name));
        *rows.ok_or_else(|| Fault::Invariant("a row came before its table".into()))? += 1;
        Ok(())
    }

    pub(super) fn end_table(&mut self) -> Result<()> {
        self.open = None;
        self.writer.end_table().map(drop)
    }

    /// Ends the file that is open, in the middle of a table if it is in one, and begins the next.
    fn next_file(&mut self) -> Result<()> {
        let number = self.closed.len() + 2;
        if number > MOST {
            let message = format!("the bundle would have more than {MOST} files; ask for larger ones");
            return Err(Refusal::new(Code::LimitReached, message).into());
        }
        let open = self.open.take();
        if let Some(table) = &open {
            self.writer.end_table()?;
            self.shared.insert(table.name.clone());
        }
        let next = Writer::new((self.create)(number)?, &self.writing.spool, &self.writing.lanes)?;
        let writer = std::mem::replace(&mut self.writer, next);
        let rows = std::mem::take(&mut self.rows);
        let volume = Volume {
            before: self.closed.iter().map(closed).collect(),
            is_last: false,
            shared: std::mem::take(&mut self.shared),
        };
        let (stored, _) = close(&self.writing, &self.receipt, writer, &rows, Some(&volume))?;
        self.closed.push(stored);
        for (table, rows) in rows {
            *self.written.entry(table).or_default() += rows;
        }
        if let Some(table) = open {
            self.shared.insert(table.name.clone());
            self.begin_table(table)?;
        }
        Ok(())
    }

    /// Ends the last file, if all rows that were expected are in some file.
    pub(super) fn finish(mut self) -> Result<Done> {
        let next = self.closed.len() + 1;
        let volume = (next > 1).then(|| Volume {
            before: self.closed.iter().map(closed).collect(),
            is_last: true,
            shared: std::mem::take(&mut self.shared),
        });
        let mut written = self.written.clone();
        for (table, rows) in &self.rows {
            *written.entry(table.clone()).or_default() += rows;
        }
        if written != self.expected {
            let expected: u64 = self.expected.values().sum();
            let written: u64 = written.values().sum();
            let message = format!("of {expected} rows that were expected {written} were written");
            return Err(Fault::Invariant(message).into());
        }
        let (stored, receipt) = close(
            &self.writing,
            &self.receipt,
            self.writer,
            &self.rows,
            volume.as_ref(),
        )?;
        self.closed.push(stored);
        Ok(Done {
            files: self.closed,
            receipt,
            rows: written.values().sum(),
        })
    }
}

fn closed(stored: &Stored) -> ClosedVolume {
    ClosedVolume {
        bytes: stored.byte_count,
        sha256: stored.sha256,
    }
}

/// Gives what lies in the depot then, and the receipt.
fn close(
    writing: &Writing,
    receipt: &Map<String, Value>,
    writer: Writer<BlockingWriter>,
    rows: &BTreeMap<String, u64>,
    volume: Option<&Volume>,
) -> Result<(Stored, Vec<u8>)> {
    let closing = Closing {
        about: &writing.about,
        receipt,
        expected: rows,
        volume,
        signer: &RingSigner(writing.keys.clone()),
    };
    let (out, written) = writer.finish(&closing)?;
    Ok((out.finish()?, written.receipt))
}
