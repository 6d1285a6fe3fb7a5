//! The names that objects may have. They are ours, never a stranger's; a wrong one is a fault.

use object_store::path::Path;

use crate::error::{Fault, Result};

/// Longest name: with what is added to it while it is written, it is still one file's name.
const LONGEST: usize = 200;

/// Segments of letters, digits, `.`, `-` and `_`, joined by `/`; none begins with a dot, none is the
/// depot's own.
pub fn checked(name: &str) -> Result<Path> {
    let is_letter = |c: char| c.is_ascii_alphanumeric() || "._-".contains(c);
    let is_segment = |part: &str| !part.is_empty() && !part.starts_with('.') && part.chars().all(is_letter);
    let is_own = name.split('/').next() == Some(super::TEMPORARY);
    if name.len() > LONGEST || is_own || !name.split('/').all(is_segment) {
        return Err(
            Fault::Invariant("a name in the depot has a character or length that it may not".into()).into(),
        );
    }
    Path::parse(name).map_err(|error| Fault::Invariant(format!("a name in the depot: {error}")).into())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_cannot_leave_the_depot_nor_meet_its_own_files() {
        let cases = [
            ("exports/0190-a/bundle.zip", true),
            ("ledger", true),
            ("", false),
            ("/etc/passwd", false),
            ("a//b", false),
            ("a/", false),
            ("../a", false),
            ("a/../b", false),
            (".hidden", false),
            ("a/.hidden", false),
            ("a b", false),
            ("a#1", false),
            ("a%2f", false),
            ("a\\b", false),
            ("ä", false),
            ("temporary/a", false),
            ("temporary", false),
        ];
        for (name, is_taken) in cases {
            assert_eq!(checked(name).is_ok(), is_taken, "{name:?}");
        }
        assert!(checked(&"a".repeat(200)).is_ok());
        assert!(checked(&"a".repeat(201)).is_err());
        assert!(checked(&["a".repeat(100), "a".repeat(100)].join("/")).is_err());
    }
}
