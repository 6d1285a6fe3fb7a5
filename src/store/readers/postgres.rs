//! The readers of PostgreSQL: a statement is one round trip. A connection is asked whether it lives only when it was
//! idle for a while; one that was left half-way comes back when its statement has ended.
//!
//! Behind row-level security a connection is told for which account it reads, and again only when that changes.

use std::convert::identity;
use std::time::Duration;

use deadpool::managed::{Manager, Metrics, Object, Pool, RecycleError, RecycleResult};
use sqlx::Connection;
use sqlx::postgres::{PgConnectOptions, PgConnection};
use tokio::runtime::Handle;
use uuid::Uuid;

use super::{close, pool, unavailable};
use crate::error::Result;
use crate::store::failure::is_connection_lost;
use crate::store::row::Row;
use crate::store::row_security;
use crate::store::sql::Sql;
use crate::store::transaction::on_postgres;

/// How long a connection may have been idle and still be taken for alive.
const FRESH: Duration = Duration::from_secs(2);

/// How old a connection becomes: the server keeps for each what it has learned, and gives nothing back.
const OLD: Duration = Duration::from_secs(30 * 60);

/// Connections that read.
#[derive(Clone)]
pub(in crate::store) struct PostgresReaders {
    pool: Pool<Maker>,
    /// How long a statement that nobody waits for any more may take to end.
    patience: Duration,
}

impl PostgresReaders {
    /// At most so many connections, none of them made yet. `statement` is the server's limit for one statement.
    pub(in crate::store) fn new(
        options: PgConnectOptions,
        connections: u32,
        wait: Duration,
        statement: Duration,
    ) -> Result<Self> {
        let pool = pool(Maker { options }, connections, wait)?;
        Ok(PostgresReaders {
            pool,
            patience: statement + wait,
        })
    }

    /// Runs a SELECT, behind row-level security for that account; once more, on a new connection, when the first one
    /// turns out to be lost.
    pub(in crate::store) async fn fetch(
        &self,
        account: Option<Uuid>,
        sql: &Sql,
    ) -> Result<Vec<Row>, sqlx::Error> {
        match self.fetch_once(account, sql).await {
            Err(error) if is_connection_lost(&error) => {
                // A server that was started anew has ended all of them, so the next idle one is no better.
                drop(self.pool.retain(|_, _| false));
                self.fetch_once(account, sql).await
            }
            other => other,
        }
    }

    async fn fetch_once(&self, account: Option<Uuid>, sql: &Sql) -> Result<Vec<Row>, sqlx::Error> {
        let connection = self.pool.get().await;
        let connection = connection.map_err(|error| unavailable(error, identity, identity))?;
        let mut loan = Loan {
            connection: Some(connection),
            patience: self.patience,
        };
        let rows = match &mut loan.connection {
            Some(reader) => reader.fetch(account, sql).await,
            None => Err(sqlx::Error::PoolClosed),
        };
        loan.end(is_usable_after(&rows));
        rows
    }

    /// Says goodbye to the server, after those at work are done.
    pub(in crate::store) async fn close(&self) {
        for reader in close(&self.pool).await {
            // A server that is gone already needs no goodbye.
            let _ = reader.connection.close().await;
        }
    }
}

/// Whether the conversation is in order: the server answered, or was not asked.
fn is_usable_after(outcome: &Result<Vec<Row>, sqlx::Error>) -> bool {
    match outcome {
        Ok(_) | Err(sqlx::Error::Encode(_)) => true,
        Err(error @ sqlx::Error::Database(_)) => !is_connection_lost(error),
        Err(_) => false,
    }
}

/// A connection under way, which knows whether it was left half-way.
struct Loan {
    connection: Option<Object<Maker>>,
    patience: Duration,
}

impl Loan {
    fn end(mut self, is_usable: bool) {
        if let Some(connection) = self.connection.take()
            && !is_usable
        {
            drop(Object::take(connection));
        }
    }
}

impl Drop for Loan {
    /// Whoever asked went away before the answer was there. What is left of the answer would be read by the next one,
    /// and an error in it would be told to them, so it is read here. Until then the connection stays taken: else
    /// somebody who asks and goes away, again and again, would keep the server at more statements than there are
    /// connections.
    fn drop(&mut self) {
        let Some(mut connection) = self.connection.take() else {
            return;
        };
        let patience = self.patience;
        match Handle::try_current() {
            Ok(runtime) => drop(runtime.spawn(async move {
                let ended = tokio::time::timeout(patience, connection.connection.ping()).await;
                if !matches!(ended, Ok(Ok(()))) {
                    drop(Object::take(connection));
                }
            })),
            Err(_) => drop(Object::take(connection)),
        }
    }
}

/// A connection, and for which account the server was told that it reads.
struct Reader {
    connection: PgConnection,
    account: Option<Uuid>,
}

impl Reader {
    async fn fetch(&mut self, account: Option<Uuid>, sql: &Sql) -> Result<Vec<Row>, sqlx::Error> {
        if let Some(account) = account
            && self.account != Some(account)
        {
            // Unknown until the server has answered: whoever goes away meanwhile leaves either of the two.
            self.account = None;
            row_security::read_for(&mut self.connection, account).await?;
            self.account = Some(account);
        }
        on_postgres(&mut self.connection, sql).await
    }
}

/// Makes connections.
struct Maker {
    options: PgConnectOptions,
}

impl Manager for Maker {
    type Type = Reader;
    type Error = sqlx::Error;

    async fn create(&self) -> Result<Reader, sqlx::Error> {
        Ok(Reader {
            connection: PgConnection::connect_with(&self.options).await?,
            account: None,
        })
    }

    async fn recycle(&self, reader: &mut Reader, metrics: &Metrics) -> RecycleResult<sqlx::Error> {
        if metrics.age() > OLD {
            return Err(RecycleError::message("the connection is old"));
        }
        if metrics.last_used() > FRESH {
            reader.connection.ping().await?;
        }
        Ok(())
    }
}
