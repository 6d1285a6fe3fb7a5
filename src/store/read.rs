//! Runs a permitted read: level by level, one statement each, the ids of one level deciding the next (D5, D6).
//!
//! Must not know what a statement looks like, nor what the answer is for.

use std::collections::HashMap;

use uuid::Uuid;

use super::access_version::is_unchanged;
use super::compile::{self, Asker, Compiled, Parents, RowPlaces, id_at};
use super::database::Database;
use super::row::Row;
use super::rows::{Group, Rows};
use crate::access::permit::{Level, Permitted};
use crate::catalog::{Catalog, ColumnId, ResourceId};
use crate::cell::{Cell, Kind};
use crate::error::{Fault, Result};
use crate::plan::read::{Link, Window};

/// The rows of a read, masked, level by level.
///
/// A level whose upper level has no rows, or in which the asker can see none, sends no statement. Of the two
/// `has_…` of a page, the one in its direction is told by one row more than asked for; the other one is true when
/// a cursor was given on that side and a row of the list lies there (at the cursor or beyond it). Rows by ids come
/// in no order.
///
/// Rights that were looked up before are checked by each statement, which gives no row when they no longer hold. A
/// level without rows may be that, or an empty list, so it is asked then.
/// Errors: `INVALID_CURSOR`, `BAD_USER_INPUT`, [`Fault::RightsChanged`], and faults of the store.
pub async fn read(database: &Database, catalog: &Catalog, permitted: &Permitted<Level>) -> Result<Rows> {
    let run = Run {
        database,
        catalog,
        asker: Asker::of(permitted),
    };
    let rows = run.level(permitted.plan(), &Upper::Root).await?.rows;
    if let Some(version) = permitted.as_of()
        && has_empty_level(&rows)
        && !is_unchanged(database, version).await?
    {
        return Err(Fault::RightsChanged.into());
    }
    Ok(rows)
}

/// Whether a statement may have been sent that gave no row.
fn has_empty_level(rows: &Rows) -> bool {
    rows.ids.is_empty() || rows.children.iter().any(has_empty_level)
}

struct Run<'a> {
    database: &'a Database,
    catalog: &'a Catalog,
    asker: Asker,
}

/// What the level above left for this one.
enum Upper<'a> {
    Root,
    /// For each upper row, the id it refers to.
    Referred(&'a [Option<Uuid>]),
    /// The column that refers to the upper rows, and their ids.
    Referring(ColumnId, &'a [Uuid]),
    /// The resource of the upper rows, their column, the lower one that holds the same value, and their ids.
    Matching(ResourceId, ColumnId, ColumnId, &'a [Uuid]),
}

/// A level that was read, and what its children need of it.
struct Outcome {
    rows: Rows,
    /// For each child that is referred to, the ids that the rows refer to.
    links: Vec<Vec<Option<Uuid>>>,
}

impl Run<'_> {
    async fn level(&self, level: &Level, upper: &Upper<'_>) -> Result<Outcome> {
        let mut outcome = self.rows(level, upper).await?;
        let mut children = Vec::with_capacity(level.children.len());
        for (place, (link, child)) in level.children.iter().enumerate() {
            let upper = match link {
                Link::Forward(_) => Upper::Referred(&outcome.links[place]),
                Link::Back(by) => Upper::Referring(*by, &outcome.rows.ids),
                Link::Matching { upper, lower } => {
                    Upper::Matching(level.resource, *upper, *lower, &outcome.rows.ids)
                }
            };
            children.push(Box::pin(self.level(child, &upper)).await?.rows);
        }
        outcome.rows.children = children;
        Ok(outcome)
    }

    async fn rows(&self, level: &Level, upper: &Upper<'_>) -> Result<Outcome> {
        match upper {
            Upper::Root => {
                let nothing_wanted = matches!(&level.window, Window::Ids(ids) if ids.is_empty());
                let answer = match nothing_wanted {
                    true => None,
                    false => self.answer(level, Parents::Root).await?,
                };
                collect(level, answer, 1)
            }
            Upper::Referred(links) => {
                let mut wanted: Vec<Uuid> = links.iter().flatten().copied().collect();
                wanted.sort_unstable();
                wanted.dedup();
                let answer = match wanted.is_empty() {
                    true => None,
                    false => self.answer(level, Parents::Referred(&wanted)).await?,
                };
                let mut outcome = collect(level, answer, 1)?;
                outcome.rows.groups = shared_groups(&outcome.rows.ids, links);
                Ok(outcome)
            }
            Upper::Referring(by, ids) => self.lists(level, Parents::Referring(*by, ids), ids).await,
            Upper::Matching(upper, column, by, ids) => {
                let parents = Parents::Matching {
                    upper: *upper,
                    column: *column,
                    by: *by,
                    ids,
                };
                self.lists(level, parents, ids).await
            }
        }
    }

    /// A list below each of the upper rows.
    async fn lists(&self, level: &Level, parents: Parents<'_>, upper: &[Uuid]) -> Result<Outcome> {
        let answer = match upper.is_empty() {
            true => None,
            false => self.answer(level, parents).await?,
        };
        collect(level, answer, upper.len())
    }

    async fn answer(&self, level: &Level, parents: Parents<'_>) -> Result<Option<(Compiled, Vec<Row>)>> {
        let dialect = self.database.dialect();
        match compile::level(dialect, self.catalog, self.asker, level, parents)? {
            None => Ok(None),
            Some(compiled) => {
                let rows = self
                    .database
                    .fetch_of(self.asker.account(), &compiled.sql)
                    .await?;
                Ok(Some((compiled, rows)))
            }
        }
    }
}

/// One group for each upper row, which holds the row it refers to, if that one may be seen.
fn shared_groups(ids: &[Uuid], links: &[Option<Uuid>]) -> Vec<Group> {
    let places: HashMap<Uuid, usize> = ids.iter().enumerate().map(|(place, id)| (*id, place)).collect();
    links
        .iter()
        .map(|link| {
            let place = link.and_then(|id| places.get(&id).copied());
            Group {
                rows: place.map_or(0..0, |place| place..place + 1),
                ..Group::default()
            }
        })
        .collect()
}

/// Takes an answer apart into one group for each list.
fn collect(level: &Level, answer: Option<(Compiled, Vec<Row>)>, lists: usize) -> Result<Outcome> {
    let mut outcome = Outcome {
        rows: Rows {
            resource: level.resource,
            width: level.columns.len(),
            cells: Vec::new(),
            ids: Vec::new(),
            key_width: level.order.len(),
            keys: Vec::new(),
            groups: Vec::with_capacity(lists),
            children: Vec::new(),
        },
        links: vec![Vec::new(); level.children.len()],
    };
    let nothing = Group {
        count: level.count.then_some(0),
        ..Group::default()
    };
    let Some((compiled, rows)) = answer else {
        outcome.rows.groups = vec![nothing; lists];
        return Ok(outcome);
    };
    outcome.rows.ids.reserve(rows.len());
    outcome.rows.cells.reserve(rows.len() * level.columns.len());
    outcome.rows.keys.reserve(rows.len() * level.order.len());
    let rows = numbered(&compiled, rows)?;
    let mut rest = rows.as_slice();
    for number in 0..lists {
        let length = rest.iter().take_while(|(of, _)| *of == number).count();
        let (list, others) = rest.split_at(length);
        rest = others;
        let group = outcome.add(level, &compiled, list)?;
        outcome.rows.groups.push(group);
    }
    Ok(outcome)
}

/// The rows with the numbers of their lists, list by list.
fn numbered(compiled: &Compiled, rows: Vec<Row>) -> Result<Vec<(usize, Row)>> {
    let Some(place) = compiled.parent else {
        return Ok(rows.into_iter().map(|row| (0, row)).collect());
    };
    let mut numbered = rows
        .into_iter()
        .map(|row| Ok((usize::try_from(row.int(place)?).unwrap_or(usize::MAX), row)))
        .collect::<Result<Vec<_>>>()?;
    // Nothing in SQL says that PostgreSQL gives the lists in order, though it does; sorted rows cost nothing here.
    numbered.sort_by_key(|(number, _)| *number);
    Ok(numbered)
}

impl Outcome {
    /// Adds the rows of one list.
    fn add(&mut self, level: &Level, compiled: &Compiled, list: &[(usize, Row)]) -> Result<Group> {
        let start = self.rows.ids.len();
        let mut more = false;
        if let Some(places) = &compiled.rows {
            let size = compiled.size.unwrap_or(usize::MAX);
            let wanted = &list[..list.len().min(size)];
            more = list.len() > size;
            match compiled.reversed {
                false => wanted.iter().try_for_each(|(_, row)| self.add_row(places, row))?,
                true => wanted
                    .iter()
                    .rev()
                    .try_for_each(|(_, row)| self.add_row(places, row))?,
            }
        }
        let rows = start..self.rows.ids.len();
        let head = list.first().map(|(_, row)| row);
        let beyond = |place: Option<usize>| -> Result<bool> {
            match (head, place) {
                (Some(row), Some(place)) => Ok(row.cell(place, Kind::Bool)? == Cell::Bool(true)),
                _ => Ok(false),
            }
        };
        let (low, high) = (beyond(compiled.low)?, beyond(compiled.high)?);
        let (has_previous, has_next) = match compiled.reversed {
            false => (low, more || high),
            true => (more || low, high),
        };
        Ok(Group {
            count: count(level, compiled, head, rows.len())?,
            rows,
            has_next,
            has_previous,
        })
    }

    fn add_row(&mut self, places: &RowPlaces, row: &Row) -> Result<()> {
        let Some(id) = id_at(row, places.id)? else {
            return Ok(());
        };
        self.rows.ids.push(id);
        places.values.read(row, &mut self.rows.cells)?;
        for (place, kind) in &places.keys {
            self.rows.keys.push(row.cell(*place, *kind)?);
        }
        for (links, place) in self.links.iter_mut().zip(&places.links) {
            if let Some(place) = place {
                links.push(id_at(row, *place)?);
            }
        }
        Ok(())
    }
}

fn count(level: &Level, compiled: &Compiled, head: Option<&Row>, found: usize) -> Result<Option<u64>> {
    if !level.count {
        return Ok(None);
    }
    match (head, compiled.count) {
        (Some(row), Some(place)) => u64::try_from(row.int(place)?)
            .map(Some)
            .map_err(|_| Fault::Invariant("a count below zero".into()).into()),
        // Rows by ids are all there.
        (_, None) => Ok(u64::try_from(found).ok()),
        (None, Some(_)) => Err(Fault::Invariant("a list without its count".into()).into()),
    }
}

#[cfg(test)]
mod tests;
