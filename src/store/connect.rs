//! Connecting to a store: what is asked of it, and what is said when it cannot be reached. Must not know tables.

use std::net::IpAddr;
use std::path::Path;
use std::str::FromStr;
use std::sync::Arc;
use std::time::Duration;

use sqlx::postgres::{PgConnectOptions, PgConnection, PgPoolOptions, PgSslMode};
use sqlx::sqlite::{
    SqliteConnectOptions, SqliteConnection, SqliteJournalMode, SqlitePoolOptions, SqliteSynchronous,
};
use sqlx::{ConnectOptions, Connection};

use super::database::{Database, DatabaseOptions, Dialect, SCHEMA, Single, Walled};
use super::failure::{connecting_to_postgres, from_driver, opening_sqlite};
use super::readers::{PostgresReaders, Readers, SqliteReaders};
use crate::error::{Code, Error, Fault, Refusal, Result, quote};

/// Opens the embedded store.
pub(super) async fn sqlite(url: &str, options: &DatabaseOptions) -> Result<Database> {
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
        walled: None,
        writer: writer.into(),
        single: Arc::new(Single::Sqlite(reading)),
        statements: Arc::default(),
    })
}

/// Connects to a server.
pub(super) async fn postgres(url: &str, options: &DatabaseOptions) -> Result<Database> {
    let single = reach(url, "--database-url", options).await?;
    let (limit, connections) = (options.request_timeout, options.connections);
    let readers = |single: &PgConnectOptions| {
        PostgresReaders::new(within(single, limit), connections, options.wait, limit)
    };
    let walled = match &options.reader_url {
        None => None,
        Some(url) => {
            let single = reach(url, "--reader-database-url", options).await?;
            Some(Walled {
                readers: readers(&single)?,
                single: Arc::new(single),
            })
        }
    };
    let writer = PgPoolOptions::new()
        .max_connections(connections.div_ceil(2))
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
        .connect_lazy_with(within(&single, options.statement_timeout));
    Ok(Database {
        dialect: Dialect::Postgres,
        readers: Readers::Postgres(readers(&single)?),
        walled,
        writer: writer.into(),
        single: Arc::new(Single::Postgres(single)),
        statements: Arc::default(),
    })
}

/// How to connect by a URL, tried once.
async fn reach(url: &str, setting: &str, options: &DatabaseOptions) -> Result<PgConnectOptions> {
    let single = by_url(url, setting, options)?;
    let first = tokio::time::timeout(options.wait, PgConnection::connect_with(&single))
        .await
        .unwrap_or_else(|_| Err(sqlx::Error::Io(std::io::ErrorKind::TimedOut.into())))
        .map_err(|error| connecting_to_postgres(error, &place_of(&single), single.get_username(), setting))?;
    first.close().await.map_err(from_driver)?;
    Ok(single)
}

/// How to connect by a URL, not tried.
pub(super) fn by_url(url: &str, setting: &str, options: &DatabaseOptions) -> Result<PgConnectOptions> {
    let base = PgConnectOptions::from_str(url).map_err(|_| {
        // The driver's message may quote the URL.
        Refusal::new(
            Code::InvalidSetting,
            format!(
                "{setting} cannot be read; it looks like postgres://USER:PASSWORD@HOST:PORT/DATABASE, with special \
                 characters of the password percent-encoded"
            ),
        )
    })?;
    Ok(without_tls_on_this_machine(base, url)
        .application_name(&options.application_name)
        .options([
            ("search_path", SCHEMA),
            ("default_transaction_read_only", "on"),
            ("timezone", "UTC"),
        ])
        .statement_cache_capacity(500)
        .disable_statement_logging())
}

/// The same, with a limit for each statement.
fn within(single: &PgConnectOptions, limit: Duration) -> PgConnectOptions {
    single.clone().options([
        ("statement_timeout", limit.as_millis().to_string().as_str()),
        // Requests read pages. A bitmap of a whole list, made and sorted for its first rows, costs what the
        // list costs; walking the index costs what the page costs (D6).
        ("enable_bitmapscan", "off"),
        ("jit", "off"),
    ])
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
pub(super) fn place_of(options: &PgConnectOptions) -> String {
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
