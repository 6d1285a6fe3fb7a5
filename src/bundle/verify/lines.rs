//! Lines of the exact lanes, one at a time, none longer than the limit: objects by themselves, or in an array.

use std::fmt;
use std::io::{self, BufRead};

use serde::de::{Deserialize, Deserializer, MapAccess, Visitor};
use serde_json::Value;

use crate::bundle::limits::{LINE_BYTES, is_too_intricate};

/// What stands around the objects of a lane, and how far it was read.
#[derive(Copy, Clone, Debug, PartialEq)]
pub(super) enum Frame {
    /// Nothing: each line is an object.
    Lines,
    /// An array that has not begun.
    Array,
    /// An array that has begun.
    First,
    /// An array behind an object and a comma.
    More,
    /// An array behind its last object.
    Last,
    /// An array that has ended.
    Closed,
}

/// What came next.
#[derive(Debug, PartialEq)]
pub(super) enum Line {
    /// A JSON object with its keys in the order of the text.
    Object(Vec<(String, Value)>),
    /// A line that is no JSON object, or the last one without a line end.
    Broken,
    /// The array does not begin, go on or end as it should; nothing behind it is read.
    NoArray,
    /// A line that is not UTF-8.
    NotUtf8,
    /// A line beyond the limit; nothing behind it is read.
    TooLong,
    /// No more lines.
    End,
}

/// Reads the next object, using `buffer` for its text; `frame` is where the lane stands.
pub(super) fn next(source: &mut impl BufRead, buffer: &mut Vec<u8>, frame: &mut Frame) -> io::Result<Line> {
    loop {
        match (read(source, buffer)?, *frame) {
            (Text::TooLong, _) => return Ok(Line::TooLong),
            (Text::End, Frame::Lines | Frame::Closed) => return Ok(Line::End),
            (Text::Unended, Frame::Lines) => return Ok(Line::Broken),
            (Text::Whole, Frame::Lines) => return Ok(object(buffer)),
            (Text::Whole, Frame::Array) if buffer == b"[\n" => *frame = Frame::First,
            (Text::Whole, Frame::First | Frame::Last) if buffer == b"]\n" => *frame = Frame::Closed,
            (Text::Whole, Frame::First | Frame::More) => {
                *frame = if buffer.ends_with(b",\n") {
                    buffer.truncate(buffer.len() - 2);
                    Frame::More
                } else {
                    Frame::Last
                };
                return Ok(object(buffer));
            }
            _ => return Ok(Line::NoArray),
        }
    }
}

enum Text {
    Whole,
    Unended,
    TooLong,
    End,
}

/// Reads one line into `buffer`, its end included.
fn read(source: &mut impl BufRead, buffer: &mut Vec<u8>) -> io::Result<Text> {
    buffer.clear();
    loop {
        let chunk = source.fill_buf()?;
        if chunk.is_empty() {
            return Ok(if buffer.is_empty() {
                Text::End
            } else {
                Text::Unended
            });
        }
        let (length, is_whole) = match chunk.iter().position(|byte| *byte == b'\n') {
            Some(position) => (position + 1, true),
            None => (chunk.len(), false),
        };
        if buffer.len() + length > LINE_BYTES {
            return Ok(Text::TooLong);
        }
        buffer.extend_from_slice(&chunk[..length]);
        source.consume(length);
        if is_whole {
            return Ok(if is_too_intricate(buffer) {
                Text::TooLong
            } else {
                Text::Whole
            });
        }
    }
}

fn object(buffer: &[u8]) -> Line {
    let Ok(text) = std::str::from_utf8(buffer) else {
        return Line::NotUtf8;
    };
    // Some readers split at CR as well.
    if text.trim_end_matches('\n').ends_with('\r') {
        return Line::Broken;
    }
    serde_json::from_str::<Pairs>(text).map_or(Line::Broken, |pairs| Line::Object(pairs.0))
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
        let mut frame = Frame::Lines;
        let mut read = || next(&mut source, &mut buffer, &mut frame).unwrap();
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
            next(&mut text.as_bytes(), &mut Vec::new(), &mut Frame::Lines).unwrap(),
            Line::TooLong
        );
        let intricate = format!("[{}0]\n", "0,".repeat(5 << 20));
        assert_eq!(
            next(&mut intricate.as_bytes(), &mut Vec::new(), &mut Frame::Lines).unwrap(),
            Line::TooLong
        );
    }

    #[test]
    fn an_array_is_read_only_as_it_is_written() {
        let read = |text: &str| {
            let (mut source, mut buffer, mut frame) = (text.as_bytes(), Vec::new(), Frame::Array);
            let mut lines = Vec::new();
            loop {
                match next(&mut source, &mut buffer, &mut frame).unwrap() {
                    Line::Object(_) => lines.push("object"),
                    Line::Broken => lines.push("broken"),
                    Line::End => break,
                    _ => {
                        lines.push("stop");
                        break;
                    }
                }
            }
            lines
        };
        assert_eq!(read("[\n]\n"), [""; 0]);
        assert_eq!(read("[\n{},\n{}\n]\n"), ["object", "object"]);
        assert_eq!(
            read("[\n{},\n]\n"),
            ["object", "broken", "stop"],
            "a comma too much"
        );
        for (text, read_before) in [
            ("", 0),
            ("[]", 0),
            ("{}\n", 0),
            ("[\n", 0),
            ("[\n{}\n", 1),
            ("[\n{}\n{}\n]\n", 1),
            ("[\n{}\n]", 1),
            ("[\n{}\n]\n\n", 1),
        ] {
            let lines = read(text);
            assert_eq!(
                (lines.len(), lines.last()),
                (read_before + 1, Some(&"stop")),
                "{text:?}"
            );
        }
    }
}
