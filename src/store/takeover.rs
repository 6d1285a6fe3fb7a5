//! What taking a bundle in has to know of the account that it goes to: whether it is empty, which rows of it or of the
//! installation are the same things as rows of the bundle, and what was taken in before.
//!
//! Must not know what a bundle is.

use uuid::Uuid;

use super::sql::Sql;
use super::transaction::Transaction;
use crate::access::permit::Permitted;
use crate::catalog::{Owner, Resource};
use crate::cell::Cell;
use crate::error::Result;
use crate::plan::write::Write;

/// The first of these tables in which the account of a permitted write has rows.
pub async fn first_filled<'a>(
    transaction: &mut Transaction,
    right: &Permitted<Write>,
    tables: &[&'a str],
) -> Result<Option<&'a str>> {
    for table in tables {
        let mut sql = Sql::new("SELECT 1 FROM ");
        sql.name(table)
            .push(" WHERE account_id = ")
            .bind(right.account())
            .push(" LIMIT 1");
        if !transaction.fetch(&sql).await?.is_empty() {
            return Ok(Some(table));
        }
    }
    Ok(None)
}

/// The row that has one of its unique keys in common with this one, whose cells stand in the order of the resource's
/// columns. A key with a null in it names nothing. The right is one to write the resource.
pub async fn counterpart(
    transaction: &mut Transaction,
    right: &Permitted<Write>,
    resource: &Resource,
    row: &[Cell],
) -> Result<Option<Uuid>> {
    for key in &resource.unique {
        let cells = || key.iter().map(|id| (id, &row[usize::from(id.0)]));
        if cells().any(|(_, cell)| cell.is_null()) {
            continue;
        }
        let mut sql = Sql::new("SELECT id FROM ");
        sql.name(&resource.table).push(" WHERE TRUE");
        if resource.owner == Owner::Account {
            sql.push(" AND account_id = ").bind(right.account());
        }
        for (id, cell) in cells() {
            sql.push(" AND ")
                .name(&resource.column(*id).name)
                .push(" = ")
                .bind(cell.clone());
        }
        if let Some(found) = transaction.fetch(&sql).await?.first() {
            return Ok(Some(found.uuid(0)?));
        }
    }
    Ok(None)
}

/// Which of these ids rows of a table have that belongs to no account.
pub async fn existing(transaction: &mut Transaction, table: &str, ids: &[Uuid]) -> Result<Vec<Uuid>> {
    let mut sql = Sql::new("SELECT t.id FROM ");
    sql.name(table).push(" AS t WHERE t.id IN (SELECT i.id FROM ");
    let dialect = transaction.dialect();
    sql.ids(dialect, ids).push(" AS i)");
    let rows = transaction.fetch(&sql).await?;
    rows.iter().map(|row| row.uuid(0)).collect()
}

/// Whether the account's log tells of such an action on that row.
pub async fn was_told(
    transaction: &mut Transaction,
    right: &Permitted<Write>,
    action: &str,
    object: Uuid,
) -> Result<bool> {
    let mut sql = Sql::new("SELECT 1 FROM audit_events WHERE account_id = ");
    sql.bind(right.account())
        .push(" AND action = ")
        .bind(action)
        .push(" AND object_id = ")
        .bind(object)
        .push(" LIMIT 1");
    Ok(!transaction.fetch(&sql).await?.is_empty())
}
