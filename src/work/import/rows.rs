//! Splits text into CSV rows in constant memory, and keeps to the rows whatever one of them looks like.
//!
//! Our own and not the `csv` crate's reader, because a row needs its physical line, its original text and a longest
//! length, and because a quote that never closes must cost one row and not the rest of the file. Must not know
//! what the cells mean.

use std::borrow::Cow;
use std::io::{self, Read};

use super::record::RejectReason;

/// The longest row, in bytes.
pub const LONGEST_ROW: usize = 1 << 20;

const CHUNK: usize = 64 * 1024;

/// One row.
#[derive(Debug, Default)]
pub struct RowText {
    /// The physical line on which it starts, counted from 1.
    pub line: u64,
    /// As it stood in the file, without the line break at its end.
    pub text: String,
    /// Why the row cannot be used; then it has no cells.
    pub flaw: Option<RejectReason>,
    cells: Vec<CellSpan>,
}

#[derive(Clone, Copy, Debug)]
struct CellSpan {
    start: usize,
    end: usize,
    has_doubled_quotes: bool,
}

impl RowText {
    /// How many cells it has.
    pub fn len(&self) -> usize {
        self.cells.len()
    }

    /// The text of a cell; empty if there is none.
    pub fn cell(&self, index: usize) -> Cow<'_, str> {
        let Some(span) = self.cells.get(index) else {
            return Cow::Borrowed("");
        };
        let text = self.text.get(span.start..span.end).unwrap_or_default();
        if span.has_doubled_quotes {
            Cow::Owned(text.replace("\"\"", "\""))
        } else {
            Cow::Borrowed(text)
        }
    }
}

/// Rows out of a stream of UTF-8.
pub struct Rows<R> {
    reader: R,
    delimiter: u8,
    buffer: Vec<u8>,
    start: usize,
    ended: bool,
    line: u64,
    cells: Vec<CellSpan>,
}

#[derive(Clone, Copy, PartialEq)]
enum State {
    CellStart,
    Plain,
    Quoted,
    AfterQuote,
    /// The row is lost; what remains is to find its end.
    Lost,
}

/// Where a row ends: `length` bytes of text, then a line break, then `next`; all from the row's start.
struct Extent {
    length: usize,
    next: usize,
    flaw: Option<RejectReason>,
}

/// What the scan of one row remembers.
struct Scan {
    at: usize,
    state: State,
    cell: CellSpan,
    flaw: Option<RejectReason>,
    /// The first line break inside quotes: where to go on if the quotes turn out to be broken.
    first_break: Option<Extent>,
}

impl<R: Read> Rows<R> {
    /// Rows whose cells are separated by `delimiter`.
    pub fn new(reader: R, delimiter: u8) -> Self {
        Rows {
            reader,
            delimiter,
            buffer: Vec::new(),
            start: 0,
            ended: false,
            line: 1,
            cells: Vec::new(),
        }
    }

    /// Reads the next row that is not an empty line; false at the end.
    pub fn next(&mut self, row: &mut RowText) -> io::Result<bool> {
        loop {
            self.cells.clear();
            let Some(extent) = self.extent()? else {
                return Ok(false);
            };
            let line = self.line;
            let raw = &self.buffer[self.start..self.start + extent.length];
            let taken = &self.buffer[self.start..self.start + extent.next];
            self.line += line_breaks(taken);
            if extent.length > 0 {
                row.line = line;
                fill(row, raw, extent.flaw, &mut self.cells);
            }
            self.start += extent.next;
            if extent.flaw == Some(RejectReason::TooLong) {
                self.skip_line(extent.next > extent.length)?;
            }
            if extent.length > 0 {
                return Ok(true);
            }
        }
    }

    /// Finds the end of the row at `start`; `None` at the end of the stream.
    fn extent(&mut self) -> io::Result<Option<Extent>> {
        let mut scan = Scan {
            at: 0,
            state: State::CellStart,
            cell: CellSpan {
                start: 0,
                end: 0,
                has_doubled_quotes: false,
            },
            flaw: None,
            first_break: None,
        };
        loop {
            let Some(byte) = self.byte(scan.at)? else {
                return Ok(self.at_end(scan));
            };
            let is_break = byte == b'\n' || byte == b'\r';
            if scan.at >= LONGEST_ROW && !is_break {
                return Ok(Some(too_long(scan)));
            }
            if is_break && scan.state != State::Quoted {
                let next = self.after_break(scan.at, byte)?;
                return Ok(Some(self.finish(scan, next)));
            }
            if is_break && scan.first_break.is_none() {
                let next = self.after_break(scan.at, byte)?;
                scan.first_break = Some(Extent {
                    length: scan.at,
                    next,
                    flaw: Some(RejectReason::UnclosedQuote),
                });
            }
            self.step(&mut scan, byte);
            if scan.state == State::Lost
                && let Some(extent) = scan.first_break.take()
            {
                return Ok(Some(extent));
            }
            scan.at += 1;
        }
    }

    fn step(&mut self, scan: &mut Scan, byte: u8) {
        let at = scan.at;
        match (scan.state, byte) {
            (State::CellStart, b'"') => {
                scan.state = State::Quoted;
                scan.cell.start = at + 1;
            }
            (State::Quoted, b'"') => {
                scan.state = State::AfterQuote;
                scan.cell.end = at;
            }
            (State::AfterQuote, b'"') => {
                scan.state = State::Quoted;
                scan.cell.has_doubled_quotes = true;
            }
            (State::CellStart | State::Plain, byte) if byte == self.delimiter => {
                scan.cell.end = at;
                self.close_cell(scan, at + 1);
            }
            (State::AfterQuote, byte) if byte == self.delimiter => self.close_cell(scan, at + 1),
            (State::AfterQuote, _) => {
                scan.state = State::Lost;
                scan.flaw = Some(RejectReason::TextAfterQuote);
            }
            (State::CellStart, _) => scan.state = State::Plain,
            (State::Plain | State::Quoted | State::Lost, _) => {}
        }
    }

    fn close_cell(&mut self, scan: &mut Scan, next: usize) {
        self.cells.push(scan.cell);
        scan.state = State::CellStart;
        scan.cell = CellSpan {
            start: next,
            end: next,
            has_doubled_quotes: false,
        };
    }

    fn finish(&mut self, mut scan: Scan, next: usize) -> Extent {
        let length = scan.at;
        if matches!(scan.state, State::CellStart | State::Plain) {
            scan.cell.end = length;
        }
        self.close_cell(&mut scan, length);
        Extent {
            length,
            next,
            flaw: scan.flaw,
        }
    }

    fn at_end(&mut self, mut scan: Scan) -> Option<Extent> {
        if scan.at == 0 {
            return None;
        }
        if scan.state == State::Quoted {
            if scan.first_break.is_some() {
                return scan.first_break;
            }
            scan.flaw = Some(RejectReason::UnclosedQuote);
        }
        let end = scan.at;
        Some(self.finish(scan, end))
    }

    /// The byte at an offset from the row's start, reading on where needed.
    fn byte(&mut self, offset: usize) -> io::Result<Option<u8>> {
        loop {
            if let Some(byte) = self.buffer.get(self.start + offset) {
                return Ok(Some(*byte));
            }
            if self.ended {
                return Ok(None);
            }
            self.buffer.drain(..self.start);
            self.start = 0;
            let filled = self.buffer.len();
            self.buffer.resize(filled + CHUNK, 0);
            let outcome = self.reader.read(&mut self.buffer[filled..]);
            let read = match &outcome {
                Ok(read) => *read,
                Err(_) => 0,
            };
            self.buffer.truncate(filled + read);
            match outcome {
                Ok(read) => self.ended = read == 0,
                Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
                Err(error) => return Err(error),
            }
        }
    }

    fn after_break(&mut self, at: usize, byte: u8) -> io::Result<usize> {
        let is_pair = byte == b'\r' && self.byte(at + 1)? == Some(b'\n');
        Ok(at + if is_pair { 2 } else { 1 })
    }

    /// Drops the rest of a row that is too long, unless the row was cut at a line break already.
    fn skip_line(&mut self, is_cut_at_break: bool) -> io::Result<()> {
        if is_cut_at_break {
            return Ok(());
        }
        while let Some(byte) = self.byte(0)? {
            if byte == b'\n' || byte == b'\r' {
                self.start += self.after_break(0, byte)?;
                self.line += 1;
                return Ok(());
            }
            self.start += 1;
        }
        Ok(())
    }
}

fn too_long(scan: Scan) -> Extent {
    let flaw = Some(RejectReason::TooLong);
    match scan.first_break {
        Some(extent) => Extent { flaw, ..extent },
        None => Extent {
            length: scan.at,
            next: scan.at,
            flaw,
        },
    }
}

fn fill(row: &mut RowText, raw: &[u8], flaw: Option<RejectReason>, cells: &mut Vec<CellSpan>) {
    row.text.clear();
    row.cells.clear();
    row.flaw = flaw;
    match std::str::from_utf8(raw) {
        Ok(text) => row.text.push_str(text),
        Err(_) => {
            row.text.push_str(&String::from_utf8_lossy(raw));
            row.flaw = row.flaw.or(Some(RejectReason::NotText));
        }
    }
    if row.flaw.is_none() && raw.contains(&0) {
        row.flaw = Some(RejectReason::NulCharacter);
    }
    if row.flaw.is_none() {
        std::mem::swap(&mut row.cells, cells);
    }
}

/// Line breaks in a piece of text that ends with a whole one: `\n`, `\r\n` and `\r` each count once.
fn line_breaks(bytes: &[u8]) -> u64 {
    let mut count = 0;
    let mut previous = 0;
    for &byte in bytes {
        if byte == b'\r' || (byte == b'\n' && previous != b'\r') {
            count += 1;
        }
        previous = byte;
    }
    count
}

#[cfg(test)]
#[path = "rows_tests.rs"]
mod tests;
