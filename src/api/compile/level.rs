//! One level of a read while it is being put together: columns and what hangs below, each once.

use crate::catalog::{ColumnId, ResourceId};
use crate::plan::read::{Child, Filter, Link, Order, Read, Window};

/// A level, as far as it is known.
pub(super) struct Level {
    resource: ResourceId,
    columns: Vec<ColumnId>,
    children: Vec<Child>,
    pub(super) filter: Option<Filter>,
    pub(super) order: Vec<Order>,
    pub(super) count: bool,
}

impl Level {
    pub(super) fn new(resource: ResourceId) -> Self {
        Level {
            resource,
            columns: Vec::new(),
            children: Vec::new(),
            filter: None,
            order: Vec::new(),
            count: false,
        }
    }

    /// The place of a column among those that are read; it is read once, however often it is asked for.
    pub(super) fn column(&mut self, column: ColumnId) -> usize {
        match self.columns.iter().position(|known| *known == column) {
            Some(place) => place,
            None => {
                self.columns.push(column);
                self.columns.len() - 1
            }
        }
    }

    /// The place of a new lower level.
    pub(super) fn child(&mut self, link: Link, read: Read) -> usize {
        self.children.push(Child { link, read });
        self.children.len() - 1
    }

    pub(super) fn finish(self, window: Window) -> Read {
        Read {
            resource: self.resource,
            columns: self.columns,
            filter: self.filter,
            order: self.order,
            window,
            count: self.count,
            children: self.children,
        }
    }
}
