//! The residue sweep's reading and mending: every text, JSON and binary column of an account, table by table in key
//! order, in bounded slices (ruling 30).
//!
//! Takes permitted erasures alone. Knows no needles: who calls says what is found in a value.

use uuid::Uuid;

use super::database::{Database, Dialect};
use super::sql::Sql;
use super::transaction::Transaction;
use crate::access::permit::{Erasure, Permitted};
use crate::catalog::{Catalog, Column, ColumnErase, ColumnId, Owner, Resource};
use crate::cell::{Cell, Kind};
use crate::error::Result;

/// Rows of one slice.
const SLICE: i64 = 1_000;

/// A column that may hold residue.
pub fn columns(resource: &Resource) -> Vec<&Column> {
    resource
        .columns
        .iter()
        .filter(|column| matches!(column.kind, Kind::Text | Kind::Json | Kind::Bytes))
        .collect()
}

/// The resources whose rows belong to an account by their key, and the account's own row.
pub fn resources(catalog: &Catalog) -> impl Iterator<Item = &Resource> {
    catalog
        .resources()
        .filter(|resource| matches!(resource.owner, Owner::Account | Owner::Itself))
        .filter(|resource| !columns(resource).is_empty())
}

/// Where a sweep stands in a table.
#[derive(Clone, Debug, Default)]
pub struct Position {
    after: Option<Uuid>,
}

/// The next rows of a table: ids, and the values of [`columns`]. Empty behind the last.
pub async fn slice(
    database: &Database,
    resource: &Resource,
    erasure: &Permitted<Erasure>,
    position: &mut Position,
) -> Result<Vec<(Uuid, Vec<Cell>)>> {
    let columns = columns(resource);
    let mut sql = Sql::new("SELECT id");
    for column in &columns {
        sql.push(", ").name(&column.name);
    }
    sql.push(" FROM ").name(&resource.table).push(" WHERE ");
    push_account(&mut sql, resource, erasure.account());
    if let Some(after) = position.after {
        sql.push(" AND id > ").bind(after);
    }
    sql.push(" ORDER BY id LIMIT ").bind(SLICE);
    let mut rows = Vec::new();
    for row in database.fetch(&sql).await? {
        let id = row.uuid(0)?;
        let cells = columns
            .iter()
            .enumerate()
            .map(|(index, column)| row.cell(index + 1, column.kind))
            .collect::<Result<_>>()?;
        rows.push((id, cells));
    }
    position.after = rows.last().map(|(id, _)| *id).or(position.after);
    Ok(rows)
}

fn push_account(sql: &mut Sql, resource: &Resource, account: Uuid) {
    match resource.owner {
        Owner::Itself => sql.push("id = ").bind(account),
        Owner::Account | Owner::Members | Owner::Shared | Owner::Global => {
            sql.push("account_id = ").bind(account)
        }
    };
}

/// Puts a mended value in place of the one that mentioned the person; only into columns that the policy says are
/// searched and redacted, and only if the value is still the one that was read.
pub async fn redact(
    transaction: &mut Transaction,
    erasure: &Permitted<Erasure>,
    (resource, row, column): (&Resource, Uuid, ColumnId),
    before: &Cell,
    after: Cell,
) -> Result<bool> {
    let column = resource.column(column);
    if column.erase != ColumnErase::Scan {
        return Ok(false);
    }
    let mut sql = Sql::new("UPDATE ");
    sql.name(&resource.table)
        .push(" SET ")
        .name(&column.name)
        .push(" = ")
        .bind(after)
        .push(" WHERE ");
    push_account(&mut sql, resource, erasure.account());
    sql.push(" AND id = ")
        .bind(row)
        .push(" AND ")
        .name(&column.name)
        .push(" = ")
        .bind(before.clone());
    Ok(transaction.execute(&sql).await? == 1)
}

/// How many rows an account's largest tables have, about: whether a sweep can be done at once. Counts no further
/// than `limit`.
pub async fn is_small(
    database: &Database,
    catalog: &Catalog,
    erasure: &Permitted<Erasure>,
    limit: i64,
) -> Result<bool> {
    for resource in resources(catalog).filter(|resource| resource.owner == Owner::Account) {
        let mut sql = Sql::new("SELECT count(*) FROM (SELECT 1 FROM ");
        sql.name(&resource.table)
            .push(" WHERE account_id = ")
            .bind(erasure.account())
            .push(" LIMIT ")
            .bind(limit);
        sql.push(if database.dialect() == Dialect::Postgres {
            ") AS few"
        } else {
            ")"
        });
        let rows = database.fetch(&sql).await?;
        if rows.first().map_or(Ok(0), |row| row.int(0))? >= limit {
            return Ok(false);
        }
    }
    Ok(true)
}

/// Whether the person is also a user with a membership in the account. Users are people of the platform's customers,
/// not subscribers; an erasure leaves them and says so.
pub async fn is_also_a_user(database: &Database, erasure: &Permitted<Erasure>) -> Result<bool> {
    let mut sql = Sql::new(
        "SELECT count(*) FROM users u JOIN group_members m ON m.user_id = u.id WHERE u.email_normalized = ",
    );
    sql.bind(erasure.plan().subject.address.as_str())
        .push(" AND m.account_id = ")
        .bind(erasure.account());
    let rows = database.fetch(&sql).await?;
    Ok(rows.first().map_or(Ok(0), |row| row.int(0))? > 0)
}
