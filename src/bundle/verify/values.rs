//! Single values of either lane against their field. Pure.

use std::borrow::Cow;

use chrono::DateTime;
use data_encoding::BASE64;
use serde_json::Value;
use uuid::Uuid;

use crate::bundle::csv_lane::unescape;
use crate::bundle::encode::is_beyond_safe;
use crate::bundle::finding::Code;
use crate::bundle::limits::is_too_intricate;
use crate::bundle::table::{Field, FieldKind};

/// Whether the exact lane may have this value in this field.
pub(super) fn check(field: &Field, value: &Value) -> Result<(), Code> {
    let is_fit = match (&field.kind, value) {
        (_, Value::Null) if field.required => return Err(Code::ValueRequired),
        (_, Value::Null) | (FieldKind::Json, _) | (FieldKind::Boolean, Value::Bool(_)) => true,
        (FieldKind::Integer, Value::Number(number)) => {
            number.as_i64().is_some_and(|number| !is_beyond_safe(number))
        }
        (FieldKind::Integer, Value::String(text)) => integer(text).is_some_and(is_beyond_safe),
        (FieldKind::Text, Value::String(_)) => true,
        (FieldKind::Words(words), Value::String(word)) => {
            return if words.contains(word) {
                Ok(())
            } else {
                Err(Code::ValueWord)
            };
        }
        (FieldKind::Instant, Value::String(text)) => {
            return if is_instant(text) {
                Ok(())
            } else {
                Err(Code::ValueInstant)
            };
        }
        (FieldKind::Uuid, Value::String(text)) => is_uuid(text),
        (FieldKind::Bytes, Value::String(text)) => BASE64.decode(text.as_bytes()).is_ok(),
        _ => false,
    };
    if is_fit { Ok(()) } else { Err(Code::ValueType) }
}

/// What a CSV cell stands for. An empty cell is null where null is possible.
pub(super) fn of_cell(field: &Field, cell: &str) -> Result<Value, Code> {
    let can_be_empty = matches!(field.kind, FieldKind::Text | FieldKind::Bytes);
    if cell.is_empty() {
        return match (field.required, can_be_empty) {
            (false, _) => Ok(Value::Null),
            (true, true) => Ok(Value::String(String::new())),
            (true, false) => Err(Code::ValueRequired),
        };
    }
    let text = if field.kind.is_escaped() {
        unescape(cell).ok_or(Code::CsvEscape)?
    } else {
        cell
    };
    let value = match &field.kind {
        FieldKind::Boolean => match text {
            "true" => Value::Bool(true),
            "false" => Value::Bool(false),
            _ => return Err(Code::ValueType),
        },
        FieldKind::Integer => match integer(text) {
            Some(number) if !is_beyond_safe(number) => number.into(),
            Some(_) => Value::String(text.to_owned()),
            None => return Err(Code::ValueType),
        },
        FieldKind::Json if is_too_intricate(text.as_bytes()) => return Err(Code::LineTooLong),
        FieldKind::Json => serde_json::from_str(text).map_err(|_| Code::ValueType)?,
        FieldKind::Text | FieldKind::Words(_) | FieldKind::Instant | FieldKind::Uuid | FieldKind::Bytes => {
            Value::String(text.to_owned())
        }
    };
    check(field, &value)?;
    Ok(value)
}

/// Whether a CSV cell says the same as a value of the exact lane, an empty string and null taken as one. If not, what
/// is wrong: the cell itself, or that the lanes differ.
pub(super) fn compare(field: &Field, cell: &str, value: &Value) -> Result<(), Code> {
    let is_same = match value {
        Value::Null if cell.is_empty() => true,
        Value::String(text) if field.kind != FieldKind::Json => {
            let said = if field.kind.is_escaped() {
                unescape(cell)
            } else {
                Some(cell)
            };
            said == Some(text.as_str())
        }
        _ => false,
    };
    // What was not the same text may still say the same: a number, or JSON with other spaces.
    if is_same || of_cell(field, cell)? == *value {
        Ok(())
    } else {
        Err(Code::LanesDiffer)
    }
}

/// A value as part of a key; the same for both lanes.
pub(super) fn key_text(value: &Value) -> Cow<'_, str> {
    match value {
        Value::String(text) => Cow::Borrowed(text),
        other => Cow::Owned(other.to_string()),
    }
}

/// Only as the writer writes it: no plus sign, no leading zeros.
fn integer(text: &str) -> Option<i64> {
    let number: i64 = text.parse().ok()?;
    (number.to_string() == text).then_some(number)
}

fn is_uuid(text: &str) -> bool {
    text.len() == 36 && Uuid::try_parse(text).is_ok() && !text.bytes().any(|byte| byte.is_ascii_uppercase())
}

/// Four digits of the year, a `T`, a `Z`: what all readers of RFC 3339 agree on.
fn is_instant(text: &str) -> bool {
    text.is_ascii()
        && text.as_bytes().get(10) == Some(&b'T')
        && text.ends_with('Z')
        && DateTime::parse_from_rfc3339(text).is_ok()
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn field(kind: FieldKind, required: bool) -> Field {
        Field {
            name: "f".into(),
            kind,
            required,
            ..Field::default()
        }
    }

    #[test]
    fn a_value_of_another_type_is_told_from_one_that_is_missing() {
        let words = FieldKind::Words(vec!["open".into()]);
        let cases = [
            (FieldKind::Integer, json!(7), Ok(())),
            (FieldKind::Integer, json!("7"), Err(Code::ValueType)),
            (FieldKind::Integer, json!(7.0), Err(Code::ValueType)),
            (FieldKind::Integer, json!("9007199254740993"), Ok(())),
            (
                FieldKind::Integer,
                json!(9_007_199_254_740_993_i64),
                Err(Code::ValueType),
            ),
            (FieldKind::Instant, json!("2026-01-02T03:04:05.123Z"), Ok(())),
            (
                FieldKind::Instant,
                json!("2026-01-02T03:04:05"),
                Err(Code::ValueInstant),
            ),
            (
                FieldKind::Instant,
                json!("2026-01-02T03:04:05+01:00"),
                Err(Code::ValueInstant),
            ),
            (
                FieldKind::Instant,
                json!("2026-02-30T03:04:05Z"),
                Err(Code::ValueInstant),
            ),
            (words, json!("shut"), Err(Code::ValueWord)),
            (
                FieldKind::Uuid,
                json!("5F0C1C2E-0000-4000-8000-000000000001"),
                Err(Code::ValueType),
            ),
            (FieldKind::Bytes, json!("no base64!"), Err(Code::ValueType)),
            (FieldKind::Text, json!(null), Err(Code::ValueRequired)),
        ];
        for (kind, value, expected) in cases {
            assert_eq!(check(&field(kind, true), &value), expected, "{value}");
        }
    }

    #[test]
    fn a_cell_and_a_value_are_compared_by_what_they_say() {
        let cases = [
            (FieldKind::Text, "", json!(null), Ok(())),
            (FieldKind::Text, "", json!(""), Ok(())),
            (FieldKind::Text, "'=1", json!("=1"), Ok(())),
            (FieldKind::Text, "=1", json!("=1"), Err(Code::CsvEscape)),
            (FieldKind::Text, "a", json!("b"), Err(Code::LanesDiffer)),
            (FieldKind::Text, "a", json!(null), Err(Code::LanesDiffer)),
            (FieldKind::Boolean, "maybe", json!(null), Err(Code::ValueType)),
            (FieldKind::Boolean, "true", json!(true), Ok(())),
            (FieldKind::Boolean, "true", json!(false), Err(Code::LanesDiffer)),
            (FieldKind::Integer, "8", json!(7), Err(Code::LanesDiffer)),
            (
                FieldKind::Integer,
                "9007199254740993",
                json!("9007199254740993"),
                Ok(()),
            ),
            (FieldKind::Integer, "7", json!(7), Ok(())),
            (FieldKind::Integer, "seven", json!(7), Err(Code::ValueType)),
            (FieldKind::Json, "{\"a\": 1}", json!({"a": 1}), Ok(())),
            (FieldKind::Json, "null", json!(null), Ok(())),
            (FieldKind::Json, "\"\"", json!(""), Ok(())),
            (
                FieldKind::Json,
                "{\"a\":2}",
                json!({"a": 1}),
                Err(Code::LanesDiffer),
            ),
        ];
        for (kind, cell, value, expected) in cases {
            assert_eq!(
                compare(&field(kind, false), cell, &value),
                expected,
                "{cell:?} {value}"
            );
        }
    }
}
