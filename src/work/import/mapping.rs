//! The file in which somebody says what the columns of any CSV mean.
//!
//! Refuses a word that it does not know and names the nearest that it does. Must not know how the CSV is read.

use std::collections::BTreeMap;
use std::path::Path;

use chrono::FixedOffset;
use entities::value::{FieldClass, FieldKind, ProfileStatus, SubscriberStatus};
use sea_orm::{ActiveEnum, Iterable};
use serde::de::{Error as _, MapAccess, Visitor, value::MapAccessDeserializer};
use serde::{Deserialize, Deserializer};

use super::label::is_tag;
use super::moment::TimeForm;
use super::target::Target;
use super::{nearest, text};
use crate::error::{Code, Error, Refusal, Result, quote};

/// A mapping that holds together.
#[derive(Clone, Debug)]
pub struct Mapping {
    /// Where the rows come from, for the column `source`.
    pub source: String,
    /// The list that they go to.
    pub list: Option<String>,
    /// Between the cells.
    pub delimiter: u8,
    /// Of the file, if it is neither UTF-8 nor marked.
    pub encoding: Option<&'static encoding_rs::Encoding>,
    /// How times are written.
    pub times: TimeForm,
    /// What each column is, by label.
    pub columns: BTreeMap<String, Column>,
    /// Where the status stands and what its words mean.
    pub status: Option<StatusColumn>,
}

/// What a column is.
#[derive(Clone, Debug)]
pub enum Column {
    /// A field of ours.
    Ours(Target),
    /// Tags, separated by a text.
    Tags(String),
    /// A custom field.
    Field(CustomField),
}

/// A custom field.
#[derive(Clone, Debug)]
pub struct CustomField {
    /// As people see it.
    pub label: String,
    /// Merge tag, if not the one made from the label.
    pub tag: Option<String>,
    /// What it holds, if not what its first cells look like.
    pub kind: Option<FieldKind>,
    /// Class of personal data; undecided counts as special.
    pub class: Option<FieldClass>,
    /// Between the values of one cell, if it can hold several.
    pub separator: Option<String>,
}

/// What a word of the status column means.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Status {
    /// On the list.
    pub on_list: ProfileStatus,
    /// In the whole account.
    pub person: Option<SubscriberStatus>,
}

/// Where the status stands.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct StatusColumn {
    /// The column's label.
    pub column: String,
    /// What each of its words means; capitals do not matter.
    pub values: BTreeMap<String, Status>,
    /// What all other words mean; without it their rows are rejected.
    pub otherwise: Option<Status>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Written {
    source: String,
    list: Option<String>,
    #[serde(default)]
    delimiter: Delimiter,
    encoding: Option<String>,
    dates: Option<String>,
    offset: Option<String>,
    columns: BTreeMap<String, Column>,
    status: Option<StatusColumn>,
}

struct Delimiter(u8);

impl Mapping {
    /// Reads a mapping file.
    pub fn read(path: &Path) -> Result<Mapping> {
        let name = quote(&path.display().to_string());
        let text = std::fs::read_to_string(path);
        let text =
            text.map_err(|error| refuse(format!("the mapping {name} cannot be read: {}", error.kind())))?;
        Mapping::parse(&text, &name)
    }

    /// Reads the text of a mapping; `name` is for messages.
    pub fn parse(text: &str, name: &str) -> Result<Mapping> {
        let written: Written = toml::from_str(text).map_err(|error| explain(&error, text, name))?;
        let fault = |words: String| refuse(format!("the mapping {name} {words}"));
        let offset = match &written.offset {
            Some(offset) => offset.parse::<FixedOffset>().map_err(|_| {
                fault(format!(
                    "has offset = \"{}\"; write it like \"+01:00\"",
                    quote(offset)
                ))
            })?,
            None => chrono::Offset::fix(&chrono::Utc),
        };
        if let Some(format) = written
            .dates
            .as_ref()
            .filter(|format| !TimeForm::is_format(format))
        {
            return Err(fault(format!(
                "has dates = \"{}\"; write it like \"%d.%m.%Y %H:%M\"",
                quote(format)
            )));
        }
        check_columns(&written).map_err(fault)?;
        Ok(Mapping {
            source: written.source,
            list: written.list,
            delimiter: written.delimiter.0,
            encoding: written.encoding.as_deref().map(text::encoding).transpose()?,
            times: TimeForm::Mapped {
                format: written.dates,
                offset,
            },
            columns: written.columns,
            status: written.status,
        })
    }
}

fn check_columns(written: &Written) -> std::result::Result<(), String> {
    if written.source.trim().is_empty() {
        return Err("has an empty source; name the system that the rows come from".to_owned());
    }
    let fills = |target: Target| {
        let columns = written.columns.iter();
        columns
            .filter(move |(_, column)| matches!(column, Column::Ours(ours) if *ours == target))
            .count()
    };
    if fills(Target::Email) != 1 {
        return Err(format!(
            "must give exactly one column to email, and gives {}",
            fills(Target::Email)
        ));
    }
    for (label, column) in &written.columns {
        let label = quote(label);
        match column {
            Column::Ours(Target::Ignore | Target::OptOutReason | Target::Tags) | Column::Tags(_) => {}
            Column::Ours(target) if fills(*target) > 1 => {
                return Err(format!(
                    "gives column \"{label}\" to a field that another column has as well"
                ));
            }
            Column::Field(CustomField { tag: Some(tag), .. }) if !is_tag(tag) => {
                return Err(format!(
                    "gives column \"{label}\" a tag that is not like SHOE_SIZE"
                ));
            }
            Column::Ours(_) | Column::Field(_) => {}
        }
    }
    match &written.status {
        Some(status) if written.columns.contains_key(&status.column) => Err(format!(
            "names column \"{}\" under columns and as status",
            quote(&status.column)
        )),
        _ => Ok(()),
    }
}

/// Says what is wrong in our words, with the line and the nearest word that is known.
fn explain(error: &toml::de::Error, text: &str, name: &str) -> Error {
    let line = error
        .span()
        .map(|span| text.get(..span.start).unwrap_or_default().matches('\n').count() + 1);
    let place = line.map(|line| format!(" (line {line})")).unwrap_or_default();
    let message = error.message();
    let mut words = message.split('`').skip(1).step_by(2);
    let is_unknown = message.starts_with("unknown");
    let near = words
        .next()
        .filter(|_| is_unknown)
        .and_then(|word| nearest(word, words));
    let hint = near
        .map(|near| format!("; did you mean {near}?"))
        .unwrap_or_default();
    let message = message.replace('`', "\"").replace('\n', " ");
    let message: String = message.chars().take(600).collect();
    refuse(format!("the mapping {name}{place}: {message}{hint}"))
}

fn refuse(message: String) -> Error {
    Refusal::new(Code::InvalidFile, message).into()
}

/// A word of one of the closed sets of values.
fn word<'de, D: Deserializer<'de>, E: ActiveEnum<Value = String> + Iterable>(
    deserializer: D,
) -> std::result::Result<Option<E>, D::Error> {
    let text = String::deserialize(deserializer)?;
    E::try_from_value(&text).map(Some).map_err(|_| {
        let known = E::iter().map(|value| value.to_value());
        D::Error::custom(unknown_word(&text, known))
    })
}

fn unknown_word(text: &str, known: impl Iterator<Item = String>) -> String {
    let known: Vec<String> = known.map(|word| format!("`{word}`")).collect();
    format!(
        "unknown word `{}`, expected one of {}",
        quote(text),
        known.join(", ")
    )
}

impl<'de> Deserialize<'de> for Status {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> std::result::Result<Self, D::Error> {
        let text = String::deserialize(deserializer)?;
        if text == "blocklisted" {
            return Ok(Status {
                on_list: ProfileStatus::Unsubscribed,
                person: Some(SubscriberStatus::Blocklisted),
            });
        }
        let on_list = ProfileStatus::try_from_value(&text).map_err(|_| {
            let known = ProfileStatus::iter().map(|status| status.to_value());
            D::Error::custom(unknown_word(&text, known.chain(["blocklisted".to_owned()])))
        })?;
        Ok(Status {
            on_list,
            person: None,
        })
    }
}

impl Default for Delimiter {
    fn default() -> Self {
        Delimiter(b',')
    }
}

impl<'de> Deserialize<'de> for Delimiter {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> std::result::Result<Self, D::Error> {
        match String::deserialize(deserializer)?.as_bytes() {
            b"tab" => Ok(Delimiter(b'\t')),
            [byte] if byte.is_ascii() && !byte.is_ascii_alphanumeric() && !b"\"\n\r\0".contains(byte) => {
                Ok(Delimiter(*byte))
            }
            _ => Err(D::Error::custom(
                "delimiter must be one ASCII character such as \";\", or \"tab\"",
            )),
        }
    }
}

/// `"email"`, `{ tags = "|" }` or `{ field = "Shoe size", … }`.
impl<'de> Deserialize<'de> for Column {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> std::result::Result<Self, D::Error> {
        struct ColumnVisitor;

        #[derive(Deserialize)]
        #[serde(deny_unknown_fields)]
        struct WrittenColumn {
            tags: Option<String>,
            field: Option<String>,
            tag: Option<String>,
            #[serde(default, deserialize_with = "word")]
            kind: Option<FieldKind>,
            #[serde(default, deserialize_with = "word")]
            class: Option<FieldClass>,
            separator: Option<String>,
        }

        impl<'de> Visitor<'de> for ColumnVisitor {
            type Value = Column;

            fn expecting(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                f.write_str("a field's name such as \"email\", or a table such as { field = \"Shoe size\" }")
            }

            fn visit_str<E: serde::de::Error>(self, text: &str) -> std::result::Result<Column, E> {
                Target::deserialize(serde::de::value::StrDeserializer::new(text)).map(Column::Ours)
            }

            fn visit_map<A: MapAccess<'de>>(self, map: A) -> std::result::Result<Column, A::Error> {
                let written = WrittenColumn::deserialize(MapAccessDeserializer::new(map))?;
                let is_empty = |text: &Option<String>| text.as_ref().is_some_and(String::is_empty);
                if is_empty(&written.tags) || is_empty(&written.separator) {
                    return Err(A::Error::custom("a separator must not be empty"));
                }
                match (written.tags, written.field) {
                    (Some(separator), None) => Ok(Column::Tags(separator)),
                    (None, Some(label)) => Ok(Column::Field(CustomField {
                        label,
                        tag: written.tag,
                        kind: written.kind,
                        class: written.class,
                        separator: written.separator,
                    })),
                    _ => Err(A::Error::custom(
                        "a column's table must have either field or tags",
                    )),
                }
            }
        }

        deserializer.deserialize_any(ColumnVisitor)
    }
}

#[cfg(test)]
#[path = "mapping_tests.rs"]
mod tests;
