//! A small world for tests: two accounts with the same addresses, random rows in every table that matters, in a
//! database and in memory.

use std::collections::HashSet;

use rand::rngs::StdRng;
use rand::{RngExt, SeedableRng};
use uuid::Uuid;

use crate::catalog::{Catalog, Column, Owner, Resource, ResourceId};
use crate::cell::{Cell, Kind};
use crate::store::database::Database;
use crate::store::sql::Sql;
use crate::store::testing::TestStore;

/// The tables with rows, what is referred to first, and how many rows each account tries to have.
const TABLES: &[(&str, usize)] = &[
    ("plans", 2),
    ("accounts", 1),
    ("users", 4),
    ("user_groups", 2),
    ("group_members", 5),
    ("lists", 4),
    ("list_fields", 6),
    ("subscribers", 14),
    ("segments", 5),
    ("campaigns", 6),
    ("subscriber_profiles", 30),
    ("profile_values", 40),
    ("deliveries", 40),
    ("opens", 60),
    ("unsubscribes", 20),
    ("complaints", 20),
    ("visitors", 8),
    ("page_visits", 30),
    ("suppression_entries", 6),
    ("processing_restrictions", 12),
];

/// The tables that the database fills by itself.
const ROLL_UPS: &[&str] = &["list_days", "campaign_buckets", "campaign_breakdowns"];

/// A row in memory: a value for each column of the catalog.
pub(super) type Row = Vec<Cell>;

/// Everything that is in the database.
pub(super) struct World {
    pub(super) catalog: Catalog,
    pub(super) accounts: Vec<Uuid>,
    tables: Vec<Vec<Row>>,
}

impl World {
    /// A world without rows.
    pub(super) fn empty() -> World {
        let catalog = catalog();
        World {
            tables: vec![Vec::new(); catalog.resources().count()],
            accounts: vec![Uuid::from_u128(1), Uuid::from_u128(2)],
            catalog,
        }
    }

    /// Fills an empty, migrated database.
    pub(super) async fn fill(store: &TestStore, seed: u64) -> World {
        let mut rng = StdRng::seed_from_u64(seed);
        let mut world = World::empty();
        world.accounts = (0..2).map(|_| Uuid::from_u128(rng.random())).collect();
        for (table, count) in TABLES {
            for account in world.accounts.clone() {
                world.add_rows(&mut rng, table, account, *count);
            }
        }
        world.insert(&store.database).await;
        world.load(&store.database).await;
        world
    }

    pub(super) fn rows(&self, resource: ResourceId) -> &[Row] {
        &self.tables[usize::from(resource.0)]
    }

    /// The resources that have rows.
    pub(super) fn filled(&self) -> Vec<&Resource> {
        let tables = TABLES.iter().map(|(table, _)| table).chain(ROLL_UPS);
        tables.map(|table| self.catalog.table(table)).collect()
    }

    fn add_rows(&mut self, rng: &mut StdRng, table: &str, account: Uuid, count: usize) {
        for _ in 0..count {
            let resource = self.catalog.table(table);
            let row: Row = resource
                .columns
                .iter()
                .map(|column| self.value(rng, resource, column, account))
                .collect();
            if self.is_new(resource, &row) {
                let place = usize::from(resource.id.0);
                self.tables[place].push(row);
            }
        }
    }

    fn value(&self, rng: &mut StdRng, resource: &Resource, column: &Column, account: Uuid) -> Cell {
        match column.name.as_str() {
            "account_id" => return Cell::Uuid(account),
            "id" if resource.owner == Owner::Itself => return Cell::Uuid(account),
            "id" => return Cell::Uuid(self.new_id(rng, resource, account)),
            "is_platform" => return Cell::Bool(false),
            _ => {}
        }
        if column.nullable && rng.random_bool(0.25) {
            return Cell::Null;
        }
        match resource.reference(column.id) {
            Some(reference) => self.referred(rng, reference.target, account),
            None => random_value(rng, column),
        }
    }

    /// Half of the ids stand in both accounts: an id alone says nothing of whose row it is.
    fn new_id(&self, rng: &mut StdRng, resource: &Resource, account: Uuid) -> Uuid {
        if resource.owner != Owner::Account || rng.random() {
            return Uuid::from_u128(rng.random());
        }
        let own = self
            .rows(resource.id)
            .iter()
            .filter(|row| value(resource, row, "account_id") == &account.into());
        let seed = u64::from(resource.id.0) << 32 | own.count() as u64;
        Uuid::from_u128(StdRng::seed_from_u64(seed).random())
    }

    fn referred(&self, rng: &mut StdRng, target: ResourceId, account: Uuid) -> Cell {
        let resource = self.catalog.get(target);
        let candidates: Vec<&Row> = self
            .rows(target)
            .iter()
            .filter(|row| {
                resource.owner != Owner::Account || value(resource, row, "account_id") == &account.into()
            })
            .collect();
        match candidates.is_empty() {
            true => Cell::Null,
            false => value(resource, candidates[rng.random_range(0..candidates.len())], "id").clone(),
        }
    }

    fn is_new(&self, resource: &Resource, row: &Row) -> bool {
        resource.unique.iter().all(|key| {
            let of = |row: &Row| -> Option<Vec<String>> {
                let mut parts: Vec<String> = match resource.owner {
                    Owner::Account => vec![format!("{:?}", value(resource, row, "account_id"))],
                    Owner::Itself | Owner::Members | Owner::Shared | Owner::Global => Vec::new(),
                };
                for column in key {
                    let cell = &row[usize::from(column.0)];
                    if cell.is_null() {
                        return None;
                    }
                    parts.push(format!("{cell:?}"));
                }
                Some(parts)
            };
            let known: HashSet<Vec<String>> = self.rows(resource.id).iter().filter_map(of).collect();
            of(row).is_none_or(|key| !known.contains(&key))
        })
    }

    async fn insert(&self, database: &Database) {
        let mut transaction = database.begin().await.expect("changes can begin");
        for (table, _) in TABLES {
            let resource = self.catalog.table(table);
            for row in self.rows(resource.id) {
                let mut sql = Sql::new("INSERT INTO ");
                sql.name(table).push(" (");
                for (place, column) in resource.columns.iter().enumerate() {
                    sql.push(if place > 0 { ", " } else { "" }).name(&column.name);
                }
                sql.push(") VALUES (");
                for (place, cell) in row.iter().enumerate() {
                    sql.push(if place > 0 { ", " } else { "" }).bind(cell.clone());
                }
                sql.push(")");
                let done = transaction.execute(&sql).await;
                assert_eq!(done.unwrap_or_else(|error| panic!("{table}: {error}")), 1);
            }
        }
        transaction.commit().await.expect("the rows fit");
    }

    /// Counters and roll-ups are kept by the database, so what is there is read again.
    async fn load(&mut self, database: &Database) {
        for table in TABLES.iter().map(|(table, _)| table).chain(ROLL_UPS) {
            let resource = self.catalog.table(table);
            let columns: Vec<String> = resource
                .columns
                .iter()
                .map(|column| format!("\"{}\"", column.name))
                .collect();
            let sql = Sql::new(&format!("SELECT {} FROM \"{table}\"", columns.join(", ")));
            let rows = database.fetch(&sql).await.expect("the table can be read");
            let rows: Vec<Row> = rows
                .iter()
                .map(|row| {
                    resource
                        .columns
                        .iter()
                        .enumerate()
                        .map(|(place, column)| row.cell(place, column.kind).expect("a value of its kind"))
                        .collect()
                })
                .collect();
            let place = usize::from(resource.id.0);
            match ROLL_UPS.contains(table) {
                true => assert!(!rows.is_empty(), "{table}"),
                false => assert_eq!(rows.len(), self.tables[place].len(), "{table}"),
            }
            self.tables[place] = rows;
        }
    }
}

/// The catalog under the policy that is delivered.
pub(super) fn catalog() -> Catalog {
    Catalog::load(include_str!("../../../../schema/policy.toml"))
        .unwrap_or_else(|faults| panic!("the policy has faults: {faults:?}"))
}

/// A row's value by the column's name.
pub(super) fn value<'a>(resource: &Resource, row: &'a Row, column: &str) -> &'a Cell {
    &row[usize::from(resource.id_of(column).0)]
}

/// Few different values, so that rows are often equal in a column.
pub(super) fn random_value(rng: &mut StdRng, column: &Column) -> Cell {
    match column.kind {
        Kind::Bool => Cell::Bool(rng.random()),
        Kind::Int => Cell::Int(rng.random_range(0..5)),
        Kind::Enum => Cell::from(column.words[rng.random_range(0..column.words.len())].as_str()),
        Kind::Uuid => Cell::Uuid(Uuid::from_u128(rng.random())),
        Kind::Instant => {
            let micros = 1_700_000_000_000_000 + rng.random_range(0..6) * 1_000_000 + rng.random_range(0..2);
            Cell::Instant(chrono::DateTime::from_timestamp_micros(micros).expect("an instant"))
        }
        Kind::Json => Cell::from(serde_json::json!({ "a": rng.random_range(0..3) })),
        Kind::Bytes => Cell::from(vec![rng.random::<u8>(); 32]),
        Kind::Text => Cell::from(random_text(rng, &column.name)),
    }
}

fn random_text(rng: &mut StdRng, name: &str) -> String {
    if name.contains("email") {
        let local = ["ana", "bo", "Zoë", "a"][rng.random_range(0..4)];
        let number = rng.random_range(0..8);
        return format!("{local}{number}@example.test");
    }
    if name.contains("ip") {
        return ["203.0.113.9", "198.51.100.1", "2001:db8:1:2::3", "?"][rng.random_range(0..4)].to_string();
    }
    let parts = [
        "a",
        "ab",
        "ä",
        "b",
        "Z",
        "\u{10ffff}",
        "%",
        "_",
        "\u{d7ff}",
        "\u{e000}",
    ];
    (0..rng.random_range(1..4))
        .map(|_| parts[rng.random_range(0..parts.len())])
        .collect()
}
