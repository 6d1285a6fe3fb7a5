//! Connecting to the one of the two stores that the URL names (D11), and running statements there.
//!
//! Reads cannot change anything: SQLite's readers are opened read-only, PostgreSQL's connections default to
//! read-only transactions. Changes go through [`Database::begin`] or [`Database::write`]. Must not know tables.

use std::fmt;
use std::net::IpAddr;
use std::path::{Path, PathBuf};
use std::str::FromStr;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use sea_orm::DatabaseConnection;
use sqlx::postgres::{PgConnectOptions, PgConnection, PgPoolOptions, PgSslMode};
use sqlx::sqlite::{
    SqliteConnectOptions, SqliteConnection, SqliteJournalMode, SqlitePoolOptions, SqliteSynchronous,
};
use sqlx::{ConnectOptions, Connection};

use super::failure::{connecting_to_postgres, from_driver, opening_sqlite};
use super::readers::{PostgresReaders, Readers, SqliteReaders};
use super::row::Row;
use super::sql::{Sql, count_statement};
use super::transaction::{Snapshot, Transaction};
use crate::error::{Code, Error, Fault, Refusal, Result, quote};

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
        }
    }
}

/// The store. Cheap to clone; all clones share the connections.
#[derive(Clone)]
pub struct Database {
    dialect: Dialect,
    readers: Readers,
    writer: DatabaseConnection,
    single: Arc<Single>,
    statements: Arc<AtomicU64>,
}

/// What a connection outside of the pools is opened with.
enum Single {
    Postgres(PgConnectOptions),
    Sqlite(SqliteConnectOptions),
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
            Some("sqlite") => Self::connect_sqlite(url, options).await,
            Some("postgres" | "postgresql") => Self::connect_postgres(url, options).await,
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

    async fn connect_sqlite(url: &str, options: &DatabaseOptions) -> Result<Self> {
        let base = sqlite_base(url, options)?;
        let path = base.get_filename().to_owned();
        let shown = path.display().to_string();
        prepare_file(&path, options.create)?;
        let writing = base
            .clone()
            .create_if_missing(options.create)
            .journal_mode(SqliteJournalMode::Wal)
            // NORMAL may lose the last commits in a power cut: an erasure that was receipted would be undone.
            .synchronous(SqliteSynchronous::Full)
            // What is deleted is overwritten with zeros, not only forgotten.
            .pragma("secure_delete", "ON")
            .pragma("cache_size", "-24576");
        let reading = base
            .read_only(true)
            .pragma("cache_size", "-4096")
            .row_buffer_size(256);
        // First by hand: a pool would try again until its time is up, and then not say why.
        let first = SqliteConnection::connect_with(&writing).await;
        let mut first = first.map_err(|error| opening_sqlite(error, &shown))?;
        sqlx::query("SELECT count(*) FROM sqlite_schema")
            .execute(&mut first)
            .await
            .map_err(|error| opening_sqlite(error, &shown))?;
        let writer = SqlitePoolOptions::new()
            .max_connections(1)
            .acquire_timeout(options.wait)
            .idle_timeout(None)
            .max_lifetime(None)
            .connect_lazy_with(writing);
        let readers = SqliteReaders::new(path, options.connections, options.wait)?;
        // A reader must be open before the last writer closes, or the write-ahead log would be removed. It opens the
        // file when it reads.
        readers
            .fetch(&"SELECT count(*) FROM sqlite_schema".into())
            .await?;
        first.close().await.map_err(from_driver)?;
        Ok(Database {
            dialect: Dialect::Sqlite,
            readers: Readers::Sqlite(readers),
            writer: writer.into(),
            single: Arc::new(Single::Sqlite(reading)),
            statements: Arc::default(),
        })
    }

    async fn connect_postgres(url: &str, options: &DatabaseOptions) -> Result<Self> {
        let base = PgConnectOptions::from_str(url).map_err(|_| {
            // The driver's message may quote the URL.
            Refusal::new(
                Code::InvalidSetting,
                "the database URL cannot be read; it looks like postgres://USER:PASSWORD@HOST:PORT/DATABASE, \
                 with special characters of the password percent-encoded",
            )
        })?;
        let single = without_tls_on_this_machine(base, url)
            .application_name(&options.application_name)
            .options([
                ("search_path", SCHEMA),
                ("default_transaction_read_only", "on"),
                ("timezone", "UTC"),
            ])
            .statement_cache_capacity(500)
            .disable_statement_logging();
        let place = place_of(&single);
        let first = tokio::time::timeout(options.wait, PgConnection::connect_with(&single))
            .await
            .unwrap_or_else(|_| Err(sqlx::Error::Io(std::io::ErrorKind::TimedOut.into())))
            .map_err(|error| connecting_to_postgres(error, &place, single.get_username()))?;
        first.close().await.map_err(from_driver)?;
        let within = |limit: Duration| {
            single.clone().options([
                ("statement_timeout", limit.as_millis().to_string().as_str()),
                // Requests read pages. A bitmap of a whole list, made and sorted for its first rows, costs what the
                // list costs; walking the index costs what the page costs (D6).
                ("enable_bitmapscan", "off"),
                ("jit", "off"),
            ])
        };
        let writer = PgPoolOptions::new()
            .max_connections(options.connections.div_ceil(2))
            .acquire_timeout(options.wait)
            // A ping before each transaction would be one more round trip; an idle connection gets one.
            .test_before_acquire(false)
            .before_acquire(|connection, meta| {
                Box::pin(async move {
                    if meta.idle_for > Duration::from_secs(2) {
                        connection.ping().await?;
                    }
                    Ok(true)
                })
            })
            .connect_lazy_with(within(options.statement_timeout));
        let limit = options.request_timeout;
        let readers = PostgresReaders::new(within(limit), options.connections, options.wait, limit)?;
        Ok(Database {
            dialect: Dialect::Postgres,
            readers: Readers::Postgres(readers),
            writer: writer.into(),
            single: Arc::new(Single::Postgres(single)),
            statements: Arc::default(),
        })
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

    /// Starts a long read that sees one moment.
    pub async fn snapshot(&self) -> Result<Snapshot> {
        match &*self.single {
            Single::Postgres(options) => match PgConnection::connect_with(options).await {
                Ok(connection) => Snapshot::of_postgres(connection).await,
                Err(error) => Err(error),
            },
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

    /// Closes all connections, after those at work are done.
    pub async fn close(&self) {
        self.readers.close().await;
        match self.dialect {
            Dialect::Postgres => self.writer.get_postgres_connection_pool().close().await,
            Dialect::Sqlite => self.writer.get_sqlite_connection_pool().close().await,
        }
    }
}

fn sqlite_base(url: &str, options: &DatabaseOptions) -> Result<SqliteConnectOptions> {
    let unreadable = |_| {
        Refusal::new(
            Code::InvalidSetting,
            "the database URL cannot be read; it looks like sqlite:PATH",
        )
    };
    if url.contains(":memory:") || url.contains("mode=memory") || url == "sqlite:" || url == "sqlite://" {
        return Err(Refusal::new(
            Code::InvalidSetting,
            "the embedded store is a file; give its path as in sqlite:postern-data/postern.db",
        )
        .into());
    }
    Ok(SqliteConnectOptions::from_str(url)
        .map_err(unreadable)?
        .create_if_missing(false)
        .foreign_keys(true)
        .busy_timeout(options.wait)
        .statement_cache_capacity(500)
        .disable_statement_logging())
}

/// Says clearly that a file is missing, or makes the folder for a new one.
fn prepare_file(path: &Path, create: bool) -> Result<()> {
    if path.exists() {
        return Ok(());
    }
    if !create {
        return Err(Refusal::new(
            Code::DependencyUnavailable,
            format!(
                "there is no database at {}; make it with postern migrate",
                path.display()
            ),
        )
        .into());
    }
    let making = |error| Error::from(Fault::io(format!("making {}", path.display()), error));
    if let Some(parent) = path.parent() {
        std::fs::create_dir_all(parent).map_err(making)?;
    }
    let mut options = std::fs::OpenOptions::new();
    options.write(true).create(true).truncate(false);
    // SQLite would let everybody on the machine read it; its log takes over what this file allows.
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    options.open(path).map(drop).map_err(making)
}

/// Without a word about TLS in the URL the driver would use it wherever the server offers it. What never leaves the
/// machine gains nothing by it, and each answer would be encrypted and decrypted.
fn without_tls_on_this_machine(options: PgConnectOptions, url: &str) -> PgConnectOptions {
    let host = options.get_host();
    let is_here = host == "localhost" || host.parse::<IpAddr>().is_ok_and(|address| address.is_loopback());
    let is_undecided = matches!(options.get_ssl_mode(), PgSslMode::Prefer) && !url.contains("sslmode=");
    if is_here && is_undecided {
        options.ssl_mode(PgSslMode::Disable)
    } else {
        options
    }
}

/// `the database NAME at HOST:PORT`, for messages.
fn place_of(options: &PgConnectOptions) -> String {
    let name = options.get_database().unwrap_or(options.get_username());
    match options.get_socket() {
        Some(socket) => format!("the database {} at {}", quote(name), socket.display()),
        None => format!(
            "the database {} at {}:{}",
            quote(name),
            options.get_host(),
            options.get_port()
        ),
    }
}
