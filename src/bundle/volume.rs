//! The files that a large bundle is made of. Each is a bundle that stands and is checked alone; what joins them is that
//! each receipt names the files before it, so that the signature of the last one is a signature over all.

use std::collections::BTreeSet;

use serde_json::{Value, json};
use uuid::Uuid;

use super::deflate::hex;

/// A file that is whole.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ClosedVolume {
    /// Its size.
    pub bytes: u64,
    /// SHA-256 of all of it.
    pub sha256: [u8; 32],
}

/// Which of several files this one is.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Volume {
    /// Those before it, in order.
    pub before: Vec<ClosedVolume>,
    /// Whether it is the last. Only then anybody knows how many there are.
    pub is_last: bool,
    /// Tables that have rows in other files, too.
    pub shared: BTreeSet<String>,
}

impl Volume {
    /// Its number, from 1.
    pub fn number(&self) -> usize {
        self.before.len() + 1
    }

    /// How many there are, if that is known.
    pub fn of(&self) -> Option<usize> {
        self.is_last.then(|| self.number())
    }

    /// What stands in the receipt.
    pub(super) fn value(&self) -> Value {
        let before = (1..).zip(&self.before).map(|(number, closed)| {
            json!({ "number": number, "bytes": closed.bytes, "sha256": hex(&closed.sha256) })
        });
        json!({
            "number": self.number(),
            "of": self.of(),
            "before": before.collect::<Vec<_>>(),
            "sharedTables": self.shared,
        })
    }

    /// The lines of `bag-info.txt` (RFC 8493, section 2.2.2).
    pub(super) fn bag_lines(&self, bundle: Uuid) -> String {
        let of = self.of().map_or_else(|| "?".to_owned(), |of| of.to_string());
        format!(
            "Bag-Count: {} of {of}\nBag-Group-Identifier: {bundle}\n",
            self.number()
        )
    }

    /// What the page for people says.
    pub(super) fn sentence(&self) -> String {
        let number = self.number();
        match self.of() {
            Some(of) => {
                format!("This is file {number} of {of}, the last; the bundle is all of them together.")
            }
            None => format!("This is file {number} of several; the bundle is all of them together."),
        }
    }
}
