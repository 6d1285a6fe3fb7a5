//! Tables and their stanzas, put together: every column and every reference of the one has its decision in
//! the other, once, and nothing is decided that does not exist.

use std::collections::BTreeMap;

use super::column::{self, Decision};
use super::faults::{Faults, PolicyFaultKind as Kind};
use super::names;
use super::read::{Decisions, Place};
use super::reference;
use super::walk;
use crate::catalog::policy::{AddressWord, OwnerWord, TablePolicy};
use crate::catalog::resource::{Column, Owner, Resource};
use crate::catalog::shape::TableShape;
use crate::error::quote;

/// The resources, in the order of the shapes; complete only when no fault was found.
pub(super) fn resources(shapes: &[TableShape], decisions: &Decisions, faults: &mut Faults) -> Vec<Resource> {
    let mut resources = Vec::new();
    for (place, table) in shapes.iter().enumerate() {
        let name = table.name;
        match decisions.tables.get(name) {
            Some(policy) => resources.push(Stanza { shapes, place, table, policy, decisions }.resource(faults)),
            None if decisions.broken.contains(&Place::Table(name.to_string())) => {}
            None => faults.table(
                Kind::TableUndecided,
                name,
                format_args!(
                    "has no stanza; add `[tables.{name}]` with name, description, owner, area and in_api, and decide its columns ({}) and references ({})",
                    table.columns.len(),
                    table.references.len()
                ),
            ),
        }
    }
    descriptions(shapes, &decisions.descriptions, faults);
    resources
}

fn descriptions(shapes: &[TableShape], descriptions: &BTreeMap<String, String>, faults: &mut Faults) {
    for name in descriptions.keys() {
        if !shapes.iter().any(|table| table.column(name).is_some()) {
            let name = quote(name);
            faults.place(
                Kind::DescriptionUnknown,
                None,
                Some(&name),
                format_args!("[descriptions] describes the column {name}, which no table has; remove it"),
            );
        }
    }
}

/// A table, its stanza, and what both may refer to.
pub(super) struct Stanza<'a> {
    pub(super) shapes: &'a [TableShape],
    pub(super) place: usize,
    pub(super) table: &'a TableShape,
    pub(super) policy: &'a TablePolicy,
    pub(super) decisions: &'a Decisions,
}

impl Stanza<'_> {
    fn resource(&self, faults: &mut Faults) -> Resource {
        let policy = self.policy;
        if policy.description.trim().is_empty() {
            faults.table(
                Kind::DescriptionMissing,
                self.table.name,
                "has an empty description; say what one row is",
            );
        }
        if policy.at_root && !policy.in_api {
            faults.table(
                Kind::TableMalformed,
                self.table.name,
                "is at_root and not in_api; write `in_api = true`, or take at_root away",
            );
        }
        self.unknown_columns(faults);
        self.unknown(faults);
        let mut columns = self.columns(faults);
        let references = self.references(&columns, faults);
        reference::describe(self.table, &mut columns, &references, faults);
        Resource {
            id: walk::resource_id(self.place),
            table: self.table.name.to_string(),
            name: policy.name.clone(),
            plural: names::camel(self.table.name),
            description: policy.description.clone(),
            owner: self.owner(faults),
            area: policy.area,
            in_api: policy.in_api,
            at_root: policy.at_root,
            columns,
            references,
            matches: self.matches(faults),
            subject: self.subject(faults),
            rows_go: false,
            orphans: policy.orphans.clone(),
            scope: self.scope(faults),
            operators_only: self.operators_only(faults),
            keep: self.keep(faults),
            removal: self.removal(faults),
            unique: self.keys(&self.table.unique),
            indexes: self.keys(&self.table.indexes),
        }
    }

    fn owner(&self, faults: &mut Faults) -> Owner {
        let owner = match self.policy.owner {
            OwnerWord::Account => Owner::Account,
            OwnerWord::Itself => Owner::Itself,
            OwnerWord::Members => Owner::Members,
            OwnerWord::Shared => Owner::Shared,
            OwnerWord::Global => Owner::Global,
        };
        if (owner == Owner::Account) != self.table.has_account() {
            let way_out = if self.table.has_account() {
                "has account_id in its key and another owner; write `owner = \"account\"`"
            } else {
                "has no account_id in its key and the owner account; write `itself`, `members`, `shared` or `global`"
            };
            faults.table(Kind::OwnerDoesNotFit, self.table.name, way_out);
        }
        owner
    }

    /// Decisions about columns that do not exist, or are decided elsewhere.
    fn unknown_columns(&self, faults: &mut Faults) {
        let table = self.table.name;
        let grouped = self.policy.none.iter().flat_map(|group| &group.columns);
        let broken = self.decisions.broken.iter().filter_map(|place| match place {
            Place::Column(of, column) if of == table => Some(column),
            _ => None,
        });
        let mut seen: BTreeMap<&str, usize> = BTreeMap::new();
        for name in grouped.chain(self.policy.columns.keys()).chain(broken) {
            *seen.entry(name).or_default() += 1;
        }
        for (name, times) in seen {
            let shown = quote(name);
            if self.table.column(name).is_none() {
                faults.column(
                    Kind::ColumnUnknown,
                    table,
                    &shown,
                    "is decided but does not exist; remove its decision or mend its name",
                );
            } else if times > 1 {
                faults.column(
                    Kind::ColumnDecidedTwice,
                    table,
                    &shown,
                    format_args!(
                        "is decided {times} times; keep one decision, in none or in [tables.{table}.columns]"
                    ),
                );
            }
        }
    }

    /// Decisions and descriptions of what does not exist.
    fn unknown(&self, faults: &mut Faults) {
        let table = self.table.name;
        for name in self.policy.references.keys().filter(|name| !self.refers(name)) {
            faults.reference(
                Kind::ReferenceUnknown,
                table,
                &quote(name),
                "is decided but is no foreign key; remove its decision or mend its name",
            );
        }
        for name in self
            .policy
            .descriptions
            .keys()
            .filter(|name| self.table.column(name).is_none())
        {
            faults.column(
                Kind::DescriptionUnknown,
                table,
                &quote(name),
                "is described but does not exist; remove its description",
            );
        }
    }

    fn refers(&self, column: &str) -> bool {
        self.table
            .references
            .iter()
            .any(|reference| reference.column == column)
    }

    fn columns(&self, faults: &mut Faults) -> Vec<Column> {
        let mut columns = Vec::new();
        for (place, shape) in self.table.columns.iter().enumerate() {
            let group = self
                .policy
                .none
                .iter()
                .find(|group| group.columns.iter().any(|name| name == shape.name));
            let decision = match (self.policy.columns.get(shape.name), group) {
                (Some(policy), _) => Decision::Own(policy),
                (None, Some(group)) => Decision::Grouped(group),
                (None, None) => {
                    self.undecided(shape.name, faults);
                    continue;
                }
            };
            let place = column::Place {
                shapes: self.shapes,
                table: self.table,
                column: shape,
                id: walk::nth_column(place),
                descriptions: &self.decisions.descriptions,
                own_descriptions: &self.policy.descriptions,
                holds: &self.decisions.holds,
            };
            columns.push(column::decided(&place, &decision, faults));
        }
        columns
    }

    fn undecided(&self, column: &str, faults: &mut Faults) {
        let table = self.table.name;
        if self
            .decisions
            .broken
            .contains(&Place::Column(table.to_string(), column.to_string()))
        {
            return;
        }
        faults.column(
            Kind::ColumnUndecided,
            table,
            column,
            format_args!(
                "has no decision; add `{column} = {{ class = \"…\", purpose = \"…\", basis = \"…\", source = \"…\", export = [], erase = \"…\", mask = \"hide\", description = \"…\" }}` to [tables.{table}.columns], or list it in none"
            ),
        );
    }

    fn keys(&self, keys: &[Vec<&'static str>]) -> Vec<Vec<crate::catalog::ColumnId>> {
        keys.iter()
            .map(|key| {
                key.iter()
                    .filter_map(|name| walk::column_id(self.table, name).ok())
                    .collect()
            })
            .collect()
    }
}

/// For each resource, whether rows that are found by an address go.
pub(super) fn gone_by_address(resources: &[Resource], decisions: &Decisions) -> Vec<bool> {
    let goes = |resource: &Resource| {
        let policy = decisions.tables.get(&resource.table);
        policy.and_then(|policy| policy.on_address) == Some(AddressWord::Cascade)
    };
    resources.iter().map(goes).collect()
}
