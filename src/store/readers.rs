//! The connections that answer requests, and one statement on one of them. Must not know what is asked.
//!
//! Not the driver's own pool: that starts a task and asks the server once more each time a connection comes back,
//! which costs as much as a small statement.

mod postgres;
mod sqlite;

use std::time::Duration;

use deadpool::Runtime;
use deadpool::managed::{Manager, Pool, PoolConfig, PoolError, QueueMode, Timeouts};

use super::failure::from_driver;
use super::row::Row;
use super::sql::Sql;
use crate::error::{Fault, Result};

pub(super) use postgres::PostgresReaders;
pub(super) use sqlite::SqliteReaders;

/// The readers of one of the two stores.
#[derive(Clone)]
pub(super) enum Readers {
    /// Of PostgreSQL.
    Postgres(PostgresReaders),
    /// Of the embedded store.
    Sqlite(SqliteReaders),
}

impl Readers {
    /// Runs a SELECT.
    pub(super) async fn fetch(&self, sql: &Sql) -> Result<Vec<Row>> {
        match self {
            Readers::Postgres(readers) => readers.fetch(None, sql).await.map_err(from_driver),
            Readers::Sqlite(readers) => readers.fetch(sql).await,
        }
    }

    /// Closes all, after those at work are done.
    pub(super) async fn close(&self) {
        match self {
            Readers::Postgres(readers) => readers.close().await,
            Readers::Sqlite(readers) => readers.close().await,
        }
    }
}

/// A pool of so many connections, in which whoever waits, connects or asks whether one still lives has a time limit.
fn pool<M: Manager>(maker: M, connections: u32, wait: Duration) -> Result<Pool<M>> {
    Pool::builder(maker)
        .config(PoolConfig {
            max_size: usize::try_from(connections.max(1)).unwrap_or(usize::MAX),
            timeouts: Timeouts {
                wait: Some(wait),
                create: Some(wait),
                recycle: Some(wait),
            },
            // What was used last has its statements and pages at hand.
            queue_mode: QueueMode::Lifo,
        })
        .runtime(Runtime::Tokio1)
        .build()
        .map_err(|error| Fault::Invariant(format!("no pool of connections: {error}")).into())
}

/// What kept a connection from being had: an error of making it, or one that the driver's own pool would give.
fn unavailable<E, T>(
    error: PoolError<E>,
    making: impl FnOnce(E) -> T,
    pool: impl FnOnce(sqlx::Error) -> T,
) -> T {
    match error {
        PoolError::Backend(error) => making(error),
        PoolError::Closed => pool(sqlx::Error::PoolClosed),
        PoolError::Timeout(_) | PoolError::NoRuntimeSpecified | PoolError::PostCreateHook(_) => {
            pool(sqlx::Error::PoolTimedOut)
        }
    }
}

/// Closes a pool and waits for the connections at work. Gives those that were not.
async fn close<M: Manager>(pool: &Pool<M>) -> Vec<M::Type> {
    let idle = pool.retain(|_, _| false).removed;
    pool.close();
    while pool.status().size > 0 {
        tokio::time::sleep(Duration::from_millis(5)).await;
    }
    idle
}
