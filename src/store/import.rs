//! What an import has to know before it can decide what to write: the people, profiles and values that are there,
//! and the addresses that must not be mailed. Whoever may write every subscriber of an account may ask, nobody else.
//!
//! Rows come as cells in the order of the columns asked for. Must not know what wins.

use uuid::Uuid;

use super::database::Dialect;
use super::sql::Sql;
use super::transaction::Transaction;
use crate::access::permit::Permitted;
use crate::catalog::{Catalog, Resource};
use crate::cell::{Cell, Kind};
use crate::clock::Instant;
use crate::error::{Fault, Result};
use crate::plan::write::Write;

/// Looks things up in one account.
pub struct Lookup<'a> {
    catalog: &'a Catalog,
    account: Uuid,
    locks: bool,
}

impl<'a> Lookup<'a> {
    /// For whoever holds a permitted write of subscribers. `locks`: the rows found stay as they are until the
    /// transaction ends, so that what is decided about them is still true when it is written.
    pub fn new(catalog: &'a Catalog, right: &Permitted<Write>, locks: bool) -> Result<Self> {
        if right.plan().resource != catalog.table("subscribers").id {
            return Err(
                Fault::Invariant("an import looks people up without the right to write them".into()).into(),
            );
        }
        Ok(Lookup {
            catalog,
            account: right.account(),
            locks,
        })
    }

    /// The account's lists of that id, that external id of that source, or that name.
    pub async fn lists(
        &self,
        transaction: &mut Transaction,
        by: &ListKey<'_>,
    ) -> Result<Vec<(Uuid, String)>> {
        let mut sql = Sql::new("SELECT id, name FROM lists WHERE account_id = ");
        sql.bind(self.account);
        match by {
            ListKey::Id(id) => sql.push(" AND id = ").bind(*id),
            ListKey::External(source, id) => sql
                .push(" AND source = ")
                .bind(*source)
                .push(" AND external_id = ")
                .bind(*id),
            ListKey::Name(name) => sql.push(" AND name = ").bind(*name),
        };
        sql.push(" ORDER BY id LIMIT 10");
        let rows = transaction.fetch(&sql).await?;
        rows.iter().map(|row| Ok((row.uuid(0)?, row.text(1)?))).collect()
    }

    /// The custom fields of a list in their order: id, tag, label, place.
    pub async fn fields(
        &self,
        transaction: &mut Transaction,
        list: Uuid,
    ) -> Result<Vec<(Uuid, String, String, i64)>> {
        let mut sql = Sql::new("SELECT id, tag, label, sort_order FROM list_fields WHERE account_id = ");
        sql.bind(self.account)
            .push(" AND list_id = ")
            .bind(list)
            .push(" ORDER BY sort_order, id");
        let rows = transaction.fetch(&sql).await?;
        rows.iter()
            .map(|row| Ok((row.uuid(0)?, row.text(1)?, row.text(2)?, row.int(3)?)))
            .collect()
    }

    /// The subscribers with one of these normalised addresses, or one of these ids of that source.
    pub async fn subscribers(
        &self,
        transaction: &mut Transaction,
        columns: &[&str],
        addresses: &[&str],
        source: &str,
        external_ids: &[&str],
    ) -> Result<Vec<Vec<Cell>>> {
        let dialect = transaction.dialect();
        let mut rows = Vec::new();
        if !addresses.is_empty() {
            let mut rest = Sql::default();
            push_any_text(&mut rest, dialect, "t.email_normalized", addresses);
            rows.extend(self.fetch(transaction, "subscribers", columns, rest).await?);
        }
        if !external_ids.is_empty() {
            let rest = self.of_source(dialect, source, external_ids);
            rows.extend(self.fetch(transaction, "subscribers", columns, rest).await?);
        }
        Ok(rows)
    }

    /// That a subscriber has one of these ids of that source.
    fn of_source(&self, dialect: Dialect, source: &str, external_ids: &[&str]) -> Sql {
        let mut sql = Sql::default();
        match dialect {
            Dialect::Postgres => {
                sql.push("t.id = ANY(ARRAY(SELECT f.id FROM ");
                push_unnested(
                    &mut sql,
                    Kind::Text,
                    external_ids.iter().map(|id| Cell::from(*id)),
                );
                sql.push(" AS k(value) CROSS JOIN LATERAL (SELECT e.id FROM subscribers AS e WHERE e.account_id = ")
                    .bind(self.account)
                    .push(" AND e.source = ")
                    .bind(source)
                    .push(" AND e.external_id = k.value OFFSET 0) AS f))");
            }
            Dialect::Sqlite => {
                sql.push("t.source = ").bind(source).push(" AND ");
                push_any_text(&mut sql, dialect, "t.external_id", external_ids);
            }
        }
        sql
    }

    /// That a profile is one of these subscribers' on one of these lists.
    fn of_lists(&self, dialect: Dialect, subscribers: &[Uuid], lists: &[Uuid]) -> Sql {
        let mut sql = Sql::default();
        match dialect {
            Dialect::Postgres => {
                sql.push("t.id = ANY(ARRAY(SELECT f.id FROM ");
                push_unnested(&mut sql, Kind::Uuid, subscribers.iter().map(|id| Cell::Uuid(*id)));
                sql.push(" AS s(id) CROSS JOIN ");
                push_unnested(&mut sql, Kind::Uuid, lists.iter().map(|id| Cell::Uuid(*id)));
                sql.push(" AS l(id) CROSS JOIN LATERAL (SELECT e.id FROM subscriber_profiles AS e WHERE e.account_id = ")
                    .bind(self.account)
                    .push(" AND e.subscriber_id = s.id AND e.list_id = l.id OFFSET 0) AS f))");
            }
            Dialect::Sqlite => {
                push_any_id(&mut sql, dialect, "t.subscriber_id", subscribers);
                sql.push(" AND ");
                push_any_id(&mut sql, dialect, "t.list_id", lists);
            }
        }
        sql
    }

    /// The profiles of these subscribers on these lists.
    pub async fn profiles(
        &self,
        transaction: &mut Transaction,
        columns: &[&str],
        subscribers: &[Uuid],
        lists: &[Uuid],
    ) -> Result<Vec<Vec<Cell>>> {
        let dialect = transaction.dialect();
        let rest = self.of_lists(dialect, subscribers, lists);
        self.fetch(transaction, "subscriber_profiles", columns, rest)
            .await
    }

    /// The values of these profiles.
    pub async fn values(
        &self,
        transaction: &mut Transaction,
        columns: &[&str],
        profiles: &[Uuid],
    ) -> Result<Vec<Vec<Cell>>> {
        let mut rest = Sql::default();
        push_any_id(&mut rest, transaction.dialect(), "t.profile_id", profiles);
        self.fetch(transaction, "profile_values", columns, rest).await
    }

    /// Which of these normalised addresses must not be mailed at that time, and why.
    pub async fn suppressed(
        &self,
        transaction: &mut Transaction,
        addresses: &[&str],
        now: Instant,
    ) -> Result<Vec<(String, String)>> {
        if addresses.is_empty() {
            return Ok(Vec::new());
        }
        let mut sql =
            Sql::new("SELECT email_normalized, reason FROM suppression_entries WHERE account_id = ");
        sql.bind(self.account)
            .push(" AND (expires_at IS NULL OR expires_at > ")
            .bind(now)
            .push(") AND ");
        push_any_text(&mut sql, transaction.dialect(), "email_normalized", addresses);
        let rows = transaction.fetch(&sql).await?;
        rows.iter().map(|row| Ok((row.text(0)?, row.text(1)?))).collect()
    }

    /// Deletes values of profiles that a file no longer states.
    pub async fn delete_values(&self, transaction: &mut Transaction, values: &[Uuid]) -> Result<u64> {
        let mut sql = Sql::new("DELETE FROM profile_values WHERE account_id = ");
        sql.bind(self.account).push(" AND id IN (SELECT i.id FROM ");
        sql.ids(transaction.dialect(), values).push(" AS i)");
        transaction.execute(&sql).await
    }

    async fn fetch(
        &self,
        transaction: &mut Transaction,
        table: &str,
        columns: &[&str],
        condition: Sql,
    ) -> Result<Vec<Vec<Cell>>> {
        let resource = self.catalog.table(table);
        let mut sql = Sql::new("SELECT ");
        for (place, column) in columns.iter().enumerate() {
            sql.push(if place > 0 { ", " } else { "" }).column("t", column);
        }
        sql.push(" FROM ")
            .name(table)
            .push(" AS t WHERE t.account_id = ")
            .bind(self.account);
        sql.push(" AND ").append(condition);
        if self.locks && transaction.dialect() == Dialect::Postgres {
            // In the order of their ids, so that two writers wait for each other and neither for ever.
            sql.push(" ORDER BY t.id FOR NO KEY UPDATE OF t");
        }
        let kinds = kinds(resource, columns);
        let rows = transaction.fetch(&sql).await?;
        let cells = |row: &super::row::Row| {
            kinds
                .iter()
                .enumerate()
                .map(|(place, kind)| row.cell(place, *kind))
                .collect::<Result<Vec<Cell>>>()
        };
        rows.iter().map(cells).collect()
    }
}

/// How a list is known.
#[derive(Clone, Copy, Debug)]
pub enum ListKey<'a> {
    /// By its id.
    Id(Uuid),
    /// By source and id there.
    External(&'a str, &'a str),
    /// By its name, which several may have.
    Name(&'a str),
}

fn kinds(resource: &Resource, columns: &[&str]) -> Vec<Kind> {
    columns
        .iter()
        .map(|name| resource.column(resource.id_of(name)).kind)
        .collect()
}

/// `unnest(…)`: a row for each value, on PostgreSQL.
///
/// With a LATERAL and an OFFSET behind it, each value is looked up by itself through the index. Left to itself,
/// PostgreSQL plans for the few rows that it knew of when an import began, keeps that plan, and then reads the whole
/// account, or all people of a source, for each batch that follows.
fn push_unnested(sql: &mut Sql, kind: Kind, cells: impl Iterator<Item = Cell>) {
    sql.push("unnest(").bind_array(kind, cells.collect()).push(")");
}

/// `column` is one of these texts. No join, for the same reason.
fn push_any_text(sql: &mut Sql, dialect: Dialect, column: &str, texts: &[&str]) {
    sql.push(column);
    match dialect {
        Dialect::Postgres => {
            let cells = texts.iter().map(|text| Cell::from(*text)).collect();
            sql.push(" = ANY(").bind_array(Kind::Text, cells).push(")")
        }
        Dialect::Sqlite => {
            let texts = serde_json::Value::from(texts.to_vec()).to_string();
            sql.push(" IN (SELECT j.value FROM json_each(")
                .bind(texts)
                .push(") AS j)")
        }
    };
}

/// `column` is one of these ids.
fn push_any_id(sql: &mut Sql, dialect: Dialect, column: &str, ids: &[Uuid]) {
    sql.push(column);
    match dialect {
        Dialect::Postgres => {
            let cells = ids.iter().map(|id| Cell::Uuid(*id)).collect();
            sql.push(" = ANY(").bind_array(Kind::Uuid, cells).push(")")
        }
        Dialect::Sqlite => sql
            .push(" IN (SELECT i.id FROM ")
            .ids(dialect, ids)
            .push(" AS i)"),
    };
}
