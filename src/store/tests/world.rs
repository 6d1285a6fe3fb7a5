//! A small world for tests: an account with lists, people, campaigns, all written through the door.

use uuid::Uuid;

use crate::access::permit;
use crate::access::viewer::Viewer;
use crate::catalog::{Catalog, DEFAULT_POLICY};
use crate::cell::Cell;
use crate::clock::Clock;
use crate::error::Result;
use crate::id;
use crate::plan::write::{Conflict, Write};
use crate::store::Sql;
use crate::store::testing::TestStore;
use crate::store::write::{Written, write};

/// An account in a store.
pub struct World<'a> {
    pub store: &'a TestStore,
    pub catalog: &'a Catalog,
    pub account: Uuid,
    clock: Clock,
}

pub fn catalog() -> Catalog {
    Catalog::load(DEFAULT_POLICY).unwrap_or_else(|faults| panic!("the policy has faults: {faults:?}"))
}

impl<'a> World<'a> {
    /// A new account.
    pub async fn found(store: &'a TestStore, catalog: &'a Catalog) -> World<'a> {
        let clock = Clock::system();
        let world = World {
            store,
            catalog,
            account: id::new(&clock),
            clock,
        };
        let row = [
            ("name", world.account.to_string().into()),
            ("email", "a@example.test".into()),
        ];
        let fixed = [
            ("timezone", "UTC".into()),
            ("locale", "en".into()),
            ("is_platform", false.into()),
        ];
        let mut row = [&row[..], &fixed[..], &world.dates()[..]].concat();
        row.extend([("id", world.account.into()), ("status", "active".into())]);
        world.insert("accounts", vec![row]).await;
        world
    }

    pub fn new_id(&self) -> Uuid {
        id::new(&self.clock)
    }

    pub fn now(&self) -> Cell {
        self.clock.now().into()
    }

    fn dates(&self) -> [(&'static str, Cell); 2] {
        [("created_at", self.now()), ("updated_at", self.now())]
    }

    /// Writes rows as they are under these conditions.
    pub async fn write(
        &self,
        table: &str,
        columns: &[&str],
        rows: Vec<Vec<Cell>>,
        key: &[&str],
        update: &[&str],
    ) -> Result<Written> {
        let mut plan = Write::of(self.catalog, table, columns, rows, key);
        if !update.is_empty() {
            let resource = self.catalog.table(table);
            let ids = |names: &[&str]| names.iter().map(|name| resource.id_of(name)).collect();
            plan.conflict = Conflict::Update {
                key: ids(key),
                columns: ids(update),
            };
        }
        let viewer = Viewer::at_the_machine(self.catalog, Uuid::nil(), self.account);
        write(
            &self.store.database,
            self.catalog,
            &permit::write(self.catalog, &viewer, plan)?,
        )
        .await
    }

    /// Inserts rows, each with the same columns.
    pub async fn insert(&self, table: &str, rows: Vec<Vec<(&str, Cell)>>) {
        let Some(first) = rows.first() else { return };
        let columns: Vec<&str> = first.iter().map(|(name, _)| *name).collect();
        let rows = rows
            .iter()
            .map(|row| row.iter().map(|(_, cell)| cell.clone()).collect())
            .collect();
        let written = self.write(table, &columns, rows, &[], &[]).await;
        written.unwrap_or_else(|error| panic!("{}: {table}: {error}", self.store.name));
    }

    /// A row of the fewest columns, with a new id.
    pub async fn add(&self, table: &str, row: &[(&'static str, Cell)]) -> Uuid {
        let id = self.new_id();
        let mut row = row.to_vec();
        row.push(("id", id.into()));
        let shape = self.catalog.table(table);
        row.extend(
            self.dates()
                .into_iter()
                .filter(|(name, _)| shape.find(name).is_some()),
        );
        self.insert(table, vec![row]).await;
        id
    }

    pub async fn add_list(&self, name: &str) -> Uuid {
        let words = [
            ("visibility", "public".into()),
            ("opt_in", "single".into()),
            ("status", "active".into()),
        ];
        self.add("lists", &[&words[..], &[("name", name.into())]].concat())
            .await
    }

    pub async fn add_subscriber(&self, email: &str) -> Uuid {
        let row = [
            ("email", email.into()),
            ("email_normalized", email.into()),
            ("status", "active".into()),
        ];
        self.add("subscribers", &row).await
    }

    pub async fn add_campaign(&self) -> Uuid {
        let words = [("kind", "regular".into()), ("status", "sent".into())];
        self.add(
            "campaigns",
            &[&words[..], &[("name", "n".into()), ("subject", "s".into())]].concat(),
        )
        .await
    }

    /// The numbers that a statement of one row gives; `$1` is the account, `$2` the id.
    pub async fn numbers(&self, text: &str, id: Uuid) -> Vec<i64> {
        let mut sql = Sql::new("SELECT ");
        sql.push(text)
            .push(" WHERE account_id = ")
            .bind(self.account)
            .push(" AND id = ")
            .bind(id);
        let rows = self.store.database.fetch(&sql).await.unwrap();
        (0..rows[0].len())
            .map(|place| rows[0].int(place).unwrap())
            .collect()
    }

    /// Runs a change that is not made through the door, as the platform's own programs do.
    pub async fn run(&self, sql: Sql) {
        let done = self
            .store
            .database
            .write(async |transaction| transaction.execute(&sql).await)
            .await;
        done.unwrap_or_else(|error| panic!("{}: {}: {error}", self.store.name, sql.text()));
    }

    /// A change of the account's rows: a text that ends with `WHERE` or `AND`.
    pub fn of_account(&self, text: &str) -> Sql {
        let mut sql = Sql::new(text);
        sql.push(" account_id = ").bind(self.account);
        sql
    }
}
