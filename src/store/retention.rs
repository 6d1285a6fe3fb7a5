//! Rows that are past their clock: which they are, bound to one account (D9). What still uses a row keeps it, whatever its
//! clock says; so does a reason for which a person may not be erased.
//!
//! Takes permitted clocks alone. Knows no policy but what the plan says, and no time.

use uuid::Uuid;

use super::database::{Database, Dialect};
use super::erase::push_change;
use super::sql::Sql;
use super::subject::{At, End, push_path};
use super::transaction::Transaction;
use crate::access::permit::Permitted;
use crate::catalog::{Catalog, OnErase, Resource};
use crate::clock::Instant;
use crate::error::{Fault, Result};
use crate::plan::erase::Action;
use crate::plan::retention::Due;

/// How many rows are due.
pub async fn count(database: &Database, catalog: &Catalog, due: &Permitted<Due>) -> Result<u64> {
    let mut sql = Sql::new("SELECT count(*)");
    push_due(&mut sql, database.dialect(), catalog, due);
    let rows = database.fetch(&sql).await?;
    let row = rows
        .first()
        .ok_or_else(|| Fault::Invariant("a count gives one row".into()))?;
    Ok(u64::try_from(row.int(0)?).unwrap_or(0))
}

/// Some rows that are due, at most `limit`; empty when there are no more.
pub async fn some(
    transaction: &mut Transaction,
    catalog: &Catalog,
    due: &Permitted<Due>,
    limit: u32,
) -> Result<Vec<Uuid>> {
    let mut sql = Sql::new("SELECT t.id");
    push_due(&mut sql, transaction.dialect(), catalog, due);
    sql.push(" ORDER BY t.id LIMIT ").bind(i64::from(limit));
    let rows = transaction.fetch(&sql).await?;
    rows.iter().map(|row| row.uuid(0)).collect()
}

fn push_due(sql: &mut Sql, dialect: Dialect, catalog: &Catalog, permitted: &Permitted<Due>) {
    let due = permitted.plan();
    let resource = catalog.get(due.resource);
    let account = permitted.account();
    sql.push(" FROM ")
        .name(&resource.table)
        .push(" AS t WHERE t.account_id = ")
        .bind(account)
        .push(" AND t.")
        .name(&resource.column(due.from).name)
        .push(" < ")
        .bind(due.before);
    if let Some((column, value)) = &due.only {
        sql.push(" AND t.")
            .name(&resource.column(*column).name)
            .push(" = ")
            .bind(value.clone());
    }
    push_over(sql, resource, due.now);
    let held = End {
        dialect,
        account,
        at: At::Held,
    };
    for path in &resource.subject {
        sql.push(" AND (");
        push_path(sql, catalog, resource, path, held);
        // A way that ends at nobody is not held.
        sql.push(") IS NOT TRUE");
    }
    match &due.action {
        Action::Change(changes) => {
            sql.push(" AND (1 = 0");
            for (column, change) in changes {
                let column = resource.column(*column);
                sql.push(" OR ").name(&column.name).push(match dialect {
                    Dialect::Postgres => " IS DISTINCT FROM ",
                    Dialect::Sqlite => " IS NOT ",
                });
                push_change(sql, dialect, &column.name, column.kind, change, &[]);
            }
            sql.push(")");
        }
        Action::Delete | Action::Keep | Action::Block => push_unreferred(sql, catalog, resource),
    }
}

/// Rows that others refer to which are kept stay as long as those.
fn push_unreferred(sql: &mut Sql, catalog: &Catalog, resource: &Resource) {
    for (referring, reference) in catalog.inverse(resource.id) {
        let goes_or_is_cut = matches!(reference.on_erase, OnErase::Cascade | OnErase::Unlink);
        if goes_or_is_cut || !reference.within_account {
            continue;
        }
        sql.push(" AND NOT EXISTS (SELECT 1 FROM ")
            .name(&referring.table)
            .push(" AS r WHERE r.account_id = t.account_id AND r.")
            .name(&referring.column(reference.column).name)
            .push(" = t.id)");
    }
}

/// Rows that are still used stay, whatever their clock says: a job that runs, a file that lies there, a restriction in
/// force, a bill that is not paid.
fn push_over(sql: &mut Sql, resource: &Resource, now: Instant) {
    match resource.table.as_str() {
        "exports" => sql.push(" AND t.finished_at IS NOT NULL AND t.bundle_name IS NULL"),
        "imports" => sql.push(" AND t.finished_at IS NOT NULL AND t.rejects_name IS NULL"),
        "transfers" => sql.push(" AND t.finished_at IS NOT NULL"),
        "erasures" => sql.push(" AND t.finished_at IS NOT NULL AND t.subject_sealed IS NULL"),
        "processing_restrictions" => sql
            .push(" AND (t.lifted_at IS NOT NULL OR t.ends_at <= ")
            .bind(now)
            .push(")"),
        "legal_holds" => sql
            .push(" AND (t.released_at IS NOT NULL OR t.ends_at <= ")
            .bind(now)
            .push(")"),
        "data_requests" => sql.push(" AND t.completed_at IS NOT NULL"),
        "invoices" => sql.push(" AND t.status NOT IN ('due', 'failed')"),
        _ => sql,
    };
}
