//! Rows that are past their clock: which they are, bound to one account (D9). What still uses a row keeps it, whatever its
//! clock says; so does a reason for which a person may not be erased.
//!
//! Takes permitted clocks alone. Knows no policy but what the plan says, and no time.

use uuid::Uuid;

use super::database::{Database, Dialect};
use super::erase::push_unlike;
use super::sql::Sql;
use super::subject::{At, End, push_any};
use super::transaction::Transaction;
use crate::access::permit::Permitted;
use crate::catalog::{Catalog, ColumnId, OnErase, Resource};
use crate::cell::Cell;
use crate::clock::Instant;
use crate::error::Result;
use crate::plan::erase::Action;
use crate::plan::retention::Due;

/// Rows that are looked at in one statement, whether or not they are due: few enough that none takes long, however large
/// the table is.
const WINDOW: i64 = 20_000;

/// What of a stretch of a table is due.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Window {
    /// The rows, in the order of their ids.
    pub due: Vec<Uuid>,
    /// Where the stretch ends; none: at the end of the table.
    pub last: Option<Uuid>,
}

/// Looks at the next rows of the table behind `after`, in the order of their ids. Holds nothing.
pub async fn window(
    database: &Database,
    catalog: &Catalog,
    due: &Permitted<Due>,
    after: Option<Uuid>,
) -> Result<Window> {
    let table = &catalog.get(due.plan().resource).table;
    let push_stretch = |sql: &mut Sql| {
        sql.push(" FROM ")
            .name(table)
            .push(" WHERE account_id = ")
            .bind(due.account());
        if let Some(after) = after {
            sql.push(" AND id > ").bind(after);
        }
        sql.push(" ORDER BY id LIMIT ");
    };
    let mut sql = Sql::new("SELECT t.id FROM (SELECT *");
    push_stretch(&mut sql);
    sql.bind(WINDOW).push(") AS t WHERE ");
    push_due(&mut sql, database.dialect(), catalog, due);
    sql.push(" ORDER BY t.id");
    let rows = database.fetch(&sql).await?;
    let found = rows.iter().map(|row| row.uuid(0)).collect::<Result<_>>()?;
    let mut sql = Sql::new("SELECT id");
    push_stretch(&mut sql);
    sql.bind(1_i64).push(" OFFSET ").bind(WINDOW - 1);
    let last = database.fetch(&sql).await?;
    Ok(Window {
        due: found,
        last: last.first().map(|row| row.uuid(0)).transpose()?,
    })
}

/// Which of these rows are due now, too; nobody else changes them until the end of the transaction.
pub async fn still_due(
    transaction: &mut Transaction,
    catalog: &Catalog,
    due: &Permitted<Due>,
    chosen: &[Uuid],
) -> Result<Vec<Uuid>> {
    let dialect = transaction.dialect();
    let mut sql = Sql::new("SELECT t.id FROM ");
    sql.name(&catalog.get(due.plan().resource).table)
        .push(" AS t WHERE t.id IN (SELECT chosen.id FROM ")
        .ids(dialect, chosen)
        .push(" AS chosen) AND ");
    push_due(&mut sql, dialect, catalog, due);
    if dialect == Dialect::Postgres {
        // Who is at work with a row may keep it: the next run looks again.
        sql.push(" FOR UPDATE OF t SKIP LOCKED");
    }
    let rows = transaction.fetch(&sql).await?;
    rows.iter().map(|row| row.uuid(0)).collect()
}

fn push_due(sql: &mut Sql, dialect: Dialect, catalog: &Catalog, permitted: &Permitted<Due>) {
    let due = permitted.plan();
    let resource = catalog.get(due.resource);
    let account = permitted.account();
    sql.push("t.account_id = ")
        .bind(account)
        .push(" AND t.")
        .name(&resource.column(due.from).name)
        .push(" < ")
        .bind(due.before);
    for (column, value) in &due.only {
        sql.push(" AND ").column("t", &resource.column(*column).name);
        match value {
            Cell::Null => sql.push(" IS NULL"),
            value => sql.push(" = ").bind(value.clone()),
        };
    }
    push_over(sql, resource, due.now);
    push_closed(sql, catalog, resource);
    let held = |row| End {
        dialect,
        row,
        account,
        at: At::Held,
    };
    if !resource.subject.is_empty() {
        sql.push(" AND ");
        push_any(sql, catalog, resource, &resource.subject, held("t"));
        // A way that ends at nobody is not held.
        sql.push(" IS NOT TRUE");
    }
    match &due.action {
        Action::Change(changes) => {
            sql.push(" AND ");
            push_unlike(sql, dialect, resource, changes, &[]);
        }
        Action::Delete | Action::Keep | Action::Block => {
            push_unreferred(sql, catalog, resource);
            push_free(sql, catalog, resource, held("r"));
            for young in &due.young {
                let referring = catalog.get(young.resource);
                push_referring(sql, referring, young.by);
                sql.push(" AND ")
                    .column("r", &referring.column(young.from).name)
                    .push(" >= ")
                    .bind(young.before)
                    .push(")");
            }
        }
    }
}

/// Rows stay while one that would go with them is about somebody who may not be erased for now.
fn push_free(sql: &mut Sql, catalog: &Catalog, resource: &Resource, held: End<'_>) {
    for (referring, reference) in catalog.inverse(resource.id) {
        let goes_along = reference.within_account && reference.on_erase == OnErase::Cascade;
        if !goes_along || referring.subject.is_empty() {
            continue;
        }
        push_referring(sql, referring, reference.column);
        sql.push(" AND ");
        push_any(sql, catalog, referring, &referring.subject, held);
        sql.push(")");
    }
}

/// Adds that there is no row `r` of a table that refers to the row, with what the caller says of it.
fn push_referring(sql: &mut Sql, referring: &Resource, by: ColumnId) {
    sql.push(" AND NOT EXISTS (SELECT 1 FROM ")
        .name(&referring.table)
        .push(" AS r WHERE r.account_id = t.account_id AND ")
        .column("r", &referring.column(by).name)
        .push(" = t.id");
}

/// Rows that others refer to which are kept stay as long as those.
fn push_unreferred(sql: &mut Sql, catalog: &Catalog, resource: &Resource) {
    for (referring, reference) in catalog.inverse(resource.id) {
        let goes_or_is_cut = matches!(reference.on_erase, OnErase::Cascade | OnErase::Unlink);
        if goes_or_is_cut || !reference.within_account {
            continue;
        }
        push_referring(sql, referring, reference.column);
        sql.push(")");
    }
}

/// Rows stay that the policy calls open (`holds`), whatever their clock says: a bill that is not paid.
fn push_closed(sql: &mut Sql, catalog: &Catalog, resource: &Resource) {
    for hold in catalog.holds.iter().filter(|hold| hold.resource == resource.id) {
        sql.push(" AND ")
            .column("t", &resource.column(hold.column).name)
            .push(" NOT IN (");
        for (index, value) in hold.values.iter().enumerate() {
            sql.push(if index > 0 { ", " } else { "" }).bind(value.as_str());
        }
        sql.push(")");
    }
}

/// Rows that are still used stay, whatever their clock says: a job that runs, a file that lies there, a restriction in
/// force.
fn push_over(sql: &mut Sql, resource: &Resource, now: Instant) {
    match resource.table.as_str() {
        "exports" => sql.push(" AND t.finished_at IS NOT NULL AND t.bundle_name IS NULL"),
        "imports" => sql.push(" AND t.finished_at IS NOT NULL AND t.rejects_name IS NULL"),
        "transfers" => sql.push(" AND t.finished_at IS NOT NULL"),
        // That of the whole account goes with the last of it.
        "erasures" => sql.push(
            " AND t.finished_at IS NOT NULL AND t.subject_sealed IS NULL AND t.account_closed_at IS NULL \
             AND t.state <> 'partial'",
        ),
        // Part of the record of its erasure, whose later receipts tell of it: not before that.
        "erasure_recipients" => sql.push(
            " AND EXISTS (SELECT 1 FROM erasures AS e WHERE e.account_id = t.account_id AND e.id = t.erasure_id \
             AND e.finished_at IS NOT NULL AND e.subject_sealed IS NULL AND e.account_closed_at IS NULL \
             AND e.state <> 'partial')",
        ),
        "processing_restrictions" => sql
            .push(" AND (t.lifted_at IS NOT NULL OR t.ends_at <= ")
            .bind(now)
            .push(")"),
        "legal_holds" => sql
            .push(" AND (t.released_at IS NOT NULL OR t.ends_at <= ")
            .bind(now)
            .push(")"),
        "data_requests" => sql.push(" AND t.completed_at IS NOT NULL"),
        _ => sql,
    };
}
