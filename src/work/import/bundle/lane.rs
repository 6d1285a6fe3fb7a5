//! One table of a bundle against the catalog: where each column's value stands, and in which order tables can be taken
//! in. Knows no rows.

use std::collections::BTreeSet;

use super::decided::{Taken, counters, is_counter, taken};
use crate::bundle::{FieldKind, Table};
use crate::catalog::{Catalog, Column, ColumnId, Resource, ResourceId};
use crate::cell::Kind;
use crate::error::{Code, Refusal, quote};

/// A table that is in a bundle.
#[derive(Clone, Debug)]
pub(super) struct Lane {
    pub(super) resource: ResourceId,
    pub(super) table: String,
    pub(super) taken: Taken,
    pub(super) rows: u64,
    /// Columns that come from the bundle, each with its place in the bundle's rows.
    columns: Vec<(ColumnId, usize)>,
    /// Secrets, each with the place that says whether there is one.
    pub(super) secrets: Vec<(ColumnId, usize)>,
    /// The place of the row's account.
    pub(super) account: Option<usize>,
}

/// What is read of a table, and when.
#[derive(Copy, Clone, Debug, PartialEq, Eq)]
pub(super) enum Pass {
    /// The rows, without counters.
    Rows,
    /// The counters alone, of the same rows.
    Counters,
}

impl Lane {
    /// Fits a table to the resource of its name. Refused: a table or column that is not known here, one that lacks what
    /// no row can be without, and values of another kind, as a gateway of another version may have made them.
    pub(super) fn of(
        catalog: &Catalog,
        table: &Table,
        rows: u64,
        is_operator: bool,
    ) -> Result<Lane, Refusal> {
        let other = |what: String| {
            let message =
                format!("the bundle was made by another version: {what}; export again with this version");
            Refusal::new(Code::SchemaMismatch, message)
        };
        let name = quote(&table.name);
        let resource = catalog
            .by_table(&table.name)
            .ok_or_else(|| other(format!("there is no table {name} here")))?;
        let mut lane = Lane {
            resource: resource.id,
            table: table.name.clone(),
            taken: taken(resource, is_operator),
            rows,
            columns: Vec::new(),
            secrets: Vec::new(),
            account: None,
        };
        for (place, field) in table.fields.iter().enumerate() {
            let unfit = || {
                other(format!(
                    "{name}.{} is unknown or of another kind here",
                    quote(&field.name)
                ))
            };
            if let Some(column) = resource.find(&field.name).filter(|column| !column.is_secret()) {
                if !fits(column, &field.kind) {
                    return Err(unfit());
                }
                match column.name.as_str() {
                    "account_id" => lane.account = Some(place),
                    _ => lane.columns.push((column.id, place)),
                }
                continue;
            }
            let secret = field
                .name
                .strip_suffix("_is_set")
                .and_then(|name| resource.find(name));
            let secret = secret.filter(|column| column.is_secret()).ok_or_else(unfit)?;
            lane.secrets.push((secret.id, place));
        }
        let lacking = resource.columns.iter().find(|column| {
            let has = lane.columns.iter().any(|(id, _)| *id == column.id);
            !column.nullable
                && !has
                && !column.is_secret()
                && !is_counter(column)
                && column.name != "account_id"
        });
        match lacking {
            Some(column) if !matches!(lane.taken, Taken::Left(_)) => {
                Err(other(format!("{name} lacks {}", column.name)))
            }
            _ => Ok(lane),
        }
    }

    /// The columns that a pass writes, each with its place in the bundle's rows; a secret that no row can be without has
    /// none, because nobody has it.
    pub(super) fn columns(&self, resource: &Resource, pass: Pass) -> Vec<(ColumnId, Option<usize>)> {
        let is_left_out = |id: &ColumnId| {
            let column = resource.column(*id);
            // The database sets counters to zero and counts.
            let is_counted = is_counter(column) && self.taken == Taken::Rows && pass == Pass::Rows;
            is_counted || (resource.table == "users" && column.name == "identity_issuer")
        };
        let given = self.columns.iter().filter(|(id, _)| !is_left_out(id));
        let given = given.map(|(id, place)| (*id, Some(*place)));
        let secrets = resource
            .columns
            .iter()
            .filter(|column| column.is_secret() && !column.nullable);
        given.chain(secrets.map(|column| (column.id, None))).collect()
    }

    /// Where a column's value stands in the bundle's rows.
    pub(super) fn place(&self, column: ColumnId) -> Option<usize> {
        let found = self.columns.iter().find(|(id, _)| *id == column);
        found.map(|(_, place)| *place)
    }

    /// Whether a second pass has something to set.
    pub(super) fn has_counters(&self, resource: &Resource) -> bool {
        self.taken == Taken::Rows && counters(resource).next().is_some()
    }
}

fn fits(column: &Column, kind: &FieldKind) -> bool {
    match (column.kind, kind) {
        (Kind::Bool, FieldKind::Boolean)
        | (Kind::Int, FieldKind::Integer)
        | (Kind::Text, FieldKind::Text)
        | (Kind::Uuid, FieldKind::Uuid)
        | (Kind::Instant, FieldKind::Instant)
        | (Kind::Json, FieldKind::Json)
        | (Kind::Bytes, FieldKind::Bytes) => true,
        (Kind::Enum, FieldKind::Words(words)) => words.iter().all(|word| column.words.contains(word)),
        _ => false,
    }
}

/// Puts tables behind those that they refer to. Tables that refer to each other in a circle would come last; the
/// catalog has none, which a test says.
pub(super) fn in_order(catalog: &Catalog, lanes: Vec<Lane>) -> Vec<Lane> {
    let mut waiting = lanes;
    let mut ordered: Vec<Lane> = Vec::with_capacity(waiting.len());
    while !waiting.is_empty() {
        let missing: BTreeSet<ResourceId> = waiting.iter().map(|lane| lane.resource).collect();
        let is_ready = |lane: &Lane| {
            let references = &catalog.get(lane.resource).references;
            references
                .iter()
                .all(|reference| reference.target == lane.resource || !missing.contains(&reference.target))
        };
        let (mut ready, rest): (Vec<Lane>, Vec<Lane>) = waiting.into_iter().partition(is_ready);
        waiting = rest;
        match ready.is_empty() {
            true => ordered.append(&mut waiting),
            false => ordered.append(&mut ready),
        }
    }
    ordered
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::catalog::DEFAULT_POLICY;
    use crate::plan::slice::{BundleKind, bundle_columns};

    fn lanes(catalog: &Catalog) -> Vec<Lane> {
        let resources = catalog
            .resources()
            .filter(|resource| !bundle_columns(resource, BundleKind::Account).is_empty());
        resources
            .map(|resource| Lane {
                resource: resource.id,
                table: resource.table.clone(),
                taken: taken(resource, true),
                rows: 0,
                columns: Vec::new(),
                secrets: Vec::new(),
                account: None,
            })
            .collect()
    }

    #[test]
    fn every_table_comes_behind_those_it_refers_to() {
        let catalog = Catalog::load(DEFAULT_POLICY).unwrap();
        let ordered = in_order(&catalog, lanes(&catalog));
        for (place, lane) in ordered.iter().enumerate() {
            for reference in &catalog.get(lane.resource).references {
                let target = ordered
                    .iter()
                    .position(|other| other.resource == reference.target);
                let table = &lane.table;
                assert!(
                    target.is_some_and(|target| target < place),
                    "{table} refers to what is not there before it"
                );
            }
        }
    }

    #[test]
    fn a_table_that_is_taken_has_every_column_in_its_bundle_that_no_row_can_be_without() {
        let catalog = Catalog::load(DEFAULT_POLICY).unwrap();
        for lane in lanes(&catalog)
            .iter()
            .filter(|lane| !matches!(lane.taken, Taken::Left(_)))
        {
            let resource = catalog.get(lane.resource);
            let exported = bundle_columns(resource, BundleKind::Account);
            for column in resource.columns.iter().filter(|column| !column.nullable) {
                assert!(
                    exported.contains(&column.id) || column.is_secret(),
                    "{}.{} would be lost",
                    lane.table,
                    column.name
                );
            }
        }
    }
}
