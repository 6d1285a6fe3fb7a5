//! Changes that happen together or not at all, and long reads that see one moment.

use std::ops::ControlFlow;

use futures_util::{Stream, TryStreamExt as _};
use sea_orm::DatabaseConnection;
use sqlx::postgres::PgConnection;
use sqlx::sqlite::SqliteConnection;
use sqlx::{AssertSqlSafe, Connection, Executor, Postgres, Sqlite};
use uuid::Uuid;

use super::bind::{for_postgres, for_sqlite};
use super::database::Dialect;
use super::failure::{from_driver, is_connection_lost};
use super::row::Row;
use super::row_security;
use super::sql::{Sql, count_statement};
use crate::error::Result;

/// Changes under way. Dropped without [`Transaction::commit`], nothing of it has happened.
pub enum Transaction {
    /// On PostgreSQL.
    Postgres(sqlx::Transaction<'static, Postgres>),
    /// On SQLite, the only writer from its start.
    Sqlite(sqlx::Transaction<'static, Sqlite>),
}

/// How often a change is begun again on a connection that somebody before left half-way.
const UNSETTLED: u32 = 3;

impl Transaction {
    /// Begins on a connection of the writers. Whoever went away in the middle of a change leaves a connection whose
    /// undoing is still under way, and what the driver then reads may be the answer to that. Nothing has happened yet, so
    /// trying again cannot do anything twice.
    pub(super) async fn begin(writer: &DatabaseConnection, dialect: Dialect) -> Result<Self, sqlx::Error> {
        let mut tries = UNSETTLED;
        loop {
            let begun = match dialect {
                Dialect::Postgres => begin_on_postgres(writer).await.map(Transaction::Postgres),
                Dialect::Sqlite => writer
                    .get_sqlite_connection_pool()
                    .begin_with("BEGIN IMMEDIATE")
                    .await
                    .map(Transaction::Sqlite),
            };
            match begun {
                Err(sqlx::Error::BeginFailed) if tries > 0 => tries -= 1,
                other => return other,
            }
        }
    }

    /// Which store it runs on.
    pub fn dialect(&self) -> Dialect {
        match self {
            Transaction::Postgres(_) => Dialect::Postgres,
            Transaction::Sqlite(_) => Dialect::Sqlite,
        }
    }

    /// Runs a statement; gives the number of rows it changed.
    pub async fn execute(&mut self, sql: &Sql) -> Result<u64> {
        count_statement();
        match self {
            Transaction::Postgres(connection) => on_postgres_execute(connection, sql).await,
            Transaction::Sqlite(connection) => on_sqlite_execute(connection, sql).await,
        }
        .map_err(from_driver)
    }

    /// Runs a statement that gives rows: a SELECT, or a change with RETURNING.
    pub async fn fetch(&mut self, sql: &Sql) -> Result<Vec<Row>> {
        count_statement();
        match self {
            Transaction::Postgres(connection) => on_postgres(&mut **connection, sql).await,
            Transaction::Sqlite(connection) => on_sqlite(&mut **connection, sql).await,
        }
        .map_err(from_driver)
    }

    /// Lets the statements that follow take as long as they need; for jobs and imports, not for requests.
    pub async fn without_time_limit(&mut self) -> Result<()> {
        match self {
            Transaction::Postgres(_) => {
                self.execute(&Sql::new("SET LOCAL statement_timeout = 0")).await?;
            }
            // SQLite knows no such limit.
            Transaction::Sqlite(_) => {}
        }
        Ok(())
    }

    /// Makes everything done in it last.
    pub async fn commit(self) -> Result<()> {
        match self {
            Transaction::Postgres(transaction) => transaction.commit().await,
            Transaction::Sqlite(transaction) => transaction.commit().await,
        }
        .map_err(from_driver)
    }

    /// Undoes everything done in it; dropping it does so, too, but later.
    pub async fn roll_back(self) -> Result<()> {
        match self {
            Transaction::Postgres(transaction) => transaction.rollback().await,
            Transaction::Sqlite(transaction) => transaction.rollback().await,
        }
        .map_err(from_driver)
    }
}

/// A server that was started anew has ended every connection: each that turns out to be lost makes room for another,
/// until a new one is made.
async fn begin_on_postgres(
    writer: &DatabaseConnection,
) -> Result<sqlx::Transaction<'static, Postgres>, sqlx::Error> {
    let pool = writer.get_postgres_connection_pool();
    let mut idle = pool.options().get_max_connections();
    loop {
        match pool.begin_with("BEGIN READ WRITE").await {
            Err(error) if idle > 0 && is_connection_lost(&error) => idle -= 1,
            other => return other,
        }
    }
}

/// A read of any length that sees the database as it was at the start, on a connection of its own, so that
/// it takes none from the requests. On SQLite the write-ahead log grows while it lives.
pub enum Snapshot {
    /// On PostgreSQL: repeatable read, read only.
    Postgres(Box<PgConnection>),
    /// On SQLite: a read transaction.
    Sqlite(Box<SqliteConnection>),
}

impl Snapshot {
    /// With an account: the connection reads behind row-level security.
    pub(super) async fn of_postgres(
        mut connection: PgConnection,
        account: Option<Uuid>,
    ) -> Result<Self, sqlx::Error> {
        // The snapshot is taken by the first statement behind BEGIN.
        connection
            .execute("BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY")
            .await?;
        connection.execute("SELECT 1").await?;
        if let Some(account) = account {
            row_security::read_for(&mut connection, account).await?;
        }
        Ok(Snapshot::Postgres(Box::new(connection)))
    }

    pub(super) async fn of_sqlite(mut connection: SqliteConnection) -> Result<Self, sqlx::Error> {
        connection.execute("BEGIN DEFERRED").await?;
        // The snapshot is taken by the first read, not by BEGIN.
        connection.execute("SELECT count(*) FROM sqlite_schema").await?;
        Ok(Snapshot::Sqlite(Box::new(connection)))
    }

    /// Which store it reads.
    pub fn dialect(&self) -> Dialect {
        match self {
            Snapshot::Postgres(_) => Dialect::Postgres,
            Snapshot::Sqlite(_) => Dialect::Sqlite,
        }
    }

    /// Runs a SELECT.
    pub async fn fetch(&mut self, sql: &Sql) -> Result<Vec<Row>> {
        count_statement();
        match self {
            Snapshot::Postgres(connection) => on_postgres(&mut **connection, sql).await,
            Snapshot::Sqlite(connection) => on_sqlite(&mut **connection, sql).await,
        }
        .map_err(from_driver)
    }

    /// Runs a SELECT and hands its rows on one by one, until there are none or `read` breaks off; gives whether there were
    /// none. So nobody holds more of them than somebody has asked for.
    pub(super) async fn fetch_each(
        &mut self,
        sql: &Sql,
        read: impl FnMut(Row) -> Result<ControlFlow<()>>,
    ) -> Result<bool> {
        count_statement();
        match self {
            Snapshot::Postgres(connection) => {
                let arguments = for_postgres(&sql.values).map_err(from_driver)?;
                let query = sqlx::query_with(AssertSqlSafe(sql.text.as_str()), arguments);
                each(connection.fetch(query).map_ok(Row::Postgres), read).await
            }
            Snapshot::Sqlite(connection) => {
                let arguments = for_sqlite(&sql.values).map_err(from_driver)?;
                let query = sqlx::query_with(AssertSqlSafe(sql.text.as_str()), arguments);
                each(connection.fetch(query).map_ok(Row::Sqlite), read).await
            }
        }
    }

    /// Ends it; dropping it does so, too, but without saying goodbye to the server.
    pub async fn close(self) -> Result<()> {
        match self {
            Snapshot::Postgres(connection) => connection.close().await,
            Snapshot::Sqlite(connection) => connection.close().await,
        }
        .map_err(from_driver)
    }
}

async fn each(
    mut rows: impl Stream<Item = Result<Row, sqlx::Error>> + Unpin,
    mut read: impl FnMut(Row) -> Result<ControlFlow<()>>,
) -> Result<bool> {
    while let Some(row) = rows.try_next().await.map_err(from_driver)? {
        if read(row)?.is_break() {
            return Ok(false);
        }
    }
    Ok(true)
}

/// Reads rows from a connection or a pool of PostgreSQL.
pub(super) async fn on_postgres<'c>(
    executor: impl Executor<'c, Database = Postgres>,
    sql: &Sql,
) -> Result<Vec<Row>, sqlx::Error> {
    let arguments = for_postgres(&sql.values)?;
    let rows = executor
        .fetch_all(sqlx::query_with(AssertSqlSafe(sql.text.as_str()), arguments))
        .await?;
    Ok(rows.into_iter().map(Row::Postgres).collect())
}

/// Reads rows from a connection or a pool of SQLite.
pub(super) async fn on_sqlite<'c>(
    executor: impl Executor<'c, Database = Sqlite>,
    sql: &Sql,
) -> Result<Vec<Row>, sqlx::Error> {
    let arguments = for_sqlite(&sql.values)?;
    let rows = executor
        .fetch_all(sqlx::query_with(AssertSqlSafe(sql.text.as_str()), arguments))
        .await?;
    Ok(rows.into_iter().map(Row::Sqlite).collect())
}

async fn on_postgres_execute(connection: &mut PgConnection, sql: &Sql) -> Result<u64, sqlx::Error> {
    let arguments = for_postgres(&sql.values)?;
    let done = connection
        .execute(sqlx::query_with(AssertSqlSafe(sql.text.as_str()), arguments))
        .await?;
    Ok(done.rows_affected())
}

async fn on_sqlite_execute(connection: &mut SqliteConnection, sql: &Sql) -> Result<u64, sqlx::Error> {
    let arguments = for_sqlite(&sql.values)?;
    let done = connection
        .execute(sqlx::query_with(AssertSqlSafe(sql.text.as_str()), arguments))
        .await?;
    Ok(done.rows_affected())
}
