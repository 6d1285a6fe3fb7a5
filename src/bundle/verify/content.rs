//! The rows of a bundle that was verified, from the same open file, as cells. Knows no store and no catalog.

use std::collections::BTreeMap;
use std::io::{Read, Seek};

use chrono::DateTime;
use data_encoding::BASE64;
use serde_json::Value;
use uuid::Uuid;

use super::archive::Archive;
use super::description::{Described, json};
use super::tables;
use crate::bundle::finding::Findings;
use crate::bundle::lane::Lane;
use crate::bundle::limits::Limits;
use crate::bundle::table::{FieldKind, Table};
use crate::cell::Cell;
use crate::error::{Code, Error, Refusal, Result, quote};

/// An intact bundle, held open.
pub struct Content<R> {
    archive: Archive<R>,
    described: Vec<Described>,
    receipt: Value,
}

impl<R: Read + Seek> Content<R> {
    pub(super) fn new(
        archive: Archive<R>,
        described: Vec<Described>,
        contents: &BTreeMap<String, Vec<u8>>,
    ) -> Self {
        let receipt = contents.get("receipt.json").and_then(|content| json(content));
        Content {
            archive,
            described,
            receipt: receipt.unwrap_or_default(),
        }
    }

    /// What the bundle says of itself.
    pub fn receipt(&self) -> &Value {
        &self.receipt
    }

    /// Its tables, sorted by name.
    pub fn tables(&self) -> impl Iterator<Item = &Table> {
        self.described.iter().map(|described| &described.table)
    }

    /// Whether every table has a lane in which nothing of a value is lost.
    pub fn is_exact(&self) -> bool {
        self.described
            .iter()
            .all(|described| described.lanes.has(Lane::Ndjson) || described.lanes.has(Lane::Json))
    }

    /// Hands over every row of a table in the order of its fields, until `take` says that it is enough. A table that is
    /// not there has none.
    pub fn rows(&self, table: &str, take: &mut dyn FnMut(Vec<Cell>) -> Result<bool>) -> Result<()> {
        let Some(described) = self
            .described
            .iter()
            .find(|described| described.table.name == table)
        else {
            return Ok(());
        };
        let mut findings = Findings::new(Limits::default().findings);
        tables::read_rows(&self.archive, described, &mut findings, &mut |row| {
            let fields = described.table.fields.iter().zip(row);
            let cells = fields.map(|(field, value)| cell(&field.kind, value));
            take(cells.collect::<Option<_>>().ok_or_else(|| changed(table))?)
        })?;
        match findings.is_empty() {
            true => Ok(()),
            false => Err(changed(table)),
        }
    }
}

/// What was sound a moment ago is so still, unless somebody writes the file meanwhile.
fn changed(table: &str) -> Error {
    let message = format!(
        "the bundle changed while it was read: {} is not what was verified",
        quote(table)
    );
    Refusal::new(Code::InvalidFile, message).into()
}

/// The cell that a value of an exact lane stands for.
fn cell(kind: &FieldKind, value: &Value) -> Option<Cell> {
    Some(match (kind, value) {
        (_, Value::Null) => Cell::Null,
        (FieldKind::Json, value) => Cell::from(value.clone()),
        (FieldKind::Boolean, Value::Bool(value)) => Cell::from(*value),
        (FieldKind::Integer, Value::Number(number)) => Cell::from(number.as_i64()?),
        (FieldKind::Integer, Value::String(text)) => Cell::from(text.parse::<i64>().ok()?),
        (FieldKind::Text | FieldKind::Words(_), Value::String(text)) => Cell::from(text.as_str()),
        (FieldKind::Uuid, Value::String(text)) => Cell::from(Uuid::try_parse(text).ok()?),
        (FieldKind::Instant, Value::String(text)) => {
            Cell::from(DateTime::parse_from_rfc3339(text).ok()?.to_utc())
        }
        (FieldKind::Bytes, Value::String(text)) => Cell::from(BASE64.decode(text.as_bytes()).ok()?),
        _ => return None,
    })
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn a_value_becomes_the_cell_that_was_written() {
        let id = Uuid::from_u128(7);
        let at = DateTime::from_timestamp_micros(1_767_323_045_123_456).unwrap();
        let cases = [
            (FieldKind::Text, json!(""), Some(Cell::from(""))),
            (FieldKind::Text, json!(null), Some(Cell::Null)),
            (
                FieldKind::Integer,
                json!("9007199254740993"),
                Some(Cell::Int(9_007_199_254_740_993)),
            ),
            (FieldKind::Integer, json!(-7), Some(Cell::Int(-7))),
            (FieldKind::Boolean, json!(true), Some(Cell::Bool(true))),
            (FieldKind::Uuid, json!(id.to_string()), Some(Cell::Uuid(id))),
            (
                FieldKind::Instant,
                json!("2026-01-02T03:04:05.123456Z"),
                Some(Cell::Instant(at)),
            ),
            (
                FieldKind::Json,
                json!({"a": [1]}),
                Some(Cell::from(json!({"a": [1]}))),
            ),
            (FieldKind::Bytes, json!("+w=="), Some(Cell::from(vec![0xfb]))),
            (FieldKind::Boolean, json!("true"), None),
        ];
        for (kind, value, expected) in cases {
            assert_eq!(cell(&kind, &value), expected, "{value}");
        }
    }
}
