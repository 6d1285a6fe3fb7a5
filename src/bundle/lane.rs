//! The lanes: the formats in which the same rows can lie in a bundle, and what the descriptor says of each.

use std::collections::BTreeSet;

use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

use super::descriptor::PROFILES;

/// A format of the rows, ordered by where its files lie.
#[derive(Copy, Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "UPPERCASE")]
pub enum Lane {
    /// For people and spreadsheets.
    Csv,
    /// As exact as [`Lane::Ndjson`], for programs that read one document.
    Json,
    /// Exact; a line is a row.
    Ndjson,
    /// A workbook for people; long texts are cut off in it.
    Xlsx,
}

impl Lane {
    /// Every lane.
    pub const ALL: [Lane; 4] = [Lane::Csv, Lane::Json, Lane::Ndjson, Lane::Xlsx];

    /// The word for each in requests and receipts, and what it is good for.
    pub const WORDS: [(&'static str, &'static str); 4] = [
        ("CSV", "For people and spreadsheets."),
        (
            "JSON",
            "As exact as NDJSON: one array for each resource, for programs that read one document.",
        ),
        ("NDJSON", "Exact, a row a line; the one that imports read."),
        (
            "XLSX",
            "A workbook for each resource. A cell holds 32767 characters at most, so that it comes only beside another format.",
        ),
    ];

    /// The word in requests and receipts.
    pub fn word(self) -> &'static str {
        Lane::WORDS[self as usize].0
    }

    /// Whether nothing of a value is lost in it, so that a JSON Schema can be given.
    pub(super) fn is_exact(self) -> bool {
        match self {
            Lane::Json | Lane::Ndjson => true,
            Lane::Csv | Lane::Xlsx => false,
        }
    }

    /// Where the file lies.
    pub(super) fn path(self, table: &str) -> String {
        let ending = self.word().to_ascii_lowercase();
        format!("data/{ending}/{table}.{ending}")
    }

    /// The resource's name in the descriptor.
    pub(super) fn resource(self, table: &str) -> String {
        match self.suffix() {
            "" => table.to_owned(),
            suffix => format!("{table}-{suffix}"),
        }
    }

    /// The table and the lane of a resource's name. No table has a hyphen in its name.
    pub(super) fn of_resource(name: &str) -> Option<(&str, Lane)> {
        let (table, _) = name.split_once('-').unwrap_or((name, ""));
        let lane = Lane::ALL.into_iter().find(|lane| lane.resource(table) == name)?;
        Some((table, lane))
    }

    fn suffix(self) -> &'static str {
        match self {
            Lane::Csv => "",
            Lane::Json => "array",
            Lane::Ndjson => "exact",
            Lane::Xlsx => "workbook",
        }
    }

    /// The dialect, as it must stand in the descriptor.
    pub(super) fn dialect(self) -> Option<Value> {
        match self {
            Lane::Csv => Some(json!({
                "$schema": format!("{PROFILES}/tabledialect.json"), "delimiter": ",", "quoteChar": "\"",
                "doubleQuote": true, "lineTerminator": "\r\n", "header": true,
            })),
            Lane::Json | Lane::Ndjson => Some(json!({ "json": { "keyed": true } })),
            Lane::Xlsx => None,
        }
    }

    /// The media type.
    pub(super) fn media_type(self) -> &'static str {
        match self {
            Lane::Csv => "text/csv",
            Lane::Json => "application/json",
            Lane::Ndjson => "application/x-ndjson",
            Lane::Xlsx => "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
        }
    }

    /// The encoding of a lane that is text.
    pub(super) fn encoding(self) -> Option<&'static str> {
        (self != Lane::Xlsx).then_some("utf-8")
    }

    /// `type`, if it is stated, and `format`.
    ///
    /// Two lanes are described as files and not as tables, in formats that frictionless 5.21 leaves alone but for size and
    /// sum: of a JSON array it cannot count the bytes, and calls the size wrong ("actual is None"); for a workbook it
    /// needs an extra that its users rarely have. An exact lane without a line is text to it: it stops at an empty NDJSON
    /// file ("generator raised StopIteration", its `JsonlParser`). The profile has no other type than `table`.
    pub(super) fn form(self, bytes: u64) -> (Option<&'static str>, &'static str) {
        match self {
            Lane::Csv => (Some("table"), "csv"),
            Lane::Json => (None, "json-array"),
            Lane::Ndjson if bytes == 0 => (None, "txt"),
            Lane::Ndjson => (Some("table"), "ndjson"),
            Lane::Xlsx => (None, "workbook"),
        }
    }
}

/// The lanes of a bundle.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Lanes(BTreeSet<Lane>);

impl Lanes {
    /// Whether a bundle has this one.
    pub fn has(&self, lane: Lane) -> bool {
        self.0.contains(&lane)
    }

    /// In the order of their files.
    pub fn iter(&self) -> impl Iterator<Item = Lane> {
        self.0.iter().copied()
    }

    /// Whether every value is whole in one of them; what has only lanes that lose something is no bundle.
    pub fn are_enough(&self) -> bool {
        self.iter().any(|lane| lane != Lane::Xlsx)
    }

    /// Whether one of them is exact.
    pub(super) fn have_schemas(&self) -> bool {
        self.iter().any(Lane::is_exact)
    }
}

impl FromIterator<Lane> for Lanes {
    fn from_iter<I: IntoIterator<Item = Lane>>(lanes: I) -> Self {
        Lanes(lanes.into_iter().collect())
    }
}

impl Default for Lanes {
    fn default() -> Self {
        [Lane::Csv, Lane::Ndjson].into_iter().collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_lane_is_found_again_by_its_word_and_by_its_resource() {
        for lane in Lane::ALL {
            assert_eq!(json!(lane), lane.word());
            assert_eq!(
                Lane::of_resource(&lane.resource("list_fields")),
                Some(("list_fields", lane))
            );
        }
        assert_eq!(Lane::of_resource("lists-else"), None);
        assert_eq!(Lane::of_resource("lists-"), None);
    }

    #[test]
    fn a_workbook_alone_is_no_bundle() {
        assert!(!Lanes::from_iter([]).are_enough());
        assert!(!Lanes::from_iter([Lane::Xlsx]).are_enough());
        assert!(Lanes::from_iter([Lane::Csv, Lane::Xlsx]).are_enough());
    }
}
