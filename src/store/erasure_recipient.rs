//! Who was given data that an erasure is about, as rows beside the erasure's. Knows neither when an erasure is done, nor who
//! may report what.

use std::collections::BTreeMap;

use uuid::Uuid;

use super::database::{Database, Dialect};
use super::row::Row;
use super::sql::Sql;
use super::transaction::Transaction;
use crate::cell::{Cell, Kind};
use crate::clock::Instant;
use crate::error::Result;

/// Rows of one statement, and rows that are looked at in one go.
const BATCH: usize = 100;

/// Those who still have to be told, or to confirm.
const OPEN: &str = "state NOT IN ('confirmed', 'exempt')";

/// Of whom the data was that recipients were given.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Whose {
    /// A subscriber's: by name, or as one of the people of the account in general since the subscriber came.
    Person(Uuid),
    /// Anybody's of the account.
    Account,
}

/// Somebody who is to be told of an erasure.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Recipient {
    /// The row's id.
    pub id: Uuid,
    /// Of which erasure.
    pub erasure: Uuid,
    /// Who it is.
    pub recipient: String,
    /// What it is.
    pub kind: String,
    /// `to_tell`, `told`, `confirmed`, `exempt` or `overdue`.
    pub state: String,
    /// Why it need not be told.
    pub reason: Option<String>,
    /// By when it is to have confirmed.
    pub due_at: Instant,
    /// When it was told.
    pub told_at: Option<Instant>,
    /// When it had confirmed.
    pub confirmed_at: Option<Instant>,
}

impl Recipient {
    /// Whether the erasure waits for it.
    pub fn is_open(&self) -> bool {
        !["confirmed", "exempt"].contains(&self.state.as_str())
    }

    fn of(row: &Row) -> Result<Recipient> {
        let instant = |place| Ok::<_, crate::error::Error>(row.cell(place, Kind::Instant)?.as_instant());
        Ok(Recipient {
            id: row.uuid(0)?,
            erasure: row.uuid(1)?,
            recipient: row.text(2)?,
            kind: row.text(3)?,
            state: row.text(4)?,
            reason: row.cell(5, Kind::Text)?.as_text().map(str::to_owned),
            due_at: row.instant(6)?,
            told_at: instant(7)?,
            confirmed_at: instant(8)?,
        })
    }
}

const COLUMNS: &str = "SELECT id, erasure_id, recipient, recipient_kind, state, reason, due_at, told_at, confirmed_at \
                       FROM erasure_recipients WHERE account_id = ";

/// Notes who is to be told of an erasure, from the disclosures as they are now: each recipient once, but those who are
/// noted already. `new_id` gives each row its id.
pub async fn note(
    transaction: &mut Transaction,
    (account, erasure): (Uuid, Uuid),
    whose: Whose,
    (now, due_at): (Instant, Instant),
    new_id: impl Fn() -> Uuid,
) -> Result<()> {
    let mut sql = Sql::new(
        "SELECT DISTINCT d.recipient, d.recipient_kind, d.sub_processor_id FROM disclosures AS d WHERE d.account_id = ",
    );
    sql.bind(account);
    if let Whose::Person(subscriber) = whose {
        sql.push(" AND (d.subscriber_id = ").bind(subscriber);
        sql.push(
            " OR ((d.about = 'people' OR (d.about IS NULL AND d.subscriber_id IS NULL)) AND d.disclosed_at >= (SELECT s.created_at FROM subscribers AS s \
             WHERE s.account_id = ",
        );
        sql.bind(account)
            .push(" AND s.id = ")
            .bind(subscriber)
            .push(")))");
    }
    sql.push(
        " AND NOT EXISTS (SELECT 1 FROM erasure_recipients AS r WHERE r.account_id = d.account_id \
         AND r.recipient = d.recipient AND r.recipient_kind = d.recipient_kind AND r.erasure_id = ",
    );
    sql.bind(erasure).push(")");
    let mut given: BTreeMap<(String, String), Cell> = BTreeMap::new();
    for row in transaction.fetch(&sql).await? {
        let company = given.entry((row.text(0)?, row.text(1)?)).or_insert(Cell::Null);
        if *company == Cell::Null {
            *company = row.cell(2, Kind::Uuid)?;
        }
    }
    let given: Vec<_> = given.into_iter().collect();
    for batch in given.chunks(BATCH) {
        let mut sql = Sql::new(
            "INSERT INTO erasure_recipients (account_id, id, erasure_id, recipient, recipient_kind, \
             sub_processor_id, state, due_at, created_at, updated_at) ",
        );
        sql.values_of(batch.iter().map(|((recipient, kind), company)| {
            [
                account.into(),
                new_id().into(),
                erasure.into(),
                recipient.as_str().into(),
                kind.as_str().into(),
                company.clone(),
                "to_tell".into(),
                due_at.into(),
                now.into(),
                now.into(),
            ]
            .into_iter()
        }));
        transaction.execute(&sql).await?;
    }
    Ok(())
}

/// Everybody who is to be told of an erasure, or was.
pub async fn of_erasure(database: &Database, account: Uuid, erasure: Uuid) -> Result<Vec<Recipient>> {
    let mut sql = Sql::new(COLUMNS);
    sql.bind(account)
        .push(" AND erasure_id = ")
        .bind(erasure)
        .push(" ORDER BY recipient, recipient_kind, id");
    let rows = database.fetch(&sql).await?;
    rows.iter().map(Recipient::of).collect()
}

/// One of them, which nobody else changes until the end.
pub async fn look(
    transaction: &mut Transaction,
    account: Uuid,
    recipient: Uuid,
) -> Result<Option<Recipient>> {
    let mut sql = Sql::new(COLUMNS);
    sql.bind(account).push(" AND id = ").bind(recipient);
    if transaction.dialect() == Dialect::Postgres {
        sql.push(" FOR UPDATE");
    }
    let rows = transaction.fetch(&sql).await?;
    rows.first().map(Recipient::of).transpose()
}

/// Writes what is known of a recipient now.
pub async fn change(
    transaction: &mut Transaction,
    account: Uuid,
    recipient: &Recipient,
    now: Instant,
) -> Result<()> {
    let mut sql = Sql::new("UPDATE erasure_recipients SET state = ");
    sql.bind(recipient.state.as_str())
        .push(", reason = ")
        .bind(recipient.reason.as_deref())
        .push(", told_at = ")
        .bind(recipient.told_at)
        .push(", confirmed_at = ")
        .bind(recipient.confirmed_at);
    sql.push(", updated_at = ")
        .bind(now)
        .push(" WHERE account_id = ")
        .bind(account)
        .push(" AND id = ")
        .bind(recipient.id);
    transaction.execute(&sql).await?;
    Ok(())
}

/// Whether an erasure waits for anybody.
pub async fn is_any_open(database: &Database, account: Uuid, erasure: Uuid) -> Result<bool> {
    let mut sql = Sql::new("SELECT 1 FROM erasure_recipients WHERE account_id = ");
    sql.bind(account)
        .push(" AND erasure_id = ")
        .bind(erasure)
        .push(" AND ")
        .push(OPEN)
        .push(" LIMIT 1");
    Ok(!database.fetch(&sql).await?.is_empty())
}

/// Recipients who have not confirmed in time and are not called overdue yet, with their accounts; at most a hundred.
pub async fn due(database: &Database, now: Instant) -> Result<Vec<(Uuid, Uuid)>> {
    let mut sql = Sql::new(
        "SELECT account_id, id FROM erasure_recipients WHERE state IN ('to_tell', 'told') AND due_at <= ",
    );
    sql.bind(now).push(" ORDER BY due_at, account_id, id LIMIT 100");
    pairs(database, &sql).await
}

/// The erasures of people that waited for recipients, and do so no more: whoever was to end them has died; at most a
/// hundred.
pub async fn settled(database: &Database) -> Result<Vec<(Uuid, Uuid)>> {
    let mut sql = Sql::new(
        "SELECT e.account_id, e.id FROM erasures AS e WHERE e.state = 'partial' AND e.account_closed_at IS NULL \
         AND NOT EXISTS (SELECT 1 FROM erasure_recipients AS r WHERE r.account_id = e.account_id \
         AND r.erasure_id = e.id AND r.",
    );
    sql.push(OPEN).push(") ORDER BY e.account_id, e.id LIMIT 100");
    pairs(database, &sql).await
}

async fn pairs(database: &Database, sql: &Sql) -> Result<Vec<(Uuid, Uuid)>> {
    let rows = database.fetch(sql).await?;
    rows.iter().map(|row| Ok((row.uuid(0)?, row.uuid(1)?))).collect()
}
