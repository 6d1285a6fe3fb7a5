//! Installations for tests: a new one on each store, with keys and a depot of its own, gone afterwards.

use uuid::Uuid;

use crate::access::viewer::Viewer;
use crate::config;
use crate::store::Sql;
use crate::store::testing::{TestStore, empty_stores};
use crate::work::founding::{self, Platform};
use crate::work::installation::Installation;

/// An installation for one test.
pub struct TestInstallation {
    /// The installation.
    pub installation: Installation,
    /// Its operator.
    pub platform: Platform,
    /// `sqlite` or `postgres`, for messages.
    pub name: &'static str,
    /// Keys, bundles, and whatever the test puts there.
    pub folder: tempfile::TempDir,
    _store: TestStore,
}

impl TestInstallation {
    /// A new account, and a viewer who may do everything in it.
    pub async fn account(&self, name: &str) -> Viewer {
        let account = self.installation.new_id();
        let viewer = self.viewer(account);
        let email = format!("owner@{}.example", name.to_lowercase());
        founding::add_account(&self.installation, &viewer, name, &email, false)
            .await
            .unwrap();
        viewer
    }

    /// Somebody who may do everything in an account.
    pub fn viewer(&self, account: Uuid) -> Viewer {
        Viewer::at_the_machine(&self.installation.catalog, self.platform.operator, account)
    }

    /// The number that a SELECT of ours gives.
    pub async fn number(&self, sql: &str) -> i64 {
        let rows = self.installation.database.fetch(&Sql::new(sql)).await.unwrap();
        rows[0].int(0).unwrap()
    }

    /// The texts that a SELECT of ours gives, the values of a row joined by `|`.
    pub async fn texts(&self, sql: &str) -> Vec<String> {
        let rows = self.installation.database.fetch(&Sql::new(sql)).await.unwrap();
        let row = |row: &crate::store::Row| {
            let cells = (0..row.len()).map(|place| row.cell(place, crate::cell::Kind::Text).unwrap());
            cells
                .map(|cell| cell.as_text().unwrap_or("-").to_owned())
                .collect::<Vec<_>>()
                .join("|")
        };
        rows.iter().map(row).collect()
    }

    /// Runs a statement of ours.
    pub async fn execute(&self, sql: Sql) {
        self.installation
            .database
            .write(async |transaction| transaction.execute(&sql).await)
            .await
            .unwrap();
    }
}

/// One installation on each store.
pub async fn installations() -> Vec<TestInstallation> {
    let mut all = Vec::new();
    for store in empty_stores().await {
        let folder = tempfile::tempdir().unwrap();
        let settings = config::Settings {
            data: Some(folder.path().join("data")),
            database_url: Some(store.url.clone()),
            now: Some("2026-03-01T09:00:00Z".to_owned()),
            config: None,
            ..config::Settings::default()
        };
        let installation = Installation::open(&settings.resolve(false).unwrap(), true)
            .await
            .unwrap();
        let platform = founding::platform(&installation).await.unwrap();
        all.push(TestInstallation {
            installation,
            platform,
            name: store.name,
            folder,
            _store: store,
        });
    }
    all
}
