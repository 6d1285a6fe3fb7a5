//! Whose data is kept and not used (Art. 18 and 21 GDPR): the one condition by which exports for others, imports, sign-ups
//! and transfers ask for it. Must not know what they do about it.
//!
//! Every restriction that holds counts, whatever its kind, and whatever it says of its purpose: that is text for people,
//! and the strict reading harms nobody. Called by those alone who were let through the door for what they do.

use std::collections::HashMap;

use sea_orm::ActiveEnum;
use uuid::Uuid;

use entities::value::RestrictionKind;

use super::database::Database;
use super::row::Row;
use super::sql::Sql;
use super::transaction::{Snapshot, Transaction};
use crate::cell::Kind;
use crate::clock::Instant;
use crate::error::{Fault, Result};

/// That a row `r` of the restrictions is of a person and holds at a moment, which stands between the pieces.
pub(super) const HOLDS: [&str; 3] = [
    "r.subscriber_id IS NOT NULL AND r.lifted_at IS NULL AND r.starts_at <= ",
    " AND (r.ends_at IS NULL OR r.ends_at > ",
    ")",
];

/// A restriction that holds.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Holding {
    /// Its id.
    pub id: Uuid,
    /// What was asked for.
    pub kind: RestrictionKind,
    /// Since when.
    pub starts_at: Instant,
    /// Whether it is against direct marketing alone, which it is when no purpose is given.
    pub is_to_marketing: bool,
}

/// The purpose of an objection to being mailed.
pub const DIRECT_MARKETING: &str = "direct marketing";

impl Holding {
    /// Whether the person's own word ends it: an objection to being mailed, by asking to be mailed. What is disputed, or was
    /// restricted, and an objection to something else, which is weighed, is decided by the controller.
    pub fn ends_by_own_word(&self) -> bool {
        self.is_objection() && self.is_to_marketing
    }

    /// Whether the person objects, to whatever it is.
    pub fn is_objection(&self) -> bool {
        self.kind == RestrictionKind::Objection
    }
}

/// What holds for a person, for whoever writes that person.
pub async fn of_person(
    transaction: &mut Transaction,
    account: Uuid,
    subscriber: Uuid,
    now: Instant,
) -> Result<Vec<Holding>> {
    let found = of_people(transaction, account, &[subscriber], now).await?;
    Ok(found.into_values().next().unwrap_or_default())
}

/// What holds for each of these people; of the others there is nothing.
pub async fn of_people(
    transaction: &mut Transaction,
    account: Uuid,
    subscribers: &[Uuid],
    now: Instant,
) -> Result<HashMap<Uuid, Vec<Holding>>> {
    let mut held: HashMap<Uuid, Vec<Holding>> = HashMap::new();
    if subscribers.is_empty() {
        return Ok(held);
    }
    let mut sql = Sql::new("SELECT r.subscriber_id, r.id, r.kind, r.starts_at, r.purpose ");
    push_holding(&mut sql, account, now);
    sql.push(" AND r.subscriber_id IN (SELECT chosen.id FROM ")
        .ids(transaction.dialect(), subscribers)
        .push(" AS chosen) ORDER BY r.starts_at, r.id");
    for row in transaction.fetch(&sql).await? {
        held.entry(row.uuid(0)?).or_default().push(holding(&row)?);
    }
    Ok(held)
}

fn holding(row: &Row) -> Result<Holding> {
    let broken = || Fault::Invariant("a restriction's row cannot be read".into());
    Ok(Holding {
        id: row.uuid(1)?,
        kind: RestrictionKind::try_from_value(&row.text(2)?).map_err(|_| broken())?,
        starts_at: row.cell(3, Kind::Instant)?.as_instant().ok_or_else(broken)?,
        is_to_marketing: row
            .cell(4, Kind::Text)?
            .as_text()
            .is_none_or(|purpose| purpose == DIRECT_MARKETING),
    })
}

/// Lifts restrictions by the person's own word.
pub async fn lift(transaction: &mut Transaction, account: Uuid, ids: &[Uuid], now: Instant) -> Result<()> {
    let mut sql = Sql::new("UPDATE processing_restrictions SET lifted_at = ");
    sql.bind(now).push(" WHERE account_id = ").bind(account);
    sql.push(" AND lifted_at IS NULL AND id IN (SELECT chosen.id FROM ")
        .ids(transaction.dialect(), ids)
        .push(" AS chosen)");
    transaction.execute(&sql).await.map(drop)
}

/// The people of an account for whom anything holds, in the order of their ids.
pub async fn people(database: &Database, account: Uuid, now: Instant) -> Result<Vec<Uuid>> {
    ids(&database.fetch(&everybody(account, now)).await?)
}

/// The same as a snapshot has it.
pub async fn people_in(snapshot: &mut Snapshot, account: Uuid, now: Instant) -> Result<Vec<Uuid>> {
    ids(&snapshot.fetch(&everybody(account, now)).await?)
}

fn everybody(account: Uuid, now: Instant) -> Sql {
    let mut sql = Sql::new("SELECT DISTINCT r.subscriber_id ");
    push_holding(&mut sql, account, now);
    sql.push(" ORDER BY r.subscriber_id");
    sql
}

fn ids(rows: &[Row]) -> Result<Vec<Uuid>> {
    rows.iter().map(|row| row.uuid(0)).collect()
}

fn push_holding(sql: &mut Sql, account: Uuid, now: Instant) {
    let [since, until, end] = HOLDS;
    sql.push("FROM processing_restrictions AS r WHERE r.account_id = ")
        .bind(account);
    sql.push(" AND ").push(since).bind(now);
    sql.push(until).bind(now).push(end);
}
