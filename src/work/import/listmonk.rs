//! Reads the subscribers of listmonk: its export (`uuid,email,name,attributes,status,created_at,updated_at`) and the
//! shorter form that its own import takes (`email,name,attributes`).
//!
//! The status is the person's in the whole account; membership of lists and its status are in no export. Attributes
//! are a JSON object for each row, so the file is read twice: first for the names and kinds of all of them. Must not
//! know where the file lies.

use std::collections::HashMap;

use entities::value::{FieldKind, ProfileStatus, SubscriberStatus};
use serde_json::Value;

use super::input::{Input, Progress};
use super::label::{Fields, Glance};
use super::moment::TimeForm;
use super::record::{Incoming, IncomingList, Layout, RejectReason, Row, Warnings};
use super::table::{Step, Table};
use super::target::{Reading, TagForm, Target};
use crate::error::Result;

/// Different attributes in one file. Beyond it somebody keeps data under keys, such as one for each order.
const MOST_FIELDS: usize = 1000;

/// The people of an export.
pub struct Listmonk {
    layout: Layout,
    warnings: Warnings,
    table: Option<Table>,
    columns: Columns,
    known: HashMap<String, usize>,
    reading: Reading,
}

#[derive(Clone, Copy)]
struct Columns {
    email: usize,
    attributes: usize,
    status: Option<usize>,
    ours: [(Option<usize>, Target); 4],
}

/// Whether a header is listmonk's.
pub fn recognise(header: &[String]) -> bool {
    columns(header).is_some()
}

fn columns(header: &[String]) -> Option<Columns> {
    let place = |name: &str| header.iter().position(|label| label.eq_ignore_ascii_case(name));
    place("name")?;
    Some(Columns {
        email: place("email")?,
        attributes: place("attributes")?,
        status: place("status"),
        ours: [
            (place("uuid"), Target::ExternalId),
            (place("name"), Target::Name),
            (place("created_at"), Target::CreatedAt),
            (place("updated_at"), Target::UpdatedAt),
        ],
    })
}

impl Listmonk {
    /// Reads the file once for its attributes, then stands at its first row.
    pub fn open(input: &Input, delimiter: u8, progress: &Progress) -> Result<Self> {
        let mut survey = Survey::default();
        if let Some(mut table) = Table::open(input, delimiter, None, &Progress::default())? {
            let Some(columns) = columns(table.header()) else {
                return Err(table.refuse("has not the columns email, name and attributes"));
            };
            loop {
                match table.advance()? {
                    Step::Row => survey.look(&table.cell(columns.attributes)),
                    Step::Rejected(_) => {}
                    Step::End => break,
                }
            }
        }
        let table = Table::open(input, delimiter, None, progress)?;
        let header = table
            .as_ref()
            .map(|table| table.header().to_vec())
            .unwrap_or_default();
        // An empty file has no columns, and no row that would ask for them.
        let nowhere = Columns {
            email: 0,
            attributes: 0,
            status: None,
            ours: [(None, Target::Ignore); 4],
        };
        let (list, known) = survey.into_list(&header);
        Ok(Listmonk {
            layout: Layout {
                source: "listmonk".to_owned(),
                lists: vec![list],
            },
            warnings: Warnings::default(),
            columns: columns(&header).unwrap_or(nowhere),
            table,
            known,
            reading: Reading {
                times: TimeForm::Go,
                tags: TagForm::Quoted,
            },
        })
    }

    /// One list, which has no name in the file.
    pub fn layout(&self) -> &Layout {
        &self.layout
    }

    /// What was taken with a grain of salt so far.
    pub fn warnings(&self) -> &Warnings {
        &self.warnings
    }

    /// The next row.
    pub fn next(&mut self) -> Result<Option<Row>> {
        let Some(table) = &mut self.table else {
            return Ok(None);
        };
        Ok(match table.advance()? {
            Step::Row => self.person(),
            Step::Rejected(rejected) => Some(Row::Rejected(rejected)),
            Step::End => None,
        })
    }

    fn person(&mut self) -> Option<Row> {
        let Listmonk {
            table,
            columns,
            reading,
            warnings,
            known,
            ..
        } = self;
        let table = table.as_ref()?;
        let reject = |reason, column| Some(Row::Rejected(Box::new(table.reject(reason, column))));
        let address = match table.address(columns.email) {
            Ok(address) => address,
            Err(rejected) => return Some(Row::Rejected(rejected)),
        };
        let mut person = Incoming::new(table.file().clone(), table.line(), address);
        for (column, target) in columns.ours {
            if let Some(column) = column {
                reading.put(target, &table.cell(column), &mut person, warnings);
            }
        }
        if let Some(column) = columns.status
            && !put_status(&table.cell(column), &mut person)
        {
            return reject(RejectReason::UnknownStatus, columns.status);
        }
        let column = Some(columns.attributes);
        match values(&table.cell(columns.attributes), known) {
            Ok(values) => person.values = values,
            Err(reason) => return reject(reason, column),
        }
        Some(Row::Person(Box::new(person)))
    }
}

/// What listmonk's word means; false if it means nothing. Who is blocklisted there is unsubscribed from every list.
fn put_status(cell: &str, person: &mut Incoming) -> bool {
    let (state, on_list) = match cell.trim().to_lowercase().as_str() {
        "" => (None, None),
        "enabled" => (Some(SubscriberStatus::Active), None),
        "disabled" => (Some(SubscriberStatus::Disabled), None),
        "blocklisted" | "blacklisted" => (
            Some(SubscriberStatus::Blocklisted),
            Some(ProfileStatus::Unsubscribed),
        ),
        _ => return false,
    };
    (person.person, person.status) = (state, on_list);
    true
}

fn values(
    cell: &str,
    known: &HashMap<String, usize>,
) -> std::result::Result<Vec<(usize, String)>, RejectReason> {
    let mut values = Vec::new();
    let mut is_known = true;
    each_attribute(cell, |name, text, _| match known.get(name) {
        Some(index) => values.push((*index, text)),
        None => is_known = false,
    })?;
    is_known.then_some(values).ok_or(RejectReason::TooManyAttributes)
}

/// What an attribute's value looked like in JSON.
#[derive(Clone, Copy, PartialEq)]
enum Shape {
    One,
    OneOfMany,
    Json,
}

/// Flattens a JSON object: names of inner objects are joined by dots, a list of plain values is a field with several
/// values, any other list stays JSON; null is no value.
fn each_attribute(
    cell: &str,
    mut take: impl FnMut(&str, String, Shape),
) -> std::result::Result<(), RejectReason> {
    if cell.trim().is_empty() {
        return Ok(());
    }
    let object = match serde_json::from_str(cell) {
        Ok(Value::Object(object)) => object,
        Ok(Value::Null) => return Ok(()),
        _ => return Err(RejectReason::Attributes),
    };
    // Not recursive: what is nested deeply must not exhaust the stack.
    let mut pending: Vec<(String, Value)> = object.into_iter().rev().collect();
    while let Some((name, value)) = pending.pop() {
        match value {
            Value::Object(inner) => {
                let inner = inner.into_iter().rev();
                pending.extend(inner.map(|(key, value)| (format!("{name}.{key}"), value)));
            }
            Value::Array(items) if items.iter().all(|item| !item.is_object() && !item.is_array()) => {
                let texts = items.iter().filter_map(plain);
                texts.for_each(|text| take(&name, text, Shape::OneOfMany));
            }
            Value::Array(items) => take(&name, Value::Array(items).to_string(), Shape::Json),
            value => plain(&value)
                .into_iter()
                .for_each(|text| take(&name, text, Shape::One)),
        }
    }
    Ok(())
}

fn plain(value: &Value) -> Option<String> {
    match value {
        Value::Null => None,
        Value::String(text) if text.trim().is_empty() => None,
        Value::String(text) => Some(text.clone()),
        other => Some(other.to_string()),
    }
}

/// What the attributes of all rows are.
#[derive(Default)]
struct Survey {
    names: Vec<String>,
    known: HashMap<String, usize>,
    seen: Vec<Seen>,
}

#[derive(Default)]
struct Seen {
    glance: Glance,
    has_many: bool,
    has_json: bool,
}

impl Survey {
    fn look(&mut self, cell: &str) {
        // What cannot be read is set aside when its row is read.
        let _ = each_attribute(cell, |name, text, shape| {
            let index = match self.known.get(name) {
                Some(index) => *index,
                None if self.names.len() >= MOST_FIELDS => return,
                None => {
                    self.known.insert(name.to_owned(), self.names.len());
                    self.names.push(name.to_owned());
                    self.seen.push(Seen::default());
                    self.names.len() - 1
                }
            };
            if let Some(seen) = self.seen.get_mut(index) {
                seen.glance.look(&text);
                seen.has_many |= shape == Shape::OneOfMany;
                seen.has_json |= shape == Shape::Json;
            }
        });
    }

    fn into_list(self, header: &[String]) -> (IncomingList, HashMap<String, usize>) {
        let mut fields = Fields::default();
        for (name, seen) in self.names.iter().zip(&self.seen) {
            let kind = match seen {
                Seen { has_many: true, .. } => FieldKind::MultipleChoice,
                Seen { has_json: true, .. } => FieldKind::Textarea,
                Seen { glance, .. } => glance.kind(name),
            };
            fields.add(name, kind);
        }
        let known = [
            "uuid",
            "email",
            "name",
            "attributes",
            "status",
            "created_at",
            "updated_at",
        ];
        let is_known = |label: &&String| known.iter().any(|name| label.eq_ignore_ascii_case(name));
        let list = IncomingList {
            external_id: None,
            name: None,
            fields: fields.into_fields(),
            columns_not_taken: header.iter().filter(|label| !is_known(label)).cloned().collect(),
        };
        (list, self.known)
    }
}

#[cfg(test)]
#[path = "listmonk_tests.rs"]
mod tests;
