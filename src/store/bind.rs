//! How a value travels to the two stores.
//!
//! PostgreSQL gets the binary form of its own type. A NULL is sent without a type, so that the server infers
//! it from the column: the driver would call it text, and `id = NULL::text` is refused.

use rusqlite::types::Value;
use sqlx::encode::{Encode, IsNull};
use sqlx::error::BoxDynError;
use sqlx::postgres::types::Oid;
use sqlx::postgres::{PgArgumentBuffer, PgArguments, PgTypeInfo, Postgres};
use sqlx::sqlite::SqliteArguments;
use sqlx::{Arguments, Type};
use uuid::Uuid;

use super::failure::nul;
use super::sql::Bound;
use crate::cell::{Cell, Kind};
use crate::error::Result;

/// PostgreSQL counts microseconds from 2000-01-01, we from 1970-01-01.
pub(super) const POSTGRES_EPOCH: i64 = 946_684_800_000_000;

/// PostgreSQL's fixed numbers of its built-in types.
mod oid {
    pub(super) const BOOL: u32 = 16;
    pub(super) const BYTEA: u32 = 17;
    pub(super) const INT8: u32 = 20;
    pub(super) const TEXT: u32 = 25;
    pub(super) const TIMESTAMPTZ: u32 = 1184;
    pub(super) const UUID: u32 = 2950;
    pub(super) const JSONB: u32 = 3802;
}

/// The values of a statement for PostgreSQL.
pub(super) fn for_postgres(values: &[Bound]) -> Result<PgArguments, sqlx::Error> {
    let mut arguments = PgArguments::default();
    arguments.reserve(values.len(), values.len() * 24);
    for value in values {
        arguments.add(value).map_err(sqlx::Error::Encode)?;
    }
    Ok(arguments)
}

/// The values of a statement for SQLite.
pub(super) fn for_sqlite(values: &[Bound]) -> Result<SqliteArguments, sqlx::Error> {
    let mut arguments = SqliteArguments::default();
    arguments.reserve(values.len(), 0);
    for value in values {
        add_sqlite(&mut arguments, value).map_err(sqlx::Error::Encode)?;
    }
    Ok(arguments)
}

fn add_sqlite(arguments: &mut SqliteArguments, value: &Bound) -> Result<(), BoxDynError> {
    match sqlite_value(value)? {
        Value::Null => arguments.add(None::<i64>),
        Value::Integer(value) => arguments.add(value),
        Value::Real(value) => arguments.add(value),
        Value::Text(value) => arguments.add(value),
        Value::Blob(value) => arguments.add(value),
    }
}

/// The form in which SQLite keeps a value.
pub(super) fn sqlite_value(value: &Bound) -> Result<Value, BoxDynError> {
    Ok(match value {
        Bound::One(Cell::Null) => Value::Null,
        Bound::One(Cell::Bool(value)) => Value::Integer(i64::from(*value)),
        Bound::One(Cell::Int(value)) => Value::Integer(*value),
        Bound::One(Cell::Text(value)) => Value::Text(without_nul(value)?.to_owned()),
        Bound::One(Cell::Uuid(value)) => Value::Blob(value.as_bytes().to_vec()),
        Bound::One(Cell::Instant(value)) => Value::Integer(value.timestamp_micros()),
        Bound::One(Cell::Json(value)) => {
            json_without_nul(value)?;
            Value::Text(value.to_string())
        }
        Bound::One(Cell::Bytes(value)) => Value::Blob(value.to_vec()),
        Bound::Ids(ids) => Value::Text(hexadecimal_list(ids)),
        Bound::Array(..) => return Err("SQLite has no arrays".into()),
    })
}

/// `["0190…","0190…"]`, which `json_each` and `unhex` take apart again.
fn hexadecimal_list(ids: &[Uuid]) -> String {
    let mut list = String::with_capacity(ids.len() * 35 + 2);
    list.push('[');
    let mut buffer = Uuid::encode_buffer();
    for (place, id) in ids.iter().enumerate() {
        if place > 0 {
            list.push(',');
        }
        list.push('"');
        list.push_str(id.simple().encode_lower(&mut buffer));
        list.push('"');
    }
    list.push(']');
    list
}

impl Type<Postgres> for Bound {
    fn type_info() -> PgTypeInfo {
        PgTypeInfo::with_oid(Oid(0))
    }
}

impl Encode<'_, Postgres> for Bound {
    fn encode_by_ref(&self, buffer: &mut PgArgumentBuffer) -> Result<IsNull, BoxDynError> {
        match self {
            Bound::One(Cell::Null) => Ok(IsNull::Yes),
            Bound::One(cell) => {
                write_postgres(cell, buffer)?;
                Ok(IsNull::No)
            }
            Bound::Ids(ids) => {
                write_uuid_array(ids, buffer)?;
                Ok(IsNull::No)
            }
            Bound::Array(kind, cells) => {
                write_array(*kind, cells, buffer)?;
                Ok(IsNull::No)
            }
        }
    }

    fn produces(&self) -> Option<PgTypeInfo> {
        let number = match self {
            Bound::One(Cell::Null) => 0,
            Bound::One(Cell::Bool(_)) => oid::BOOL,
            Bound::One(Cell::Int(_)) => oid::INT8,
            Bound::One(Cell::Text(_)) => oid::TEXT,
            Bound::One(Cell::Uuid(_)) => oid::UUID,
            Bound::One(Cell::Instant(_)) => oid::TIMESTAMPTZ,
            Bound::One(Cell::Json(_)) => oid::JSONB,
            Bound::One(Cell::Bytes(_)) => oid::BYTEA,
            Bound::Ids(_) => array_type(Kind::Uuid),
            Bound::Array(kind, _) => array_type(*kind),
        };
        Some(PgTypeInfo::with_oid(Oid(number)))
    }
}

/// PostgreSQL's binary form of a value that is not NULL; also the form of COPY.
pub(super) fn write_postgres(cell: &Cell, buffer: &mut Vec<u8>) -> Result<(), BoxDynError> {
    match cell {
        Cell::Null => {}
        Cell::Bool(value) => buffer.push(u8::from(*value)),
        Cell::Int(value) => buffer.extend_from_slice(&value.to_be_bytes()),
        Cell::Text(value) => buffer.extend_from_slice(without_nul(value)?.as_bytes()),
        Cell::Uuid(value) => buffer.extend_from_slice(value.as_bytes()),
        Cell::Instant(value) => {
            let since = value.timestamp_micros() - POSTGRES_EPOCH;
            buffer.extend_from_slice(&since.to_be_bytes());
        }
        Cell::Json(value) => {
            json_without_nul(value)?;
            buffer.push(1);
            serde_json::to_writer(buffer, value)?;
        }
        Cell::Bytes(value) => buffer.extend_from_slice(value),
    }
    Ok(())
}

fn write_uuid_array(ids: &[Uuid], buffer: &mut Vec<u8>) -> Result<(), BoxDynError> {
    write_array_head(oid::UUID, ids.len(), buffer)?;
    for id in ids {
        buffer.extend_from_slice(&16_i32.to_be_bytes());
        buffer.extend_from_slice(id.as_bytes());
    }
    Ok(())
}

fn write_array(kind: Kind, cells: &[Cell], buffer: &mut Vec<u8>) -> Result<(), BoxDynError> {
    write_array_head(element_type(kind), cells.len(), buffer)?;
    cells.iter().try_for_each(|cell| write_field(cell, buffer))
}

/// The number of dimensions, whether there may be NULLs, the elements' type, their number, counted from 1.
fn write_array_head(element: u32, count: usize, buffer: &mut Vec<u8>) -> Result<(), BoxDynError> {
    let count = i32::try_from(count)?;
    buffer.extend_from_slice(&i32::from(count > 0).to_be_bytes());
    buffer.extend_from_slice(&1_i32.to_be_bytes());
    buffer.extend_from_slice(&element.to_be_bytes());
    if count > 0 {
        buffer.extend_from_slice(&count.to_be_bytes());
        buffer.extend_from_slice(&1_i32.to_be_bytes());
    }
    Ok(())
}

/// A value behind its length, as in arrays and in COPY. A NULL has the length -1 and no bytes.
pub(super) fn write_field(cell: &Cell, buffer: &mut Vec<u8>) -> Result<(), BoxDynError> {
    let start = buffer.len();
    buffer.extend_from_slice(&(-1_i32).to_be_bytes());
    if cell.is_null() {
        return Ok(());
    }
    write_postgres(cell, buffer)?;
    let length = i32::try_from(buffer.len() - start - 4)?;
    buffer[start..start + 4].copy_from_slice(&length.to_be_bytes());
    Ok(())
}

fn element_type(kind: Kind) -> u32 {
    match kind {
        Kind::Bool => oid::BOOL,
        Kind::Int => oid::INT8,
        Kind::Text | Kind::Enum => oid::TEXT,
        Kind::Uuid => oid::UUID,
        Kind::Instant => oid::TIMESTAMPTZ,
        Kind::Json => oid::JSONB,
        Kind::Bytes => oid::BYTEA,
    }
}

fn array_type(kind: Kind) -> u32 {
    match kind {
        Kind::Bool => 1000,
        Kind::Int => 1016,
        Kind::Text | Kind::Enum => 1009,
        Kind::Uuid => 2951,
        Kind::Instant => 1185,
        Kind::Json => 3807,
        Kind::Bytes => 1001,
    }
}

fn without_nul(text: &str) -> Result<&str, BoxDynError> {
    if text.as_bytes().contains(&0) {
        Err(nul().into())
    } else {
        Ok(text)
    }
}

fn json_without_nul(value: &serde_json::Value) -> Result<(), BoxDynError> {
    match value {
        serde_json::Value::String(text) => without_nul(text).map(|_| ()),
        serde_json::Value::Array(items) => items.iter().try_for_each(json_without_nul),
        serde_json::Value::Object(members) => members.iter().try_for_each(|(key, value)| {
            without_nul(key)?;
            json_without_nul(value)
        }),
        serde_json::Value::Null | serde_json::Value::Bool(_) | serde_json::Value::Number(_) => Ok(()),
    }
}
