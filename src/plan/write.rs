//! A change of rows as a plain value: what imports, seeds, sign-ups and people's requests write.

use crate::catalog::{Catalog, ColumnId, ResourceId};
use crate::cell::Cell;
use crate::plan::slice::Subject;

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

/// Which rows: those whose columns each hold one of these values. A lone NULL stands for "holds none".
pub type Key = Vec<(ColumnId, Vec<Cell>)>;

/// Whatever is done to rows of one table.
pub trait Touches {
    /// Which table.
    fn resource(&self) -> ResourceId;
}

impl Touches for Write {
    fn resource(&self) -> ResourceId {
        self.resource
    }
}

/// Rows to be looked at before something is changed.
#[derive(Clone, Debug, PartialEq)]
pub struct Look {
    /// Which table.
    pub resource: ResourceId,
    /// Which rows.
    pub key: Key,
    /// What of them.
    pub columns: Vec<ColumnId>,
    /// Whether they stay as they are until the transaction ends.
    pub lock: bool,
}

/// The same values for every row that the key finds.
#[derive(Clone, Debug, PartialEq)]
pub struct Change {
    /// Which table.
    pub resource: ResourceId,
    /// Which rows.
    pub key: Key,
    /// What they are to hold.
    pub set: Vec<(ColumnId, Cell)>,
}

/// Rows to be deleted.
#[derive(Clone, Debug, PartialEq)]
pub struct Remove {
    /// Which table.
    pub resource: ResourceId,
    /// Which rows.
    pub key: Key,
}

impl Touches for Look {
    fn resource(&self) -> ResourceId {
        self.resource
    }
}

impl Touches for Change {
    fn resource(&self) -> ResourceId {
        self.resource
    }
}

impl Touches for Remove {
    fn resource(&self) -> ResourceId {
        self.resource
    }
}

/// A key over columns that our own code names.
///
/// # Panics
/// When the registry has no such table or column.
pub fn key(catalog: &Catalog, table: &str, columns: &[(&str, Vec<Cell>)]) -> Key {
    let resource = catalog.table(table);
    columns
        .iter()
        .map(|(name, values)| (resource.id_of(name), values.clone()))
        .collect()
}

/// A person's address that is to be another, wherever it stands.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Rectify {
    /// Whose, with the address as it is now.
    pub subject: Subject,
}
