//! What keeps parts of an erased account for as long as it is open: a table, a column and the words with which a row is
//! open; and the columns that are kept by it.

use toml::{Table, Value};

use super::faults::{Faults, PolicyFaultKind as Kind};
use super::read::told;
use super::walk;
use crate::catalog::policy::HoldPolicy;
use crate::catalog::resource::{ColumnErase, Hold, HoldId, OnErase, Owner, Resource};
use crate::catalog::shape::TableShape;
use crate::error::quote;

/// The holds of the file, in the order of their names.
pub(super) fn decided(value: Option<Value>, shapes: &[TableShape], faults: &mut Faults) -> Vec<Hold> {
    let entries = match value {
        None => Table::new(),
        Some(Value::Table(entries)) => entries,
        Some(_) => {
            faults.file(Kind::HoldWrong, "holds is no table; write [holds.NAME]");
            Table::new()
        }
    };
    let mut holds = Vec::new();
    for (name, value) in entries {
        match hold(&name, value, shapes) {
            Ok(hold) => holds.push(hold),
            Err(text) => faults.file(Kind::HoldWrong, format_args!("the hold {} {text}", quote(&name))),
        }
    }
    holds
}

fn hold(name: &str, value: Value, shapes: &[TableShape]) -> Result<Hold, String> {
    let policy: HoldPolicy = value.try_into().map_err(|error| {
        let example = "reason, table, column, values and description";
        format!("cannot be read: {}; a hold has {example}", told(&error))
    })?;
    if policy.reason.trim().is_empty() || policy.description.trim().is_empty() {
        return Err("has an empty reason or description; name the claim, and say what is open".to_owned());
    }
    let place = walk::table(shapes, &policy.table)?;
    let table = &shapes[place];
    if !table.has_account() {
        return Err(format!(
            "looks at {}, which is no account's; name another table",
            table.name
        ));
    }
    let column = walk::column_id(table, &policy.column)?;
    let words = &table.columns[usize::from(column.0)].words;
    if policy.values.is_empty() || !policy.values.iter().all(|value| words.contains(value)) {
        let words = words.join(", ");
        return Err(format!(
            "has values that {}.{} does not hold; its words are: {words}",
            table.name, policy.column
        ));
    }
    Ok(Hold {
        name: name.to_owned(),
        reason: policy.reason,
        resource: walk::resource_id(place),
        column,
        values: policy.values,
        description: policy.description,
    })
}

/// The hold of that name.
pub(super) fn named(holds: &[Hold], name: &str) -> Option<HoldId> {
    let place = holds.iter().position(|hold| hold.name == name)?;
    u16::try_from(place).ok().map(HoldId)
}

/// Checks the columns that are kept: there is something to keep them from, in a row that outlasts the account; and that
/// what they wait for outlasts it, too.
pub(super) fn check(resources: &[Resource], holds: &[Hold], faults: &mut Faults) {
    let stays = |resource: &Resource| {
        let mut references = resource.references.iter();
        resource.owner == Owner::Itself
            || references.any(|reference| {
                let is_to_the_account = resources[usize::from(reference.target.0)].owner == Owner::Itself;
                is_to_the_account && matches!(reference.on_erase, OnErase::Retain(_))
            })
    };
    for resource in resources {
        for column in &resource.columns {
            let Some(hold) = column.held_by.map(|id| &holds[usize::from(id.0)]) else {
                continue;
            };
            let mut fault =
                |text: String| faults.column(Kind::HoldWrong, &resource.table, &column.name, text);
            let is_changed = !matches!(
                column.erase,
                ColumnErase::WithRow | ColumnErase::Retain(_) | ColumnErase::Scan
            );
            if !stays(resource) || !is_changed {
                fault(format!(
                    "is held by {}, but an account's erasure would not change it in a row that stays; take `held_by` away",
                    hold.name
                ));
            }
            let open = &resources[usize::from(hold.resource.0)];
            if !stays(open) {
                fault(format!(
                    "is held by {}, which looks at {}: those rows go with the account; retain them, or take `held_by` away",
                    hold.name, open.table
                ));
            }
        }
    }
}
