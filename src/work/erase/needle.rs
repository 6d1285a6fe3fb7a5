//! Finding a person's address in any value, in the spellings that it travels in: as it is, percent-encoded,
//! quoted-printable, base64 at each alignment, and as the hashes that others make of it (`privacy.md` 3.3, step 6).
//!
//! Pure. An address inside a longer one (`ana@…` in `diana@…`) is somebody else's and is not found.

use std::collections::BTreeSet;
use std::ops::Range;

use aho_corasick::{AhoCorasick, MatchKind};
use data_encoding::{BASE64, HEXLOWER};
use md5::Md5;
use sha2::{Digest, Sha256};

use crate::error::{Fault, Result};

/// What stands in place of a mention.
pub const ERASED: &str = "[erased]";

/// The search for one person's address.
pub struct Needles {
    search: AhoCorasick,
    /// For each pattern, whether it must stand alone to count.
    stands_alone: Vec<bool>,
}

impl Needles {
    /// A search for the address in its spellings, each as text.
    pub fn new(spellings: &[&str]) -> Result<Needles> {
        let mut alone = BTreeSet::new();
        let mut anywhere = BTreeSet::new();
        for spelling in spellings.iter().filter(|spelling| !spelling.is_empty()) {
            for text in [
                spelling.to_string(),
                spelling.to_lowercase(),
                spelling.to_uppercase(),
            ] {
                alone.insert(percent_encoded(&text, false));
                alone.insert(percent_encoded(&text, true));
                alone.insert(quoted_printable(&text));
                anywhere.extend(base64_cores(&text));
                alone.insert(text);
            }
            let lower = spelling.to_lowercase();
            anywhere.insert(HEXLOWER.encode(&Md5::digest(&lower)));
            anywhere.insert(HEXLOWER.encode(&Sha256::digest(&lower)));
        }
        let patterns: Vec<&String> = alone.iter().chain(&anywhere).collect();
        let stands_alone = (0..patterns.len()).map(|index| index < alone.len()).collect();
        let search = AhoCorasick::builder()
            .ascii_case_insensitive(true)
            .match_kind(MatchKind::Standard)
            .build(patterns)
            .map_err(|error| Fault::Invariant(format!("needles: {error}")))?;
        Ok(Needles { search, stands_alone })
    }

    /// Where the address is mentioned, in bytes, without overlaps.
    pub fn find(&self, haystack: &[u8]) -> Vec<Range<usize>> {
        let mut found: Vec<Range<usize>> = Vec::new();
        for hit in self.search.find_overlapping_iter(haystack) {
            if self.stands_alone[hit.pattern().as_usize()] && !is_alone(haystack, hit.range()) {
                continue;
            }
            match found.last_mut() {
                Some(last) if hit.start() < last.end => {
                    last.start = last.start.min(hit.start());
                    last.end = last.end.max(hit.end());
                }
                _ => found.push(hit.range()),
            }
        }
        found
    }

    /// The text with every mention replaced by [`ERASED`]; `None` when there is none.
    pub fn redacted(&self, text: &str) -> Option<String> {
        self.replaced(text, |_| ERASED.to_owned())
    }

    /// The text with every mention replaced by what is made of it; `None` when there is none.
    pub fn replaced(&self, text: &str, with: impl Fn(&str) -> String) -> Option<String> {
        let found = self.find(text.as_bytes());
        if found.is_empty() {
            return None;
        }
        let mut redacted = String::with_capacity(text.len());
        let mut at = 0;
        for range in found {
            redacted.push_str(&text[at..range.start]);
            redacted.push_str(&with(&text[range.clone()]));
            at = range.end;
        }
        redacted.push_str(&text[at..]);
        Some(redacted)
    }
}

/// Whether neither side goes on with what an address may have.
fn is_alone(haystack: &[u8], range: Range<usize>) -> bool {
    let before = &haystack[..range.start];
    let escaped = before.len() >= 3
        && matches!(before[before.len() - 3], b'%' | b'=')
        && before[before.len() - 2..].iter().all(u8::is_ascii_hexdigit);
    let begins = escaped
        || before
            .last()
            .is_none_or(|byte| !(byte.is_ascii_alphanumeric() || b"._+-".contains(byte) || *byte >= 0x80));
    let after = &haystack[range.end..];
    let goes_on = match after {
        [] => false,
        [b'.' | b'-', next, ..] => next.is_ascii_alphanumeric() || *next >= 0x80,
        [b'.' | b'-'] => false,
        [next, ..] => next.is_ascii_alphanumeric() || *next >= 0x80,
    };
    begins && !goes_on
}

fn percent_encoded(text: &str, everything: bool) -> String {
    let plain = |byte: u8| byte.is_ascii_alphanumeric() || (b"-._~".contains(&byte) && !everything);
    text.bytes()
        .map(|byte| {
            if plain(byte) {
                char::from(byte).to_string()
            } else {
                format!("%{byte:02X}")
            }
        })
        .collect()
}

fn quoted_printable(text: &str) -> String {
    text.bytes()
        .map(|byte| {
            if byte.is_ascii_alphanumeric() || byte == b'.' {
                char::from(byte).to_string()
            } else {
                format!("={byte:02X}")
            }
        })
        .collect()
}

/// The part of the base64 that does not depend on what stands around the text, for each of the three alignments.
fn base64_cores(text: &str) -> Vec<String> {
    (0..3)
        .filter_map(|offset| {
            let mut bytes = vec![0_u8; offset];
            bytes.extend_from_slice(text.as_bytes());
            let encoded = BASE64.encode(&bytes);
            let start = if offset == 0 { 0 } else { offset + 1 };
            let end = bytes.len() / 3 * 4;
            let core = encoded.get(start..end)?;
            // A short core would be found by chance.
            (core.len() >= 10).then(|| core.to_owned())
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn needles() -> Needles {
        Needles::new(&["ana+news@example.test"]).unwrap()
    }

    #[test]
    fn the_address_is_found_in_every_spelling() {
        let base64 = BASE64.encode(b"to: ana+news@example.test, thanks");
        let md5 = HEXLOWER.encode(&Md5::digest("ana+news@example.test"));
        let cases = [
            "ana+news@example.test",
            "<ANA+News@Example.Test>",
            "550 <ana+news@example.test>: unknown",
            "https://shop.example/?e=ana%2Bnews%40example.test&x=1",
            "https://shop.example/?e=%3Cana%2bnews%40example.test",
            "=3Dana=2Bnews=40example.test",
            "it is ana+news@example.test.",
            base64.as_str(),
            md5.as_str(),
        ];
        for case in cases {
            assert_eq!(needles().find(case.as_bytes()).len(), 1, "{case}");
            let redacted = needles().redacted(case).unwrap();
            assert!(
                redacted.contains(ERASED) && needles().redacted(&redacted).is_none(),
                "{case}"
            );
        }
    }

    #[test]
    fn other_peoples_addresses_are_left_alone() {
        for case in [
            "diana+news@example.test",
            "x.ana+news@example.test",
            "ana+news@example.test.uk",
            "ana+news@example.tests",
            "ana@example.test",
            "ana+newsletter@example.test",
        ] {
            assert!(needles().find(case.as_bytes()).is_empty(), "{case}");
        }
    }
}
