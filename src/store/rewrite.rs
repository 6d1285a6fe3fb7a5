//! Writing tables anew, so that nothing of rows that are gone is left in their files and their indexes (`privacy.md` 3.4, L3).
//! Readers and writers of a table wait meanwhile: it is for hours in which nobody minds. Knows no erasure.

use sqlx::{AssertSqlSafe, Connection, Executor, SqliteConnection};

use super::database::{Database, Dialect};
use super::failure::from_driver;
use super::statistics::is_ours;
use crate::error::Result;

/// How long a table is waited for that somebody else uses.
const PATIENCE: &str = "SET lock_timeout = '30s'";

/// Writes a table and its indexes anew; false when it belongs to another role, which alone may do it. The embedded store is
/// written anew as a whole, whichever table it is asked for.
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
        Dialect::Sqlite => {
            let mut connection = database.for_sqlite_rewriting().await?;
            rewrite_whole(&mut connection).await?;
            connection.close().await.map_err(from_driver)?;
        }
    }
    Ok(true)
}

async fn rewrite_whole(connection: &mut SqliteConnection) -> Result<()> {
    for sql in ["VACUUM", "PRAGMA wal_checkpoint(TRUNCATE)"] {
        connection.execute(sql).await.map_err(from_driver)?;
    }
    Ok(())
}
