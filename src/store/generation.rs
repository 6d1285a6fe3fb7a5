//! The installation's generation: the number of the latest erasure that was about to be done when this database was
//! written. Outside of the database the ledger holds the same number, by which an older database is told.
//!
//! Must not know the ledger.

use std::collections::HashMap;

use uuid::Uuid;

use super::database::Database;
use super::sql::Sql;
use super::transaction::Transaction;
use crate::clock::Instant;
use crate::error::{Fault, Result};

/// The installation's one row.
const ROW: &str = "id = (SELECT id FROM installations ORDER BY created_at, id LIMIT 1)";

/// The generation of this database.
pub async fn current(database: &Database) -> Result<i64> {
    let mut sql = Sql::new("SELECT generation FROM installations WHERE ");
    sql.push(ROW);
    let rows = database.fetch(&sql).await?;
    rows.first().ok_or_else(missing)?.int(0)
}

/// Takes the next generation. Two transactions never take the same.
pub async fn next(transaction: &mut Transaction, now: Instant) -> Result<i64> {
    let mut sql = Sql::new("UPDATE installations SET generation = generation + 1, updated_at = ");
    sql.bind(now)
        .push(" WHERE ")
        .push(ROW)
        .push(" RETURNING generation");
    let rows = transaction.fetch(&sql).await?;
    rows.first().ok_or_else(missing)?.int(0)
}

/// Makes the generation that one, unless it is higher.
pub async fn raise(transaction: &mut Transaction, to: i64, now: Instant) -> Result<()> {
    let mut sql = Sql::new("UPDATE installations SET generation = ");
    sql.bind(to)
        .push(", updated_at = ")
        .bind(now)
        .push(" WHERE ")
        .push(ROW)
        .push(" AND generation < ")
        .bind(to);
    transaction.execute(&sql).await?;
    Ok(())
}

/// The state of every erasure that was ever agreed to, by account and id.
pub async fn erasures(database: &Database) -> Result<HashMap<(Uuid, Uuid), String>> {
    let sql = Sql::new(
        "SELECT account_id, id, state FROM erasures WHERE state NOT IN ('planned', 'canceled', 'expired')",
    );
    let rows = database.fetch(&sql).await?;
    rows.iter()
        .map(|row| Ok(((row.uuid(0)?, row.uuid(1)?), row.text(2)?)))
        .collect()
}

fn missing() -> Fault {
    Fault::Invariant("the installation has no row of its own".into())
}
