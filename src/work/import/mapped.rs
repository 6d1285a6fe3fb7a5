//! Reads any CSV as a mapping says.
//!
//! A column that the mapping does not name is not taken, so that nothing comes in that nobody decided about. Must not
//! know where the file lies.

use super::input::{Input, Progress};
use super::label::{Fields, Glance};
use super::mapping::{Column, CustomField, Mapping};
use super::nearest;
use super::record::{Incoming, IncomingField, IncomingList, Layout, RejectReason, Rejected, Row, Warnings};
use super::table::{Step, Table};
use super::target::{Reading, TagForm, Target, without_guard};
use crate::error::{Result, quote};
use entities::value::FieldKind;

/// Rows that are looked at for the kinds of fields.
const GLANCE: usize = 500;

/// The people of a CSV.
pub struct Mapped {
    layout: Layout,
    warnings: Warnings,
    table: Option<Table>,
    mapping: Mapping,
    reading: Reading,
    roles: Vec<Role>,
    email: usize,
    status: Option<usize>,
}

/// What a column of the file is for.
enum Role {
    Ours(Target),
    Tags(TagForm),
    Field {
        index: usize,
        is_phone: bool,
        separator: Option<String>,
    },
}

impl Mapped {
    /// Finds the mapping's columns in the file.
    pub fn open(input: &Input, mapping: Mapping, progress: &Progress) -> Result<Self> {
        let glances = glances(input, &mapping)?;
        let table = Table::open(input, mapping.delimiter, mapping.encoding, progress)?;
        let plan = table
            .as_ref()
            .map(|table| plan(table, &mapping, &glances))
            .transpose()?
            .unwrap_or_default();
        let is_email = |role: &Role| matches!(role, Role::Ours(Target::Email));
        Ok(Mapped {
            layout: Layout {
                source: mapping.source.clone(),
                lists: vec![IncomingList {
                    external_id: None,
                    name: mapping.list.clone(),
                    fields: plan.fields,
                    columns_not_taken: plan.not_taken,
                }],
            },
            warnings: Warnings::default(),
            reading: Reading {
                times: mapping.times.clone(),
                tags: TagForm::Quoted,
            },
            email: plan.roles.iter().position(is_email).unwrap_or(0),
            status: plan.status,
            roles: plan.roles,
            table,
            mapping,
        })
    }

    /// One list, under the mapping's name.
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
        let row = match table.advance()? {
            Step::Row => self.person(),
            Step::Rejected(rejected) => Some(Row::Rejected(rejected)),
            Step::End => None,
        };
        Ok(row)
    }

    fn person(&mut self) -> Option<Row> {
        let table = self.table.as_ref()?;
        let address = match table.address(self.email) {
            Ok(address) => address,
            Err(rejected) => return Some(Row::Rejected(rejected)),
        };
        let mut person = Incoming::new(table.file().clone(), table.line(), address);
        for (column, role) in self.roles.iter().enumerate() {
            let cell = table.cell(column);
            match role {
                Role::Ours(target) => self.reading.put(*target, &cell, &mut person, &mut self.warnings),
                Role::Tags(form) => {
                    let reading = Reading {
                        tags: form.clone(),
                        ..self.reading.clone()
                    };
                    reading.put(Target::Tags, &cell, &mut person, &mut self.warnings);
                }
                Role::Field {
                    index,
                    is_phone,
                    separator,
                } => {
                    let values = split(&cell, separator.as_deref());
                    let clean = |value: &str| {
                        if *is_phone {
                            without_guard(value).to_owned()
                        } else {
                            value.to_owned()
                        }
                    };
                    let filled = values.into_iter().filter(|value| !value.trim().is_empty());
                    person.values.extend(filled.map(|value| (*index, clean(value))));
                }
            }
        }
        if let Err(rejected) = self.put_status(table, &mut person) {
            return Some(Row::Rejected(rejected));
        }
        Some(Row::Person(Box::new(person)))
    }

    fn put_status(&self, table: &Table, person: &mut Incoming) -> std::result::Result<(), Box<Rejected>> {
        let (Some(status), Some(column)) = (&self.mapping.status, self.status) else {
            return Ok(());
        };
        let cell = table.cell(column).trim().to_lowercase();
        let meant = status
            .values
            .iter()
            .find(|(word, _)| word.trim().to_lowercase() == cell);
        let Some(meant) = meant.map(|(_, status)| *status).or(status.otherwise) else {
            return Err(Box::new(table.reject(RejectReason::UnknownStatus, Some(column))));
        };
        person.status = Some(meant.on_list);
        person.person = meant.person;
        Ok(())
    }
}

fn split<'a>(cell: &'a str, separator: Option<&str>) -> Vec<&'a str> {
    match separator {
        Some(separator) => cell.split(separator).map(str::trim).collect(),
        None => vec![cell],
    }
}

fn glances(input: &Input, mapping: &Mapping) -> Result<Vec<Glance>> {
    let Some(mut table) = Table::open(input, mapping.delimiter, mapping.encoding, &Progress::default())?
    else {
        return Ok(Vec::new());
    };
    let mut glances = vec![Glance::default(); table.header().len()];
    for _ in 0..GLANCE {
        match table.advance()? {
            Step::Row => glances
                .iter_mut()
                .enumerate()
                .for_each(|(column, glance)| glance.look(&table.cell(column))),
            Step::Rejected(_) => {}
            Step::End => break,
        }
    }
    Ok(glances)
}

/// Every column that the mapping names must be there, once.
fn check(table: &Table, mapping: &Mapping) -> Result<()> {
    let status = mapping.status.iter().map(|status| &status.column);
    for label in mapping.columns.keys().chain(status) {
        let name = quote(label);
        match table.header().iter().filter(|column| *column == label).count() {
            1 => {}
            0 => {
                // Only a label that is nearly the one asked for is quoted, since a file without a header has people there.
                let near = nearest(label, table.header().iter().map(String::as_str));
                let hint = match near {
                    Some(near) => format!("; did you mean \"{}\"?", quote(near)),
                    None if table.header().len() == 1 => "; is the delimiter right?".to_owned(),
                    None => String::new(),
                };
                return Err(table.refuse(&format!(
                    "has no column \"{name}\", which the mapping names{hint}"
                )));
            }
            _ => return Err(table.refuse(&format!("has several columns \"{name}\"; name them apart"))),
        }
    }
    Ok(())
}

/// Tags that the mapping names go before those that are made from labels.
fn reserve_tags(table: &Table, mapping: &Mapping, fields: &mut Fields) -> Result<()> {
    for label in table.header() {
        if let Some(Column::Field(CustomField { tag: Some(tag), .. })) = mapping.columns.get(label)
            && !fields.reserve(tag)
        {
            let words = format!(
                "cannot have the tag {tag} for column \"{}\": it is reserved or taken",
                quote(label)
            );
            return Err(table.refuse(&words));
        }
    }
    Ok(())
}

/// What the columns of a file are for.
#[derive(Default)]
struct Plan {
    roles: Vec<Role>,
    status: Option<usize>,
    fields: Vec<IncomingField>,
    not_taken: Vec<String>,
}

fn plan(table: &Table, mapping: &Mapping, glances: &[Glance]) -> Result<Plan> {
    check(table, mapping)?;
    let mut fields = Fields::default();
    reserve_tags(table, mapping, &mut fields)?;
    let mut plan = Plan::default();
    let mut classes = Vec::new();
    for (label, glance) in table.header().iter().zip(glances) {
        let column = mapping.columns.get(label);
        let role = role(column, glance, &mut fields);
        if mapping
            .status
            .as_ref()
            .is_some_and(|status| status.column == *label)
        {
            plan.status = Some(plan.roles.len());
        } else if matches!(role, Role::Ours(Target::Ignore)) {
            plan.not_taken.push(label.clone());
        }
        if let Some(Column::Field(custom)) = column {
            classes.push(custom.class);
        }
        plan.roles.push(role);
    }
    // One class for each field, both in the order of the header.
    plan.fields = fields.into_fields();
    for (field, class) in plan.fields.iter_mut().zip(classes) {
        field.class = class;
    }
    Ok(plan)
}

fn role(column: Option<&Column>, glance: &Glance, fields: &mut Fields) -> Role {
    match column {
        None => Role::Ours(Target::Ignore),
        Some(Column::Ours(target)) => Role::Ours(*target),
        Some(Column::Tags(separator)) => Role::Tags(TagForm::Separated(separator.clone())),
        Some(Column::Field(field)) => {
            let guessed = match field.separator {
                Some(_) => FieldKind::MultipleChoice,
                None => glance.kind(&field.label),
            };
            let kind = field.kind.unwrap_or(guessed);
            let index = match &field.tag {
                Some(tag) => fields.add_with_tag(&field.label, tag.clone(), kind),
                None => fields.add(&field.label, kind),
            };
            Role::Field {
                index,
                is_phone: kind == FieldKind::Phone,
                separator: field.separator.clone(),
            }
        }
    }
}

#[cfg(test)]
#[path = "mapped_tests.rs"]
mod tests;
