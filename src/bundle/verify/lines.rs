//! Lines of the exact lane, one at a time, none longer than the limit.

use std::fmt;
use std::io::{self, BufRead};

use serde::de::{Deserialize, Deserializer, MapAccess, Visitor};
use serde_json::Value;

use crate::bundle::limits::{LINE_BYTES, is_too_intricate};

/// What came next.
#[derive(Debug, PartialEq)]
pub(super) enum Line {
    /// A JSON object with its keys in the order of the text.
    Object(Vec<(String, Value)>),
    /// A line that is no JSON object, or the last one without a line end.
    Broken,
    /// A line that is not UTF-8.
    NotUtf8,
    /// A line beyond the limit; nothing behind it is read.
    TooLong,
    /// No more lines.
    End,
}

/// Reads the next line, using `buffer` for its text.
pub(super) fn next(source: &mut impl BufRead, buffer: &mut Vec<u8>) -> io::Result<Line> {
    buffer.clear();
    loop {
        let chunk = source.fill_buf()?;
        if chunk.is_empty() {
            return Ok(if buffer.is_empty() {
                Line::End
            } else {
                Line::Broken
            });
        }
        let (length, is_whole) = match chunk.iter().position(|byte| *byte == b'\n') {
            Some(position) => (position + 1, true),
            None => (chunk.len(), false),
        };
        if buffer.len() + length > LINE_BYTES {
            return Ok(Line::TooLong);
        }
        buffer.extend_from_slice(&chunk[..length]);
        source.consume(length);
        if is_whole {
            break;
        }
    }
    if is_too_intricate(buffer) {
        return Ok(Line::TooLong);
    }
    let Ok(text) = std::str::from_utf8(buffer) else {
        return Ok(Line::NotUtf8);
    };
    // Some readers split at CR as well.
    if text.ends_with("\r\n") {
        return Ok(Line::Broken);
    }
    Ok(serde_json::from_str::<Pairs>(text).map_or(Line::Broken, |pairs| Line::Object(pairs.0)))
}

/// An object whose keys may be there twice, which `serde_json::Map` would hide.
struct Pairs(Vec<(String, Value)>);

impl<'de> Deserialize<'de> for Pairs {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_map(PairsVisitor)
    }
}

struct PairsVisitor;

impl<'de> Visitor<'de> for PairsVisitor {
    type Value = Pairs;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("an object")
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Pairs, A::Error> {
        let mut pairs = Vec::new();
        while let Some(pair) = map.next_entry()? {
            pairs.push(pair);
        }
        Ok(Pairs(pairs))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lines_are_told_apart_by_what_is_wrong_with_them() {
        let text = b"{\"a\":1,\"a\":2}\n[1]\n\n{\"a\":\"\xff\"}\n{}\r\n{\"a\":1}";
        let mut source = text.as_slice();
        let mut buffer = Vec::new();
        let mut read = || next(&mut source, &mut buffer).unwrap();
        assert_eq!(
            read(),
            Line::Object(vec![("a".into(), 1.into()), ("a".into(), 2.into())])
        );
        assert_eq!([read(), read()], [Line::Broken, Line::Broken]);
        assert_eq!([read(), read()], [Line::NotUtf8, Line::Broken]);
        assert_eq!(
            [read(), read()],
            [Line::Broken, Line::End],
            "the last line has no line end"
        );
    }

    #[test]
    fn a_line_beyond_the_limit_is_not_read() {
        let text = format!("\"{}\"\n", "x".repeat(LINE_BYTES));
        assert_eq!(
            next(&mut text.as_bytes(), &mut Vec::new()).unwrap(),
            Line::TooLong
        );
        let intricate = format!("[{}0]\n", "0,".repeat(5 << 20));
        assert_eq!(
            next(&mut intricate.as_bytes(), &mut Vec::new()).unwrap(),
            Line::TooLong
        );
    }
}
