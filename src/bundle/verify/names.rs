//! Whether names of entries are safe to unpack anywhere. Pure.

use std::collections::{BTreeMap, BTreeSet};

use super::directory::Entry;
use crate::bundle::finding::{Code, Findings};

/// Reports names that are unsafe, twice there, or clash on some system.
pub(super) fn check(entries: &[Entry], findings: &mut Findings) {
    let mut seen = BTreeSet::new();
    let mut folded: BTreeMap<String, &str> = BTreeMap::new();
    for Entry { name, .. } in entries {
        if !is_safe(name) {
            findings.file(
                Code::ZipNameUnsafe,
                name,
                "the name could lead elsewhere, or some systems cannot have it",
            );
        }
        if !seen.insert(name.as_str()) {
            findings.file(Code::ZipNameTwice, name, "two entries have this name");
        } else if folded.insert(name.to_lowercase(), name).is_some() {
            findings.file(
                Code::ZipNameClash,
                name,
                "the name differs from another by case alone",
            );
        }
    }
    for name in &seen {
        let is_folder = name
            .match_indices('/')
            .any(|(at, _)| folded.contains_key(&name[..at].to_lowercase()));
        if is_folder {
            findings.file(
                Code::ZipNameClash,
                name,
                "a part of the name is a file of its own",
            );
        }
    }
}

/// Reports names that are there twice.
pub(super) fn check_once(entries: &[Entry], findings: &mut Findings) {
    let mut seen = BTreeSet::new();
    for Entry { name, .. } in entries {
        if !seen.insert(name.as_str()) {
            findings.file(Code::ZipNameTwice, name, "two entries have this name");
        }
    }
}

/// Relative, `/` between parts, each of plain ASCII letters, digits, `.`, `_` and `-`, none of them hidden or reserved.
fn is_safe(name: &str) -> bool {
    name.len() <= 200 && name.split('/').all(is_safe_part)
}

fn is_safe_part(part: &str) -> bool {
    let stem = part.split('.').next().unwrap_or_default().to_ascii_uppercase();
    let is_device = matches!(stem.as_str(), "CON" | "PRN" | "AUX" | "NUL")
        || (stem.len() == 4 && (stem.starts_with("COM") || stem.starts_with("LPT")));
    !part.is_empty()
        && !part.starts_with('.')
        && !part.ends_with('.')
        && !is_device
        && part
            .bytes()
            .all(|byte| byte.is_ascii_alphanumeric() || matches!(byte, b'.' | b'_' | b'-'))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_names_that_every_system_can_have_in_place_are_safe() {
        for name in ["README.txt", "data/csv/a_b.csv", "signatures/key.pem"] {
            assert!(is_safe(name), "{name}");
        }
        for name in [
            "",
            "/etc/passwd",
            "../x",
            "a/../b",
            "a//b",
            "a/",
            "a\\b",
            "C:x",
            "a\0b",
            "a b",
            "ä",
            ".hidden",
            "a.",
            "nul.txt",
            "com1",
            "./a",
        ] {
            assert!(!is_safe(name), "{name}");
        }
    }
}
