//! What becomes of one row of a bundle: it is written as it is, with references that lead nowhere here cut, or it is not
//! written because it is about somebody who was erased. Pure.

use std::collections::{HashMap, HashSet};

use uuid::Uuid;

use super::decided::{Taken, taken};
use super::lane::Lane;
use crate::catalog::{Catalog, ColumnId, OnErase, Reference, Resource, ResourceId, Step, SubjectPath};
use crate::cell::Cell;

/// The rows here that stand for people and what the platform shows to all; `None`: there is none here.
pub(super) type Counterparts = HashMap<(ResourceId, Uuid), Option<Uuid>>;

/// What an import knows of rows that other rows refer to.
#[derive(Debug, Default)]
pub(super) struct Known {
    /// Those found so far.
    pub(super) counterparts: Counterparts,
    /// Rows that were not written, because they are about somebody who was erased: few, whatever the bundle's size.
    pub(super) refused: HashSet<Uuid>,
}

/// What was looked up for the batch that a row is of.
pub(super) struct Around<'a> {
    /// Addresses of people who were erased.
    pub(super) erased: &'a HashSet<String>,
    /// Counterparts that are not known yet.
    pub(super) counterparts: &'a Counterparts,
    /// Makes up what nobody has.
    pub(super) new_id: &'a (dyn Fn() -> Uuid + Sync),
}

/// What becomes of a row.
#[derive(Debug, PartialEq)]
pub(super) enum Fate {
    /// These values are written, in the order of the columns asked for.
    Written(Vec<Cell>),
    /// It is about somebody who was erased.
    Suppressed,
    /// It cannot be without a row that is not here.
    Unheld,
}

/// Decides about the rows of one table.
pub(super) struct Judge<'a> {
    pub(super) catalog: &'a Catalog,
    pub(super) resource: &'a Resource,
    pub(super) lane: &'a Lane,
    pub(super) is_operator: bool,
    /// What is written, each with its place in the bundle's rows.
    pub(super) columns: &'a [(ColumnId, Option<usize>)],
}

impl Judge<'_> {
    /// The row's id.
    pub(super) fn id(&self, row: &[Cell]) -> Uuid {
        let place = self.lane.place(self.resource.id_of("id"));
        place.and_then(|place| row[place].as_uuid()).unwrap_or_default()
    }

    /// The normalised addresses in a row by which it is about a person.
    pub(super) fn addresses<'r>(&self, row: &'r [Cell]) -> impl Iterator<Item = &'r str> {
        let own = (self.resource.table == "subscribers").then(|| self.resource.id_of("email_normalized"));
        let about = self.resource.subject.iter().filter_map(|path| match path {
            SubjectPath::Address(column) => Some(*column),
            SubjectPath::References(_) => None,
        });
        let places: Vec<usize> = own
            .into_iter()
            .chain(about)
            .filter_map(|id| self.lane.place(id))
            .collect();
        places.into_iter().filter_map(move |place| row[place].as_text())
    }

    /// The references to rows that have counterparts here, each with its place in the bundle's rows.
    pub(super) fn foreign(&self) -> Vec<(ResourceId, usize)> {
        let references = self.resource.references.iter().filter(|reference| {
            let target = self.catalog.get(reference.target);
            taken(target, self.is_operator) == Taken::Counterpart
        });
        references
            .filter_map(|reference| Some((reference.target, self.lane.place(reference.column)?)))
            .collect()
    }

    /// What becomes of a row.
    pub(super) fn fate(&self, row: &[Cell], known: &Known, batch: &Around<'_>) -> Fate {
        if self.addresses(row).any(|address| batch.erased.contains(address)) {
            return Fate::Suppressed;
        }
        let mut written = Vec::with_capacity(self.columns.len());
        for (column, place) in self.columns {
            let Some(place) = place else {
                // Nobody has it: neither a browser this cookie, nor a program this secret.
                written.push(format!("{}{}", (batch.new_id)().simple(), (batch.new_id)().simple()).into());
                continue;
            };
            let cell = &row[*place];
            let end = match (self.resource.reference(*column), cell.as_uuid()) {
                (Some(reference), Some(id)) => self.end(reference, id, known, batch),
                _ => End::There(cell.clone()),
            };
            match end {
                End::There(cell) => written.push(cell),
                End::Suppressed => return Fate::Suppressed,
                End::Nowhere if self.resource.column(*column).nullable => written.push(Cell::Null),
                End::Nowhere => return Fate::Unheld,
            }
        }
        Fate::Written(written)
    }

    fn end(&self, reference: &Reference, id: Uuid, known: &Known, batch: &Around<'_>) -> End {
        match taken(self.catalog.get(reference.target), self.is_operator) {
            Taken::Left(_) => End::Nowhere,
            Taken::Account => End::There(Cell::Uuid(id)),
            Taken::Counterpart => {
                let key = (reference.target, id);
                let found = known
                    .counterparts
                    .get(&key)
                    .or_else(|| batch.counterparts.get(&key));
                match found {
                    Some(Some(id)) => End::There(Cell::Uuid(*id)),
                    Some(None) | None => End::Nowhere,
                }
            }
            Taken::Rows | Taken::RollUp if !known.refused.contains(&id) => End::There(Cell::Uuid(id)),
            Taken::Rows | Taken::RollUp => {
                let is_cut = self.resource.column(reference.column).nullable
                    && reference.on_erase != OnErase::Cascade
                    && !self.is_about(reference);
                if is_cut { End::Nowhere } else { End::Suppressed }
            }
        }
    }

    /// Whether the row is about the person whom this reference leads to. Such a row holds more of the person than the
    /// reference, and totals hold without it.
    fn is_about(&self, reference: &Reference) -> bool {
        self.resource.subject.iter().any(|path| match path {
            SubjectPath::Address(_) => false,
            SubjectPath::References(path) => {
                matches!(path.steps.first(), Some(Step::Forward { column, .. }) if *column == reference.column)
            }
        })
    }

    /// Whether other rows can refer to rows of this table, so that one that is not written must be remembered.
    pub(super) fn is_referred_to(&self) -> bool {
        self.catalog.inverse(self.resource.id).next().is_some()
    }
}

/// Where a reference leads.
enum End {
    There(Cell),
    Nowhere,
    Suppressed,
}
