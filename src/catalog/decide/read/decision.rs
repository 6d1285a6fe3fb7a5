//! One decision at a time: about a group of columns, a column, a reference.

use serde::de::DeserializeOwned;
use toml::{Table, Value};

use super::super::faults::{Faults, PolicyFaultKind as Kind};
use super::told;
use crate::catalog::policy::{ColumnPolicy, ExportWord, NonePolicy, ReferencePolicy, RetainPolicy};
use crate::catalog::resource::{Class, Mask};
use crate::error::quote;

pub(super) fn none_groups(name: &str, groups: Option<Value>, faults: &mut Faults) -> Vec<NonePolicy> {
    let groups = match groups {
        None => return Vec::new(),
        Some(Value::Array(groups)) => groups,
        Some(_) => {
            faults.table(
                Kind::TableMalformed,
                name,
                "has a none that is no list; write none = [{ columns = [\"id\"], export = [\"account\"] }]",
            );
            return Vec::new();
        }
    };
    let mut read = Vec::new();
    for group in groups {
        if let Some(Err(text)) = group.as_table().map(exports) {
            let first = group
                .get("columns")
                .and_then(|columns| columns.get(0))
                .and_then(Value::as_str)
                .unwrap_or("none");
            faults.column(Kind::ExportUnknown, name, &quote(first), text);
            continue;
        }
        match group.try_into() {
            Ok(group) => read.push(group),
            Err(error) => faults.table(
                Kind::TableMalformed,
                name,
                format_args!(
                    "has a group in none that cannot be read: {}; a group has columns and export",
                    told(&error)
                ),
            ),
        }
    }
    read
}

pub(super) fn column(table: &str, name: &str, value: Value, faults: &mut Faults) -> Option<ColumnPolicy> {
    let shown = quote(name);
    let Value::Table(decision) = value else {
        faults.column(
            Kind::ColumnMalformed,
            table,
            &shown,
            "has a value that is no decision; write `{ class = …, export = […], erase = … }`",
        );
        return None;
    };
    if !words_stand(table, &shown, &decision, faults) {
        return None;
    }
    Value::Table(decision)
        .try_into()
        .map_err(|error| {
            faults.column(
                Kind::ColumnMalformed,
                table,
                &shown,
                format_args!("cannot be read: {}", told(&error)),
            )
        })
        .ok()
}

/// Whether every word of a decision is one that there is, and none is missing.
fn words_stand(table: &str, name: &str, decision: &Table, faults: &mut Faults) -> bool {
    let checks = [
        (Kind::ClassUnknown, word::<Class>(decision, "class")),
        (Kind::MaskUnknown, word::<Mask>(decision, "mask")),
        (Kind::ExportUnknown, exports(decision)),
        (Kind::EraseUnknown, erase_form(decision, "erase")),
    ];
    let mut stands = true;
    for (kind, outcome) in checks {
        if let Err(text) = outcome {
            faults.column(kind, table, name, text);
            stands = false;
        }
    }
    for key in ["class", "export", "erase"]
        .into_iter()
        .filter(|key| !decision.contains_key(*key))
    {
        faults.column(
            Kind::ColumnMalformed,
            table,
            name,
            format_args!(
                "does not decide {key}; class, export and erase are decided for every column, each by itself"
            ),
        );
        stands = false;
    }
    stands
}

pub(super) fn reference(
    table: &str,
    name: &str,
    value: Value,
    faults: &mut Faults,
) -> Option<ReferencePolicy> {
    let shown = quote(name);
    let Value::Table(decision) = value else {
        faults.reference(
            Kind::ReferenceMalformed,
            table,
            &shown,
            "has a value that is no decision; write `{ on_erase = … }`",
        );
        return None;
    };
    if let Err(text) = erase_form(&decision, "on_erase") {
        faults.reference(Kind::OnEraseUnknown, table, &shown, text);
        return None;
    }
    Value::Table(decision)
        .try_into()
        .map_err(|error| {
            faults.reference(
                Kind::ReferenceMalformed,
                table,
                &shown,
                format_args!("cannot be read: {}", told(&error)),
            );
        })
        .ok()
}

/// Whether the value of `key`, if there is one, is a word of `T`; the message names the words there are.
pub(super) fn word<T: DeserializeOwned>(decision: &Table, key: &str) -> Result<(), String> {
    let Some(value) = decision.get(key) else {
        return Ok(());
    };
    match value.clone().try_into::<T>() {
        Ok(_) => Ok(()),
        Err(error) => Err(format!("has an unknown word in {key}: {}", told(&error))),
    }
}

fn exports(decision: &Table) -> Result<(), String> {
    let Some(value) = decision.get("export") else {
        return Ok(());
    };
    match value.clone().try_into::<Vec<ExportWord>>() {
        Ok(_) => Ok(()),
        Err(error) => Err(format!("has an unknown word in export: {}", told(&error))),
    }
}

/// An untagged choice of serde's says only that nothing matched; this says what is wrong.
fn erase_form(decision: &Table, key: &str) -> Result<(), String> {
    match decision.get(key) {
        None | Some(Value::String(_)) => Ok(()),
        Some(table @ Value::Table(_)) => match table.clone().try_into::<RetainPolicy>() {
            Ok(_) => Ok(()),
            Err(error) => Err(format!("has an {key} that cannot be read: {}", told(&error))),
        },
        Some(_) => Err(format!(
            "has an {key} that is neither a word nor {{ retain, from, for, then }}"
        )),
    }
}
