//! All rows of an installation in memory, as its database holds them.

use std::collections::{BTreeMap, HashMap};

use postern::catalog::Catalog;
use postern::cell::Cell;
use postern::store::Sql;
use postern::work::installation::Installation;
use uuid::Uuid;

/// The rows, by table, in the order of their ids.
pub struct Rows {
    tables: BTreeMap<String, Vec<Row>>,
    places: HashMap<(String, Uuid), usize>,
}

/// One row.
#[derive(Clone, Debug, PartialEq)]
pub struct Row {
    pub id: Uuid,
    pub cells: BTreeMap<String, Cell>,
}

impl Row {
    pub fn cell(&self, column: &str) -> &Cell {
        self.cells
            .get(column)
            .unwrap_or_else(|| panic!("a row without a column {column}"))
    }

    pub fn refers_to(&self, column: &str) -> Option<Uuid> {
        self.cell(column).as_uuid()
    }

    /// The account that it belongs to by its key.
    pub fn account(&self) -> Option<Uuid> {
        self.cells.get("account_id").and_then(Cell::as_uuid)
    }
}

impl Rows {
    pub async fn read(installation: &Installation) -> Rows {
        let mut tables = BTreeMap::new();
        for resource in installation.catalog.resources() {
            let mut sql = Sql::new("SELECT ");
            for (place, column) in resource.columns.iter().enumerate() {
                sql.push(if place > 0 { ", " } else { "" }).name(&column.name);
            }
            sql.push(" FROM ").name(&resource.table).push(" ORDER BY id");
            let found = installation.database.fetch(&sql).await;
            let found = found.unwrap_or_else(|error| panic!("{}: {error}", resource.table));
            let rows = found.iter().map(|row| {
                let cell = |(place, column): (usize, &postern::catalog::Column)| {
                    let cell = row
                        .cell(place, column.kind)
                        .expect("a value of the column's kind");
                    (column.name.clone(), cell)
                };
                let cells: BTreeMap<String, Cell> = resource.columns.iter().enumerate().map(cell).collect();
                let id = cells["id"].as_uuid().expect("every row has an id");
                Row { id, cells }
            });
            tables.insert(resource.table.clone(), rows.collect());
        }
        Rows::of(tables)
    }

    pub fn of(tables: BTreeMap<String, Vec<Row>>) -> Rows {
        let mut places = HashMap::new();
        for (table, rows) in &tables {
            for (place, row) in rows.iter().enumerate() {
                places.insert((table.clone(), row.id), place);
            }
        }
        Rows { tables, places }
    }

    pub fn all(&self) -> impl Iterator<Item = (&str, &Row)> {
        self.tables
            .iter()
            .flat_map(|(table, rows)| rows.iter().map(move |row| (table.as_str(), row)))
    }

    pub fn of_table(&self, table: &str) -> &[Row] {
        self.tables.get(table).map_or(&[], Vec::as_slice)
    }

    pub fn find(&self, table: &str, id: Uuid) -> Option<&Row> {
        let place = self.places.get(&(table.to_owned(), id))?;
        self.of_table(table).get(*place)
    }

    /// The rows of a table that refer to a row by a column.
    pub fn referring<'a>(&'a self, table: &str, column: &'a str, to: Uuid) -> impl Iterator<Item = &'a Row> {
        self.of_table(table)
            .iter()
            .filter(move |row| row.refers_to(column) == Some(to))
    }

    /// The rows at the end of a way that the policy writes as `self`, `campaign_id/list_id` or
    /// `^subscriber_profiles.subscriber_id/list_id`.
    pub fn ends(&self, catalog: &Catalog, table: &str, row: &Row, way: &str) -> Vec<Uuid> {
        let mut here = vec![(table.to_owned(), row)];
        for step in way.split('/').filter(|step| *step != "self") {
            let mut next = Vec::new();
            for (table, row) in here {
                if let Some((other, column)) = step.strip_prefix('^').and_then(|step| step.split_once('.')) {
                    let found = self.referring(other, column, row.id);
                    next.extend(found.map(|row| (other.to_owned(), row)));
                } else if let Some(id) = row.refers_to(step) {
                    let other = target(catalog, &table, step);
                    let found = self.find(&other, id);
                    next.push((other, found.expect("what is referred to is there")));
                }
            }
            here = next;
        }
        here.into_iter().map(|(_, row)| row.id).collect()
    }
}

/// The table that a foreign key leads to.
pub fn target(catalog: &Catalog, table: &str, column: &str) -> String {
    let resource = catalog.table(table);
    let reference = resource
        .reference(resource.id_of(column))
        .unwrap_or_else(|| panic!("{table}.{column} is no foreign key"));
    catalog.get(reference.target).table.clone()
}
