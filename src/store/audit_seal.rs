//! The rows of the seals over the audit log. Knows in which columns a seal stands, not what makes it a good one.

use uuid::Uuid;

use super::database::Database;
use super::sql::Sql;
use crate::cell::{Cell, Kind};
use crate::clock::Instant;
use crate::error::Result;

/// A seal as it stands in its row. Hashes and the signature are hexadecimal.
#[derive(Clone, Debug, PartialEq)]
pub struct Seal {
    /// The account.
    pub account: Uuid,
    /// Its id.
    pub id: Uuid,
    /// Its number in the account, from 1.
    pub number: i64,
    /// How many events it seals.
    pub event_count: i64,
    /// The smallest id among them.
    pub first_event: Uuid,
    /// The greatest.
    pub last_event: Uuid,
    /// The root of the tree over them.
    pub root: String,
    /// The hash of the seal before.
    pub previous_hash: String,
    /// When.
    pub sealed_at: Instant,
    /// By which key it is signed.
    pub key_id: String,
    /// The hash of what the seal says.
    pub hash: String,
    /// The signature over what it says.
    pub signature: String,
    /// The events' ids and digests.
    pub leaves: Vec<u8>,
}

/// The columns that are what a seal says; the others follow from them, or are only found by them.
pub const SAID: [(&str, Kind); 10] = [
    ("account_id", Kind::Uuid),
    ("id", Kind::Uuid),
    ("number", Kind::Int),
    ("event_count", Kind::Int),
    ("first_event_id", Kind::Uuid),
    ("last_event_id", Kind::Uuid),
    ("root", Kind::Text),
    ("previous_hash", Kind::Text),
    ("sealed_at", Kind::Instant),
    ("key_id", Kind::Text),
];

const REST: &str = "hash, signature, leaves";

/// Seals of one answer: each can have half a megabyte of leaves.
const PAGE: i64 = 8;

impl Seal {
    /// What the seal says, in the order of [`SAID`].
    pub fn said(&self) -> [Cell; SAID.len()] {
        [
            self.account.into(),
            self.id.into(),
            self.number.into(),
            self.event_count.into(),
            self.first_event.into(),
            self.last_event.into(),
            self.root.as_str().into(),
            self.previous_hash.as_str().into(),
            self.sealed_at.into(),
            self.key_id.as_str().into(),
        ]
    }
}

/// The number and the hash of an account's newest seal.
pub async fn head(database: &Database, account: Uuid) -> Result<Option<Seal>> {
    let mut sql = select();
    sql.push(" WHERE account_id = ").bind(account);
    sql.push(" ORDER BY number DESC LIMIT 1");
    Ok(seals(database, &sql).await?.pop())
}

/// An account's seals behind a number, ascending; a few of them.
pub async fn page(database: &Database, account: Uuid, after: i64) -> Result<Vec<Seal>> {
    let mut sql = select();
    sql.push(" WHERE account_id = ").bind(account);
    sql.push(" AND number > ").bind(after);
    sql.push(" ORDER BY number LIMIT ").bind(PAGE);
    seals(database, &sql).await
}

/// How many events the seals of an account say they seal.
pub async fn sealed_events(database: &Database, account: Uuid) -> Result<u64> {
    let mut sql = Sql::new("SELECT CAST(coalesce(sum(event_count), 0) AS BIGINT) FROM audit_seals");
    sql.push(" WHERE account_id = ").bind(account);
    let rows = database.fetch(&sql).await?;
    let count = rows.first().map_or(Ok(0), |row| row.int(0))?;
    Ok(count.unsigned_abs())
}

/// Hands over the leaves of every seal whose first event is not behind `first_until` and whose last event lies in `last`,
/// ends included.
pub async fn each_leaves(
    database: &Database,
    account: Uuid,
    first_until: Uuid,
    last: (Uuid, Uuid),
    mut each: impl FnMut(&[u8]),
) -> Result<()> {
    let mut after = (last.0, Uuid::nil());
    loop {
        let mut sql = Sql::new("SELECT last_event_id, id, leaves FROM audit_seals WHERE account_id = ");
        sql.bind(account).push(" AND (last_event_id, id) > (");
        sql.bind(after.0).push(", ").bind(after.1);
        sql.push(") AND last_event_id <= ").bind(last.1);
        sql.push(" AND first_event_id <= ").bind(first_until);
        sql.push(" ORDER BY last_event_id, id LIMIT ").bind(PAGE);
        let rows = database.fetch(&sql).await?;
        for row in &rows {
            each(&row.bytes(2)?);
            after = (row.uuid(0)?, row.uuid(1)?);
        }
        if rows.len() < usize::try_from(PAGE).unwrap_or(usize::MAX) {
            return Ok(());
        }
    }
}

/// Adds a seal. False when the account has one of that number already: somebody else was faster.
pub async fn append(database: &Database, seal: &Seal) -> Result<bool> {
    let names = SAID.map(|(name, _)| name).join(", ");
    let mut sql = Sql::new(&format!("INSERT INTO audit_seals ({names}, {REST}) "));
    let rest: [Cell; 3] = [
        seal.hash.as_str().into(),
        seal.signature.as_str().into(),
        seal.leaves.as_slice().into(),
    ];
    sql.values_of(std::iter::once(seal.said().into_iter().chain(rest)));
    sql.push(" ON CONFLICT (account_id, number) DO NOTHING");
    database
        .write(async |transaction| Ok(transaction.execute(&sql).await? == 1))
        .await
}

fn select() -> Sql {
    let names = SAID.map(|(name, _)| name).join(", ");
    Sql::new(&format!("SELECT {names}, {REST} FROM audit_seals"))
}

async fn seals(database: &Database, sql: &Sql) -> Result<Vec<Seal>> {
    let rows = database.fetch(sql).await?;
    rows.iter()
        .map(|row| {
            Ok(Seal {
                account: row.uuid(0)?,
                id: row.uuid(1)?,
                number: row.int(2)?,
                event_count: row.int(3)?,
                first_event: row.uuid(4)?,
                last_event: row.uuid(5)?,
                root: row.text(6)?,
                previous_hash: row.text(7)?,
                sealed_at: row.instant(8)?,
                key_id: row.text(9)?,
                hash: row.text(10)?,
                signature: row.text(11)?,
                leaves: row.bytes(12)?,
            })
        })
        .collect()
}
