//! The workbook lane: opened as strictly as the bundle itself, and compared by writing every row anew.

use std::cell::RefCell;
use std::io::{self, BufRead, BufReader, Read, Seek, SeekFrom};

use serde_json::Value;

use super::archive::{Archive, reading};
use super::entry::EntryReader;
use super::sides::Next;
use crate::bundle::finding::{Code, Findings};
use crate::bundle::lane::Lane;
use crate::bundle::limits::{LINE_BYTES, Limits};
use crate::bundle::table::Table;
use crate::bundle::xlsx::{self, SHEET_END, SHEET_ROWS, Sheet};
use crate::error::Result;

/// A stretch of a file that is read as a file of its own.
pub(super) struct Window<'a, R> {
    source: &'a RefCell<R>,
    start: u64,
    length: u64,
    at: u64,
}

impl<'a, R> Window<'a, R> {
    /// `start + length` must lie within the file.
    pub(super) fn new(source: &'a RefCell<R>, start: u64, length: u64) -> Self {
        Window {
            source,
            start,
            length,
            at: 0,
        }
    }
}

impl<R: Read + Seek> Read for Window<'_, R> {
    fn read(&mut self, out: &mut [u8]) -> io::Result<usize> {
        let room = usize::try_from(self.length.saturating_sub(self.at))
            .unwrap_or(usize::MAX)
            .min(out.len());
        let mut source = self.source.borrow_mut();
        source.seek(SeekFrom::Start(self.start + self.at))?;
        let read = source.read(&mut out[..room])?;
        self.at += read as u64;
        Ok(read)
    }
}

impl<R> Seek for Window<'_, R> {
    fn seek(&mut self, to: SeekFrom) -> io::Result<u64> {
        let place = match to {
            SeekFrom::Start(place) => Some(place),
            SeekFrom::End(by) => self.length.checked_add_signed(by),
            SeekFrom::Current(by) => self.at.checked_add_signed(by),
        };
        self.at = place.ok_or_else(|| io::Error::from(io::ErrorKind::InvalidInput))?;
        Ok(self.at)
    }
}

/// A workbook whose parts are in order.
pub(super) struct Workbook<'a, R> {
    archive: Archive<Window<'a, R>>,
    sheets: u32,
    /// The file's name in the bundle.
    file: String,
}

impl<'a, R: Read + Seek> Workbook<'a, R> {
    /// `None` if it cannot be read; findings say why. `window` is where it lies in the bundle.
    pub(super) fn open(
        window: Option<Window<'a, R>>,
        table: &Table,
        limits: &Limits,
        findings: &mut Findings,
    ) -> Result<Option<Self>> {
        let file = Lane::Xlsx.path(&table.name);
        let Some(window) = window else {
            // The writer never does, and what is packed twice could only be read by unpacking it to the disk.
            findings.file(Code::XlsxParts, &file, "the workbook is packed a second time");
            return Ok(None);
        };
        let mut inside = Findings::new(limits.findings);
        let archive = Archive::open_inner(window, limits, &mut inside)?;
        if let Some(archive) = &archive {
            archive.measure(&mut inside)?;
        }
        for found in &inside.kept {
            findings.file(
                found.code,
                &file,
                format!("in the workbook: {} {}", found.file, found.message),
            );
        }
        let Some(archive) = archive.filter(|_| inside.is_empty()) else {
            return Ok(None);
        };
        let sheets = u32::try_from(
            archive
                .names()
                .filter(|name| name.starts_with("xl/worksheets/"))
                .count(),
        )
        .unwrap_or(u32::MAX);
        let book = Workbook {
            archive,
            sheets,
            file,
        };
        let is_whole = book.has_its_parts(table)?;
        if !is_whole {
            findings.file(
                Code::XlsxParts,
                &book.file,
                "the workbook has other parts than it should have",
            );
        }
        Ok(is_whole.then_some(book))
    }

    fn has_its_parts(&self, table: &Table) -> Result<bool> {
        let parts = xlsx::parts(table, self.sheets);
        let sheets: Vec<String> = (1..=self.sheets).map(xlsx::sheet_path).collect();
        let mut wanted: Vec<&str> = sheets.iter().map(String::as_str).collect();
        wanted.extend(parts.iter().map(|(name, _)| *name));
        wanted.sort_unstable();
        if self.sheets == 0 || !self.archive.names().eq(wanted) {
            return Ok(false);
        }
        for (name, text) in &parts {
            let Some(part) = self.archive.reader(name) else {
                return Ok(false);
            };
            let mut found = Vec::new();
            part.take(text.len() as u64 + 1)
                .read_to_end(&mut found)
                .map_err(reading)?;
            if found != text.as_bytes() {
                return Ok(false);
            }
        }
        Ok(true)
    }
}

/// The rows of a workbook, sheet after sheet.
pub(super) struct WorkbookSide<'a, 'w, R> {
    book: &'w Workbook<'a, R>,
    table: &'w Table,
    sheet: Sheet,
    source: Option<BufReader<EntryReader<'w, Window<'a, R>>>>,
    /// The sheet that is read, from 1.
    number: u32,
    /// The row read last, in its sheet.
    row: u32,
    line: Vec<u8>,
    expected: Vec<u8>,
    /// Rows read, headers not among them.
    pub(super) rows: u64,
}

impl<'a, 'w, R: Read + Seek> WorkbookSide<'a, 'w, R> {
    pub(super) fn new(book: &'w Workbook<'a, R>, table: &'w Table) -> Self {
        WorkbookSide {
            book,
            table,
            sheet: Sheet::new(table),
            source: None,
            number: 0,
            row: 0,
            line: Vec::new(),
            expected: Vec::new(),
            rows: 0,
        }
    }

    pub(super) fn file(&self) -> &str {
        &self.book.file
    }

    /// Reads the next row; what stands in it is looked at by [`Self::compare`].
    pub(super) fn next(&mut self, findings: &mut Findings) -> Result<Next> {
        loop {
            if self.source.is_none() {
                if self.number == self.book.sheets {
                    return Ok(Next::End);
                }
                self.number += 1;
                if !self.begin_sheet()? {
                    return Ok(self.stop(findings, "a sheet does not begin as it should"));
                }
            }
            if !self.read_line()? {
                return Ok(self.stop(findings, "a sheet breaks off"));
            }
            if self.line != SHEET_END.as_bytes() {
                break;
            }
            if self.read_line()? || !self.line.is_empty() {
                return Ok(self.stop(findings, "a sheet goes on behind its end"));
            }
            self.source = None;
        }
        self.row += 1;
        self.rows += 1;
        if self.row > SHEET_ROWS {
            return Ok(self.stop(findings, "a sheet has more rows than spreadsheets read"));
        }
        Ok(Next::Row)
    }

    /// Compares the row with the values of another lane.
    pub(super) fn compare(&mut self, row: &[Value], findings: &mut Findings) {
        self.expected.clear();
        self.sheet
            .push_values(&mut self.expected, self.table, self.row, row);
        if self.line != self.expected {
            findings.line(
                Code::LanesDiffer,
                &self.book.file,
                self.rows + 1,
                "the row is not what the other lanes say",
            );
        }
    }

    fn stop(&self, findings: &mut Findings, message: &str) -> Next {
        findings.line(Code::XlsxSheet, &self.book.file, self.rows + 1, message);
        Next::Stop
    }

    /// Whether the sheet begins with what every sheet of the table begins with.
    fn begin_sheet(&mut self) -> Result<bool> {
        let start = self.sheet.start(self.table);
        let Some(mut source) = self.book.archive.reader(&xlsx::sheet_path(self.number)) else {
            return Ok(false);
        };
        let mut found = Vec::with_capacity(start.len());
        source
            .by_ref()
            .take(start.len() as u64)
            .read_to_end(&mut found)
            .map_err(reading)?;
        self.source = Some(source);
        self.row = 1;
        Ok(found == start)
    }

    /// Reads a line of at most the length that a line may have; false if there is none or it has no end.
    fn read_line(&mut self) -> Result<bool> {
        self.line.clear();
        let Some(source) = &mut self.source else {
            return Ok(false);
        };
        source
            .take(LINE_BYTES as u64)
            .read_until(b'\n', &mut self.line)
            .map_err(reading)?;
        Ok(self.line.last() == Some(&b'\n'))
    }
}
