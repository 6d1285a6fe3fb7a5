//! Finding people in a database that is older than their erasure, and letting go of what holds them there.
//!
//! Reads addresses of one account in slices, for who compares them with keyed tokens; must not know the tokens.

use uuid::Uuid;

use super::database::Database;
use super::sql::Sql;
use super::transaction::Transaction;
use crate::catalog::{Catalog, Path, Resource, Step, SubjectPath};
use crate::cell::{Cell, Kind};
use crate::clock::Instant;
use crate::error::Result;
use crate::plan::erase::{Action, EraseStep};

/// Rows of one slice.
const SLICE: i64 = 10_000;

/// A subscriber whose address is compared.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Somebody {
    /// The id.
    pub id: Uuid,
    /// The address as it was written.
    pub original: String,
    /// The address as it is compared.
    pub normalized: String,
    /// Since when the row is there.
    pub created_at: Instant,
}

/// The subscribers of an account behind an id, in the order of their ids; empty behind the last.
pub async fn subscribers(database: &Database, account: Uuid, after: Option<Uuid>) -> Result<Vec<Somebody>> {
    let mut sql =
        Sql::new("SELECT id, email, email_normalized, created_at FROM subscribers WHERE account_id = ");
    sql.bind(account);
    if let Some(after) = after {
        sql.push(" AND id > ").bind(after);
    }
    sql.push(" ORDER BY id LIMIT ").bind(SLICE);
    let rows = database.fetch(&sql).await?;
    rows.iter()
        .map(|row| {
            Ok(Somebody {
                id: row.uuid(0)?,
                original: row.text(1)?,
                normalized: row.text(2)?,
                created_at: row.instant(3)?,
            })
        })
        .collect()
}

/// The addresses in a column of an account's rows that come behind one; empty behind the last.
pub async fn addresses(
    database: &Database,
    (table, column): (&str, &str),
    account: Uuid,
    after: Option<&str>,
) -> Result<Vec<String>> {
    let mut sql = Sql::new("SELECT DISTINCT ");
    sql.name(column).push(" FROM ").name(table);
    sql.push(" WHERE account_id = ")
        .bind(account)
        .push(" AND ")
        .name(column)
        .push(" IS NOT NULL");
    if let Some(after) = after {
        sql.push(" AND ").name(column).push(" > ").bind(after);
    }
    sql.push(" ORDER BY ").name(column).push(" LIMIT ").bind(SLICE);
    let rows = database.fetch(&sql).await?;
    rows.iter().map(|row| row.text(0)).collect()
}

/// The columns by which a person is found by address alone.
pub fn address_columns(catalog: &Catalog) -> Vec<(&str, &str)> {
    let of = |resource: &'_ Resource| {
        let mut found = Vec::new();
        for path in &resource.subject {
            if let SubjectPath::Address(column) = path {
                found.push(*column);
            }
        }
        found
    };
    catalog
        .resources()
        .flat_map(|resource| {
            of(resource)
                .into_iter()
                .map(|column| (resource.table.as_str(), resource.column(column).name.as_str()))
        })
        .collect()
}

/// Lets go of a person whom a row of this older database holds back from being erased: had the hold not ended by the
/// time, the person would not have been erased. Gives how many rows held.
pub async fn release(
    transaction: &mut Transaction,
    catalog: &Catalog,
    steps: &[EraseStep],
    (account, subscriber): (Uuid, Uuid),
    now: Instant,
) -> Result<u64> {
    let mut released = 0;
    for step in steps.iter().filter(|step| step.action == Action::Block) {
        let resource = catalog.get(step.resource);
        for path in &step.paths {
            let SubjectPath::References(Path { steps }) = path else {
                continue;
            };
            let [Step::Forward { column, .. }] = steps.as_slice() else {
                continue;
            };
            let name = &resource.column(*column).name;
            let mut sql = Sql::new("UPDATE ");
            sql.name(&resource.table).push(" SET ").name(name).push(" = NULL");
            let ended = |column: &&crate::catalog::Column| {
                column.name == "released_at" && column.kind == Kind::Instant
            };
            if resource.columns.iter().find(ended).is_some() {
                sql.push(", released_at = COALESCE(released_at, ")
                    .bind(Cell::from(now))
                    .push(")");
            }
            sql.push(" WHERE account_id = ")
                .bind(account)
                .push(" AND ")
                .name(name)
                .push(" = ")
                .bind(subscriber);
            released += transaction.execute(&sql).await?;
        }
    }
    Ok(released)
}
