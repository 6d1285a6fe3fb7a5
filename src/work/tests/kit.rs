//! A made-up installation in a test's own store, with keys and a depot in a temporary folder.

use std::collections::BTreeMap;
use std::sync::Arc;

use tempfile::TempDir;
use uuid::Uuid;

use crate::access::permit;
use crate::access::viewer::Viewer;
use crate::catalog::{Catalog, DEFAULT_POLICY, Owner};
use crate::cell::Cell;
use crate::clock::Clock;
use crate::depot::{Depot, WrapKey};
use crate::keys::KeyRing;
use crate::plan::write::Write;
use crate::store::testing::{TestStore, stores};
use crate::store::{Database, Sql, write};
use crate::work::founding;
use crate::work::installation::{Installation, bind_ring};
use crate::work::seed::tables::{Rows, Tables};
use crate::work::seed::world::World;
use crate::work::seed::{self, accounts, person};

/// An installation with two accounts that share some people.
pub struct Place {
    pub installation: Installation,
    pub world: World,
    pub operator: Uuid,
    _store: TestStore,
    _folder: TempDir,
}

/// One for each store at hand.
pub async fn places(people: u64) -> Vec<Place> {
    places_of(7, people).await
}

/// The same, of another world.
pub async fn places_of(seed: u64, people: u64) -> Vec<Place> {
    let mut places = Vec::new();
    for store in stores().await {
        places.push(place(store, seed, people).await);
    }
    places
}

async fn place(store: TestStore, seed: u64, people: u64) -> Place {
    let folder = tempfile::tempdir().unwrap();
    let clock = Clock::system();
    let keys =
        Arc::new(KeyRing::open_or_create(folder.path().join("keys").to_str().unwrap(), clock.now()).unwrap());
    let wrap = WrapKey::new(keys.bundle_keys());
    let depot = Depot::open(
        folder.path().join("bundles").to_str().unwrap(),
        folder.path(),
        wrap,
        clock,
    )
    .await
    .unwrap();
    let catalog = Arc::new(Catalog::load(DEFAULT_POLICY).unwrap());
    let database = store.database.clone();
    let installation = Installation {
        catalog,
        database,
        replica: None,
        keys,
        depot,
        clock,
        lease_milliseconds: 5_000,
        erasing: Default::default(),
        exporting: Default::default(),
        transferring: Default::default(),
        trusted_keys: Arc::default(),
        drift: Default::default(),
        new_job: Arc::default(),
    };
    bind_ring(&installation.database, &installation.keys, clock)
        .await
        .unwrap();
    let platform = founding::platform(&installation).await.unwrap();
    let world = World::new(seed, people, clock.now());
    let place = Place {
        installation,
        world,
        operator: platform.operator,
        _store: store,
        _folder: folder,
    };
    seed::add_platform_rows(&place.installation, platform)
        .await
        .unwrap();
    for account in &place.world.accounts {
        let viewer = place.viewer(account.id);
        founding::add_account(
            &place.installation,
            &viewer,
            &account.name,
            "info@example.test",
            false,
        )
        .await
        .unwrap();
        founding::add_groups(&place.installation, &viewer).await.unwrap();
        for rows in accounts::rows(&place.world, account) {
            place.insert(&viewer, rows).await;
        }
        let mut tables = Tables::default();
        for number in 0..account.subscribers {
            person::add(&place.world, account, number, &mut tables);
        }
        for rows in tables.drain() {
            place.insert(&viewer, rows).await;
        }
    }
    place
}

impl Place {
    pub fn viewer(&self, account: Uuid) -> Viewer {
        Viewer::at_the_machine(&self.installation.catalog, self.operator, account)
    }

    async fn insert(&self, viewer: &Viewer, rows: Rows) {
        let catalog = &self.installation.catalog;
        let plan = Write::of(catalog, rows.table, rows.columns, rows.rows, &[]);
        let permitted = permit::write(catalog, viewer, plan).unwrap();
        write::write(&self.installation.database, catalog, &permitted)
            .await
            .unwrap_or_else(|error| panic!("{}: {error}", rows.table));
    }

    /// Every row of every table of an account as text, by table.
    pub async fn dump(&self, account: Uuid) -> BTreeMap<String, Vec<String>> {
        let mut dump = BTreeMap::new();
        for resource in self.installation.catalog.resources() {
            let key = match resource.owner {
                Owner::Account => "account_id",
                Owner::Itself => "id",
                Owner::Members | Owner::Shared | Owner::Global => continue,
            };
            let mut sql = Sql::new("SELECT ");
            for (index, column) in resource.columns.iter().enumerate() {
                sql.push(if index > 0 { ", " } else { "" }).name(&column.name);
            }
            sql.push(" FROM ")
                .name(&resource.table)
                .push(" WHERE ")
                .push(key)
                .push(" = ")
                .bind(account)
                .push(" ORDER BY id");
            let rows = self.installation.database.fetch(&sql).await.unwrap();
            let text = rows.iter().map(|row| {
                let cells: Vec<Cell> = resource
                    .columns
                    .iter()
                    .enumerate()
                    .map(|(index, column)| row.cell(index, column.kind).unwrap())
                    .collect();
                format!("{cells:?}")
            });
            dump.insert(resource.table.clone(), text.collect());
        }
        dump
    }

    /// Any statement's first column as a number.
    pub async fn number(&self, text: &str) -> i64 {
        number(&self.installation.database, text).await
    }
}

pub async fn number(database: &Database, text: &str) -> i64 {
    database.fetch(&Sql::new(text)).await.unwrap()[0].int(0).unwrap()
}
