//! Rows as bytes that two people agree on: a JSON object in canonical form (RFC 8785), with the names and the values
//! that the exact lanes of a bundle have. Knows no table.

use std::io::Write;

use crate::cell::{Cell, Kind, instant_text};

/// The largest whole number that every reader of JSON keeps exactly; larger ones are strings, as in bundles.
const SAFE_INTEGER: u64 = (1 << 53) - 1;

/// The object. Names have ASCII letters, digits and `_` alone.
pub fn object<'a>(columns: &[(&'a str, Kind)], cells: &[Cell], more: Option<(&'a str, &Cell)>) -> Vec<u8> {
    let mut pairs: Vec<(&str, &Cell)> = columns.iter().map(|(name, _)| *name).zip(cells).collect();
    pairs.extend(more);
    pairs.sort_unstable_by_key(|(name, _)| *name);
    let mut out = Vec::with_capacity(512);
    for (place, (name, cell)) in pairs.into_iter().enumerate() {
        out.extend_from_slice(if place == 0 { b"{\"" } else { b",\"" });
        out.extend_from_slice(name.as_bytes());
        out.extend_from_slice(b"\":");
        push(&mut out, cell);
    }
    out.push(b'}');
    out
}

fn push(out: &mut Vec<u8>, cell: &Cell) {
    // Writing to a Vec cannot fail.
    let _ = match cell {
        Cell::Null => out.write_all(b"null"),
        Cell::Bool(value) => write!(out, "{value}"),
        Cell::Int(number) if number.unsigned_abs() > SAFE_INTEGER => write!(out, "\"{number}\""),
        Cell::Int(number) => write!(out, "{number}"),
        Cell::Uuid(id) => write!(out, "\"{id}\""),
        Cell::Instant(at) => write!(out, "\"{}\"", instant_text(*at)),
        Cell::Text(text) => serde_json::to_writer(out, text.as_str()).map_err(Into::into),
        Cell::Json(value) => serde_json_canonicalizer::to_writer(value, out).map_err(Into::into),
        Cell::Bytes(bytes) => write!(out, "\"{}\"", data_encoding::BASE64.encode(bytes)),
    };
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    proptest! {
        #[test]
        fn the_bytes_are_in_canonical_form(text: String, number: i64, micros in 0_i64..253_402_300_800_000_000) {
            let columns = [("b", Kind::Text), ("a_2", Kind::Int), ("a", Kind::Instant), ("c", Kind::Text)];
            let at = chrono::DateTime::from_timestamp_micros(micros).unwrap();
            let cells = [text.as_str().into(), number.into(), at.into(), Cell::Null];
            let bytes = object(&columns, &cells, Some(("aa", &Cell::Bool(true))));
            let value: serde_json::Value = serde_json::from_slice(&bytes).unwrap();
            prop_assert_eq!(&value["b"], &serde_json::Value::from(text));
            prop_assert_eq!(serde_json_canonicalizer::to_vec(&value).unwrap(), bytes);
        }
    }
}
