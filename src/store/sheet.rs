//! All rows of one statement of SQLite: the values side by side, their texts and bytes in one stretch, so that
//! an answer of a thousand values is a handful of allocations. Must not know what was asked.

use std::ops::Range;
use std::sync::Arc;

use chrono::DateTime;
use rusqlite::types::ValueRef;
use uuid::Uuid;

use super::row::Row;
use crate::cell::{Cell, Kind};

/// The rows as they come.
pub(super) struct Sheet {
    width: usize,
    values: Vec<Value>,
    bytes: Vec<u8>,
}

/// One value; texts and bytes by where they stand.
#[derive(Clone)]
enum Value {
    Null,
    Int(i64),
    Text(Range<usize>),
    Bytes(Range<usize>),
    /// A number with a fraction, which none of our columns holds.
    Real,
}

/// One row of a sheet, which all of them keep.
#[derive(Clone)]
pub struct SheetRow {
    sheet: Arc<Sheet>,
    start: usize,
}

impl Sheet {
    /// No rows yet, of so many values each.
    pub(super) fn new(width: usize) -> Self {
        Sheet {
            width,
            values: Vec::new(),
            bytes: Vec::new(),
        }
    }

    /// How many values a row has.
    pub(super) fn width(&self) -> usize {
        self.width
    }

    /// Adds the next value.
    pub(super) fn push(&mut self, value: ValueRef<'_>) {
        let value = match value {
            ValueRef::Null => Value::Null,
            ValueRef::Integer(number) => Value::Int(number),
            ValueRef::Real(_) => Value::Real,
            ValueRef::Text(text) => Value::Text(self.keep(text)),
            ValueRef::Blob(bytes) => Value::Bytes(self.keep(bytes)),
        };
        self.values.push(value);
    }

    fn keep(&mut self, bytes: &[u8]) -> Range<usize> {
        let start = self.bytes.len();
        self.bytes.extend_from_slice(bytes);
        start..self.bytes.len()
    }

    /// The rows, once all values are there.
    pub(super) fn into_rows(self) -> Vec<Row> {
        let width = self.width.max(1);
        let sheet = Arc::new(self);
        (0..sheet.values.len() / width)
            .map(|row| {
                Row::Sheet(SheetRow {
                    sheet: sheet.clone(),
                    start: row * width,
                })
            })
            .collect()
    }
}

impl SheetRow {
    /// How many values the row has.
    pub(super) fn len(&self) -> usize {
        self.sheet.width
    }

    /// The value at that place as that kind; `None` when there is no such place or the value is of another kind.
    #[inline]
    pub(super) fn cell(&self, place: usize, kind: Kind) -> Option<Cell> {
        if place >= self.sheet.width {
            return None;
        }
        let value = self.sheet.values.get(self.start + place)?;
        match (kind, value) {
            (_, Value::Null) => Some(Cell::Null),
            (Kind::Text | Kind::Enum, Value::Text(at)) => Some(Cell::from(self.text(at)?)),
            (Kind::Uuid, Value::Bytes(at)) => Some(Cell::Uuid(Uuid::from_slice(self.bytes(at)?).ok()?)),
            (Kind::Instant, Value::Int(micros)) => {
                DateTime::from_timestamp_micros(*micros).map(Cell::Instant)
            }
            (Kind::Int, Value::Int(number)) => Some(Cell::Int(*number)),
            (Kind::Bool, Value::Int(number)) => Some(Cell::Bool(*number != 0)),
            (Kind::Json, Value::Text(at)) => serde_json::from_slice(self.bytes(at)?).ok().map(Cell::Json),
            (Kind::Bytes, Value::Bytes(at)) => Some(Cell::from(self.bytes(at)?)),
            _ => None,
        }
    }

    fn bytes(&self, at: &Range<usize>) -> Option<&[u8]> {
        self.sheet.bytes.get(at.clone())
    }

    fn text(&self, at: &Range<usize>) -> Option<&str> {
        std::str::from_utf8(self.bytes(at)?).ok()
    }
}
