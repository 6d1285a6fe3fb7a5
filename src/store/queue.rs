//! Jobs as rows: claiming with a lease and a number, and changes that hold only while the claim does (D7,
//! ruling 23).
//!
//! Knows which states a worker may take up, not what the work is. The claim's number rises with every claim, so
//! that a worker thought dead changes nothing when it wakes.

use uuid::Uuid;

use super::database::{Database, Dialect};
use super::row::Row;
use super::sql::Sql;
use super::transaction::Transaction;
use crate::cell::Cell;
use crate::clock::Instant;
use crate::error::{Fault, Result};

/// A table of jobs.
#[derive(Copy, Clone, Debug, PartialEq, Eq, Hash)]
pub enum Queue {
    /// Requests for bundles.
    Exports,
    /// Erasures.
    Erasures,
}

impl Queue {
    /// The table's name.
    pub fn table(self) -> &'static str {
        match self {
            Queue::Exports => "exports",
            Queue::Erasures => "erasures",
        }
    }

    /// The states that wait for a worker or are in a worker's hands.
    fn states(self) -> &'static str {
        match self {
            Queue::Exports => "('queued', 'running')",
            Queue::Erasures => "('confirmed', 'fenced', 'running', 'verifying')",
        }
    }
}

/// A job in our hands.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Claim {
    /// Which table.
    pub queue: Queue,
    /// The job's account.
    pub account: Uuid,
    /// The job.
    pub id: Uuid,
    /// The number of this claim.
    pub number: i64,
    /// How often the job was claimed, this time included.
    pub attempts: i64,
}

/// Takes up the oldest job that nobody works on. `lease_now` and `lease` are milliseconds of
/// [`crate::clock::Clock::lease_milliseconds`].
pub async fn claim(
    database: &Database,
    queue: Queue,
    lease_now: i64,
    lease: i64,
    now: Instant,
) -> Result<Option<Claim>> {
    claim_oldest(database, queue, (lease_now, lease), now, None).await
}

/// As [`claim`], of that one job; `None` when somebody works on it or nothing is left to do.
pub async fn claim_this(
    database: &Database,
    queue: Queue,
    (account, id): (Uuid, Uuid),
    lease: (i64, i64),
    now: Instant,
) -> Result<Option<Claim>> {
    claim_oldest(database, queue, lease, now, Some((account, id))).await
}

async fn claim_oldest(
    database: &Database,
    queue: Queue,
    (lease_now, lease): (i64, i64),
    now: Instant,
    only: Option<(Uuid, Uuid)>,
) -> Result<Option<Claim>> {
    let mut sql = Sql::new("UPDATE ");
    sql.push(queue.table())
        .push(" SET claim_number = claim_number + 1, attempts = attempts + 1, lease_until = ");
    sql.bind(lease_now + lease).push(", updated_at = ").bind(now);
    if queue == Queue::Exports {
        sql.push(", state = 'running', started_at = COALESCE(started_at, ")
            .bind(now)
            .push(")");
    }
    sql.push(" WHERE id = (SELECT id FROM ")
        .push(queue.table())
        .push(" WHERE state IN ")
        .push(queue.states());
    if let Some((account, id)) = only {
        sql.push(" AND account_id = ")
            .bind(account)
            .push(" AND id = ")
            .bind(id);
    }
    sql.push(" AND (lease_until IS NULL OR lease_until < ")
        .bind(lease_now)
        .push(") ORDER BY created_at, id LIMIT 1");
    if database.dialect() == Dialect::Postgres {
        sql.push(" FOR UPDATE SKIP LOCKED");
    }
    sql.push(") RETURNING account_id, id, claim_number, attempts");
    let rows = database
        .write(async |transaction| transaction.fetch(&sql).await)
        .await?;
    rows.first()
        .map(|row| {
            Ok(Claim {
                queue,
                account: row.uuid(0)?,
                id: row.uuid(1)?,
                number: row.int(2)?,
                attempts: row.int(3)?,
            })
        })
        .transpose()
}

/// Takes up one job that is finished, to look at it again; `None` when somebody else does. `lease`: the time now and
/// the length, in milliseconds.
pub async fn claim_one(
    database: &Database,
    queue: Queue,
    account: Uuid,
    id: Uuid,
    (lease_now, lease): (i64, i64),
) -> Result<Option<Claim>> {
    let mut sql = Sql::new("UPDATE ");
    sql.push(queue.table())
        .push(" SET claim_number = claim_number + 1, lease_until = ")
        .bind(lease_now + lease);
    sql.push(" WHERE account_id = ")
        .bind(account)
        .push(" AND id = ")
        .bind(id);
    sql.push(" AND (lease_until IS NULL OR lease_until < ")
        .bind(lease_now)
        .push(")");
    sql.push(" RETURNING claim_number, attempts");
    let rows = database
        .write(async |transaction| transaction.fetch(&sql).await)
        .await?;
    rows.first()
        .map(|row| {
            Ok(Claim {
                queue,
                account,
                id,
                number: row.int(0)?,
                attempts: row.int(1)?,
            })
        })
        .transpose()
}

/// Sets until when a job is in our hands; `None`: it is given back. Changes nothing when it is finished or in other
/// hands.
pub async fn hold(database: &Database, claim: &Claim, until: Option<i64>) -> Result<bool> {
    let mut sql = Sql::new("UPDATE ");
    sql.push(claim.queue.table())
        .push(" SET lease_until = ")
        .bind(until);
    sql.push(" WHERE account_id = ")
        .bind(claim.account)
        .push(" AND id = ")
        .bind(claim.id);
    sql.push(" AND claim_number = ").bind(claim.number);
    sql.push(" AND state IN ").push(claim.queue.states());
    let held = database
        .write(async |transaction| transaction.execute(&sql).await)
        .await?;
    Ok(held == 1)
}

/// Frees every job, whoever held it. For the embedded store alone, whose lock says that nobody else works.
pub async fn free_all(database: &Database, queue: Queue) -> Result<()> {
    let mut sql = Sql::new("UPDATE ");
    sql.push(queue.table())
        .push(" SET lease_until = NULL WHERE lease_until IS NOT NULL");
    database
        .write(async |transaction| transaction.execute(&sql).await)
        .await?;
    Ok(())
}

/// Changes a job's row if the claim still holds; false when another worker has it. Columns are ours, never input.
pub async fn change(transaction: &mut Transaction, claim: &Claim, columns: &[(&str, Cell)]) -> Result<bool> {
    change_if(transaction, claim, &[], columns).await
}

/// As [`change`], and only while the job is in one of `states`, if any are named.
pub async fn change_if(
    transaction: &mut Transaction,
    claim: &Claim,
    states: &[&str],
    columns: &[(&str, Cell)],
) -> Result<bool> {
    let mut sql = Sql::new("UPDATE ");
    sql.push(claim.queue.table()).push(" SET ");
    push_columns(&mut sql, columns);
    sql.push(" WHERE account_id = ")
        .bind(claim.account)
        .push(" AND id = ")
        .bind(claim.id);
    sql.push(" AND claim_number = ").bind(claim.number);
    if !states.is_empty() {
        push_states(&mut sql, states);
    }
    Ok(transaction.execute(&sql).await? == 1)
}

/// Changes a job's row from one of `states`; false when it is in another. For requests from outside.
pub async fn change_from(
    transaction: &mut Transaction,
    queue: Queue,
    account: Uuid,
    id: Uuid,
    states: &[&str],
    columns: &[(&str, Cell)],
) -> Result<bool> {
    let mut sql = Sql::new("UPDATE ");
    sql.push(queue.table()).push(" SET ");
    push_columns(&mut sql, columns);
    sql.push(" WHERE account_id = ")
        .bind(account)
        .push(" AND id = ")
        .bind(id);
    push_states(&mut sql, states);
    Ok(transaction.execute(&sql).await? == 1)
}

fn push_states(sql: &mut Sql, states: &[&str]) {
    sql.push(" AND state IN (");
    for (index, state) in states.iter().enumerate() {
        sql.push(if index > 0 { ", " } else { "" }).bind(*state);
    }
    sql.push(")");
}

fn push_columns(sql: &mut Sql, columns: &[(&str, Cell)]) {
    for (index, (column, value)) in columns.iter().enumerate() {
        sql.push(if index > 0 { ", " } else { "" })
            .name(column)
            .push(" = ");
        sql.bind(value.clone());
    }
}

/// Adds a job's row, or finds the one that the same asker made with the same idempotency key.
pub async fn add(
    transaction: &mut Transaction,
    queue: Queue,
    account: Uuid,
    columns: &[(&str, Cell)],
) -> Result<Added> {
    let value = |name: &str| {
        columns
            .iter()
            .find(|(column, _)| *column == name)
            .map(|(_, value)| value.clone())
            .unwrap_or_default()
    };
    let asker = if value("requested_by_id").is_null() {
        ("api_key_id", value("api_key_id"))
    } else {
        ("requested_by_id", value("requested_by_id"))
    };
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
    let Cell::Text(key) = value("idempotency_key") else {
        return Err(Fault::Invariant("a job has an idempotency key".into()).into());
    };
    let rows = transaction.fetch(&known_sql(queue, account, asker, &key)).await?;
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
    asker: (&'static str, Cell),
    idempotency_key: &str,
) -> Result<Option<Added>> {
    let rows = database
        .fetch(&known_sql(queue, account, asker, idempotency_key))
        .await?;
    rows.first().map(known_job).transpose()
}

fn known_sql(queue: Queue, account: Uuid, (column, asker): (&'static str, Cell), key: &str) -> Sql {
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

/// Reads columns of a job's row; `None`: there is no such job in the account.
pub async fn read(
    database: &Database,
    queue: Queue,
    account: Uuid,
    id: Uuid,
    columns: &[(&str, crate::cell::Kind)],
) -> Result<Option<Vec<Cell>>> {
    let mut sql = Sql::new("SELECT ");
    for (index, (column, _)) in columns.iter().enumerate() {
        sql.push(if index > 0 { ", " } else { "" }).name(column);
    }
    sql.push(" FROM ")
        .push(queue.table())
        .push(" WHERE account_id = ")
        .bind(account)
        .push(" AND id = ")
        .bind(id);
    let rows = database.fetch(&sql).await?;
    let Some(row) = rows.first() else { return Ok(None) };
    columns
        .iter()
        .enumerate()
        .map(|(index, (_, kind))| row.cell(index, *kind))
        .collect::<Result<_>>()
        .map(Some)
}
