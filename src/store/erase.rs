//! Erasing rows: counts, batches and the re-query, each by one statement bound to one account (D9).
//!
//! Takes permitted erasures and removals alone. Knows nothing of states, receipts or retries; `work::erase` does.

mod whole;

use super::database::{Database, Dialect};
use super::row::Row;
use super::sql::Sql;
use super::subject::{At, End, push_any};
use super::transaction::Transaction;
use crate::access::permit::Permitted;
use crate::catalog::{Catalog, ColumnId, Hold, Owner, Resource};
use crate::cell::{Cell, Kind};
use crate::error::{Fault, Result};
use crate::plan::erase::{Action, Change, EraseStep, Root, Rooted};

/// What a batch did.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Batch {
    /// The rows it changed or deleted; of a step that keeps them, how many there are.
    pub rows: u64,
    /// Whether the step found nothing more.
    pub is_last: bool,
}

/// How many rows a step finds now; `token` is what stands for the person in rows that stay.
pub async fn count(
    database: &Database,
    catalog: &Catalog,
    erasure: &Permitted<impl Rooted>,
    step: &EraseStep,
    token: &[u8],
) -> Result<u64> {
    let sql = count_sql(database.dialect(), catalog, erasure, step, token);
    counted(&database.fetch(&sql).await?)
}

fn count_sql(
    dialect: Dialect,
    catalog: &Catalog,
    erasure: &Permitted<impl Rooted>,
    step: &EraseStep,
    token: &[u8],
) -> Sql {
    let mut sql = Sql::new("");
    sql.push("SELECT count(*) FROM ")
        .name(&catalog.get(step.resource).table)
        .push(" AS t WHERE ");
    push_found(&mut sql, dialect, catalog, erasure, step, token);
    sql
}

fn counted(rows: &[Row]) -> Result<u64> {
    let row = rows
        .first()
        .ok_or_else(|| Fault::Invariant("a count gives one row".into()))?;
    Ok(u64::try_from(row.int(0)?).unwrap_or(0))
}

/// How many rows of the account keep, as they are open, what a hold keeps.
pub async fn open(
    database: &Database,
    catalog: &Catalog,
    erasure: &Permitted<impl Rooted>,
    hold: &Hold,
) -> Result<u64> {
    let mut sql = Sql::new("SELECT count(*)");
    whole::push_open(&mut sql, catalog, hold, erasure.account());
    counted(&database.fetch(&sql).await?)
}

/// How many rows a step finds inside a transaction, counting no further than `limit`.
pub async fn count_up_to(
    transaction: &mut Transaction,
    catalog: &Catalog,
    erasure: &Permitted<impl Rooted>,
    step: &EraseStep,
    limit: u32,
) -> Result<u64> {
    count_few(transaction, catalog, erasure, step, limit, |_| {}).await
}

/// Whether a step finds a row about somebody who may not be erased for now.
pub async fn finds_held(
    transaction: &mut Transaction,
    catalog: &Catalog,
    erasure: &Permitted<impl Rooted>,
    step: &EraseStep,
) -> Result<bool> {
    let resource = catalog.get(step.resource);
    if resource.subject.is_empty() {
        return Ok(false);
    }
    let held = End {
        dialect: transaction.dialect(),
        row: "t",
        account: erasure.account(),
        at: At::Held,
    };
    let is_held = |sql: &mut Sql| {
        sql.push(" AND ");
        push_any(sql, catalog, resource, &resource.subject, held);
    };
    Ok(count_few(transaction, catalog, erasure, step, 1, is_held).await? > 0)
}

/// Whether a step finds a row that the platform, or a worker, is at work with: a campaign that is to be sent or is being
/// sent, an import that is not over.
pub async fn finds_in_use(
    transaction: &mut Transaction,
    catalog: &Catalog,
    erasure: &Permitted<impl Rooted>,
    step: &EraseStep,
) -> Result<bool> {
    let in_use = match catalog.get(step.resource).table.as_str() {
        "campaigns" => {
            " AND t.status IN ('pending_approval', 'scheduled', 'processing', 'sending', 'paused')"
        }
        "imports" => " AND t.finished_at IS NULL",
        _ => return Ok(false),
    };
    let is_in_use = |sql: &mut Sql| {
        sql.push(in_use);
    };
    Ok(count_few(transaction, catalog, erasure, step, 1, is_in_use).await? > 0)
}

/// Counts the rows that a step finds and that `push_more` says more of, no further than `limit`.
async fn count_few(
    transaction: &mut Transaction,
    catalog: &Catalog,
    erasure: &Permitted<impl Rooted>,
    step: &EraseStep,
    limit: u32,
    push_more: impl FnOnce(&mut Sql),
) -> Result<u64> {
    let mut sql = Sql::new("SELECT count(*) FROM (SELECT 1 FROM ");
    sql.name(&catalog.get(step.resource).table).push(" AS t WHERE ");
    push_found(&mut sql, transaction.dialect(), catalog, erasure, step, &[]);
    push_more(&mut sql);
    sql.push(" LIMIT ").bind(i64::from(limit)).push(") AS few");
    counted(&transaction.fetch(&sql).await?)
}

/// Does up to `limit` rows of a step inside the caller's transaction. A step that keeps its rows counts them all.
pub async fn batch(
    transaction: &mut Transaction,
    catalog: &Catalog,
    erasure: &Permitted<impl Rooted>,
    step: &EraseStep,
    token: &[u8],
    limit: u32,
) -> Result<Batch> {
    let resource = catalog.get(step.resource);
    let dialect = transaction.dialect();
    let mut sql = Sql::new("");
    match &step.action {
        Action::Keep | Action::Block => {
            let sql = count_sql(dialect, catalog, erasure, step, token);
            return Ok(Batch {
                rows: counted(&transaction.fetch(&sql).await?)?,
                is_last: true,
            });
        }
        Action::Delete => {
            sql.push("DELETE FROM ").name(&resource.table);
        }
        Action::Change(changes) => {
            sql.push("UPDATE ").name(&resource.table).push(" SET ");
            for (index, (column, change)) in changes.iter().enumerate() {
                if index > 0 {
                    sql.push(", ");
                }
                let column = resource.column(*column);
                sql.name(&column.name).push(" = ");
                push_change(&mut sql, dialect, &column.name, column.kind, change, token);
            }
        }
    }
    if dialect == Dialect::Postgres {
        // Statistics may say that the rows are many, and while they get fewer a scan of the table for a few of them gets ever
        // longer: by index alone, the last batch costs what the first did.
        transaction
            .execute(&Sql::new("SET LOCAL enable_seqscan TO off"))
            .await?;
    }
    sql.push(" WHERE ");
    if resource.owner == Owner::Account {
        sql.push("account_id = ").bind(erasure.account()).push(" AND ");
    }
    sql.push("id IN (SELECT found.id FROM (");
    push_ways(&mut sql, dialect, catalog, erasure, step, token);
    sql.push(") AS found LIMIT ").bind(i64::from(limit)).push(")");
    let rows = transaction.execute(&sql).await?;
    Ok(Batch {
        rows,
        // A row that is found by two ways counts twice for the limit.
        is_last: rows == 0 || (rows < u64::from(limit) && step.paths.len() == 1),
    })
}

/// Holds the rows that a step finds until the end of the transaction: on PostgreSQL nobody refers to them any more, as a
/// foreign key takes a share of the row that it names. The embedded store has one writer anyway.
pub async fn hold(
    transaction: &mut Transaction,
    catalog: &Catalog,
    erasure: &Permitted<impl Rooted>,
    step: &EraseStep,
    token: &[u8],
) -> Result<()> {
    if transaction.dialect() == Dialect::Sqlite {
        return Ok(());
    }
    let mut sql = Sql::new("SELECT t.id FROM ");
    sql.name(&catalog.get(step.resource).table).push(" AS t WHERE ");
    push_found(&mut sql, Dialect::Postgres, catalog, erasure, step, token);
    sql.push(" ORDER BY t.id FOR UPDATE");
    transaction.fetch(&sql).await?;
    Ok(())
}

/// Adds the condition that a step finds the row `t`.
fn push_found(
    sql: &mut Sql,
    dialect: Dialect,
    catalog: &Catalog,
    erasure: &Permitted<impl Rooted>,
    step: &EraseStep,
    token: &[u8],
) {
    if let Root::Account(whole) = erasure.plan().root() {
        whole::push_found(sql, dialect, catalog, step, (erasure.account(), whole));
        return;
    }
    push_account(sql, "t", catalog.get(step.resource), erasure.account());
    sql.push("t.id IN (");
    push_ways(sql, dialect, catalog, erasure, step, token);
    sql.push(")");
}

/// Adds a SELECT of the ids that a step finds, each as often as ways lead from it: one branch for each way, since no index
/// serves a choice between two.
fn push_ways(
    sql: &mut Sql,
    dialect: Dialect,
    catalog: &Catalog,
    erasure: &Permitted<impl Rooted>,
    step: &EraseStep,
    token: &[u8],
) {
    let resource: &Resource = catalog.get(step.resource);
    if let Root::Account(whole) = erasure.plan().root() {
        sql.push("SELECT t.id FROM ")
            .name(&resource.table)
            .push(" AS t WHERE ");
        whole::push_found(sql, dialect, catalog, step, (erasure.account(), whole));
        return;
    }
    let end = End {
        dialect,
        row: "w",
        account: erasure.account(),
        at: At::Root(erasure.plan().root()),
    };
    for (place, path) in step.paths.iter().enumerate() {
        sql.push(if place > 0 { " UNION ALL " } else { "" });
        sql.push("SELECT w.id FROM ").name(&resource.table);
        sql.push(" AS w WHERE ");
        push_account(sql, "w", resource, erasure.account());
        push_any(sql, catalog, resource, std::slice::from_ref(path), end);
        if let Action::Change(changes) = &step.action {
            // A row can be found after it was changed, by a way over another row that is cut later: taken again and again, it
            // would keep all others from their turn.
            sql.push(" AND ");
            push_unlike(sql, dialect, resource, changes, token);
        }
    }
}

/// Adds that a row is the account's, and AND; nothing of a table whose rows are no account's.
fn push_account(sql: &mut Sql, row: &'static str, resource: &Resource, account: uuid::Uuid) {
    if resource.owner == Owner::Account {
        sql.column(row, "account_id")
            .push(" = ")
            .bind(account)
            .push(" AND ");
    }
}

/// Adds, in parentheses, that a column of a row is not yet what the changes make of it.
pub(super) fn push_unlike(
    sql: &mut Sql,
    dialect: Dialect,
    resource: &Resource,
    changes: &[(ColumnId, Change)],
    token: &[u8],
) {
    sql.push("(1 = 0");
    for (column, change) in changes {
        let column = resource.column(*column);
        sql.push(" OR ").name(&column.name).push(match dialect {
            Dialect::Postgres => " IS DISTINCT FROM ",
            Dialect::Sqlite => " IS NOT ",
        });
        push_change(sql, dialect, &column.name, column.kind, change, token);
    }
    sql.push(")");
}

pub(super) fn push_change(
    sql: &mut Sql,
    dialect: Dialect,
    column: &str,
    kind: Kind,
    change: &Change,
    token: &[u8],
) {
    match change {
        Change::Null => {
            sql.push("NULL");
        }
        Change::Redact => {
            sql.push("'[erased]'");
        }
        Change::Token if kind == Kind::Bytes => {
            sql.bind(Cell::from(token.to_vec()));
        }
        Change::Token => {
            sql.bind(data_encoding::HEXLOWER.encode(token));
        }
        Change::TruncateDay => match dialect {
            Dialect::Postgres => {
                sql.push("date_trunc('day', ")
                    .name(column)
                    .push(" AT TIME ZONE 'UTC') AT TIME ZONE 'UTC'");
            }
            Dialect::Sqlite => {
                sql.name(column).push(" - ").name(column).push(" % 86400000000");
            }
        },
        // Both spellings of an address keep their network part alone: 203.0.113.0, and the first group of a v6.
        Change::TruncateIp => {
            sql.push("CASE WHEN ")
                .name(column)
                .push(" LIKE '%.%' THEN rtrim(")
                .name(column)
                .push(", '0123456789') || '0'");
            sql.push(" WHEN ")
                .name(column)
                .push(" LIKE '%:%' THEN substr(")
                .name(column)
                .push(", 1, 4) || '::'");
            sql.push(" ELSE NULL END");
        }
    }
}
