//! Finding people's addresses in any value, in the spellings that they travel in: as they are, percent-encoded,
//! quoted-printable, base64 at each alignment, and as the hashes that others make of them (`privacy.md` 3.3, step 6). A
//! thousand people cost one look at each value, as one does.
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

/// The search for people's addresses.
pub struct Needles {
    search: AhoCorasick,
    patterns: Vec<Pattern>,
}

/// What is known of one text that is searched for.
struct Pattern {
    person: usize,
    /// Whether it must stand alone to count.
    stands_alone: bool,
}

/// A place of a value that mentions somebody.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Mention {
    /// Where, in bytes.
    pub range: Range<usize>,
    /// Whom, by the places in [`Needles::new`]: several where their spellings overlap.
    pub people: BTreeSet<usize>,
}

impl Needles {
    /// A search for each person's address in its spellings, each as text.
    pub fn new<'a>(people: impl IntoIterator<Item = [&'a str; 2]>) -> Result<Needles> {
        let mut texts = Vec::new();
        let mut patterns = Vec::new();
        for (person, spellings) in people.into_iter().enumerate() {
            let (alone, anywhere) = texts_of(&spellings);
            for (found, stands_alone) in [(alone, true), (anywhere, false)] {
                patterns.extend(found.iter().map(|_| Pattern { person, stands_alone }));
                texts.extend(found);
            }
        }
        let search = AhoCorasick::builder()
            .ascii_case_insensitive(true)
            .match_kind(MatchKind::Standard)
            .build(texts)
            .map_err(|error| Fault::Invariant(format!("needles: {error}")))?;
        Ok(Needles { search, patterns })
    }

    /// Where people are mentioned, in order, without overlaps.
    pub fn find(&self, haystack: &[u8]) -> Vec<Mention> {
        let mut found: Vec<Mention> = Vec::new();
        for hit in self.search.find_overlapping_iter(haystack) {
            let pattern = &self.patterns[hit.pattern().as_usize()];
            if pattern.stands_alone && !is_alone(haystack, hit.range()) {
                continue;
            }
            let mut mention = Mention {
                range: hit.range(),
                people: BTreeSet::from([pattern.person]),
            };
            // Hits come by where they end, so a long one may swallow several before it.
            while let Some(last) = found.pop_if(|last| mention.range.start < last.range.end) {
                mention.range.start = mention.range.start.min(last.range.start);
                mention.range.end = mention.range.end.max(last.range.end);
                mention.people.extend(last.people);
            }
            found.push(mention);
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
        for Mention { range, .. } in found {
            redacted.push_str(&text[at..range.start]);
            redacted.push_str(&with(&text[range.clone()]));
            at = range.end;
        }
        redacted.push_str(&text[at..]);
        Some(redacted)
    }
}

/// What is searched for of one person: what counts where it stands alone, and what counts anywhere.
fn texts_of(spellings: &[&str]) -> (BTreeSet<String>, BTreeSet<String>) {
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
    (alone, anywhere)
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
        Needles::new([["ana+news@example.test", "Ana+News@Example.test"]]).unwrap()
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

    #[test]
    fn of_many_people_each_is_found_as_if_the_others_were_not_there() {
        let people = ["ana@example.test", "bo@example.test", "ana@example.test.uk"];
        let together = Needles::new(people.map(|one| [one, one])).unwrap();
        let text = "ana@example.test, <BO%40example.test>; ana@example.test.uk wrote bo@example.test";
        let found = together.find(text.as_bytes());
        let whom: Vec<Vec<usize>> = found
            .iter()
            .map(|mention| mention.people.iter().copied().collect())
            .collect();
        assert_eq!(whom, [vec![0], vec![1], vec![2], vec![1]]);
        for (place, person) in people.iter().enumerate() {
            let alone = Needles::new([[*person, *person]]).unwrap();
            let of_this = found.iter().filter(|mention| mention.people.contains(&place));
            let ranges: Vec<_> = of_this.map(|mention| mention.range.clone()).collect();
            let expected: Vec<_> = alone
                .find(text.as_bytes())
                .into_iter()
                .map(|mention| mention.range)
                .collect();
            assert_eq!(ranges, expected, "{person}");
        }
    }

    #[test]
    fn spellings_that_overlap_are_one_mention_of_both() {
        // The base64 of one text holds both addresses side by side.
        let both = BASE64.encode(b"ana@example.test,bo@example.test");
        let people = ["ana@example.test", "bo@example.test"];
        let found = Needles::new(people.map(|one| [one, one]))
            .unwrap()
            .find(both.as_bytes());
        let whom: BTreeSet<usize> = found.iter().flat_map(|mention| mention.people.clone()).collect();
        assert_eq!(whom, BTreeSet::from([0, 1]));
        assert!(found.windows(2).all(|two| two[0].range.end <= two[1].range.start));
    }
}
