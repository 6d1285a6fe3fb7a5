//! What an erasure has done, batch by batch: written in the transaction that did it, so that nothing is counted that
//! did not happen and nothing happens that is not counted.

use std::collections::BTreeSet;

use serde_json::Value;
use uuid::Uuid;

use super::database::Database;
use super::sql::Sql;
use super::transaction::Transaction;
use crate::cell::{Cell, Kind};
use crate::clock::Instant;
use crate::error::Result;

/// The number under which mentions are counted that were redacted before the first receipt; its tables are named with
/// their column.
pub const REDACTIONS: i64 = -1;

/// The same after the first receipt.
pub const LATER_REDACTIONS: i64 = -2;

/// The number under which bundles are counted that were marked stale.
pub const BUNDLES: i64 = -3;

/// The number under which it is counted what was written past the fence and taken away again after the first receipt, by
/// table; bundles made in between under `exports`.
pub const PAST_FENCE: i64 = -4;

/// The number under which is counted what the erasure of an account did after its first receipt.
pub const LATER_PARTS: i64 = -5;

/// One finished batch.
pub struct Entry<'a> {
    /// The row's id.
    pub id: Uuid,
    /// In which account.
    pub account: Uuid,
    /// Of which erasure.
    pub erasure: Uuid,
    /// Of which step of the plan; below 0, what is beside its steps.
    pub step: i64,
    /// Which table.
    pub table: &'a str,
    /// What was done.
    pub action: &'static str,
    /// To how many rows.
    pub rows: u64,
    /// When.
    pub at: Instant,
}

/// Removes what earlier runs of an erasure have counted: what comes is counted anew.
pub async fn forget(transaction: &mut Transaction, account: Uuid, erasure: Uuid) -> Result<u64> {
    let mut sql = Sql::new("DELETE FROM erasure_batches WHERE account_id = ");
    sql.bind(account).push(" AND erasure_id = ").bind(erasure);
    transaction.execute(&sql).await
}

/// Appends a batch under the next number of its step.
pub async fn append(transaction: &mut Transaction, entry: &Entry<'_>) -> Result<()> {
    let mut sql = Sql::new(
        "INSERT INTO erasure_batches (account_id, id, erasure_id, step_number, batch_number, table_name, action, \
         row_count, finished_at) SELECT ",
    );
    sql.push("CAST(")
        .bind(entry.account)
        .push(cast(transaction, "uuid"))
        .push("CAST(")
        .bind(entry.id);
    sql.push(cast(transaction, "uuid"))
        .push("CAST(")
        .bind(entry.erasure)
        .push(cast(transaction, "uuid"));
    sql.push("CAST(").bind(entry.step).push(" AS bigint), ");
    sql.push("(SELECT COALESCE(max(batch_number) + 1, 0) FROM erasure_batches WHERE account_id = ")
        .bind(entry.account);
    sql.push(" AND erasure_id = ")
        .bind(entry.erasure)
        .push(" AND step_number = ")
        .bind(entry.step)
        .push("), CAST(");
    sql.bind(entry.table)
        .push(" AS text), CAST(")
        .bind(entry.action)
        .push(" AS text), CAST(");
    sql.bind(i64::try_from(entry.rows).unwrap_or(i64::MAX))
        .push(" AS bigint), CAST(")
        .bind(entry.at);
    sql.push(cast(transaction, "timestamptz").trim_end_matches(", "));
    transaction.execute(&sql).await?;
    Ok(())
}

/// The end of a CAST that says a value's type to PostgreSQL, which cannot infer it in a SELECT, and that leaves the
/// embedded store's value as it is.
fn cast(transaction: &Transaction, kind: &'static str) -> &'static str {
    match (transaction.dialect(), kind) {
        (super::database::Dialect::Postgres, "uuid") => " AS uuid), ",
        (super::database::Dialect::Postgres, _) => " AS timestamptz), ",
        (super::database::Dialect::Sqlite, "uuid") => " AS blob), ",
        (super::database::Dialect::Sqlite, _) => " AS integer), ",
    }
}

/// How many rows each step has done so far.
pub async fn rows_by_step(
    database: &Database,
    account: Uuid,
    erasure: Uuid,
    steps: usize,
) -> Result<Vec<u64>> {
    let mut sql = Sql::new(
        "SELECT step_number, CAST(sum(row_count) AS bigint) FROM erasure_batches WHERE account_id = ",
    );
    sql.bind(account)
        .push(" AND erasure_id = ")
        .bind(erasure)
        .push(" GROUP BY step_number");
    let mut rows = vec![0; steps];
    for row in database.fetch(&sql).await? {
        let step = usize::try_from(row.int(0)?).unwrap_or(usize::MAX);
        if let Some(place) = rows.get_mut(step) {
            *place = u64::try_from(row.int(1)?).unwrap_or(0);
        }
    }
    Ok(rows)
}

/// How many rows one number of an erasure has done so far, by table; sorted by its name.
pub async fn rows_by_table(
    database: &Database,
    account: Uuid,
    erasure: Uuid,
    step: i64,
) -> Result<Vec<(String, u64)>> {
    let mut sql = Sql::new(
        "SELECT table_name, CAST(sum(row_count) AS bigint) FROM erasure_batches WHERE account_id = ",
    );
    sql.bind(account)
        .push(" AND erasure_id = ")
        .bind(erasure)
        .push(" AND step_number = ")
        .bind(step)
        .push(" GROUP BY table_name ORDER BY table_name");
    let rows = database.fetch(&sql).await?;
    rows.iter()
        .map(|row| Ok((row.text(0)?, u64::try_from(row.int(1)?).unwrap_or(0))))
        .collect()
}

/// The tables in which an erasure has done anything.
pub async fn touched(database: &Database, account: Uuid, erasure: Uuid) -> Result<BTreeSet<String>> {
    let mut sql =
        Sql::new("SELECT DISTINCT table_name FROM erasure_batches WHERE row_count > 0 AND account_id = ");
    sql.bind(account).push(" AND erasure_id = ").bind(erasure);
    let rows = database.fetch(&sql).await?;
    // What was redacted is counted by column.
    let table = |name: String| name.split('.').next().unwrap_or_default().to_owned();
    rows.iter().map(|row| Ok(table(row.text(0)?))).collect()
}

/// Whether a step has done anything yet.
pub async fn has_begun(
    transaction: &mut Transaction,
    account: Uuid,
    erasure: Uuid,
    step: i64,
) -> Result<bool> {
    let mut sql = Sql::new("SELECT 1 FROM erasure_batches WHERE account_id = ");
    sql.bind(account)
        .push(" AND erasure_id = ")
        .bind(erasure)
        .push(" AND step_number = ")
        .bind(step)
        .push(" LIMIT 1");
    Ok(!transaction.fetch(&sql).await?.is_empty())
}

/// The finished erasures that still know whom to look for: never swept, or swept and not clean.
pub async fn unswept(database: &Database, account: Option<Uuid>) -> Result<Vec<(Uuid, Uuid)>> {
    knowing(database, "state IN ('done', 'partial', 'residue_found')", account).await
}

/// Those of an account that were swept and left residue.
pub async fn left_residue(database: &Database, account: Uuid) -> Result<Vec<(Uuid, Uuid)>> {
    knowing(database, "state = 'residue_found'", Some(account)).await
}

/// Those of an account that were not swept yet.
pub async fn never_swept(database: &Database, account: Uuid) -> Result<Vec<(Uuid, Uuid)>> {
    knowing(database, "state IN ('done', 'partial')", Some(account)).await
}

/// Whether the erasure of somebody of an account was agreed to and has not begun.
pub async fn is_any_waiting(database: &Database, account: Uuid) -> Result<bool> {
    let mut sql = Sql::new(
        "SELECT 1 FROM erasures WHERE account_closed_at IS NULL AND state = 'confirmed' AND account_id = ",
    );
    sql.bind(account).push(" LIMIT 1");
    Ok(!database.fetch(&sql).await?.is_empty())
}

async fn knowing(
    database: &Database,
    state: &'static str,
    account: Option<Uuid>,
) -> Result<Vec<(Uuid, Uuid)>> {
    let mut sql = Sql::new("SELECT account_id, id FROM erasures WHERE subject_sealed IS NOT NULL AND ");
    sql.push(state);
    if let Some(account) = account {
        sql.push(" AND account_id = ").bind(account);
    }
    sql.push(" ORDER BY account_id, id");
    database
        .fetch(&sql)
        .await?
        .iter()
        .map(|row| Ok((row.uuid(0)?, row.uuid(1)?)))
        .collect()
}

/// A finished erasure of somebody, with what its receipts say.
#[derive(Clone, Debug, PartialEq)]
pub struct Finished {
    /// In which account.
    pub account: Uuid,
    /// Its id.
    pub id: Uuid,
    /// The newest receipt.
    pub receipt: Value,
}

/// How many finished erasures are read at one time.
const PAGE: i64 = 500;

/// Erasures of people that were done before then and look for nobody any more, in the order of their keys, a page of them;
/// those behind `after`.
pub async fn finished(
    database: &Database,
    before: Instant,
    after: Option<(Uuid, Uuid)>,
) -> Result<Vec<Finished>> {
    let mut sql = Sql::new(
        "SELECT account_id, id, COALESCE(second_receipt, receipt) FROM erasures WHERE state = 'done' \
         AND subject_sealed IS NULL AND account_closed_at IS NULL AND finished_at < ",
    );
    sql.bind(before);
    if let Some((account, id)) = after {
        sql.push(" AND (account_id, id) > (")
            .bind(account)
            .push(", ")
            .bind(id)
            .push(")");
    }
    sql.push(" ORDER BY account_id, id LIMIT ").bind(PAGE);
    let rows = database.fetch(&sql).await?;
    let rows = rows.iter().map(|row| {
        let receipt = match row.cell(2, Kind::Json)? {
            Cell::Json(receipt) => (*receipt).clone(),
            _ => Value::Null,
        };
        Ok(Finished {
            account: row.uuid(0)?,
            id: row.uuid(1)?,
            receipt,
        })
    });
    rows.collect()
}
