//! A row of the exact lanes: one JSON object, every key in every one, in the order of the fields. What stands between the
//! rows is up to the lane.

use data_encoding::BASE64;

use super::encode::{is_beyond_safe, push_instant, push_integer};
use super::table::{Field, FieldKind, Table};
use crate::cell::Cell;

/// Appends one object. An error is the position of the first cell that does not fit its field.
pub(super) fn push_row(out: &mut Vec<u8>, table: &Table, row: &[Cell]) -> Result<(), usize> {
    for (position, (field, cell)) in table.fields.iter().zip(row).enumerate() {
        out.extend_from_slice(if position == 0 { b"{\"" } else { b",\"" });
        // Names of fields are ASCII letters, digits and `_`, so that nothing in them needs escaping.
        out.extend_from_slice(field.name.as_bytes());
        out.extend_from_slice(b"\":");
        if !push_cell(out, field, cell) {
            return Err(position);
        }
    }
    out.push(b'}');
    Ok(())
}

fn push_cell(out: &mut Vec<u8>, field: &Field, cell: &Cell) -> bool {
    match (&field.kind, cell) {
        (_, Cell::Null) => {
            out.extend_from_slice(b"null");
            return !field.required;
        }
        (FieldKind::Text, Cell::Text(text)) => return push_string(out, text),
        (FieldKind::Words(words), Cell::Text(text)) => {
            return words.iter().any(|word| word == text) && push_string(out, text);
        }
        (FieldKind::Integer, Cell::Int(number)) if is_beyond_safe(*number) => {
            out.push(b'"');
            push_integer(out, *number);
            out.push(b'"');
        }
        (FieldKind::Integer, Cell::Int(number)) => push_integer(out, *number),
        (FieldKind::Boolean, Cell::Bool(true)) => out.extend_from_slice(b"true"),
        (FieldKind::Boolean, Cell::Bool(false)) => out.extend_from_slice(b"false"),
        (FieldKind::Instant, Cell::Instant(at)) => {
            out.push(b'"');
            if !push_instant(out, *at) {
                return false;
            }
            out.push(b'"');
        }
        (FieldKind::Uuid, Cell::Uuid(id)) => {
            out.push(b'"');
            out.extend_from_slice(id.hyphenated().encode_lower(&mut [0; 36]).as_bytes());
            out.push(b'"');
        }
        // A JSON null in a required column would read as a missing value, which the schema forbids.
        (FieldKind::Json, Cell::Json(value)) if value.is_null() && field.required => return false,
        (FieldKind::Json, Cell::Json(value)) => return serde_json::to_writer(&mut *out, value).is_ok(),
        (FieldKind::Bytes, Cell::Bytes(bytes)) => return push_string(out, &BASE64.encode(bytes)),
        _ => return false,
    }
    true
}

fn push_string(out: &mut Vec<u8>, text: &str) -> bool {
    serde_json::to_writer(out, text).is_ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_key_stands_in_the_line_and_large_integers_are_strings() {
        let field = |name: &str, kind| Field {
            name: name.into(),
            kind,
            ..Field::default()
        };
        let table = Table {
            name: "t".into(),
            fields: vec![
                field("a", FieldKind::Text),
                field("n", FieldKind::Integer),
                field("b", FieldKind::Bytes),
            ],
            ..Table::default()
        };
        let mut out = Vec::new();
        push_row(
            &mut out,
            &table,
            &[Cell::Null, Cell::Int(1 << 53), Cell::from(vec![0xfb])],
        )
        .unwrap();
        out.push(b'\n');
        push_row(&mut out, &table, &["\"\0".into(), Cell::Int(7), Cell::Null]).unwrap();
        assert_eq!(
            String::from_utf8(out).unwrap(),
            "{\"a\":null,\"n\":\"9007199254740992\",\"b\":\"+w==\"}\n{\"a\":\"\\\"\\u0000\",\"n\":7,\"b\":null}"
        );
    }

    #[test]
    fn a_cell_that_does_not_fit_its_field_is_refused_by_position() {
        let table = Table {
            fields: vec![
                Field {
                    name: "a".into(),
                    required: true,
                    ..Field::default()
                },
                Field {
                    name: "w".into(),
                    kind: FieldKind::Words(vec!["open".into()]),
                    ..Field::default()
                },
            ],
            ..Table::default()
        };
        let mut out = Vec::new();
        assert_eq!(push_row(&mut out, &table, &[Cell::Null, Cell::Null]), Err(0));
        assert_eq!(push_row(&mut out, &table, &["x".into(), "shut".into()]), Err(1));
        assert_eq!(push_row(&mut out, &table, &[Cell::Int(1), Cell::Null]), Err(0));
    }
}
