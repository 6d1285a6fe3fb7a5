//! People and what the platform shows to every account: rows here that stand for those of a bundle, and new ones for
//! those that are nobody yet, which only the platform's operator may add.

use std::collections::HashSet;

use uuid::Uuid;

use super::lane::Lane;
use super::row::{Around, Counterparts, Fate, Judge, Known};
use crate::access::permit;
use crate::access::viewer::Viewer;
use crate::catalog::{Owner, Resource};
use crate::cell::Cell;
use crate::error::Result;
use crate::plan::write::{Conflict, Write};
use crate::store::{Transaction, takeover, write};
use crate::work::installation::Installation;

/// What was found for a row of the bundle.
pub(super) struct Found {
    pub(super) id: Uuid,
    pub(super) here: Option<Uuid>,
    pub(super) is_new: bool,
}

/// Finds, or adds, the rows that stand for those of one table. Nothing is added in a dry run.
pub(super) async fn settle(
    installation: &Installation,
    viewer: &Viewer,
    transaction: &mut Transaction,
    judge: &Judge<'_>,
    known: &Known,
    rows: &[Vec<Cell>],
    adds: bool,
) -> Result<Vec<Found>> {
    let catalog = &installation.catalog;
    let resource = judge.resource;
    let right = permit::write(
        catalog,
        viewer,
        Write::of(catalog, &resource.table, &["id"], Vec::new(), &[]),
    );
    let may_add = judge.is_operator && right.is_ok();
    let mut found = Vec::with_capacity(rows.len());
    for row in rows {
        let id = judge.id(row);
        let ordered = in_order_of_columns(judge.lane, resource, row);
        let mut here = match &right {
            Ok(right) => takeover::counterpart(transaction, right, resource, &ordered).await?,
            Err(_) => None,
        };
        if here.is_none() && !is_taken(transaction, resource, id).await?.is_empty() {
            // A plan that was renamed is the same plan. A person with another address is known by the id alone, which is
            // not enough to be let in as that person.
            here = (resource.owner == Owner::Shared).then_some(id);
        }
        let is_new = here.is_none() && may_add;
        if is_new {
            here = Some(match is_taken(transaction, resource, id).await?.is_empty() {
                true => id,
                false => installation.new_id(),
            });
        }
        if let (true, true, Some(new)) = (is_new, adds, here) {
            add(installation, viewer, transaction, judge, known, row, new).await?;
        }
        found.push(Found { id, here, is_new });
    }
    Ok(found)
}

/// That id, if a row of the whole installation has it.
async fn is_taken(transaction: &mut Transaction, resource: &Resource, id: Uuid) -> Result<Vec<Uuid>> {
    match resource.owner {
        Owner::Account => Ok(Vec::new()),
        _ => takeover::existing(transaction, &resource.table, &[id]).await,
    }
}

async fn add(
    installation: &Installation,
    viewer: &Viewer,
    transaction: &mut Transaction,
    judge: &Judge<'_>,
    known: &Known,
    row: &[Cell],
    id: Uuid,
) -> Result<()> {
    let catalog = &installation.catalog;
    let own = judge.resource.id_of("id");
    let nothing = Around {
        erased: &HashSet::new(),
        counterparts: &Counterparts::new(),
        new_id: &|| installation.new_id(),
    };
    let Fate::Written(mut cells) = judge.fate(row, known, &nothing) else {
        return Ok(());
    };
    if let Some(place) = judge.columns.iter().position(|(column, _)| *column == own) {
        cells[place] = id.into();
    }
    let plan = Write {
        resource: judge.resource.id,
        columns: judge.columns.iter().map(|(column, _)| *column).collect(),
        rows: vec![cells],
        conflict: Conflict::Fail,
    };
    let permitted = permit::write(catalog, viewer, plan)?;
    write::write_in(transaction, catalog, &permitted).await?;
    Ok(())
}

/// Looks up whom a batch refers to that no table of the bundle has: people who are no members, as the platform's own.
pub(super) async fn look_up(
    installation: &Installation,
    transaction: &mut Transaction,
    judge: &Judge<'_>,
    known: &Known,
    rows: &[Vec<Cell>],
) -> Result<Counterparts> {
    let mut found = Counterparts::new();
    for (target, place) in judge.foreign() {
        let resource = installation.catalog.get(target);
        let mut wanted: Vec<Uuid> = rows
            .iter()
            .filter_map(|row| row[place].as_uuid())
            .filter(|id| !known.counterparts.contains_key(&(target, *id)))
            .collect();
        wanted.sort_unstable();
        wanted.dedup();
        let here = match wanted.is_empty() || resource.owner == Owner::Account {
            true => Vec::new(),
            false => takeover::existing(transaction, &resource.table, &wanted).await?,
        };
        found.extend(
            wanted
                .into_iter()
                .map(|id| ((target, id), here.contains(&id).then_some(id))),
        );
    }
    Ok(found)
}

fn in_order_of_columns(lane: &Lane, resource: &Resource, row: &[Cell]) -> Vec<Cell> {
    let columns = resource.columns.iter();
    columns
        .map(|column| {
            lane.place(column.id)
                .map(|place| row[place].clone())
                .unwrap_or_default()
        })
        .collect()
}
