//! What a cursor is bound to: who asks, in which account, for what list, with which filter and order
//! (ruling 13). Names are used, never places, so that a release that adds a column voids no cursor.

use sha2::{Digest, Sha256};

use crate::api::identity::Asker;
use crate::api::schema::meaning::Many;
use crate::catalog::{Catalog, Resource};
use crate::cell::Cell;
use crate::plan::read::{Comparison, Filter, Order};

/// The digest that cursors are sealed with.
pub(super) fn of(
    catalog: &Catalog,
    asker: &Asker,
    many: Many,
    filter: Option<&Filter>,
    order: &[Order],
) -> Vec<u8> {
    let resource = catalog.get(many.resource);
    let mut writer = Writer {
        resource,
        digest: Sha256::new_with_prefix(b"postern cursor binding\0"),
    };
    writer.text(asker.viewer.principal.word());
    writer.text_bytes(asker.viewer.principal.id().as_bytes());
    writer.text_bytes(asker.viewer.account.as_bytes());
    writer.text(&resource.name);
    writer.text(many.by.map_or("", |by| &resource.column(by).name));
    match filter {
        Some(filter) => writer.filter(filter),
        None => writer.text("no filter"),
    }
    for order in order {
        writer.text(&resource.column(order.column).name);
        writer.text(if order.descending { "desc" } else { "asc" });
    }
    writer.digest.finalize().to_vec()
}

struct Writer<'a> {
    resource: &'a Resource,
    digest: Sha256,
}

impl Writer<'_> {
    fn text(&mut self, text: &str) {
        self.text_bytes(text.as_bytes());
    }

    /// With its length before it, so that two texts cannot be taken for another two.
    fn text_bytes(&mut self, bytes: &[u8]) {
        self.digest.update((bytes.len() as u64).to_be_bytes());
        self.digest.update(bytes);
    }

    fn filter(&mut self, filter: &Filter) {
        match filter {
            Filter::And(all) => self.several("and", all),
            Filter::Or(any) => self.several("or", any),
            Filter::Not(one) => {
                self.text("not");
                self.filter(one);
            }
            Filter::Compare {
                column, comparison, ..
            } => {
                self.text(&self.resource.column(*column).name);
                self.comparison(comparison);
            }
        }
    }

    fn several(&mut self, word: &str, filters: &[Filter]) {
        self.text(word);
        self.text_bytes(&(filters.len() as u64).to_be_bytes());
        for filter in filters {
            self.filter(filter);
        }
    }

    fn comparison(&mut self, comparison: &Comparison) {
        let (word, cells): (&str, &[Cell]) = match comparison {
            Comparison::Equal(cell) => ("=", std::slice::from_ref(cell)),
            Comparison::NotEqual(cell) => ("!=", std::slice::from_ref(cell)),
            Comparison::In(cells) => ("in", cells),
            Comparison::Less(cell) => ("<", std::slice::from_ref(cell)),
            Comparison::LessOrEqual(cell) => ("<=", std::slice::from_ref(cell)),
            Comparison::Greater(cell) => (">", std::slice::from_ref(cell)),
            Comparison::GreaterOrEqual(cell) => (">=", std::slice::from_ref(cell)),
            Comparison::StartsWith(text) => {
                self.text("starts");
                return self.text(text);
            }
            Comparison::IsNull(yes) => return self.text(if *yes { "null" } else { "not null" }),
        };
        self.text(word);
        self.text_bytes(&(cells.len() as u64).to_be_bytes());
        for cell in cells {
            self.cell(cell);
        }
    }

    fn cell(&mut self, cell: &Cell) {
        match cell {
            Cell::Null => self.text("-"),
            Cell::Bool(value) => self.text(if *value { "true" } else { "false" }),
            Cell::Int(value) => self.text_bytes(&value.to_be_bytes()),
            Cell::Text(text) => self.text(text),
            Cell::Uuid(id) => self.text_bytes(id.as_bytes()),
            Cell::Instant(at) => self.text_bytes(&at.timestamp_micros().to_be_bytes()),
            Cell::Json(value) => self.text(&value.to_string()),
            Cell::Bytes(bytes) => self.text_bytes(bytes),
        }
    }
}
