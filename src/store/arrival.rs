//! Rows that were written since somebody was erased from their account, and the addresses that stand in them.
//!
//! The database notes each such row, whoever writes it (`arrivals`): neither its id nor its times need be trusted. Knows no
//! tokens: who calls says who somebody is.

use std::collections::HashMap;

use uuid::Uuid;

use super::database::{Database, Dialect};
use super::replay::address_columns;
use super::sql::Sql;
use super::transaction::Transaction;
use crate::catalog::Catalog;
use crate::error::Result;

/// A row that came.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Came {
    /// Its id.
    pub row: Uuid,
    /// Whether it is a subscriber's own row.
    pub is_subscriber: bool,
    /// The addresses in it, as they were written.
    pub addresses: Vec<String>,
}

/// The accounts with rows that nobody has looked at.
pub async fn accounts(database: &Database) -> Result<Vec<Uuid>> {
    let sql = Sql::new("SELECT DISTINCT account_id FROM arrivals ORDER BY account_id");
    let rows = database.fetch(&sql).await?;
    rows.iter().map(|row| row.uuid(0)).collect()
}

/// How many rows of an account nobody has looked at.
pub async fn waiting(database: &Database, account: Uuid) -> Result<u64> {
    let mut sql = Sql::new("SELECT count(*) FROM arrivals WHERE account_id = ");
    sql.bind(account);
    let rows = database.fetch(&sql).await?;
    let count = rows.first().map_or(Ok(0), |row| row.int(0))?;
    Ok(u64::try_from(count).unwrap_or(0))
}

/// Takes the next of an account's notes behind an id, at most `limit`, in the order of their ids. What somebody else has
/// just taken is left out. They are gone before the rows are read: a change that comes in between is noted anew.
pub async fn take(
    transaction: &mut Transaction,
    account: Uuid,
    after: Option<Uuid>,
    limit: u32,
) -> Result<Vec<Uuid>> {
    let mut sql = Sql::new("DELETE FROM arrivals WHERE account_id = ");
    sql.bind(account)
        .push(" AND id IN (SELECT id FROM arrivals WHERE account_id = ")
        .bind(account);
    if let Some(after) = after {
        sql.push(" AND id > ").bind(after);
    }
    sql.push(" ORDER BY id LIMIT ").bind(i64::from(limit));
    if transaction.dialect() == Dialect::Postgres {
        sql.push(" FOR UPDATE SKIP LOCKED");
    }
    sql.push(") RETURNING id");
    let rows = transaction.fetch(&sql).await?;
    let mut ids = rows.iter().map(|row| row.uuid(0)).collect::<Result<Vec<_>>>()?;
    ids.sort_unstable();
    Ok(ids)
}

/// Notes rows again that are still to be seen to.
pub async fn put_back(transaction: &mut Transaction, account: Uuid, rows: &[Uuid]) -> Result<()> {
    let dialect = transaction.dialect();
    let mut sql =
        Sql::new("INSERT INTO arrivals (account_id, id) SELECT a.id, chosen.id FROM accounts AS a JOIN ");
    sql.ids(dialect, rows)
        .push(" AS chosen ON 1 = 1 WHERE a.id = ")
        .bind(account)
        .push(" ON CONFLICT DO NOTHING");
    transaction.execute(&sql).await?;
    Ok(())
}

/// The subscribers with one of these addresses, in either column.
pub async fn subscribers(
    transaction: &mut Transaction,
    account: Uuid,
    addresses: &[String],
) -> Result<Vec<Uuid>> {
    let mut sql = Sql::new("");
    for (place, column) in ["email", "email_normalized"].into_iter().enumerate() {
        sql.push(if place > 0 { " UNION " } else { "" });
        sql.push("SELECT id FROM subscribers WHERE account_id = ")
            .bind(account)
            .push(" AND ")
            .name(column)
            .push(" IN (");
        for (place, address) in addresses.iter().enumerate() {
            sql.push(if place > 0 { ", " } else { "" }).bind(address.as_str());
        }
        sql.push(")");
    }
    let rows = transaction.fetch(&sql).await?;
    rows.iter().map(|row| row.uuid(0)).collect()
}

/// The addresses in the rows with these ids, in whichever table they are.
pub async fn addresses(
    transaction: &mut Transaction,
    catalog: &Catalog,
    account: Uuid,
    rows: &[Uuid],
) -> Result<Vec<Came>> {
    let own = [("subscribers", "email"), ("subscribers", "email_normalized")];
    let mut found: HashMap<(Uuid, bool), Vec<String>> = HashMap::new();
    for (table, column) in own.into_iter().chain(address_columns(catalog)) {
        let mut sql = Sql::new("SELECT id, ");
        sql.name(column).push(" FROM ").name(table);
        sql.push(" WHERE account_id = ")
            .bind(account)
            .push(" AND ")
            .name(column)
            .push(" IS NOT NULL AND id IN (SELECT chosen.id FROM ");
        sql.ids(transaction.dialect(), rows).push(" AS chosen)");
        for row in transaction.fetch(&sql).await? {
            let key = (row.uuid(0)?, table == "subscribers");
            found.entry(key).or_default().push(row.text(1)?);
        }
    }
    Ok(found
        .into_iter()
        .map(|((row, is_subscriber), addresses)| Came {
            row,
            is_subscriber,
            addresses,
        })
        .collect())
}
