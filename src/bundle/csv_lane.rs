//! The lane for people: CSV that a spreadsheet opens without running anything, reversibly.
//!
//! UTF-8 without BOM, comma, CRLF, all fields quoted, quotes doubled, the empty string for null. Whether null or an
//! empty string was meant is in the NDJSON lane alone.

use std::borrow::Cow;

use data_encoding::BASE64;

use super::encode::{push_instant, push_integer};
use super::table::{Field, FieldKind, Table};
use crate::cell::Cell;

/// Whether a cell with this text is taken for a formula somewhere, or begins with the escape itself.
///
/// The union of what spreadsheets and OWASP name: LibreOffice evaluates `=` and NUL `=`, Excel also `+ - @`, and drops
/// leading TAB, CR and LF; the full-width signs are folded to the plain ones by some of them.
pub(super) fn needs_escape(text: &str) -> bool {
    matches!(
        text.chars().next(),
        Some('=' | '+' | '-' | '@' | '\t' | '\r' | '\n' | '\0' | '\'' | '＝' | '＋' | '－' | '＠')
    )
}

/// The text as it stands in a CSV cell: `apostrophe-v1`, one `'` in front where [`unescape`] will take one away.
pub fn escape(text: &str) -> Cow<'_, str> {
    if needs_escape(text) {
        Cow::Owned(format!("'{text}"))
    } else {
        Cow::Borrowed(text)
    }
}

/// The text that a CSV cell stands for, or `None` if no text is written like this.
pub fn unescape(cell: &str) -> Option<&str> {
    match cell.strip_prefix('\'') {
        Some(text) if needs_escape(text) => Some(text),
        Some(_) => None,
        None if needs_escape(cell) => None,
        None => Some(cell),
    }
}

/// Appends the header record.
pub(super) fn push_header(out: &mut Vec<u8>, table: &Table) {
    for (position, field) in table.fields.iter().enumerate() {
        if position > 0 {
            out.push(b',');
        }
        out.push(b'"');
        out.extend_from_slice(field.name.as_bytes());
        out.push(b'"');
    }
    out.extend_from_slice(b"\r\n");
}

/// Appends one record. False at the position of the first cell that does not fit its field.
pub(super) fn push_row(out: &mut Vec<u8>, table: &Table, row: &[Cell]) -> Result<(), usize> {
    for (position, (field, cell)) in table.fields.iter().zip(row).enumerate() {
        if position > 0 {
            out.push(b',');
        }
        out.push(b'"');
        if !push_cell(out, field, cell) {
            return Err(position);
        }
        out.push(b'"');
    }
    out.extend_from_slice(b"\r\n");
    Ok(())
}

fn push_cell(out: &mut Vec<u8>, field: &Field, cell: &Cell) -> bool {
    match (&field.kind, cell) {
        (_, Cell::Null) => return !field.required,
        (FieldKind::Text, Cell::Text(text)) => push_text(out, text),
        (FieldKind::Words(words), Cell::Text(text)) => {
            if !words.iter().any(|word| word == text) {
                return false;
            }
            push_text(out, text);
        }
        (FieldKind::Integer, Cell::Int(number)) => push_integer(out, *number),
        (FieldKind::Boolean, Cell::Bool(true)) => out.extend_from_slice(b"true"),
        (FieldKind::Boolean, Cell::Bool(false)) => out.extend_from_slice(b"false"),
        (FieldKind::Instant, Cell::Instant(at)) => return push_instant(out, *at),
        (FieldKind::Uuid, Cell::Uuid(id)) => {
            out.extend_from_slice(id.hyphenated().encode_lower(&mut [0; 36]).as_bytes());
        }
        // As in the exact lane: a JSON null in a required column would read as a missing value.
        (FieldKind::Json, Cell::Json(value)) if value.is_null() && field.required => return false,
        (FieldKind::Json, Cell::Json(value)) => push_text(out, &value.to_string()),
        (FieldKind::Bytes, Cell::Bytes(bytes)) => push_text(out, &BASE64.encode(bytes)),
        _ => return false,
    }
    true
}

fn push_text(out: &mut Vec<u8>, text: &str) {
    if needs_escape(text) {
        out.push(b'\'');
    }
    for (piece, part) in text.split('"').enumerate() {
        if piece > 0 {
            out.extend_from_slice(b"\"\"");
        }
        out.extend_from_slice(part.as_bytes());
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn formulas_get_an_apostrophe_and_nothing_else_does() {
        for dangerous in [
            "=1+2", "+1", "-1", "@SUM(A1)", "\tx", "\rx", "\nx", "\0=1", "'x", "＝1", "＋1", "－1", "＠1",
            "'",
        ] {
            assert_eq!(escape(dangerous), format!("'{dangerous}"));
            assert_eq!(unescape(&escape(dangerous)), Some(dangerous));
            assert!(
                unescape(dangerous).is_none(),
                "{dangerous:?} is never a cell as it stands"
            );
        }
        for harmless in ["", "a=1", " =1", "1-2", "ä'", "𝟙"] {
            assert_eq!(escape(harmless), harmless);
            assert_eq!(unescape(harmless), Some(harmless));
        }
        assert_eq!(unescape("'a"), None, "no text is escaped like this");
    }

    #[test]
    fn a_record_is_quoted_throughout_and_ends_in_crlf() {
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
                field("j", FieldKind::Json),
            ],
            ..Table::default()
        };
        let mut out = Vec::new();
        push_header(&mut out, &table);
        push_row(
            &mut out,
            &table,
            &[
                "say \"x\"\r\n".into(),
                Cell::Int(-5),
                Cell::from(serde_json::json!({"a": [1]})),
            ],
        )
        .unwrap();
        push_row(
            &mut out,
            &table,
            &[Cell::Null, Cell::Null, Cell::from(serde_json::json!(-1))],
        )
        .unwrap();
        assert_eq!(
            String::from_utf8(out).unwrap(),
            "\"a\",\"n\",\"j\"\r\n\"say \"\"x\"\"\r\n\",\"-5\",\"{\"\"a\"\":[1]}\"\r\n\"\",\"\",\"'-1\"\r\n"
        );
    }
}
