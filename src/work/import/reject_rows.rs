//! Rows that could not be taken, as CSV: line, file, reason, column, and the row itself, so that somebody can mend and
//! import it. Must not know where they go, nor why they are rejected.

use std::io::{self, Write};

use super::record::Rejected;

/// The columns.
const HEADER: [&str; 5] = ["line", "file", "reason", "column", "record"];

/// A CSV of rejected rows that is being written.
pub(super) struct RejectRows<W: Write> {
    writer: csv::Writer<W>,
    count: u64,
}

impl<W: Write> RejectRows<W> {
    /// Begins with the header.
    pub(super) fn begin(to: W) -> io::Result<RejectRows<W>> {
        let mut rows = RejectRows {
            writer: csv::Writer::from_writer(to),
            count: 0,
        };
        rows.record(&HEADER)?;
        Ok(rows)
    }

    /// How many rows there are.
    pub(super) fn count(&self) -> u64 {
        self.count
    }

    /// Adds a row that the reader set aside.
    pub(super) fn add(&mut self, rejected: &Rejected) -> io::Result<()> {
        let column = rejected.column.as_deref().unwrap_or_default();
        let reason = rejected.reason.to_string();
        self.add_line(rejected.line, &rejected.file, &reason, column, &rejected.record)
    }

    /// Adds a row by its line alone.
    pub(super) fn add_without_record(&mut self, line: u64, file: &str, reason: &str) -> io::Result<()> {
        self.add_line(line, file, reason, "", "")
    }

    fn add_line(
        &mut self,
        line: u64,
        file: &str,
        reason: &str,
        column: &str,
        record: &str,
    ) -> io::Result<()> {
        self.count += 1;
        self.record(&[
            &line.to_string(),
            &guarded(file),
            reason,
            &guarded(column),
            &guarded(record),
        ])
    }

    fn record(&mut self, cells: &[&str]) -> io::Result<()> {
        self.writer.write_record(cells).map_err(into_io)
    }

    /// Writes what waits in a buffer.
    pub(super) fn flush(&mut self) -> io::Result<()> {
        self.writer.flush()
    }

    /// What it is written to, with everything in it.
    pub(super) fn into_inner(self) -> io::Result<W> {
        self.writer
            .into_inner()
            .map_err(|error| io::Error::from(error.error().kind()))
    }
}

impl RejectRows<Vec<u8>> {
    /// Takes out the bytes that have come together.
    pub(super) fn take(&mut self) -> io::Result<Vec<u8>> {
        let next = csv::Writer::from_writer(Vec::new());
        let full = std::mem::replace(&mut self.writer, next);
        full.into_inner()
            .map_err(|error| io::Error::from(error.error().kind()))
    }
}

/// A cell that a spreadsheet would run as a formula gets an apostrophe before it.
fn guarded(text: &str) -> String {
    if text.starts_with(['=', '+', '-', '@', '\t', '\r']) {
        format!("'{text}")
    } else {
        text.to_owned()
    }
}

fn into_io(error: csv::Error) -> io::Error {
    match error.into_kind() {
        csv::ErrorKind::Io(error) => error,
        other => io::Error::other(format!("{other:?}")),
    }
}
