//! Adding jobs: asked for twice with one key, a job is one job; and how many somebody has asked for lately.

use uuid::Uuid;

use super::Queue;
use crate::cell::Cell;
use crate::clock::Instant;
use crate::error::{Fault, Result};
use crate::store::database::{Database, Dialect};
use crate::store::row::Row;
use crate::store::sql::Sql;
use crate::store::transaction::Transaction;

/// The column that names who asks, and the id there.
pub type Asker = (&'static str, Uuid);

/// Lets one transaction at a time add jobs of this asker, so that those that are counted in it are all there are. The
/// embedded store has one writer anyway.
pub async fn queue_up(transaction: &mut Transaction, account: Uuid, (column, id): Asker) -> Result<()> {
    if transaction.dialect() == Dialect::Sqlite {
        return Ok(());
    }
    // The row of who asks, not weaker and not stronger: rows that refer to it can be written meanwhile.
    let mut sql = Sql::new("SELECT id FROM ");
    match column {
        "api_key_id" => sql
            .push("api_keys WHERE account_id = ")
            .bind(account)
            .push(" AND id = "),
        _ => sql.push("users WHERE id = "),
    };
    sql.bind(id).push(" FOR NO KEY UPDATE");
    transaction.fetch(&sql).await?;
    Ok(())
}

/// How many jobs this asker has made since, those of this transaction included.
pub async fn made_since(
    transaction: &mut Transaction,
    queue: Queue,
    account: Uuid,
    (column, id): Asker,
    since: Instant,
) -> Result<i64> {
    let mut sql = Sql::new("SELECT count(*) FROM ");
    sql.push(queue.table())
        .push(" WHERE account_id = ")
        .bind(account)
        .push(" AND created_at > ")
        .bind(since)
        .push(" AND ")
        .push(column)
        .push(" = ")
        .bind(id);
    transaction
        .fetch(&sql)
        .await?
        .first()
        .map_or(Ok(0), |row| row.int(0))
}

/// Adds a job's row, or finds the one that the same asker made with the same idempotency key.
pub async fn add(
    transaction: &mut Transaction,
    queue: Queue,
    account: Uuid,
    asker: Asker,
    columns: &[(&str, Cell)],
) -> Result<Added> {
    let mut sql = Sql::new("INSERT INTO ");
    sql.push(queue.table()).push(" (account_id");
    for (column, _) in columns {
        sql.push(", ").name(column);
    }
    sql.push(") VALUES (").bind(account);
    for (_, value) in columns {
        sql.push(", ").bind(value.clone());
    }
    sql.push(") ON CONFLICT (account_id, ")
        .push(asker.0)
        .push(", idempotency_key) DO NOTHING");
    if transaction.execute(&sql).await? == 1 {
        return Ok(Added::New);
    }
    let key = columns.iter().find(|(column, _)| *column == "idempotency_key");
    let Some((_, Cell::Text(key))) = key else {
        return Err(Fault::Invariant("a job has an idempotency key".into()).into());
    };
    let rows = transaction.fetch(&known_sql(queue, account, asker, key)).await?;
    let row = rows
        .first()
        .ok_or_else(|| Fault::Invariant("a job that conflicts is there".into()))?;
    known_job(row)
}

/// The job that the same asker made with that idempotency key: with the column that names the asker.
pub async fn known(
    database: &Database,
    queue: Queue,
    account: Uuid,
    asker: Asker,
    idempotency_key: &str,
) -> Result<Option<Added>> {
    let rows = database
        .fetch(&known_sql(queue, account, asker, idempotency_key))
        .await?;
    rows.first().map(known_job).transpose()
}

fn known_sql(queue: Queue, account: Uuid, (column, asker): Asker, key: &str) -> Sql {
    let mut sql = Sql::new("SELECT id, input_hash FROM ");
    sql.push(queue.table())
        .push(" WHERE account_id = ")
        .bind(account)
        .push(" AND ")
        .push(column)
        .push(" = ")
        .bind(asker)
        .push(" AND idempotency_key = ")
        .bind(key);
    sql
}

fn known_job(row: &Row) -> Result<Added> {
    Ok(Added::Known {
        id: row.uuid(0)?,
        input_hash: row.bytes(1)?,
    })
}

/// What became of a job that was to be added.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Added {
    /// It was added.
    New,
    /// The same asker has one with that idempotency key.
    Known {
        /// That job.
        id: Uuid,
        /// SHA-256 of the input it was made with.
        input_hash: Vec<u8>,
    },
}
