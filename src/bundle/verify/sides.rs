//! One lane of a table that is text, row by row, checked against its own rules.

use std::io::BufRead;

use serde_json::Value;

use super::archive::reading;
use super::csv_records::{Record, Records};
use super::lines::{self, Frame, Line};
use super::values;
use crate::bundle::finding::{Code, Findings};
use crate::bundle::lane::Lane;
use crate::bundle::table::{Field, Table};
use crate::error::Result;

/// What a lane has next.
#[derive(Copy, Clone, Debug, PartialEq)]
pub(super) enum Next {
    /// A row that can be compared.
    Row,
    /// A row with findings.
    Odd,
    /// Something behind which nothing can be read.
    Stop,
    /// No row.
    End,
}

/// The CSV lane of a table.
pub(super) struct CsvSide<'a, R> {
    records: Records<R>,
    table: &'a Table,
    file: String,
    /// Rows read, the header not among them.
    pub(super) rows: u64,
}

impl<'a, R: BufRead> CsvSide<'a, R> {
    /// Reads the header.
    pub(super) fn new(source: R, table: &'a Table, findings: &mut Findings) -> Result<Self> {
        let mut side = CsvSide {
            records: Records::new(source),
            table,
            file: Lane::Csv.path(&table.name),
            rows: 0,
        };
        let record = side.records.next().map_err(reading)?;
        side.report_faults(findings);
        let names = side.table.fields.iter().map(|field| Some(field.name.as_str()));
        if record != Record::Read || !side.records.cells().eq(names) {
            findings.line(
                Code::CsvHeader,
                &side.file,
                1,
                "the header is not the descriptor's fields",
            );
        }
        Ok(side)
    }

    /// Reads the next record. What is in its cells is looked at by [`Self::compare`] or [`Self::values`].
    pub(super) fn next(&mut self, findings: &mut Findings) -> Result<Next> {
        let record = self.records.next().map_err(reading)?;
        match record {
            Record::End => return Ok(Next::End),
            Record::Broken(code) => {
                findings.line(
                    code,
                    &self.file,
                    self.line() + 1,
                    "nothing behind this can be read",
                );
                return Ok(Next::Stop);
            }
            Record::Read => self.rows += 1,
        }
        self.report_faults(findings);
        if self.records.cells().len() != self.table.fields.len() {
            findings.line(
                Code::CsvCells,
                &self.file,
                self.line(),
                "the record has not one cell for each field",
            );
            return Ok(Next::Odd);
        }
        if self.records.cells().any(|cell| cell.is_none()) {
            findings.line(Code::NotUtf8, &self.file, self.line(), "the record is not UTF-8");
            return Ok(Next::Odd);
        }
        Ok(Next::Row)
    }

    /// Compares the record with a row of the exact lane.
    pub(super) fn compare(&self, row: &[Value], findings: &mut Findings) {
        for ((field, cell), value) in self.table.fields.iter().zip(self.records.cells()).zip(row) {
            if let Err(code) = values::compare(field, cell.unwrap_or_default(), value) {
                report(code, &self.file, self.line(), field, findings);
            }
        }
    }

    /// What the cells stand for, null for those that do not fit their field.
    pub(super) fn values(&self, row: &mut Vec<Value>, findings: &mut Findings) {
        row.clear();
        for (field, cell) in self.table.fields.iter().zip(self.records.cells()) {
            row.push(
                values::of_cell(field, cell.unwrap_or_default()).unwrap_or_else(|code| {
                    report(code, &self.file, self.line(), field, findings);
                    Value::Null
                }),
            );
        }
    }

    /// The record read last; the header is record 1.
    pub(super) fn line(&self) -> u64 {
        self.rows + 1
    }

    /// The lane's path.
    pub(super) fn file(&self) -> &str {
        &self.file
    }

    fn report_faults(&self, findings: &mut Findings) {
        for fault in self.records.faults() {
            let message = match fault {
                Code::CsvByteOrderMark => "the file begins with a byte order mark",
                Code::CsvLineEnd => "the record does not end in CRLF",
                _ => "a cell is not quoted",
            };
            findings.line(*fault, &self.file, self.line(), message);
        }
    }
}

/// An exact lane of a table.
pub(super) struct JsonSide<'a, R> {
    source: R,
    buffer: Vec<u8>,
    frame: Frame,
    table: &'a Table,
    file: String,
    /// Objects read.
    pub(super) rows: u64,
    /// The values of the object read last, in the order of the fields.
    pub(super) row: Vec<Value>,
}

impl<'a, R: BufRead> JsonSide<'a, R> {
    /// Reads NDJSON, or JSON for [`Lane::Json`].
    pub(super) fn new(source: R, table: &'a Table, lane: Lane) -> Self {
        let file = lane.path(&table.name);
        JsonSide {
            source,
            buffer: Vec::new(),
            frame: if lane == Lane::Json {
                Frame::Array
            } else {
                Frame::Lines
            },
            table,
            file,
            rows: 0,
            row: Vec::new(),
        }
    }

    /// The lane's path.
    pub(super) fn file(&self) -> &str {
        &self.file
    }

    /// Compares the object with that of another exact lane.
    pub(super) fn compare(&self, row: &[Value], findings: &mut Findings) {
        for ((field, here), there) in self.table.fields.iter().zip(&self.row).zip(row) {
            if here != there {
                report(Code::LanesDiffer, &self.file, self.rows, field, findings);
            }
        }
    }

    /// Reads the next object and checks its values.
    pub(super) fn next(&mut self, findings: &mut Findings) -> Result<Next> {
        let line = lines::next(&mut self.source, &mut self.buffer, &mut self.frame).map_err(reading)?;
        let number = self.rows + 1;
        let pairs = match line {
            Line::End => return Ok(Next::End),
            Line::TooLong => {
                findings.line(
                    Code::LineTooLong,
                    &self.file,
                    number,
                    "the line is longer than lines are read",
                );
                return Ok(Next::Stop);
            }
            Line::NoArray => {
                let message = "the file is not one array with an object on each line";
                findings.line(Code::JsonArray, &self.file, number, message);
                return Ok(Next::Stop);
            }
            Line::Object(pairs) => pairs,
            Line::Broken => {
                self.rows = number;
                let code = if self.frame == Frame::Lines {
                    Code::NdjsonLine
                } else {
                    Code::JsonArray
                };
                let message = "the line is not one JSON object and a line end";
                findings.line(code, &self.file, number, message);
                return Ok(Next::Odd);
            }
            Line::NotUtf8 => {
                self.rows = number;
                findings.line(Code::NotUtf8, &self.file, number, "the line is not UTF-8");
                return Ok(Next::Odd);
            }
        };
        self.rows = number;
        let is_whole = self.arrange(pairs, findings);
        let is_fit = is_whole && self.check_values(findings);
        Ok(if is_fit { Next::Row } else { Next::Odd })
    }

    /// Puts the values into the order of the fields; false if keys are missing, unknown or there twice.
    fn arrange(&mut self, pairs: Vec<(String, Value)>, findings: &mut Findings) -> bool {
        let mut row: Vec<Option<Value>> = vec![None; self.table.fields.len()];
        let mut is_whole = true;
        for (position, (key, value)) in pairs.into_iter().enumerate() {
            // As a rule the keys come in the order of the fields.
            let place = match self.table.fields.get(position) {
                Some(field) if field.name == key => Some(position),
                _ => self.table.position(&key),
            };
            let fault = match place {
                None => Some((
                    Code::JsonKeyUnknown,
                    "the object has a key that is no field".to_owned(),
                )),
                Some(place) if row[place].is_some() => Some((
                    Code::JsonKeyTwice,
                    format!("{} stands there twice", self.table.fields[place].name),
                )),
                Some(place) => {
                    row[place] = Some(value);
                    None
                }
            };
            if let Some((code, message)) = fault {
                findings.line(code, &self.file, self.rows, message);
                is_whole = false;
            }
        }
        self.row.clear();
        for (field, value) in self.table.fields.iter().zip(row) {
            if value.is_none() {
                findings.line(
                    Code::JsonKeyMissing,
                    &self.file,
                    self.rows,
                    format!("{} is missing", field.name),
                );
                is_whole = false;
            }
            self.row.push(value.unwrap_or_default());
        }
        is_whole
    }

    fn check_values(&self, findings: &mut Findings) -> bool {
        let mut is_fit = true;
        for (field, value) in self.table.fields.iter().zip(&self.row) {
            if let Err(code) = values::check(field, value) {
                report(code, &self.file, self.rows, field, findings);
                is_fit = false;
            }
        }
        is_fit
    }
}

fn report(code: Code, file: &str, line: u64, field: &Field, findings: &mut Findings) {
    let what = match code {
        Code::ValueRequired => "has no value, and one is required",
        Code::ValueWord => "is not one of the field's words",
        Code::ValueInstant => "is not an instant in UTC",
        Code::CsvEscape => "is not escaped as apostrophe-v1 says",
        Code::LanesDiffer => "is not what the exact lane says",
        _ => "does not fit the field's type",
    };
    findings.line(
        code,
        file,
        line,
        format!("{} ({}) {what}", field.name, field.kind.word()),
    );
}
