//! A row of either store, and how its values become cells: straight from the wire's bytes, because this runs
//! for every value of every answer.

use chrono::DateTime;
use sqlx::decode::Decode;
use sqlx::postgres::{PgRow, PgValueFormat, PgValueRef};
use sqlx::sqlite::{Sqlite, SqliteRow, SqliteValueRef};
use sqlx::{Row as _, ValueRef};
use uuid::Uuid;

use super::bind::POSTGRES_EPOCH;
use super::failure::from_driver;
use super::sheet::SheetRow;
use crate::cell::{Cell, Kind};
use crate::clock::Instant;
use crate::error::{Fault, Result};

/// One row of an answer.
pub enum Row {
    /// From PostgreSQL.
    Postgres(PgRow),
    /// From SQLite, inside of a transaction or a snapshot.
    Sqlite(SqliteRow),
    /// From SQLite, read by a request.
    Sheet(SheetRow),
}

impl Row {
    /// The value at that place (from 0) of the SELECT, as that kind. Errors: `Fault::Store` when there is no
    /// such place or the value is of another kind.
    #[inline]
    pub fn cell(&self, index: usize, kind: Kind) -> Result<Cell> {
        match self {
            Row::Postgres(row) => {
                let value = row.try_get_raw(index).map_err(from_driver)?;
                if value.is_null() {
                    return Ok(Cell::Null);
                }
                postgres_cell(&value, kind).ok_or_else(|| unfit(index, kind))
            }
            Row::Sqlite(row) => {
                let value = row.try_get_raw(index).map_err(from_driver)?;
                if value.is_null() {
                    return Ok(Cell::Null);
                }
                sqlite_cell(value, kind).ok_or_else(|| unfit(index, kind))
            }
            Row::Sheet(row) => row.cell(index, kind).ok_or_else(|| unfit(index, kind)),
        }
    }

    /// How many values the row has.
    pub fn len(&self) -> usize {
        match self {
            Row::Postgres(row) => row.len(),
            Row::Sqlite(row) => row.len(),
            Row::Sheet(row) => row.len(),
        }
    }

    /// Whether the row has no value at all.
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// The id at that place; a fault when there is none.
    pub fn uuid(&self, index: usize) -> Result<Uuid> {
        match self.cell(index, Kind::Uuid)? {
            Cell::Uuid(id) => Ok(id),
            _ => Err(missing(index)),
        }
    }

    /// The number at that place; a fault when there is none.
    pub fn int(&self, index: usize) -> Result<i64> {
        match self.cell(index, Kind::Int)? {
            Cell::Int(number) => Ok(number),
            _ => Err(missing(index)),
        }
    }

    /// The text at that place; a fault when there is none.
    pub fn text(&self, index: usize) -> Result<String> {
        match self.cell(index, Kind::Text)? {
            Cell::Text(text) => Ok(text.into()),
            _ => Err(missing(index)),
        }
    }

    /// The truth at that place; a fault when there is none.
    pub fn bool(&self, index: usize) -> Result<bool> {
        match self.cell(index, Kind::Bool)? {
            Cell::Bool(value) => Ok(value),
            _ => Err(missing(index)),
        }
    }

    /// The instant at that place; a fault when there is none.
    pub fn instant(&self, index: usize) -> Result<Instant> {
        match self.cell(index, Kind::Instant)? {
            Cell::Instant(at) => Ok(at),
            _ => Err(missing(index)),
        }
    }

    /// The bytes at that place; a fault when there are none.
    pub fn bytes(&self, index: usize) -> Result<Vec<u8>> {
        match self.cell(index, Kind::Bytes)? {
            Cell::Bytes(bytes) => Ok(bytes.into()),
            _ => Err(missing(index)),
        }
    }
}

#[cold]
fn unfit(index: usize, kind: Kind) -> crate::error::Error {
    Fault::Store(format!("the value at place {index} of an answer is no {kind:?}")).into()
}

#[cold]
fn missing(index: usize) -> crate::error::Error {
    Fault::Store(format!("the value at place {index} of an answer is missing")).into()
}

#[inline]
fn postgres_cell(value: &PgValueRef<'_>, kind: Kind) -> Option<Cell> {
    if value.format() != PgValueFormat::Binary {
        return None;
    }
    let bytes = value.as_bytes().ok()?;
    match kind {
        Kind::Text | Kind::Enum => Some(Cell::from(std::str::from_utf8(bytes).ok()?)),
        Kind::Uuid => Some(Cell::Uuid(Uuid::from_slice(bytes).ok()?)),
        Kind::Instant => {
            let since = i64::from_be_bytes(bytes.try_into().ok()?);
            DateTime::from_timestamp_micros(since.checked_add(POSTGRES_EPOCH)?).map(Cell::Instant)
        }
        Kind::Int => postgres_int(bytes).map(Cell::Int),
        Kind::Bool => match bytes {
            [value] => Some(Cell::Bool(*value != 0)),
            _ => None,
        },
        // A JSONB value starts with the version of its format, a JSON value does not.
        Kind::Json => serde_json::from_slice(bytes.strip_prefix(&[1]).unwrap_or(bytes))
            .ok()
            .map(Cell::Json),
        Kind::Bytes => Some(Cell::from(bytes)),
    }
}

/// Columns are `bigint`, but literals and some functions give shorter numbers.
#[inline]
fn postgres_int(bytes: &[u8]) -> Option<i64> {
    match bytes.len() {
        8 => Some(i64::from_be_bytes(bytes.try_into().ok()?)),
        4 => Some(i32::from_be_bytes(bytes.try_into().ok()?).into()),
        2 => Some(i16::from_be_bytes(bytes.try_into().ok()?).into()),
        _ => None,
    }
}

#[inline]
fn sqlite_cell(value: SqliteValueRef<'_>, kind: Kind) -> Option<Cell> {
    match kind {
        Kind::Text | Kind::Enum => Some(Cell::from(<&str as Decode<Sqlite>>::decode(value).ok()?)),
        Kind::Uuid => Some(Cell::Uuid(
            Uuid::from_slice(<&[u8] as Decode<Sqlite>>::decode(value).ok()?).ok()?,
        )),
        Kind::Instant => {
            DateTime::from_timestamp_micros(<i64 as Decode<Sqlite>>::decode(value).ok()?).map(Cell::Instant)
        }
        Kind::Int => Some(Cell::Int(<i64 as Decode<Sqlite>>::decode(value).ok()?)),
        Kind::Bool => Some(Cell::Bool(<i64 as Decode<Sqlite>>::decode(value).ok()? != 0)),
        Kind::Json => serde_json::from_str(<&str as Decode<Sqlite>>::decode(value).ok()?)
            .ok()
            .map(Cell::Json),
        Kind::Bytes => Some(Cell::from(<&[u8] as Decode<Sqlite>>::decode(value).ok()?)),
    }
}
