//! The references of a table and what is decided about each.

use super::faults::{Faults, PolicyFaultKind as Kind};
use super::join::Stanza;
use super::names;
use super::read::Place;
use super::retain;
use super::walk;
use crate::catalog::policy::{ErasePolicy, ReferencePolicy};
use crate::catalog::resource::{Column, OnErase, Reference};
use crate::catalog::shape::{ReferenceShape, TableShape};
use crate::error::quote;

impl Stanza<'_> {
    /// The references, in the order of the entity; those that could not be read are left out.
    pub(super) fn references(&self, columns: &[Column], faults: &mut Faults) -> Vec<Reference> {
        let mut references = Vec::new();
        for shape in &self.table.references {
            let table = self.table.name;
            let column = shape.column;
            let Some(policy) = self.policy.references.get(column) else {
                let broken = Place::Reference(table.to_string(), column.to_string());
                if !self.decisions.broken.contains(&broken) {
                    let target = &shape.table;
                    faults.reference(
                        Kind::ReferenceUndecided,
                        table,
                        column,
                        format_args!("to {target} has no decision; add `{column} = {{ on_erase = \"cascade\" }}` (or unlink, reassign, block, {{ retain, from, for, then }}) to [tables.{table}.references]"),
                    );
                }
                continue;
            };
            if let Some(reference) = self.reference(shape, policy, columns, faults) {
                references.push(reference);
            }
        }
        references
    }

    fn reference(
        &self,
        shape: &ReferenceShape,
        policy: &ReferencePolicy,
        columns: &[Column],
        faults: &mut Faults,
    ) -> Option<Reference> {
        let column = columns.iter().find(|column| column.name == shape.column)?;
        let description = self.wording(shape.column, policy, faults);
        Some(Reference {
            column: column.id,
            target: walk::resource_id(walk::table(self.shapes, &shape.table).ok()?),
            within_account: shape.within_account,
            field: policy
                .field
                .clone()
                .unwrap_or_else(|| names::reference_field(shape.column)),
            inverse: policy.inverse.clone(),
            on_erase: self.on_erase(shape.column, column, &policy.on_erase, faults)?,
            description,
            inverse_description: policy.inverse_description.clone(),
        })
    }

    /// The words for readers and GraphQL; returns the description.
    fn wording(&self, column: &str, policy: &ReferencePolicy, faults: &mut Faults) -> String {
        let table = self.table.name;
        let description = policy
            .description
            .clone()
            .or_else(|| self.decisions.descriptions.get(column).cloned())
            .unwrap_or_default();
        if description.is_empty() {
            faults.reference(
                Kind::DescriptionMissing,
                table,
                column,
                "has no description; add `description = \"…\"`: what the row referred to is to this one",
            );
        }
        if policy.inverse.is_some() && !self.policy.in_api {
            faults.reference(
                Kind::ReferenceMalformed,
                self.table.name,
                column,
                "has an inverse, but its table is not in the API; take `inverse` away, or write `in_api = true`",
            );
        }
        if policy.inverse.is_some() != policy.inverse_description.is_some() {
            faults.reference(
                Kind::DescriptionMissing,
                table,
                column,
                "has an inverse without inverse_description, or the other way about; write both",
            );
        }
        for name in [&policy.field, &policy.inverse]
            .into_iter()
            .flatten()
            .filter(|name| !names::is_field_name(name))
        {
            faults.reference(
                Kind::NameMalformed,
                table,
                column,
                format_args!(
                    "makes the field {}; a field's name is like `openCount`",
                    quote(name)
                ),
            );
        }
        description
    }

    fn on_erase(
        &self,
        name: &str,
        column: &Column,
        policy: &ErasePolicy,
        faults: &mut Faults,
    ) -> Option<OnErase> {
        let table = self.table.name;
        let word = match policy {
            ErasePolicy::Word(word) => word.as_str(),
            ErasePolicy::Retain(policy) => {
                return retain::decided(self.table, name, policy, faults).map(OnErase::Retain);
            }
        };
        let Some(on_erase) = on_erase_word(word) else {
            let word = quote(word);
            faults.reference(Kind::OnEraseUnknown, table, name, format_args!("has the on_erase {word}, which is not known; it is one of cascade, unlink, reassign, block, or {{ retain, from, for, then }}"));
            return None;
        };
        if on_erase == OnErase::Unlink && !column.nullable {
            faults.reference(
                Kind::UnlinkNeedsNull,
                table,
                name,
                "may not be NULL, so it cannot be unlinked; write `on_erase = \"cascade\"` or `\"block\"`",
            );
        }
        if on_erase == OnErase::Reassign && self.table.unique.iter().any(|key| key.contains(&name)) {
            faults.reference(Kind::ReassignBreaksUnique, table, name, "is part of a unique key, where two reassigned rows would be equal; write `on_erase = \"cascade\"` or `\"unlink\"`");
        }
        Some(on_erase)
    }
}

/// The strategy of that word.
pub(super) fn on_erase_word(word: &str) -> Option<OnErase> {
    match word {
        "cascade" => Some(OnErase::Cascade),
        "unlink" => Some(OnErase::Unlink),
        "reassign" => Some(OnErase::Reassign),
        "block" => Some(OnErase::Block),
        _ => None,
    }
}

/// A referring column needs no words of its own: the reference has them. All others do.
pub(super) fn describe(
    table: &TableShape,
    columns: &mut [Column],
    references: &[Reference],
    faults: &mut Faults,
) {
    for column in columns.iter_mut().filter(|column| column.description.is_empty()) {
        if let Some(reference) = references.iter().find(|reference| reference.column == column.id) {
            column.description = format!("Id behind `{}`. {}", reference.field, reference.description);
            continue;
        }
        // A reference that could not be read has its own fault.
        if !table
            .references
            .iter()
            .any(|reference| reference.column == column.name)
        {
            let (table, name) = (table.name, &column.name);
            faults.column(
                Kind::DescriptionMissing,
                table,
                name,
                format_args!(
                    "has no description; add `description = \"…\"` to its decision, or `{name} = \"…\"` to [tables.{table}.descriptions]"
                ),
            );
        }
    }
}
