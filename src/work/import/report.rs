//! What an import is asked to do, and what it did. Must not know how.

use std::path::PathBuf;

use serde_json::{Value, json};

use super::follow::Counts;
use super::merge::{Outcome, Remarks};
use super::resolve::ListReport;
use super::source::Source;

/// How many rejected rows a report names; all of them stand in the rejects file.
const SAMPLES: usize = 20;

/// What to import, and how.
#[derive(Clone, Debug, Default)]
pub struct Settings {
    /// The file.
    pub source: Source,
    /// How it is read.
    pub reading: super::Options,
    /// The list that its people go to, by name or id; else as the file says, else named like the file.
    pub list: Option<String>,
    /// Tell what would happen, and write nothing.
    pub dry_run: bool,
    /// Where rows go that cannot be taken. A dry run writes no file.
    pub rejects: Option<PathBuf>,
}

/// What an import did, or a dry run would do. Each row counts once.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Report {
    /// Rows of the file.
    pub read: u64,
    /// Rows about somebody new, or new on the list.
    pub added: u64,
    /// Rows that changed something.
    pub changed: u64,
    /// Rows that said nothing new.
    pub unchanged: u64,
    /// Rows about people who must not be mailed: taken, but never subscribed; erased ones, and those
    /// whose data may be kept and not used, not at all.
    pub suppressed: u64,
    /// Rows that cannot be taken.
    pub rejected: u64,
    /// The lists.
    pub lists: Vec<ListReport>,
    /// The first rejected rows: file, line, reason.
    pub samples: Vec<(String, u64, String)>,
    /// The rejects file, if there is one.
    pub rejects: Option<PathBuf>,
    /// One sentence for each thing that the asker should know.
    pub warnings: Vec<String>,
}

impl Report {
    /// What is known of an import that goes on.
    pub(super) fn of(earlier: &Counts) -> Report {
        Report {
            read: earlier.rows,
            added: earlier.added,
            changed: earlier.changed,
            unchanged: earlier.unchanged,
            suppressed: earlier.suppressed,
            rejected: earlier.rejected,
            ..Report::default()
        }
    }

    /// What there is to know beside the counts, for programs.
    pub fn details(&self) -> Value {
        json!({
            "lists": self.lists.iter().map(|list| json!({
                "id": list.id, "name": list.name, "isNew": list.is_new, "newFields": list.new_fields,
            })).collect::<Vec<_>>(),
            "samples": self.samples.iter().map(|(file, line, reason)| json!({
                "file": file, "line": line, "reason": reason,
            })).collect::<Vec<_>>(),
            "warnings": self.warnings,
        })
    }

    pub(super) fn count(&mut self, tally: Tally) {
        self.added += tally.added;
        self.changed += tally.changed;
        self.unchanged += tally.unchanged;
        self.suppressed += tally.suppressed;
    }

    pub(super) fn sample(&mut self, file: &str, line: u64, reason: String) {
        if self.samples.len() < SAMPLES {
            self.samples.push((file.to_owned(), line, reason));
        }
    }
}

/// What a batch came to.
#[derive(Default)]
pub(super) struct Tally {
    pub(super) added: u64,
    pub(super) changed: u64,
    pub(super) unchanged: u64,
    pub(super) suppressed: u64,
    pub(super) held: u64,
    pub(super) without_status: u64,
    /// Places of the rows about erased people.
    pub(super) erased: Vec<usize>,
    /// Places of the rows about people whose data may be kept and not used.
    pub(super) restricted: Vec<usize>,
}

impl Tally {
    pub(super) fn add(&mut self, place: usize, outcome: Outcome, remarks: Remarks) {
        match outcome {
            Outcome::Added => self.added += 1,
            Outcome::Changed => self.changed += 1,
            Outcome::Unchanged => self.unchanged += 1,
            Outcome::Suppressed => self.suppressed += 1,
            Outcome::Erased => {
                self.suppressed += 1;
                self.erased.push(place);
            }
            Outcome::Restricted => {
                self.suppressed += 1;
                self.restricted.push(place);
            }
        }
        self.held += u64::from(remarks.is_held);
        self.without_status += u64::from(remarks.has_no_status);
    }
}
