//! Which part of a file a request is for, after RFC 9110. Pure.

use std::ops::Range;

/// What the headers ask for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Part {
    /// All of it.
    Whole,
    /// From the first to before the last byte, not empty.
    Some(Range<u64>),
    /// A part that the file does not have.
    Unsatisfiable,
}

/// The part asked for. `if_range` is a condition: unless it holds exactly the file's entity tag, the range is
/// ignored, because it was meant for another file. Several ranges at once, and what is no range of bytes, are
/// ignored too, as the RFC allows.
pub(super) fn wanted(range: Option<&str>, if_range: Option<&str>, etag: &str, size: u64) -> Part {
    let Some(range) = range else { return Part::Whole };
    if if_range.is_some_and(|condition| condition.trim() != etag) {
        return Part::Whole;
    }
    let Some((unit, bounds)) = range.split_once('=') else {
        return Part::Whole;
    };
    let Some((first, last)) = bounds.trim().split_once('-') else {
        return Part::Whole;
    };
    if !unit.trim().eq_ignore_ascii_case("bytes") {
        return Part::Whole;
    }
    let number = |text: &str| match text.trim() {
        "" => Some(None),
        digits if digits.bytes().all(|byte| byte.is_ascii_digit()) => {
            Some(Some(digits.parse().unwrap_or(u64::MAX)))
        }
        _ => None,
    };
    match (number(first), number(last)) {
        (Some(Some(first)), Some(last)) => {
            let last = last.unwrap_or(u64::MAX);
            if last < first {
                return Part::Whole;
            }
            if first >= size {
                Part::Unsatisfiable
            } else {
                Part::Some(first..last.saturating_add(1).min(size))
            }
        }
        (Some(None), Some(Some(length))) => {
            let start = size.saturating_sub(length);
            if start == size {
                Part::Unsatisfiable
            } else {
                Part::Some(start..size)
            }
        }
        _ => Part::Whole,
    }
}

/// Whether one of the entity tags in `If-None-Match` is the file's.
pub(super) fn is_known(if_none_match: Option<&str>, etag: &str) -> bool {
    let Some(known) = if_none_match else { return false };
    known
        .split(',')
        .map(str::trim)
        .any(|tag| tag == "*" || tag.strip_prefix("W/").unwrap_or(tag) == etag)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_range_is_cut_to_the_file_and_nonsense_is_ignored() {
        let cases = [
            (None, Part::Whole),
            (Some("bytes=0-0"), Part::Some(0..1)),
            (Some("bytes=2-"), Part::Some(2..10)),
            (Some("bytes=2-99"), Part::Some(2..10)),
            (Some("bytes=-3"), Part::Some(7..10)),
            (Some("bytes=-99"), Part::Some(0..10)),
            (Some("BYTES = 1-2"), Part::Some(1..3)),
            (Some("bytes=10-"), Part::Unsatisfiable),
            (Some("bytes=-0"), Part::Unsatisfiable),
            (Some("bytes=99999999999999999999999-"), Part::Unsatisfiable),
            (Some("bytes=5-4"), Part::Whole),
            (Some("bytes=0-1,3-4"), Part::Whole),
            (Some("bytes=-"), Part::Whole),
            (Some("bytes=a-b"), Part::Whole),
            (Some("bytes=+1-2"), Part::Whole),
            (Some("lines=0-1"), Part::Whole),
            (Some("bytes"), Part::Whole),
        ];
        for (range, expected) in cases {
            assert_eq!(wanted(range, None, "\"a\"", 10), expected, "{range:?}");
        }
        assert_eq!(
            wanted(Some("bytes=0-1"), Some("\"a\""), "\"a\"", 10),
            Part::Some(0..2)
        );
        assert_eq!(wanted(Some("bytes=0-1"), Some("\"b\""), "\"a\"", 10), Part::Whole);
        assert_eq!(
            wanted(Some("bytes=0-1"), Some("W/\"a\""), "\"a\"", 10),
            Part::Whole
        );
        assert_eq!(wanted(Some("bytes=0-1"), None, "\"a\"", 0), Part::Unsatisfiable);
    }

    #[test]
    fn a_known_file_is_known_by_its_tag() {
        assert!(is_known(Some("\"x\", W/\"a\""), "\"a\""));
        assert!(is_known(Some("*"), "\"a\""));
        assert!(!is_known(Some("\"b\""), "\"a\"") && !is_known(None, "\"a\""));
    }
}
