//! Very many rows, slice by slice, as of one moment: what exports are made of.
//!
//! No cursor stays open in the database: a slice begins behind the last id of the one before, so a walk costs the
//! same anywhere in a table and a reader that is slow holds no rows. Must not know what the rows are for.

use std::ops::ControlFlow;

use uuid::Uuid;

use super::compile::{self, Asker, Slice, id_at};
use super::row::Row;
use super::transaction::Snapshot;
use crate::access::permit::{Permitted, PermittedWalk};
use crate::catalog::Catalog;
use crate::cell::Cell;
use crate::error::{Fault, Result};

/// How much a slice may be, so that what a walk holds in memory depends neither on the table nor on its longest texts.
#[derive(Copy, Clone, Debug)]
pub struct SliceLimit {
    /// Rows, 1 to those of [`SLICE_LIMIT`].
    pub rows: u16,
    /// Bytes in memory. The row that reaches them is the last.
    pub bytes: usize,
}

/// The most of one slice.
pub const SLICE_LIMIT: SliceLimit = SliceLimit {
    rows: compile::SLICE_LIMIT,
    bytes: 1 << 19,
};

/// A walk under way.
pub struct Slices<'a> {
    snapshot: &'a mut Snapshot,
    catalog: &'a Catalog,
    walk: &'a Permitted<PermittedWalk>,
    after: Option<Uuid>,
    done: bool,
    /// How many rows are likely to be as many bytes as a slice may have.
    fitting: usize,
    ids: Vec<Uuid>,
    cells: Vec<Cell>,
}

/// Some rows of a walk, in the order of their ids; lent, because the next slice is read into the same room.
#[derive(Copy, Clone, Debug)]
pub struct SliceRows<'a> {
    /// How many values each row has.
    pub width: usize,
    /// The id of each row.
    pub ids: &'a [Uuid],
    /// The values, row after row, masked already.
    pub cells: &'a [Cell],
}

impl<'a> SliceRows<'a> {
    /// How many rows, at least one.
    pub fn len(&self) -> usize {
        self.ids.len()
    }

    /// Never: a slice without rows is not given.
    pub fn is_empty(&self) -> bool {
        self.ids.is_empty()
    }

    /// The values of one row.
    pub fn row(&self, index: usize) -> &'a [Cell] {
        &self.cells[index * self.width..(index + 1) * self.width]
    }

    /// The rows with their ids.
    pub fn rows(&self) -> impl Iterator<Item = (Uuid, &'a [Cell])> {
        let rows = *self;
        (0..self.len()).map(move |index| (rows.ids[index], rows.row(index)))
    }
}

/// Starts a walk in a snapshot; several, one after the other, see the same moment.
pub fn slices<'a>(
    snapshot: &'a mut Snapshot,
    catalog: &'a Catalog,
    walk: &'a Permitted<PermittedWalk>,
) -> Slices<'a> {
    Slices {
        snapshot,
        catalog,
        walk,
        after: None,
        done: false,
        fitting: usize::from(SLICE_LIMIT.rows),
        ids: Vec::new(),
        cells: Vec::new(),
    }
}

impl Slices<'_> {
    /// How many rows the whole walk has, whatever was read of it already. Reads all of them once.
    pub async fn expected(&mut self) -> Result<u64> {
        let asker = Asker::of(self.walk);
        let dialect = self.snapshot.dialect();
        let Some(sql) = compile::number_of_rows(dialect, self.catalog, asker, self.walk.plan()) else {
            return Ok(0);
        };
        let rows = self.snapshot.fetch(&sql).await?;
        let number = rows.first().map(|row| row.int(0)).transpose()?;
        number
            .and_then(|number| u64::try_from(number).ok())
            .ok_or_else(|| Fault::Invariant("counting gave no number".into()).into())
    }

    /// The next rows; None behind the last.
    pub async fn next(&mut self, limit: SliceLimit) -> Result<Option<SliceRows<'_>>> {
        self.ids.clear();
        self.cells.clear();
        let rows = usize::from(limit.rows.clamp(1, SLICE_LIMIT.rows)).min(self.fitting);
        let Some(slice) = self.statement(rows) else {
            return Ok(None);
        };
        let (width, mut bytes) = (slice.values.width(), 0);
        self.ids.reserve(rows);
        self.cells.reserve(rows * width);
        let (ids, cells) = (&mut self.ids, &mut self.cells);
        let read = |row: Row| {
            let id = id_at(&row, slice.id)?.ok_or_else(|| Fault::Invariant("a row without an id".into()))?;
            let begin = cells.len();
            ids.push(id);
            slice.values.read(&row, cells)?;
            bytes += cells[begin..].iter().map(Cell::memory).sum::<usize>();
            Ok(if bytes < limit.bytes {
                ControlFlow::Continue(())
            } else {
                ControlFlow::Break(())
            })
        };
        let is_whole = self.snapshot.fetch_each(&slice.sql, read).await?;
        self.done = is_whole && self.ids.len() < rows;
        // What the server sends behind the row that was one too many is read and thrown away, so that the next slice had
        // better end in time.
        self.fitting = (self.ids.len() * limit.bytes / bytes.max(1)).clamp(1, usize::from(SLICE_LIMIT.rows));
        self.after = self.ids.last().copied().or(self.after);
        Ok((!self.ids.is_empty()).then_some(SliceRows {
            width,
            ids: &self.ids,
            cells: &self.cells,
        }))
    }

    /// The values of the slice read last, without a copy, for a reader on another thread; the next slice gets new
    /// room.
    pub fn take_cells(&mut self) -> Vec<Cell> {
        std::mem::take(&mut self.cells)
    }

    fn statement(&self, limit: usize) -> Option<Slice> {
        if self.done {
            return None;
        }
        let asker = Asker::of(self.walk);
        let dialect = self.snapshot.dialect();
        compile::slice(dialect, self.catalog, asker, self.walk.plan(), self.after, limit)
    }
}
