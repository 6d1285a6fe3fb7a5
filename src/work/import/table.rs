//! A CSV file as a header and rows of as many cells; a row that is not so is set aside with its reason.
//!
//! Must not know what the columns mean.

use std::borrow::Cow;
use std::sync::Arc;

use encoding_rs::Encoding;

use super::failure;
use super::input::{Bytes, Input, Progress};
use super::record::{RejectReason, Rejected};
use super::rows::{RowText, Rows};
use super::text;
use crate::address::Address;
use crate::error::{Code, Error, Refusal, Result};

/// More columns than anybody has; a header beyond it is no header.
const MOST_COLUMNS: usize = 2000;

/// An open file with a header.
pub struct Table {
    file: Arc<str>,
    header: Vec<String>,
    rows: Rows<Bytes>,
    row: RowText,
    is_decoded: bool,
}

/// What the next row is.
pub enum Step {
    /// A row; [`Table::cell`] gives its cells.
    Row,
    /// A row that cannot be used.
    Rejected(Box<Rejected>),
    /// No row.
    End,
}

impl Table {
    /// Opens a file and reads its header; `None` if it is empty.
    pub fn open(
        input: &Input,
        delimiter: u8,
        encoding: Option<&'static Encoding>,
        progress: &Progress,
    ) -> Result<Option<Table>> {
        let text = text::decode(input.open(progress)?, encoding, &input.name)?;
        let mut table = Table {
            file: input.name.clone(),
            header: Vec::new(),
            rows: Rows::new(text.bytes, delimiter),
            row: RowText::default(),
            is_decoded: text.is_decoded,
        };
        if !table.read()? {
            return Ok(None);
        }
        if let Some(flaw) = table.row.flaw {
            return Err(table.refuse(&format!("has no header that can be read: {flaw}")));
        }
        if table.row.len() > MOST_COLUMNS {
            return Err(table.refuse(&format!("has more than {MOST_COLUMNS} columns")));
        }
        let label = |index| table.row.cell(index).trim().to_owned();
        table.header = (0..table.row.len()).map(label).collect();
        if table.header.iter().any(|label| Address::parse(label).is_ok()) {
            // The header is not quoted: it is a person.
            return Err(table.refuse("has a person in its first line; put the names of the columns there"));
        }
        Ok(Some(table))
    }

    /// The labels of the columns, trimmed.
    pub fn header(&self) -> &[String] {
        &self.header
    }

    /// The file's name.
    pub fn file(&self) -> &Arc<str> {
        &self.file
    }

    /// Goes on to the next row.
    pub fn advance(&mut self) -> Result<Step> {
        if !self.read()? {
            return Ok(Step::End);
        }
        let (expected, found) = (self.header.len(), self.row.len());
        let flaw = match self.row.flaw {
            None if found != expected => Some(RejectReason::ColumnCount { expected, found }),
            flaw => flaw,
        };
        Ok(match flaw {
            Some(flaw) => Step::Rejected(Box::new(self.reject(flaw, None))),
            None => Step::Row,
        })
    }

    fn read(&mut self) -> Result<bool> {
        let is_read = self
            .rows
            .next(&mut self.row)
            .map_err(|error| failure(&self.file, error))?;
        if is_read && self.is_decoded && self.row.text.contains('\u{fffd}') {
            self.row.flaw = self.row.flaw.or(Some(RejectReason::NotText));
        }
        Ok(is_read)
    }

    /// A cell of the current row.
    pub fn cell(&self, column: usize) -> Cow<'_, str> {
        self.row.cell(column)
    }

    /// The physical line on which the current row starts.
    pub fn line(&self) -> u64 {
        self.row.line
    }

    /// The current row, set aside.
    pub fn reject(&self, reason: RejectReason, column: Option<usize>) -> Rejected {
        Rejected {
            file: self.file.clone(),
            line: self.row.line,
            reason,
            column: column.and_then(|index| self.header.get(index)).cloned(),
            record: self.row.text.clone(),
        }
    }

    /// The address of the current row, or the row set aside.
    pub fn address(&self, column: usize) -> std::result::Result<Address, Box<Rejected>> {
        Address::parse(&self.cell(column))
            .map_err(|reason| Box::new(self.reject(reason.into(), Some(column))))
    }

    /// Refuses the whole file.
    pub fn refuse(&self, words: &str) -> Error {
        Refusal::new(Code::InvalidFile, format!("{} {words}", self.file)).into()
    }
}
