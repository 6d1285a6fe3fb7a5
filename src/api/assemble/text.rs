//! Writes single JSON values as bytes: the innermost loop of every answer, so nothing here allocates. Knows
//! no rows and no GraphQL.

use chrono::{Datelike, Timelike};

use crate::cell::instant_text;
use crate::clock::Instant;

/// Writes text with its quotation marks.
pub(crate) fn string(buffer: &mut Vec<u8>, text: &str) {
    buffer.push(b'"');
    escaped(buffer, text);
    buffer.push(b'"');
}

/// Writes text without quotation marks; whole stretches that need no escape are copied at once.
fn escaped(buffer: &mut Vec<u8>, text: &str) {
    let bytes = text.as_bytes();
    if !bytes.chunks(16).any(needs_escape) {
        return buffer.extend_from_slice(bytes);
    }
    let mut copied = 0;
    for (at, &byte) in bytes.iter().enumerate() {
        let short = match byte {
            b'"' => b'"',
            b'\\' => b'\\',
            b'\n' => b'n',
            b'\r' => b'r',
            b'\t' => b't',
            0x08 => b'b',
            0x0c => b'f',
            0x00..=0x1f => b'u',
            _ => continue,
        };
        buffer.extend_from_slice(&bytes[copied..at]);
        copied = at + 1;
        buffer.extend_from_slice(&[b'\\', short]);
        if short == b'u' {
            let digit = |value: u8| b"0123456789abcdef"[usize::from(value & 15)];
            buffer.extend_from_slice(&[b'0', b'0', digit(byte >> 4), digit(byte)]);
        }
    }
    buffer.extend_from_slice(&bytes[copied..]);
}

/// Looks at all bytes whatever the first ones are, which processors do for sixteen at a time.
fn needs_escape(bytes: &[u8]) -> bool {
    bytes.iter().fold(false, |found, byte| {
        found | (*byte < 0x20) | (*byte == b'"') | (*byte == b'\\')
    })
}

/// Writes the word of an enum as GraphQL spells it: upper case, in quotation marks.
pub(crate) fn word(buffer: &mut Vec<u8>, word: &str) {
    buffer.push(b'"');
    buffer.extend(word.bytes().map(|byte| byte.to_ascii_uppercase()));
    buffer.push(b'"');
}

/// Writes a whole number.
pub(crate) fn number(buffer: &mut Vec<u8>, value: i64) {
    if value < 0 {
        buffer.push(b'-');
    }
    let mut digits = [0_u8; 20];
    let mut first = digits.len();
    let mut rest = value.unsigned_abs();
    loop {
        first -= 1;
        digits[first] = b'0' + (rest % 10) as u8;
        rest /= 10;
        if rest == 0 {
            break;
        }
    }
    buffer.extend_from_slice(&digits[first..]);
}

/// Writes true or false.
pub(crate) fn boolean(buffer: &mut Vec<u8>, value: bool) {
    buffer.extend_from_slice(if value { b"true" } else { b"false" });
}

/// Writes an instant in quotation marks, letter for letter as [`instant_text`], a tenth of its time.
pub(crate) fn instant(buffer: &mut Vec<u8>, at: Instant) {
    // Taken apart once: each part of an instant with a time zone would add the zone's offset anew.
    let (date, time) = (at.naive_utc().date(), at.naive_utc().time());
    let Ok(year @ 0..=9999) = u32::try_from(date.year()) else {
        return string(buffer, &instant_text(at));
    };
    let nanoseconds = time.nanosecond();
    if nanoseconds >= 1_000_000_000 || !nanoseconds.is_multiple_of(1_000) {
        // A leap second, or finer than any store holds.
        return string(buffer, &instant_text(at));
    }
    buffer.push(b'"');
    padded(buffer, year, 4);
    for (mark, part) in [
        (b'-', date.month()),
        (b'-', date.day()),
        (b'T', time.hour()),
        (b':', time.minute()),
        (b':', time.second()),
    ] {
        buffer.push(mark);
        padded(buffer, part, 2);
    }
    if nanoseconds != 0 {
        buffer.push(b'.');
        if nanoseconds.is_multiple_of(1_000_000) {
            padded(buffer, nanoseconds / 1_000_000, 3);
        } else {
            padded(buffer, nanoseconds / 1_000, 6);
        }
    }
    buffer.extend_from_slice(b"Z\"");
}

/// Writes a number with leading zeros, up to six digits.
fn padded(buffer: &mut Vec<u8>, mut value: u32, width: usize) {
    let mut digits = [b'0'; 6];
    for digit in digits[..width].iter_mut().rev() {
        *digit = b'0' + (value % 10) as u8;
        value /= 10;
    }
    buffer.extend_from_slice(&digits[..width]);
}

#[cfg(test)]
mod tests {
    use chrono::DateTime;
    use proptest::prelude::*;

    use super::*;

    fn written(write: impl FnOnce(&mut Vec<u8>)) -> String {
        let mut buffer = Vec::new();
        write(&mut buffer);
        String::from_utf8(buffer).unwrap()
    }

    #[test]
    fn enum_words_are_written_in_upper_case() {
        assert_eq!(
            written(|buffer| word(buffer, "double_opt_in")),
            "\"DOUBLE_OPT_IN\""
        );
    }

    proptest! {
        #[test]
        fn any_text_is_the_json_that_serde_writes(text in "[\\x00-\\x7f\\PC]{0,40}") {
            let ours = written(|buffer| string(buffer, &text));
            prop_assert_eq!(&ours, &serde_json::to_string(&text).unwrap());
        }

        #[test]
        fn any_number_is_written_as_rust_does(value: i64) {
            prop_assert_eq!(written(|buffer| number(buffer, value)), value.to_string());
        }

        #[test]
        fn any_instant_is_written_as_everywhere_else(
            seconds in -70_000_000_000i64..300_000_000_000,
            fraction in prop_oneof![Just(0u32), 0u32..1_000, 0u32..1_000_000],
            coarse: bool,
        ) {
            let micros = if coarse { fraction / 1_000 * 1_000 } else { fraction };
            let at = DateTime::from_timestamp(seconds, micros * 1_000).unwrap();
            let expected = format!("\"{}\"", instant_text(at));
            prop_assert_eq!(written(|buffer| instant(buffer, at)), expected);
        }
    }
}
