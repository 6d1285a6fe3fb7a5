//! Jobs as rows: claiming with a lease and a number, and changes that hold only while the claim does (D7,
//! ruling 23).
//!
//! Knows which states a worker may take up, not what the work is.

mod add;
mod claim;

use uuid::Uuid;

use super::database::Database;
use super::sql::Sql;
use super::transaction::Transaction;
use crate::cell::Cell;
use crate::error::Result;

pub use add::{Added, Asker, add, known, made_since, queue_up};
pub use claim::{Again, Claim, Terms, claim, claim_one, claim_this, free_all, give_back, hold};

/// A table of jobs.
#[derive(Copy, Clone, Debug, PartialEq, Eq, Hash)]
pub enum Queue {
    /// Requests for bundles.
    Exports,
    /// Requests to hand a bundle to others.
    Transfers,
    /// Requests to take a file in.
    Imports,
    /// Erasures.
    Erasures,
}

impl Queue {
    /// Every table of jobs.
    pub const ALL: [Queue; 4] = [Queue::Erasures, Queue::Exports, Queue::Imports, Queue::Transfers];

    /// The table's name.
    pub fn table(self) -> &'static str {
        match self {
            Queue::Exports => "exports",
            Queue::Transfers => "transfers",
            Queue::Imports => "imports",
            Queue::Erasures => "erasures",
        }
    }

    /// Whether accounts take turns; else the oldest job comes first.
    fn takes_turns(self) -> bool {
        matches!(self, Queue::Exports | Queue::Imports | Queue::Transfers)
    }

    /// The state of a job whose object is whole, and the column that names the object; `None` where jobs have none.
    pub(super) fn object(self) -> Option<(&'static str, &'static str)> {
        match self {
            Queue::Exports => Some(("ready", "bundle_name")),
            Queue::Imports => Some(("done", "rejects_name")),
            Queue::Transfers | Queue::Erasures => None,
        }
    }

    /// The states that wait for a worker or are in a worker's hands.
    fn states(self) -> &'static str {
        match self {
            Queue::Exports | Queue::Imports | Queue::Transfers => "('queued', 'running')",
            Queue::Erasures => "('confirmed', 'fenced', 'running', 'verifying')",
        }
    }
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

/// Whoever has a job in hand has lost it.
pub async fn take_away(transaction: &mut Transaction, queue: Queue, account: Uuid, id: Uuid) -> Result<()> {
    let mut sql = Sql::new("UPDATE ");
    sql.push(queue.table())
        .push(" SET claim_number = claim_number + 1, lease_until = NULL WHERE account_id = ")
        .bind(account)
        .push(" AND id = ")
        .bind(id);
    transaction.execute(&sql).await.map(drop)
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
