//! The outcome of a permitted read: rows, masked already, level by level.

use std::ops::Range;

use uuid::Uuid;

use crate::catalog::ResourceId;
use crate::cell::Cell;

/// The rows of one level of a read.
#[derive(Clone, Debug, PartialEq)]
pub struct Rows {
    /// Of which resource.
    pub resource: ResourceId,
    /// How many columns each row has: those wanted, in the order wanted.
    pub width: usize,
    /// The values, row after row.
    pub cells: Vec<Cell>,
    /// The id of each row.
    pub ids: Vec<Uuid>,
    /// How many order values each row has (without the id); for cursors.
    pub key_width: usize,
    /// The order values, row after row.
    pub keys: Vec<Cell>,
    /// At the root: one. Below: one for each row of the upper level, in its order.
    pub groups: Vec<Group>,
    /// What hangs below, one for each child of the plan, in order.
    pub children: Vec<Rows>,
}

/// The rows that hang on one parent.
#[derive(Clone, Debug, PartialEq, Eq, Default)]
pub struct Group {
    /// Which rows of the level. Two parents may share a row when they refer to the same one.
    pub rows: Range<usize>,
    /// Whether there are rows behind the last.
    pub has_next: bool,
    /// Whether there are rows before the first.
    pub has_previous: bool,
    /// How many there are in all, up to [`crate::plan::read::COUNT_LIMIT`] + 1.
    pub count: Option<u64>,
}

impl Rows {
    /// The values of one row.
    pub fn row(&self, index: usize) -> &[Cell] {
        &self.cells[index * self.width..(index + 1) * self.width]
    }

    /// The order values of one row.
    pub fn key(&self, index: usize) -> &[Cell] {
        &self.keys[index * self.key_width..(index + 1) * self.key_width]
    }
}
