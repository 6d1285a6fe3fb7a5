//! From the file's text to decisions, stanza by stanza: a slip in one decision leaves the others readable,
//! and its message names table and column, which reading the file in one go could not.

mod decision;

use std::collections::{BTreeMap, HashSet};

use toml::{Table, Value};

use super::faults::{Faults, PolicyFaultKind as Kind};
use super::{deprecations, holds};
use crate::catalog::deprecation::Deprecation;
use crate::catalog::policy::{AddressWord, OwnerWord, TablePolicy};
use crate::catalog::resource::{Area, Hold, Settings};
use crate::catalog::shape::TableShape;
use crate::error::quote;

/// What could be read.
pub(super) struct Decisions {
    /// `None` only beside a fault.
    pub(super) settings: Option<Settings>,
    pub(super) descriptions: BTreeMap<String, String>,
    pub(super) deprecations: Vec<Deprecation>,
    pub(super) holds: Vec<Hold>,
    /// Stanzas that could be read.
    pub(super) tables: BTreeMap<String, TablePolicy>,
    /// Decisions that are there but could not be read, so that they are not called missing, too.
    pub(super) broken: HashSet<Place>,
}

/// Where a decision that could not be read stands.
#[derive(PartialEq, Eq, Hash)]
pub(super) enum Place {
    Table(String),
    Column(String, String),
    Reference(String, String),
}

/// Reads the file; `None` when not even its outline could be read.
pub(super) fn file(text: &str, shapes: &[TableShape], faults: &mut Faults) -> Option<Decisions> {
    let mut root: Table = match toml::from_str(text) {
        Ok(root) => root,
        Err(error) => {
            not_toml(text, &error, faults);
            return None;
        }
    };
    let settings = settings(root.remove("settings"), faults);
    let descriptions = descriptions(root.remove("descriptions"), faults);
    let deprecations = deprecations::decided(root.remove("deprecations"), faults);
    let holds = holds::decided(root.remove("holds"), shapes, faults);
    let Some(Value::Table(stanzas)) = root.remove("tables") else {
        faults.file(
            Kind::FileMalformed,
            "there is no [tables]; each table has a stanza [tables.NAME]",
        );
        return None;
    };
    for key in root.keys() {
        let key = quote(key);
        faults.file(
            Kind::FileMalformed,
            format_args!(
                "the key {key} is not known; the file has settings, descriptions, deprecations, holds and tables"
            ),
        );
    }
    let mut decisions = Decisions {
        settings,
        descriptions,
        deprecations,
        holds,
        tables: BTreeMap::new(),
        broken: HashSet::new(),
    };
    read_stanzas(stanzas, shapes, &mut decisions, faults);
    Some(decisions)
}

fn read_stanzas(stanzas: Table, shapes: &[TableShape], decisions: &mut Decisions, faults: &mut Faults) {
    for (name, stanza) in stanzas {
        if !shapes.iter().any(|shape| shape.name == name) {
            faults.table(
                Kind::TableUnknown,
                &quote(&name),
                "is decided but does not exist; remove its stanza or mend its name",
            );
            continue;
        }
        match table(&name, stanza, &mut decisions.broken, faults) {
            Some(policy) => {
                decisions.tables.insert(name, policy);
            }
            None => {
                decisions.broken.insert(Place::Table(name));
            }
        }
    }
}

fn descriptions(value: Option<Value>, faults: &mut Faults) -> BTreeMap<String, String> {
    let value = value.unwrap_or(Value::Table(Table::new()));
    value.try_into().unwrap_or_else(|error| {
        let text = format!("[descriptions] holds something that is no text: {}", told(&error));
        faults.file(Kind::FileMalformed, text);
        BTreeMap::new()
    })
}

/// The parser knows the line alone; the header above it and the key on it say table and column.
fn not_toml(text: &str, error: &toml::de::Error, faults: &mut Faults) {
    let at = error.span().map_or(0, |span| span.start).min(text.len());
    let before = text.get(..at).unwrap_or(text);
    let number = before.matches('\n').count() + 1;
    let line = text.lines().nth(number - 1).unwrap_or_default();
    let header = before
        .lines()
        .rev()
        .find_map(|line| line.trim().strip_prefix('[')?.strip_suffix(']'));
    let mut parts = header.unwrap_or_default().split('.');
    let table = parts
        .next()
        .filter(|part| *part == "tables")
        .and_then(|_| parts.next());
    let column = table
        .and(line.split_once('='))
        .map(|(key, _)| key.trim())
        .filter(|key| !key.is_empty());
    let place = match (table, column) {
        (Some(table), Some(column)) => format!(" at {}.{}", quote(table), quote(column)),
        (Some(table), None) => format!(" in table {}", quote(table)),
        _ => String::new(),
    };
    let text = format!(
        "line {number}{place}: {}; the file is TOML 1.0, and a key stands once",
        told(error)
    );
    faults.place(Kind::NotToml, table, column, text);
}

fn settings(value: Option<Value>, faults: &mut Faults) -> Option<Settings> {
    let Some(value) = value else {
        faults.file(Kind::SettingWrong, "there is no [settings]");
        return None;
    };
    let settings: Settings = value
        .try_into()
        .map_err(|error| faults.file(Kind::SettingWrong, format_args!("[settings]: {}", told(&error))))
        .ok()?;
    let ranges = [
        ("bundle_days", settings.bundle_days, 1, 90),
        ("plan_hours", settings.plan_hours, 1, 720),
        ("erasure_record_months", settings.erasure_record_months, 24, 1_200),
        ("recipient_days", settings.recipient_days, 1, 90),
        ("token_minutes", settings.token_minutes, 1, 60),
        ("small_cell", settings.small_cell, 2, 100),
        ("invitation_days", settings.invitation_days, 1, 90),
        ("upload_mebibytes", settings.upload_mebibytes, 1, 1_048_576),
        ("upload_hours", settings.upload_hours, 1, 168),
        ("open_uploads", settings.open_uploads, 1, 1_000),
        ("delete_rows", settings.delete_rows, 1, 1_000_000),
        ("unconfirmed_days", settings.unconfirmed_days, 1, 365),
        ("retrieval_days", settings.retrieval_days, 30, 365),
        ("backup_days", settings.backup_days, 1, 3_650),
        ("fence_sweep_minutes", settings.fence_sweep_minutes, 1, 60),
    ];
    for (name, value, least, most) in ranges {
        if !(least..=most).contains(&value) {
            faults.file(
                Kind::SettingWrong,
                format_args!("the setting {name} is {value}; it lies between {least} and {most}"),
            );
        }
    }
    Some(settings)
}

fn table(name: &str, stanza: Value, broken: &mut HashSet<Place>, faults: &mut Faults) -> Option<TablePolicy> {
    let Value::Table(mut stanza) = stanza else {
        faults.table(
            Kind::TableMalformed,
            name,
            "has no stanza but a value; write [tables.NAME]",
        );
        return None;
    };
    let columns = inner(name, "columns", &mut stanza, faults);
    let references = inner(name, "references", &mut stanza, faults);
    let groups = stanza.remove("none");
    let mut policy = outline(name, stanza, faults)?;
    policy.none = decision::none_groups(name, groups, faults);
    for (key, value) in columns {
        match decision::column(name, &key, value, faults) {
            Some(decision) => {
                policy.columns.insert(key, decision);
            }
            None => {
                broken.insert(Place::Column(name.to_string(), key));
            }
        }
    }
    for (key, value) in references {
        match decision::reference(name, &key, value, faults) {
            Some(decision) => {
                policy.references.insert(key, decision);
            }
            None => {
                broken.insert(Place::Reference(name.to_string(), key));
            }
        }
    }
    Some(policy)
}

/// The stanza without its columns and references.
fn outline(name: &str, stanza: Table, faults: &mut Faults) -> Option<TablePolicy> {
    let mut fault = |text: String| faults.table(Kind::TableMalformed, name, text);
    decision::word::<OwnerWord>(&stanza, "owner")
        .map_err(&mut fault)
        .ok()?;
    decision::word::<Area>(&stanza, "area").map_err(&mut fault).ok()?;
    decision::word::<AddressWord>(&stanza, "on_address")
        .map_err(&mut fault)
        .ok()?;
    let outline = Value::Table(stanza).try_into();
    outline
        .map_err(|error| fault(format!("cannot be read: {}", told(&error))))
        .ok()
}

fn inner(name: &str, key: &str, stanza: &mut Table, faults: &mut Faults) -> Table {
    match stanza.remove(key) {
        None => Table::new(),
        Some(Value::Table(table)) => table,
        Some(_) => {
            faults.table(
                Kind::TableMalformed,
                name,
                format_args!("has {key} that are no table; write [tables.{name}.{key}]"),
            );
            Table::new()
        }
    }
}

/// What the parser says, without its picture of the line.
pub(super) fn told(error: &toml::de::Error) -> String {
    quote_line(error.message())
}

fn quote_line(message: &str) -> String {
    message
        .chars()
        .take(400)
        .map(|c| if c.is_control() { ' ' } else { c })
        .collect()
}
