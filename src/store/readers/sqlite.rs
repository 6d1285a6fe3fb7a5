//! The readers of the embedded store: each runs a statement where the request is, or on one other thread, and hands
//! over all rows at once. The driver would hand over each row by itself, and wake whoever waits each time.
//!
//! They only read; everything that writes goes through the driver. Both use one and the same library of SQLite.

use std::convert::identity;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use deadpool::managed::{Manager, Metrics, Pool, RecycleResult};
use rusqlite::config::DbConfig;
use rusqlite::types::Value;
use rusqlite::{Connection, ErrorCode, OpenFlags, Statement, StatementStatus};

use super::{close, pool, unavailable};
use crate::error::{Error, Fault, Result};
use crate::store::bind::sqlite_value;
use crate::store::failure::{from_driver, from_reader};
use crate::store::row::Row;
use crate::store::sheet::Sheet;
use crate::store::sql::Sql;

/// Statements that a connection keeps prepared.
const PREPARED: usize = 500;

/// Steps of SQLite's machine up to which a statement is short: a page of a hundred rows takes some two thousand, in
/// some tens of microseconds. To hand it to another thread and back would take as long.
const SHORT: i32 = 5_000;

/// Steps after which it is asked whether anybody still waits for a longer one.
const STEPS: i32 = 10_000;

/// Connections that read.
#[derive(Clone)]
pub(in crate::store) struct SqliteReaders {
    pool: Pool<Opener>,
    wait: Duration,
}

impl SqliteReaders {
    /// At most so many connections to a file that exists, none of them made yet.
    pub(in crate::store) fn new(path: PathBuf, connections: u32, wait: Duration) -> Result<Self> {
        let pool = pool(Opener { path }, connections, wait)?;
        Ok(SqliteReaders { pool, wait })
    }

    /// Runs a SELECT: a short one at once, a longer one on a thread, where nobody else has to wait for it. Whoever no
    /// longer waits for it also ends it.
    pub(in crate::store) async fn fetch(&self, sql: &Sql) -> Result<Vec<Row>> {
        let values: Result<Vec<Value>, _> = sql.values.iter().map(sqlite_value).collect();
        let values = values.map_err(|error| from_driver(sqlx::Error::Encode(error)))?;
        let connection = self.pool.get().await;
        let connection = connection.map_err(|error| unavailable(error, identity, from_driver))?;
        if let Some(rows) = at_once(&connection, &sql.text, &values).map_err(from_reader)? {
            return Ok(rows);
        }
        let asked = Asked::default();
        let (text, given_up) = (sql.text.clone(), asked.given_up.clone());
        let wait = self.wait;
        on_a_thread(move || to_the_end(&connection, wait, &text, &values, given_up)).await
    }

    /// Closes all, after those at work are done.
    pub(in crate::store) async fn close(&self) {
        drop(close(&self.pool).await);
    }
}

/// Runs what waits for a disk where nobody else has to wait for it.
async fn on_a_thread<T: Send + 'static>(
    work: impl FnOnce() -> rusqlite::Result<T> + Send + 'static,
) -> Result<T> {
    match tokio::task::spawn_blocking(work).await {
        Ok(outcome) => outcome.map_err(from_reader),
        Err(error) => Err(Fault::Invariant(format!("a read ended before its answer: {error}")).into()),
    }
}

/// Says, when it is dropped, that nobody waits any more.
#[derive(Default)]
struct Asked {
    given_up: Arc<AtomicBool>,
}

impl Drop for Asked {
    fn drop(&mut self) {
        self.given_up.store(true, Ordering::Relaxed);
    }
}

/// Runs a statement as far as it is short; `None` when it is not, or has to wait for somebody. One that was long
/// the last time is not begun.
fn at_once(connection: &Connection, text: &str, values: &[Value]) -> rusqlite::Result<Option<Vec<Row>>> {
    connection.busy_timeout(Duration::ZERO)?;
    connection.progress_handler(SHORT, Some(|| true))?;
    match short(connection, text, values) {
        Err(error) => match error.sqlite_error_code() {
            Some(ErrorCode::OperationInterrupted | ErrorCode::DatabaseBusy) => Ok(None),
            _ => Err(error),
        },
        outcome => outcome,
    }
}

fn short(connection: &Connection, text: &str, values: &[Value]) -> rusqlite::Result<Option<Vec<Row>>> {
    let mut statement = connection.prepare_cached(text)?;
    if statement.get_status(StatementStatus::VmStep) >= SHORT {
        return Ok(None);
    }
    read(&mut statement, values).map(Some)
}

/// Runs a statement until it is done or nobody waits any more.
fn to_the_end(
    connection: &Connection,
    wait: Duration,
    text: &str,
    values: &[Value],
    given_up: Arc<AtomicBool>,
) -> rusqlite::Result<Vec<Row>> {
    connection.busy_timeout(wait)?;
    connection.progress_handler(STEPS, Some(move || given_up.load(Ordering::Relaxed)))?;
    read(&mut *connection.prepare_cached(text)?, values)
}

fn read(statement: &mut Statement<'_>, values: &[Value]) -> rusqlite::Result<Vec<Row>> {
    // SQLite counts the steps of a statement over all of its runs.
    statement.reset_status(StatementStatus::VmStep);
    for place in 1..=statement.parameter_count() {
        // SQLite numbers the places as they come in the text, and `$2` may come before `$1`.
        let number = statement
            .parameter_name(place)
            .and_then(|name| name.get(1..)?.parse::<usize>().ok());
        let value = number.and_then(|number| values.get(number.checked_sub(1)?));
        statement.raw_bind_parameter(place, value.unwrap_or(&Value::Null))?;
    }
    let mut sheet = Sheet::new(statement.column_count());
    let mut rows = statement.raw_query();
    while let Some(row) = rows.next()? {
        for place in 0..sheet.width() {
            sheet.push(row.get_ref(place)?);
        }
    }
    Ok(sheet.into_rows())
}

/// Opens the file so that nothing can be changed.
fn open(path: &Path) -> rusqlite::Result<Connection> {
    let flags = OpenFlags::SQLITE_OPEN_READ_ONLY | OpenFlags::SQLITE_OPEN_NO_MUTEX;
    let connection = Connection::open_with_flags(path, flags)?;
    connection.set_prepared_statement_cache_capacity(PREPARED);
    connection.pragma_update(None, "query_only", true)?;
    // Or SQLite plans a statement anew each time that other values are bound to it.
    connection.set_db_config(DbConfig::SQLITE_DBCONFIG_ENABLE_QPSG, true)?;
    connection.pragma_update(None, "cache_size", -4096)?;
    Ok(connection)
}

/// Makes connections.
struct Opener {
    path: PathBuf,
}

impl Manager for Opener {
    type Type = Connection;
    type Error = Error;

    async fn create(&self) -> Result<Connection> {
        let path = self.path.clone();
        on_a_thread(move || open(&path)).await
    }

    async fn recycle(&self, _: &mut Connection, _: &Metrics) -> RecycleResult<Error> {
        Ok(())
    }
}
