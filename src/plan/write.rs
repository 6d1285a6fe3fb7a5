//! A change of rows as a plain value: what imports, seeds and sign-ups write.

use crate::catalog::{Catalog, ColumnId, ResourceId};
use crate::cell::Cell;

/// Rows to be written into one table, all with the same columns.
#[derive(Clone, Debug, PartialEq)]
pub struct Write {
    /// Which table.
    pub resource: ResourceId,
    /// Which columns, each once. `account_id` is not among them: the door adds it.
    pub columns: Vec<ColumnId>,
    /// The rows, each as long as `columns`.
    pub rows: Vec<Vec<Cell>>,
    /// What happens when a row with that key exists.
    pub conflict: Conflict,
}

/// What happens when a row with the same key exists.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Conflict {
    /// The whole write fails.
    Fail,
    /// The row that exists stays as it is.
    Keep {
        /// The unique key that rows are recognised by, without `account_id`.
        key: Vec<ColumnId>,
    },
    /// These columns of the row that exists are overwritten, where a value differs.
    Update {
        /// The unique key that rows are recognised by, without `account_id`.
        key: Vec<ColumnId>,
        /// What is overwritten.
        columns: Vec<ColumnId>,
    },
}

impl Conflict {
    /// The unique key that rows are recognised by; empty when none is.
    pub fn key(&self) -> &[ColumnId] {
        match self {
            Conflict::Fail => &[],
            Conflict::Keep { key } | Conflict::Update { key, .. } => key,
        }
    }
}

impl Write {
    /// Rows for a table and columns that our own code names. What conflicts with a row that exists by `key` leaves
    /// that row as it is; with an empty `key` it fails the whole write.
    ///
    /// # Panics
    /// When the registry has no such table or column.
    pub fn of(catalog: &Catalog, table: &str, columns: &[&str], rows: Vec<Vec<Cell>>, key: &[&str]) -> Write {
        let resource = catalog.table(table);
        let ids = |names: &[&str]| names.iter().map(|name| resource.id_of(name)).collect::<Vec<_>>();
        Write {
            resource: resource.id,
            columns: ids(columns),
            rows,
            conflict: if key.is_empty() {
                Conflict::Fail
            } else {
                Conflict::Keep { key: ids(key) }
            },
        }
    }
}
