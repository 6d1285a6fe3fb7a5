//! The erasure of whole accounts, as rows: which accounts are closed, who their members are, what is ended when nobody can
//! come in any more, and what is left. Knows no policy but what it is told.

use uuid::Uuid;

use super::database::{Database, Dialect};
use super::sql::Sql;
use super::transaction::Transaction;
use crate::cell::Kind;
use crate::clock::Instant;
use crate::error::Result;

/// A closed account.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct ClosedAccount {
    /// Which.
    pub id: Uuid,
    /// Since when.
    pub closed_at: Instant,
    /// Whether its row says so, as it does once nobody can come in any more.
    pub is_erased: bool,
}

/// The erasure of an account.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Ending {
    /// Its id.
    pub id: Uuid,
    /// Where it is.
    pub state: String,
    /// When it ended, if it has.
    pub finished_at: Option<Instant>,
}

/// Every closed account, in the order of their ids.
pub async fn closed(database: &Database) -> Result<Vec<ClosedAccount>> {
    let sql = "SELECT id, closed_at, status FROM accounts WHERE closed_at IS NOT NULL ORDER BY id";
    let rows = database.fetch(&sql.into()).await?;
    rows.iter()
        .map(|row| {
            Ok(ClosedAccount {
                id: row.uuid(0)?,
                closed_at: row.instant(1)?,
                is_erased: row.text(2)? == "deleted",
            })
        })
        .collect()
}

fn select_ending(account: Uuid) -> Sql {
    let mut sql = Sql::new("SELECT id, state, finished_at FROM erasures WHERE account_id = ");
    sql.bind(account).push(
        " AND account_closed_at IS NOT NULL AND state NOT IN ('refused', 'canceled', 'expired') ORDER BY id DESC LIMIT 1",
    );
    sql
}

/// The erasure of an account that is under way or has ended; not one that was refused or taken back.
pub async fn ending(database: &Database, account: Uuid) -> Result<Option<Ending>> {
    let rows = database.fetch(&select_ending(account)).await?;
    rows.first()
        .map(|row| {
            Ok(Ending {
                id: row.uuid(0)?,
                state: row.text(1)?,
                finished_at: row.cell(2, Kind::Instant)?.as_instant(),
            })
        })
        .transpose()
}

/// Whether an account is closed since then, and has no erasure yet; nobody else gives it one until the end.
pub async fn may_begin(transaction: &mut Transaction, account: Uuid, closed_at: Instant) -> Result<bool> {
    if !is_closed_since(transaction, account, closed_at).await? {
        return Ok(false);
    }
    Ok(transaction.fetch(&select_ending(account)).await?.is_empty())
}

/// Whether an account is closed since then; it stays so until the end.
async fn is_closed_since(transaction: &mut Transaction, account: Uuid, closed_at: Instant) -> Result<bool> {
    let mut sql = Sql::new("SELECT 1 FROM accounts WHERE id = ");
    sql.bind(account).push(" AND closed_at = ").bind(closed_at);
    if transaction.dialect() == Dialect::Postgres {
        sql.push(" FOR NO KEY UPDATE");
    }
    Ok(!transaction.fetch(&sql).await?.is_empty())
}

/// The users whom rows of an account name in these columns: its members, and who was one.
pub async fn users(database: &Database, account: Uuid, named: &[(&str, &str)]) -> Result<Vec<Uuid>> {
    let mut sql = Sql::new("");
    for (place, (table, column)) in named.iter().enumerate() {
        sql.push(if place > 0 { " UNION " } else { "" });
        sql.push("SELECT ")
            .name(column)
            .push(" AS user_id FROM ")
            .name(table);
        sql.push(" WHERE account_id = ")
            .bind(account)
            .push(" AND ")
            .name(column)
            .push(" IS NOT NULL");
    }
    sql.push(" ORDER BY user_id");
    let rows = database.fetch(&sql).await?;
    rows.iter().map(|row| row.uuid(0)).collect()
}

/// The erasures of people of an account that were agreed to and have not ended.
pub async fn promised(database: &Database, account: Uuid) -> Result<Vec<Uuid>> {
    let rows = database.fetch(&select_promised(account)).await?;
    rows.iter().map(|row| row.uuid(0)).collect()
}

/// Whether there is any such, inside a transaction.
pub async fn is_promised(transaction: &mut Transaction, account: Uuid) -> Result<bool> {
    Ok(!transaction.fetch(&select_promised(account)).await?.is_empty())
}

fn select_promised(account: Uuid) -> Sql {
    let mut sql = Sql::new("SELECT id FROM erasures WHERE account_id = ");
    sql.bind(account).push(
        " AND account_closed_at IS NULL AND state IN ('confirmed', 'fenced', 'running', 'paused', 'verifying') ORDER BY id",
    );
    sql
}

/// From now on nobody comes into the account: its people, its keys, its jobs. What its jobs have stored is nobody's, and
/// its other erasures have nobody to look for. False when it is not closed since then.
pub async fn fence(
    transaction: &mut Transaction,
    (account, erasure): (Uuid, Uuid),
    closed_at: Instant,
    now: Instant,
) -> Result<bool> {
    if !is_closed_since(transaction, account, closed_at).await? {
        return Ok(false);
    }
    let mut sql = Sql::new("UPDATE accounts SET status = 'deleted', updated_at = ");
    sql.bind(now).push(" WHERE id = ").bind(account);
    transaction.execute(&sql).await?;
    for (table, forgets) in [
        ("exports", ", bundle_name = NULL"),
        ("imports", ", rejects_name = NULL"),
        ("transfers", ", credential_sealed = NULL"),
    ] {
        let mut sql = Sql::new("UPDATE ");
        sql.name(table)
            .push(" SET claim_number = claim_number + 1, lease_until = NULL")
            .push(forgets);
        sql.push(", state = CASE WHEN state IN ('queued', 'running') THEN 'canceled' ELSE state END");
        sql.push(", finished_at = COALESCE(finished_at, ").bind(now);
        sql.push("), updated_at = ").bind(now);
        sql.push(" WHERE account_id = ").bind(account);
        transaction.execute(&sql).await?;
    }
    let mut sql = Sql::new(
        "UPDATE erasures SET subject_sealed = NULL, subscriber_id = NULL, \
         state = CASE WHEN state IN ('planned', 'confirmed', 'paused') THEN 'canceled' ELSE state END, \
         finished_at = COALESCE(finished_at, ",
    );
    sql.bind(now).push(") WHERE account_id = ").bind(account);
    sql.push(" AND id <> ").bind(erasure);
    transaction.execute(&sql).await?;
    Ok(true)
}

/// Closes an account of an older database as it was closed then.
pub async fn close_again(
    transaction: &mut Transaction,
    account: Uuid,
    closed_at: Instant,
    now: Instant,
) -> Result<()> {
    let mut sql = Sql::new(
        "UPDATE accounts SET status_when_closed = COALESCE(status_when_closed, status), status = 'pending_delete', \
         closed_at = ",
    );
    sql.bind(closed_at).push(", updated_at = ").bind(now);
    sql.push(" WHERE id = ").bind(account);
    transaction.execute(&sql).await.map(drop)
}

/// How many rows an account has in a table, and the latest time in one of its columns.
pub async fn rows(
    database: &Database,
    account: Uuid,
    table: &str,
    column: Option<&str>,
) -> Result<(u64, Option<Instant>)> {
    let mut sql = Sql::new("SELECT count(*)");
    if let Some(column) = column {
        sql.push(", max(").name(column).push(")");
    }
    sql.push(" FROM ")
        .name(table)
        .push(" WHERE account_id = ")
        .bind(account);
    let rows = database.fetch(&sql).await?;
    let Some(row) = rows.first() else {
        return Ok((0, None));
    };
    let latest = match column {
        Some(_) => row.cell(1, Kind::Instant)?.as_instant(),
        None => None,
    };
    Ok((u64::try_from(row.int(0)?).unwrap_or(0), latest))
}

/// How many of these users are still there.
pub async fn users_left(database: &Database, users: &[Uuid]) -> Result<u64> {
    let mut sql = Sql::new("SELECT count(*) FROM users WHERE id IN (SELECT chosen.id FROM ");
    sql.ids(database.dialect(), users).push(" AS chosen)");
    let rows = database.fetch(&sql).await?;
    let count = rows.first().map_or(Ok(0), |row| row.int(0))?;
    Ok(u64::try_from(count).unwrap_or(0))
}

/// Deletes up to `limit` rows of an account from a table; gives how many there were.
pub async fn remove_records(
    transaction: &mut Transaction,
    account: Uuid,
    table: &str,
    limit: u32,
) -> Result<u64> {
    let mut sql = Sql::new("DELETE FROM ");
    sql.name(table)
        .push(" WHERE account_id = ")
        .bind(account)
        .push(" AND id IN (SELECT id FROM ")
        .name(table)
        .push(" WHERE account_id = ")
        .bind(account)
        .push(" ORDER BY id LIMIT ")
        .bind(i64::from(limit))
        .push(")");
    transaction.execute(&sql).await
}

/// Deletes an account's own row, to which nothing refers any more.
pub async fn remove_account(transaction: &mut Transaction, account: Uuid) -> Result<bool> {
    let mut sql = Sql::new("DELETE FROM accounts WHERE closed_at IS NOT NULL AND id = ");
    sql.bind(account);
    Ok(transaction.execute(&sql).await? == 1)
}
