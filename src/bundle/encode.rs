//! The text of single values, the same for both lanes.
//!
//! Knows nothing of quoting and escaping, which differ between the lanes.

use chrono::{Datelike, Timelike};

use crate::clock::Instant;

/// The largest integer that every reader of JSON keeps exactly.
pub(super) const SAFE_INTEGER: i64 = (1 << 53) - 1;

/// Whether most readers of JSON would round this number.
pub(super) fn is_beyond_safe(number: i64) -> bool {
    !(-SAFE_INTEGER..=SAFE_INTEGER).contains(&number)
}

/// Appends a whole number.
pub(super) fn push_integer(out: &mut Vec<u8>, number: i64) {
    let mut digits = [0u8; 20];
    let mut at = digits.len();
    let mut rest = number.unsigned_abs();
    loop {
        at -= 1;
        digits[at] = b'0' + (rest % 10) as u8;
        rest /= 10;
        if rest == 0 {
            break;
        }
    }
    if number < 0 {
        out.push(b'-');
    }
    out.extend_from_slice(&digits[at..]);
}

/// Appends an instant as `crate::cell::instant_text` has it, without the cost of a general formatter: an export
/// writes several of them per row in each lane. False if the year has not four digits; nothing is appended then.
pub(super) fn push_instant(out: &mut Vec<u8>, at: Instant) -> bool {
    let Ok(year @ 0..=9999) = u32::try_from(at.year()) else {
        return false;
    };
    push_digits(out, year, 4);
    for (separator, number) in [
        (b'-', at.month()),
        (b'-', at.day()),
        (b'T', at.hour()),
        (b':', at.minute()),
        (b':', at.second()),
    ] {
        out.push(separator);
        push_digits(out, number, 2);
    }
    let micros = (at.nanosecond() / 1_000) % 1_000_000;
    if micros != 0 {
        out.push(b'.');
        if micros.is_multiple_of(1_000) {
            push_digits(out, micros / 1_000, 3);
        } else {
            push_digits(out, micros, 6);
        }
    }
    out.push(b'Z');
    true
}

fn push_digits(out: &mut Vec<u8>, mut number: u32, width: usize) {
    let start = out.len();
    out.resize(start + width, b'0');
    for place in out[start..].iter_mut().rev() {
        *place = b'0' + (number % 10) as u8;
        number /= 10;
    }
}

#[cfg(test)]
mod tests {
    use chrono::DateTime;
    use proptest::prelude::*;

    use super::*;

    proptest! {
        #[test]
        fn an_instant_is_written_as_everywhere_else(micros in -62_167_219_200_000_000i64..253_402_300_800_000_000, cut in 0u32..7) {
            let unit = 10i64.pow(cut);
            let at = DateTime::from_timestamp_micros(micros / unit * unit).unwrap();
            let mut out = Vec::new();
            prop_assert!(push_instant(&mut out, at));
            prop_assert_eq!(String::from_utf8(out).unwrap(), crate::cell::instant_text(at));
        }

        #[test]
        fn an_integer_is_written_in_decimal(number: i64) {
            let mut out = Vec::new();
            push_integer(&mut out, number);
            prop_assert_eq!(String::from_utf8(out).unwrap(), number.to_string());
        }
    }

    #[test]
    fn an_instant_outside_of_four_digit_years_is_not_written() {
        let mut out = Vec::new();
        assert!(!push_instant(
            &mut out,
            DateTime::from_timestamp(253_402_300_800, 0).unwrap()
        ));
        assert!(out.is_empty());
    }
}
