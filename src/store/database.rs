//! The one of the two stores that the URL names (D11), and running statements there.
//!
//! Reads cannot change anything: SQLite's readers are opened read-only, PostgreSQL's connections default to
//! read-only transactions. Changes go through [`Database::begin`] or [`Database::write`]. Must not know tables.

use std::fmt;
use std::path::PathBuf;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use sea_orm::DatabaseConnection;
use sqlx::Connection;
use sqlx::postgres::{PgConnectOptions, PgConnection};
use sqlx::sqlite::{SqliteConnectOptions, SqliteConnection};
use uuid::Uuid;

use super::connect;
use super::failure::from_driver;
use super::readers::{PostgresReaders, Readers};
use super::row::Row;
use super::sql::{Sql, count_statement};
use super::transaction::{Snapshot, Transaction};
use crate::error::{Code, Fault, Refusal, Result, quote};

/// The schema on PostgreSQL that holds everything of ours (ruling 9).
pub const SCHEMA: &str = "postern";

/// Which of the two stores.
#[derive(Copy, Clone, Debug, PartialEq, Eq, Hash)]
pub enum Dialect {
    /// PostgreSQL.
    Postgres,
    /// The embedded store.
    Sqlite,
}

/// How to connect.
#[derive(Clone, Debug)]
pub struct DatabaseOptions {
    /// Whether an embedded store that does not exist is created (empty; `migrate` fills it).
    pub create: bool,
    /// Connections that read for requests, 1 to 100. Those that write come on top: one on an embedded store, half as
    /// many on PostgreSQL.
    pub connections: u32,
    /// How long to wait for a connection, and on SQLite for another program's lock.
    pub wait: Duration,
    /// How long one statement that writes may take (PostgreSQL).
    pub statement_timeout: Duration,
    /// How long one statement that reads for a request may take (PostgreSQL); not less than the request itself.
    pub request_timeout: Duration,
    /// What the program calls itself to the server (PostgreSQL).
    pub application_name: String,
    /// As whom the same database shows what was asked for, behind row-level security (PostgreSQL); `None`: as the one
    /// who does everything else.
    pub reader_url: Option<String>,
}

impl Default for DatabaseOptions {
    fn default() -> Self {
        DatabaseOptions {
            create: false,
            connections: 8,
            wait: Duration::from_secs(5),
            statement_timeout: Duration::from_secs(30),
            request_timeout: Duration::from_secs(30),
            application_name: "postern".to_owned(),
            reader_url: None,
        }
    }
}

/// The store. Cheap to clone; all clones share the connections.
#[derive(Clone)]
pub struct Database {
    pub(super) dialect: Dialect,
    pub(super) readers: Readers,
    pub(super) walled: Option<Walled>,
    pub(super) writer: DatabaseConnection,
    pub(super) single: Arc<Single>,
    pub(super) statements: Arc<AtomicU64>,
}

/// What a connection outside of the pools is opened with.
pub(super) enum Single {
    Postgres(PgConnectOptions),
    Sqlite(SqliteConnectOptions),
}

/// Reading as somebody whom the server shows the rows of one account alone.
#[derive(Clone)]
pub(super) struct Walled {
    pub(super) readers: PostgresReaders,
    pub(super) single: Arc<PgConnectOptions>,
}

impl fmt::Debug for Database {
    /// Without the URL: it may hold a password.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Database")
            .field("dialect", &self.dialect)
            .finish_non_exhaustive()
    }
}

impl Database {
    /// Connects to `sqlite:PATH` or `postgres://USER:PASSWORD@HOST/DATABASE`. Errors: a refusal that says what
    /// is wrong with the URL, the file or the server; it never holds the URL's password.
    pub async fn connect(url: &str, options: &DatabaseOptions) -> Result<Self> {
        match url.split_once(':').map(|(scheme, _)| scheme) {
            Some("sqlite") => connect::sqlite(url, options).await,
            Some("postgres" | "postgresql") => connect::postgres(url, options).await,
            scheme => Err(Refusal::new(
                Code::InvalidSetting,
                format!(
                    "the database URL starts with {}; it has to start with sqlite: or postgres:",
                    quote(scheme.unwrap_or("no scheme"))
                ),
            )
            .into()),
        }
    }

    /// Which store it is.
    pub fn dialect(&self) -> Dialect {
        self.dialect
    }

    /// The embedded store's file.
    pub fn path(&self) -> Option<PathBuf> {
        match &*self.single {
            Single::Postgres(_) => None,
            Single::Sqlite(options) => Some(options.get_filename().to_owned()),
        }
    }

    /// Statements sent since the start, by all clones, without those inside of transactions and snapshots.
    pub fn statements(&self) -> u64 {
        self.statements.load(Ordering::Relaxed)
    }

    /// Runs a SELECT on a connection of the readers. Sent again once, when the connection turns out to be lost.
    pub async fn fetch(&self, sql: &Sql) -> Result<Vec<Row>> {
        count_statement();
        self.statements.fetch_add(1, Ordering::Relaxed);
        self.readers.fetch(sql).await
    }

    /// Runs the SELECT of a permitted plan, behind row-level security where it is switched on; else like
    /// [`Database::fetch`].
    pub(super) async fn fetch_of(&self, account: Uuid, sql: &Sql) -> Result<Vec<Row>> {
        let Some(walled) = &self.walled else {
            return self.fetch(sql).await;
        };
        count_statement();
        self.statements.fetch_add(1, Ordering::Relaxed);
        walled
            .readers
            .fetch(Some(account), sql)
            .await
            .map_err(from_driver)
    }

    /// Whether permitted plans are read behind row-level security.
    pub fn is_walled(&self) -> bool {
        self.walled.is_some()
    }

    /// Starts changes that happen together. On SQLite it waits here for the one writer, and never half-way.
    pub async fn begin(&self) -> Result<Transaction> {
        Transaction::begin(&self.writer, self.dialect)
            .await
            .map_err(from_driver)
    }

    /// Runs changes that happen together: all of them when `work` succeeds, none of them when it fails.
    pub async fn write<T>(&self, work: impl AsyncFnOnce(&mut Transaction) -> Result<T>) -> Result<T> {
        let mut transaction = self.begin().await?;
        match work(&mut transaction).await {
            Ok(value) => {
                transaction.commit().await?;
                Ok(value)
            }
            Err(error) => {
                // The first error is the one to tell; a rollback that fails happens by itself later.
                let _ = transaction.roll_back().await;
                Err(error)
            }
        }
    }

    /// Starts a long read of an account that sees one moment.
    pub async fn snapshot(&self, account: Uuid) -> Result<Snapshot> {
        match &*self.single {
            Single::Postgres(options) => {
                let (options, account) = match &self.walled {
                    Some(walled) => (&*walled.single, Some(account)),
                    None => (options, None),
                };
                match PgConnection::connect_with(options).await {
                    Ok(connection) => Snapshot::of_postgres(connection, account).await,
                    Err(error) => Err(error),
                }
            }
            Single::Sqlite(options) => match SqliteConnection::connect_with(options).await {
                Ok(connection) => Snapshot::of_sqlite(connection).await,
                Err(error) => Err(error),
            },
        }
        .map_err(from_driver)
    }

    /// A connection for the migrations, which may change the schema and take their time.
    pub(super) async fn for_postgres_migration(&self) -> Result<PgConnection> {
        match &*self.single {
            Single::Postgres(options) => {
                let options = options
                    .clone()
                    .options([("default_transaction_read_only", "off")]);
                PgConnection::connect_with(&options).await.map_err(from_driver)
            }
            Single::Sqlite(_) => Err(Fault::Invariant("no PostgreSQL to migrate".into()).into()),
        }
    }

    /// A connection to the embedded store on which nothing else happens.
    pub(super) async fn for_sqlite_rewriting(&self) -> Result<SqliteConnection> {
        match &*self.single {
            Single::Sqlite(options) => SqliteConnection::connect_with(&options.clone().read_only(false))
                .await
                .map_err(from_driver),
            Single::Postgres(_) => Err(Fault::Invariant("no SQLite to rewrite".into()).into()),
        }
    }

    /// Closes all connections, after those at work are done.
    pub async fn close(&self) {
        self.readers.close().await;
        if let Some(walled) = &self.walled {
            walled.readers.close().await;
        }
        match self.dialect {
            Dialect::Postgres => self.writer.get_postgres_connection_pool().close().await,
            Dialect::Sqlite => self.writer.get_sqlite_connection_pool().close().await,
        }
    }
}
