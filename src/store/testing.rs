//! Databases for tests: a new one for each, on both stores, gone afterwards.
//!
//! PostgreSQL is found by `POSTERN_TEST_POSTGRES`, else on the local socket, else at 127.0.0.1; when there is
//! none, its half of the test is left out loudly, or fails under `POSTERN_TEST_ALL=1`.

use std::io::Write;

use sqlx::postgres::PgConnection;
use sqlx::{AssertSqlSafe, Connection, Executor};
use tokio::sync::OnceCell;
use uuid::Uuid;

use super::database::{Database, DatabaseOptions};

/// A database of its own for one test; removed when dropped.
pub struct TestStore {
    /// The connections.
    pub database: Database,
    /// Where it is.
    pub url: String,
    /// For messages.
    pub name: &'static str,
    _place: Place,
}

enum Place {
    Folder { _folder: tempfile::TempDir },
    Server { admin: String, database: String },
}

impl Drop for Place {
    fn drop(&mut self) {
        let Place::Server { admin, database } = self else {
            return;
        };
        let (admin, database) = (admin.clone(), database.clone());
        // Dropping cannot wait inside of the test's own runtime.
        let dropping = std::thread::spawn(move || {
            let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build();
            runtime.expect("a runtime").block_on(async {
                let mut connection = PgConnection::connect(&admin).await.expect("the server is there");
                let sql = format!("DROP DATABASE IF EXISTS {database} WITH (FORCE)");
                connection
                    .execute(AssertSqlSafe(sql))
                    .await
                    .expect("the test's database can go");
            });
        });
        let _ = dropping.join();
    }
}

/// Empty databases without a schema: SQLite, and PostgreSQL where there is one.
pub async fn empty_stores() -> Vec<TestStore> {
    let mut stores = vec![sqlite().await];
    stores.extend(postgres().await);
    stores
}

/// Databases with the schema: SQLite, and PostgreSQL where there is one.
pub async fn stores() -> Vec<TestStore> {
    let stores = empty_stores().await;
    for store in &stores {
        super::migrate(&store.database)
            .await
            .expect("the schema can be made");
    }
    stores
}

/// An empty embedded store.
pub async fn sqlite() -> TestStore {
    let folder = tempfile::tempdir().expect("a folder for the test");
    let url = format!("sqlite:{}", folder.path().join("postern.db").display());
    let options = DatabaseOptions {
        create: true,
        ..DatabaseOptions::default()
    };
    let database = Database::connect(&url, &options)
        .await
        .expect("a new embedded store opens");
    TestStore {
        database,
        url,
        name: "sqlite",
        _place: Place::Folder { _folder: folder },
    }
}

/// An empty database on the server for tests, if there is one.
pub async fn postgres() -> Option<TestStore> {
    let admin = server().await?;
    let name = format!("postern_test_{}", Uuid::now_v7().simple());
    let mut connection = PgConnection::connect(&admin)
        .await
        .expect("the server for tests is there");
    let sql = format!("CREATE DATABASE {name}");
    connection
        .execute(AssertSqlSafe(sql))
        .await
        .expect("the user for tests may create databases");
    // Nobody pulls the plug of a test's server, and each of its commits would wait for the disk.
    let sql = format!("ALTER DATABASE {name} SET synchronous_commit TO off");
    connection
        .execute(AssertSqlSafe(sql))
        .await
        .expect("a database of ours can be set up");
    let place = Place::Server {
        admin: admin.clone(),
        database: name.clone(),
    };
    let url = with_database(&admin, &name);
    let options = DatabaseOptions {
        connections: 4,
        ..DatabaseOptions::default()
    };
    let database = Database::connect(&url, &options)
        .await
        .expect("a new database opens");
    Some(TestStore {
        database,
        url,
        name: "postgres",
        _place: place,
    })
}

/// The URL of the server for tests, with a database to start from.
async fn server() -> Option<String> {
    static SERVER: OnceCell<Option<String>> = OnceCell::const_new();
    SERVER.get_or_init(find_server).await.clone()
}

#[expect(
    clippy::disallowed_methods,
    reason = "a switch for tests alone, absent from the program"
)]
async fn find_server() -> Option<String> {
    if let Ok(url) = std::env::var("POSTERN_TEST_POSTGRES") {
        PgConnection::connect(&url)
            .await
            .expect("POSTERN_TEST_POSTGRES can be connected to");
        return Some(url);
    }
    for url in [
        "postgres:///postgres",
        "postgres://127.0.0.1/postgres",
        "postgres://postgres@127.0.0.1/postgres",
    ] {
        if PgConnection::connect(url).await.is_ok() {
            return Some(url.to_owned());
        }
    }
    assert!(
        std::env::var("POSTERN_TEST_ALL").as_deref() != Ok("1"),
        "POSTERN_TEST_ALL=1, but there is no PostgreSQL; name one by POSTERN_TEST_POSTGRES"
    );
    // Written directly: what eprintln! says in a test that passes is swallowed.
    let message = "SKIPPED on PostgreSQL: no server found; name one by POSTERN_TEST_POSTGRES\n";
    let _ = std::io::stderr().write_all(message.as_bytes());
    None
}

/// The same URL with another database.
fn with_database(url: &str, database: &str) -> String {
    let (before, query) = url
        .split_once('?')
        .map_or((url, String::new()), |(u, q)| (u, format!("?{q}")));
    let authority = before.find("://").map_or(0, |at| at + 3);
    let end = before[authority..]
        .find('/')
        .map_or(before.len(), |at| authority + at);
    format!("{}/{database}{query}", &before[..end])
}
