//! Writing tables anew, so that nothing of rows that are gone is left in their files and their indexes (`privacy.md` 3.4, L3).
//! Readers and writers of a table wait meanwhile: it is for hours in which nobody minds. Knows no erasure.

use std::time::Duration;

use sqlx::{AssertSqlSafe, Connection, Executor, Row as _};

use super::database::{Database, Dialect};
use super::failure::from_driver;
use super::statistics::is_ours;
use crate::error::{Code, Fault, Refusal, Result};

/// How long a table is waited for that somebody else uses.
const PATIENCE: &str = "SET lock_timeout = '30s'";

/// How often it is looked whether anybody still reads what was there before, a second apart.
const LOOKS: u32 = 60;

/// Waits until nobody reads any more what was there when it was asked: rows that are gone are copied as long as somebody may
/// still see them. Errors: `DEPENDENCY_UNAVAILABLE` when that takes too long, `FORBIDDEN` where it cannot be told.
pub async fn wait_for_older(database: &Database) -> Result<()> {
    if database.dialect() == Dialect::Sqlite {
        return Ok(());
    }
    let mut connection = database.for_postgres_migration().await?;
    // Of sessions of other roles an unprivileged one is told nothing, not even that they still see what was there.
    let hidden = "SELECT count(*) FROM pg_stat_activity WHERE datname = current_database() AND usesysid IS NOT NULL \
                  AND query = '<insufficient privilege>'";
    let hidden: i64 = sqlx::query_scalar(hidden)
        .fetch_one(&mut connection)
        .await
        .map_err(from_driver)?;
    if hidden > 0 {
        let message = "other roles use the database, and this one may not see whether they still read what was there before the \
                       erasures: GRANT pg_read_all_stats to it, or run this while nobody else is connected";
        return Err(Refusal::new(Code::Forbidden, message).into());
    }
    // The server's transactions and its own count of them: no clock is asked.
    let next = "SELECT (txid_snapshot_xmax(txid_current_snapshot()) % 4294967296)::text";
    let next: String = sqlx::query_scalar(next)
        .fetch_one(&mut connection)
        .await
        .map_err(from_driver)?;
    let older = format!(
        "SELECT (SELECT count(*) FROM pg_stat_activity WHERE pid <> pg_backend_pid() AND datname = current_database() \
         AND age(backend_xmin) > age('{next}'::xid)) \
         + (SELECT count(*) FROM pg_prepared_xacts WHERE database = current_database()) \
         + (SELECT count(*) FROM pg_replication_slots WHERE age(xmin) > age('{next}'::xid))"
    );
    for _ in 0..LOOKS {
        let count: i64 = sqlx::query_scalar(AssertSqlSafe(older.clone()))
            .fetch_one(&mut connection)
            .await
            .map_err(from_driver)?;
        if count == 0 {
            return connection.close().await.map_err(from_driver);
        }
        tokio::time::sleep(Duration::from_secs(1)).await;
    }
    let message =
        "somebody still reads what was there before the erasures, as an export does; run it again later";
    Err(Fault::StoreUnavailable(message.into()).into())
}

/// Writes a table and its indexes anew; false when it belongs to another role, which alone may do it. The embedded store is
/// written anew as a whole, by [`rewrite_embedded`].
pub async fn rewrite(database: &Database, table: &str) -> Result<bool> {
    match database.dialect() {
        Dialect::Postgres => {
            if !is_ours(database, table).await? {
                return Ok(false);
            }
            let mut connection = database.for_postgres_migration().await?;
            connection.execute(PATIENCE).await.map_err(from_driver)?;
            // Tables are named by the catalog alone.
            let sql = AssertSqlSafe(format!("VACUUM (FULL, ANALYZE) \"{table}\""));
            connection.execute(sql).await.map_err(from_driver)?;
            connection.close().await.map_err(from_driver)?;
        }
        Dialect::Sqlite => {}
    }
    Ok(true)
}

/// Writes the embedded store anew, where there is one. Errors: `DEPENDENCY_UNAVAILABLE` while somebody reads it.
pub async fn rewrite_embedded(database: &Database) -> Result<()> {
    if database.dialect() == Dialect::Postgres {
        return Ok(());
    }
    let mut connection = database.for_sqlite_rewriting().await?;
    connection.execute("VACUUM").await.map_err(from_driver)?;
    let checkpoint = connection.fetch_one("PRAGMA wal_checkpoint(TRUNCATE)").await;
    let is_busy: i64 = checkpoint.map_err(from_driver)?.get(0);
    connection.close().await.map_err(from_driver)?;
    match is_busy {
        0 => Ok(()),
        _ => Err(Fault::StoreUnavailable("somebody reads the store; run it again later".into()).into()),
    }
}
