//! What a table of a bundle looks like: its columns, their kinds, keys and what was decided about them.
//!
//! Must not know where the description comes from: the engine that exports turns the catalog into these values.

use std::collections::BTreeSet;

use super::folders;
use crate::error::{Fault, Result};

/// One table, in the order in which its columns stand in the files.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Table {
    /// Lower-case ASCII letters, digits and `_`, beginning with a letter; names the files.
    pub name: String,
    /// For people; may be empty.
    pub title: String,
    /// For people; may be empty.
    pub description: String,
    /// At least one.
    pub fields: Vec<Field>,
    /// Names of required fields that together occur once; may be empty.
    pub primary_key: Vec<String>,
    /// Only those whose target rows are all in the bundle: a person's bundle may refer to rows that are not, and then
    /// the reference must not be declared here. A reference is looked at when none of its fields is null; other
    /// validators also look at partly null ones, so leave out a shared tenant column where the other part is nullable.
    pub foreign_keys: Vec<ForeignKey>,
    /// Texts that lie as files besides, in a folder for each row, which its id names; may be empty.
    pub files: Vec<RowFile>,
}

/// A text of each row that is a file of its own.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct RowFile {
    /// The field, of text or JSON.
    pub field: String,
    /// The file's name: lower-case letters, a point, lower-case letters.
    pub name: String,
}

/// One column.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Field {
    /// ASCII letters, digits and `_`, beginning with a letter.
    pub name: String,
    /// What its values are.
    pub kind: FieldKind,
    /// Whether null is impossible.
    pub required: bool,
    /// Whether no value but null occurs twice.
    pub unique: bool,
    /// For people; may be empty.
    pub description: String,
    /// Class of personal data; may be empty.
    pub class: String,
    /// Legal basis; may be empty.
    pub basis: String,
    /// Purpose; may be empty.
    pub purpose: String,
    /// Where the data came from; may be empty.
    pub source: String,
    /// Until when it is kept, in words or as a date; may be empty.
    pub retained_until: String,
}

/// What the values of a column are.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub enum FieldKind {
    /// Any text.
    #[default]
    Text,
    /// A whole number of 64 bits; beyond 2^53 it stands in NDJSON as a string, because most readers would round it.
    Integer,
    /// `true` or `false`.
    Boolean,
    /// RFC 3339 in UTC with `Z`.
    Instant,
    /// A UUID, lower case with hyphens.
    Uuid,
    /// One of these words.
    Words(Vec<String>),
    /// A JSON document: itself in NDJSON, its text in CSV.
    Json,
    /// Bytes, as base64.
    Bytes,
}

/// A reference from fields of one table to fields of another, or of the same.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct ForeignKey {
    /// Fields of the referring table.
    pub fields: Vec<String>,
    /// Name of the table referred to.
    pub table: String,
    /// Fields of that table, as many as `fields`.
    pub target: Vec<String>,
}

impl FieldKind {
    /// The word for this kind in the descriptor's `x-kind`.
    pub fn word(&self) -> &'static str {
        match self {
            FieldKind::Text => "text",
            FieldKind::Integer => "integer",
            FieldKind::Boolean => "boolean",
            FieldKind::Instant => "instant",
            FieldKind::Uuid => "uuid",
            FieldKind::Words(_) => "words",
            FieldKind::Json => "json",
            FieldKind::Bytes => "bytes",
        }
    }

    /// The type and format that Table Schema has for it.
    pub fn table_schema_type(&self) -> (&'static str, Option<&'static str>) {
        match self {
            FieldKind::Text | FieldKind::Words(_) | FieldKind::Bytes => ("string", None),
            FieldKind::Uuid => ("string", Some("uuid")),
            FieldKind::Integer => ("integer", None),
            FieldKind::Boolean => ("boolean", None),
            FieldKind::Instant => ("datetime", None),
            FieldKind::Json => ("any", None),
        }
    }

    /// Whether its values can begin with a character that a spreadsheet takes for a formula, so that the CSV lane
    /// escapes them. Numbers and instants never are: an apostrophe would turn them into text.
    pub fn is_escaped(&self) -> bool {
        match self {
            FieldKind::Text | FieldKind::Words(_) | FieldKind::Json | FieldKind::Bytes => true,
            FieldKind::Integer | FieldKind::Boolean | FieldKind::Instant | FieldKind::Uuid => false,
        }
    }
}

impl Table {
    /// Where a field stands in a row.
    pub fn position(&self, field: &str) -> Option<usize> {
        self.fields.iter().position(|candidate| candidate.name == field)
    }

    /// Where the fields stand in a row, if all of them exist.
    pub fn positions(&self, fields: &[String]) -> Option<Vec<usize>> {
        fields.iter().map(|field| self.position(field)).collect()
    }

    /// Whether the description can be written: names that are safe as file names and keys, fields that exist.
    pub fn check(&self) -> Result<()> {
        if !is_table_name(&self.name) {
            return Err(broken("a table's name is not of a-z, 0-9 and _"));
        }
        if self.fields.is_empty() {
            return Err(broken(format!("table {} has no fields", self.name)));
        }
        let mut seen = BTreeSet::new();
        for field in &self.fields {
            if !is_field_name(&field.name) {
                return Err(broken(format!(
                    "table {} has a field whose name is not of letters, digits and _",
                    self.name
                )));
            }
            if !seen.insert(field.name.as_str()) {
                return Err(broken(format!(
                    "field {}.{} is described twice",
                    self.name, field.name
                )));
            }
        }
        if !folders::is_sound(self) {
            return Err(broken(format!(
                "the files of table {} do not fit its fields",
                self.name
            )));
        }
        self.check_keys()
    }

    fn check_keys(&self) -> Result<()> {
        for name in &self.primary_key {
            match self.position(name) {
                Some(position) if self.fields[position].required => {}
                Some(_) => {
                    return Err(broken(format!("key field {}.{name} is not required", self.name)));
                }
                None => {
                    return Err(broken(format!(
                        "table {} has no field {name} for its key",
                        self.name
                    )));
                }
            }
        }
        for key in &self.foreign_keys {
            let fits = !key.fields.is_empty()
                && key.fields.len() == key.target.len()
                && self.positions(&key.fields).is_some()
                && is_table_name(&key.table)
                && key.target.iter().all(|name| is_field_name(name));
            if !fits {
                return Err(broken(format!(
                    "a reference of table {} names fields that do not fit",
                    self.name
                )));
            }
        }
        Ok(())
    }
}

fn broken(message: impl Into<String>) -> crate::error::Error {
    Fault::Invariant(message.into()).into()
}

/// Lower case only, so that two tables never differ by case alone on a disk that ignores it.
pub(super) fn is_table_name(name: &str) -> bool {
    name.len() <= 64
        && name.starts_with(|c: char| c.is_ascii_lowercase())
        && name
            .chars()
            .all(|c| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '_')
}

pub(super) fn is_field_name(name: &str) -> bool {
    name.len() <= 64
        && name.starts_with(|c: char| c.is_ascii_alphabetic())
        && name.chars().all(|c| c.is_ascii_alphanumeric() || c == '_')
}

#[cfg(test)]
mod tests {
    use super::*;

    fn table(name: &str, fields: &[(&str, bool)], key: &[&str]) -> Table {
        Table {
            name: name.into(),
            fields: fields
                .iter()
                .map(|(name, required)| Field {
                    name: (*name).into(),
                    required: *required,
                    ..Field::default()
                })
                .collect(),
            primary_key: key.iter().map(|name| (*name).into()).collect(),
            ..Table::default()
        }
    }

    #[test]
    fn a_description_that_cannot_be_written_is_refused() {
        let cases = [
            ("a sound one", table("lists", &[("id", true)], &["id"]), true),
            ("a path as name", table("../lists", &[("id", true)], &[]), false),
            ("upper case", table("Lists", &[("id", true)], &[]), false),
            ("no fields", table("lists", &[], &[]), false),
            (
                "a field twice",
                table("lists", &[("id", true), ("id", true)], &[]),
                false,
            ),
            (
                "a field with a quote",
                table("lists", &[("i\"d", true)], &[]),
                false,
            ),
            (
                "a key that is not there",
                table("lists", &[("id", true)], &["uid"]),
                false,
            ),
            (
                "a key that may be null",
                table("lists", &[("id", false)], &["id"]),
                false,
            ),
        ];
        for (what, table, sound) in cases {
            assert_eq!(table.check().is_ok(), sound, "{what}");
        }
    }
}
