//! The closing of whole accounts, as rows: when an account was closed, what it was before, and the imports that end with
//! it. Takes permitted closings alone. Knows no time but what it is told.

use uuid::Uuid;

use super::database::{Database, Dialect};
use super::sql::Sql;
use super::transaction::Transaction;
use crate::access::permit::{Closing, Permitted};
use crate::cell::Kind;
use crate::clock::Instant;
use crate::error::{Fault, Result};

/// An account, as far as closing needs it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Standing {
    /// Its name.
    pub name: String,
    /// Whether it is the platform's own.
    pub is_platform: bool,
    /// When it was closed, if it is.
    pub closed_at: Option<Instant>,
    /// Whether its erasure has begun.
    pub is_erased: bool,
}

/// How the account stands, which nobody else changes until the end.
pub async fn look(transaction: &mut Transaction, closing: &Permitted<Closing>) -> Result<Standing> {
    let mut sql = Sql::new(
        "SELECT name, is_platform, closed_at, EXISTS (SELECT 1 FROM erasures AS e WHERE e.account_id = accounts.id \
         AND e.account_closed_at IS NOT NULL AND (e.state IN ('fenced', 'running', 'verifying', 'done', 'partial') \
         OR (e.state = 'paused' AND e.fenced_at IS NOT NULL))) FROM accounts WHERE id = ",
    );
    sql.bind(closing.account());
    if transaction.dialect() == Dialect::Postgres {
        sql.push(" FOR NO KEY UPDATE");
    }
    let rows = transaction.fetch(&sql).await?;
    let row = rows
        .first()
        .ok_or_else(|| Fault::Invariant("the viewer's account is not there".into()))?;
    let closed_at = row.cell(2, Kind::Instant)?.as_instant();
    Ok(Standing {
        name: row.text(0)?,
        is_platform: row.bool(1)?,
        closed_at,
        is_erased: closed_at.is_some() && row.bool(3)?,
    })
}

/// Closes the account.
pub async fn close(transaction: &mut Transaction, closing: &Permitted<Closing>, now: Instant) -> Result<()> {
    let mut sql =
        Sql::new("UPDATE accounts SET status_when_closed = status, status = 'pending_delete', closed_at = ");
    sql.bind(now).push(", updated_at = ").bind(now);
    sql.push(" WHERE id = ").bind(closing.account());
    transaction.execute(&sql).await.map(drop)
}

/// Opens it again, as it was.
pub async fn reopen(transaction: &mut Transaction, closing: &Permitted<Closing>, now: Instant) -> Result<()> {
    let mut sql = Sql::new(
        "UPDATE accounts SET status = COALESCE(status_when_closed, 'active'), status_when_closed = NULL, \
         closed_at = NULL, updated_at = ",
    );
    sql.bind(now).push(" WHERE id = ").bind(closing.account());
    transaction.execute(&sql).await.map(drop)
}

/// Ends the account's imports that are not over, void for the workers that have them; gives which they were.
pub async fn end_imports(
    transaction: &mut Transaction,
    closing: &Permitted<Closing>,
    now: Instant,
) -> Result<Vec<Uuid>> {
    let mut sql = Sql::new(
        "UPDATE imports SET state = 'canceled', claim_number = claim_number + 1, lease_until = NULL, finished_at = ",
    );
    sql.bind(now).push(", updated_at = ").bind(now);
    sql.push(" WHERE account_id = ").bind(closing.account());
    sql.push(" AND state IN ('queued', 'running') RETURNING id");
    let rows = transaction.fetch(&sql).await?;
    rows.iter().map(|row| row.uuid(0)).collect()
}

/// When an account was closed; `None`: it is open, or not there.
pub async fn closed_at(database: &Database, account: Uuid) -> Result<Option<Instant>> {
    let mut sql = Sql::new("SELECT closed_at FROM accounts WHERE id = ");
    sql.bind(account);
    let rows = database.fetch(&sql).await?;
    match rows.first() {
        Some(row) => Ok(row.cell(0, Kind::Instant)?.as_instant()),
        None => Ok(None),
    }
}
