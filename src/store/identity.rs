//! What the store knows of those who ask: users, API keys, their groups and grants. One statement a look-up
//! (ruling 19), always from the primary.
//!
//! These look-ups come before there is a viewer, so they cannot pass the door; they are the whole list of what
//! may be read without it, and hold no subscriber's data.

pub mod invitation;
mod membership;

use uuid::Uuid;

use super::access_version::{CURRENT, version};
use super::database::Database;
use super::row::Row;
use super::sql::Sql;
use super::transaction::Transaction;
use crate::access::grant::GroupGrants;
use crate::access::viewer::AccessVersion;
use crate::cell::{Cell, Kind};
use crate::clock::Instant;
use crate::error::Result;
use membership::{ends, memberships};

/// A user, as signing in needs one.
#[derive(Clone)]
pub struct UserRecord {
    /// The id, which is the `sub` of our own tokens.
    pub id: Uuid,
    /// The argon2 hash; `None`: the user signs in through an identity provider alone.
    pub password_hash: Option<String>,
    /// Whether the user may come in.
    pub is_enabled: bool,
    /// The version of everybody's rights that this was read at.
    pub version: Option<AccessVersion>,
}

/// An account that somebody is a member of.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Membership {
    /// The account.
    pub account: Uuid,
    /// Its name.
    pub account_name: String,
    /// Whether it is the platform's own.
    pub is_platform: bool,
    /// Whether it is closed.
    pub is_closed: bool,
    /// The groups there.
    pub groups: Vec<GroupGrants>,
}

/// An account that was named.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct AccountFound {
    /// Its id.
    pub id: Uuid,
    /// Its name.
    pub name: String,
    /// Whether it is closed.
    pub is_closed: bool,
}

/// Where a user or a key stands.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Standing {
    /// The user or key.
    pub id: Uuid,
    /// Whether it may come in at all.
    pub is_enabled: bool,
    /// SHA-256 of the key; `None` for users.
    pub key_hash: Option<Vec<u8>>,
    /// The accounts and groups.
    pub memberships: Vec<Membership>,
    /// The version that all this was read at; `None`: there is none yet.
    pub version: Option<AccessVersion>,
    /// When a part of it ends by itself, where it has not ended before.
    pub ends: Vec<Instant>,
}

/// What every look-up of a user selects.
fn select_user() -> Sql {
    let mut sql = Sql::new("SELECT id, password_hash, status, ");
    sql.push(CURRENT).push(" FROM users");
    sql
}

/// What every look-up of grants selects, from column 3 on.
const GRANTS: &str = "a.id, a.name, a.is_platform, g.id, g.name, g.built_in, r.id, r.resource, r.verb, r.all_lists, \
     r.max_rows, r.max_bundles_per_day, r.expires_at, l.list_id, a.closed_at, ";

/// An account that is being erased, or is, is nobody's any more.
const NOT_ERASED: &str = " AND NOT (a.status = 'deleted' AND a.closed_at IS NOT NULL) ";

const GRANT_JOINS: &str = "LEFT JOIN grants r ON r.account_id = g.account_id AND r.group_id = g.id \
     LEFT JOIN grant_lists l ON l.account_id = r.account_id AND l.grant_id = r.id";

/// The user with that normalised address.
pub async fn user_by_address(database: &Database, normalized: &str) -> Result<Option<UserRecord>> {
    let mut sql = select_user();
    sql.push(" WHERE email_normalized = ").bind(normalized);
    user(database, &sql).await
}

/// The user that an identity provider's subject was linked to.
pub async fn user_by_identity(
    database: &Database,
    issuer: &str,
    subject: &str,
) -> Result<Option<UserRecord>> {
    let mut sql = select_user();
    sql.push(" WHERE identity_issuer = ").bind(issuer);
    sql.push(" AND identity_subject = ").bind(subject);
    user(database, &sql).await
}

async fn user(database: &Database, sql: &Sql) -> Result<Option<UserRecord>> {
    let rows = database.fetch(sql).await?;
    let Some(row) = rows.first() else { return Ok(None) };
    Ok(Some(UserRecord {
        id: uuid(row, 0)?,
        password_hash: optional_text(row, 1)?,
        is_enabled: text(row, 2)? == "enabled",
        version: version(row, 3)?,
    }))
}

/// Links an identity provider's subject to a user who has none yet; false when the user has another.
pub async fn link_identity(
    database: &Database,
    user: Uuid,
    issuer: &str,
    subject: &str,
    now: Instant,
) -> Result<bool> {
    let mut transaction = database.begin().await?;
    let mut sql = Sql::new("");
    sql.push("UPDATE users SET identity_issuer = ")
        .bind(issuer)
        .push(", identity_subject = ")
        .bind(subject);
    sql.push(", updated_at = ")
        .bind(now)
        .push(" WHERE id = ")
        .bind(user)
        .push(" AND identity_issuer IS NULL");
    let changed = transaction.execute(&sql).await?;
    transaction.commit().await?;
    Ok(changed == 1)
}

/// Where a user stands; `None`: there is no such user.
pub async fn standing_of_user(database: &Database, user: Uuid) -> Result<Option<Standing>> {
    let sql = memberships_of(user);
    let rows = database.fetch(&sql).await?;
    let Some(first) = rows.first() else {
        return Ok(None);
    };
    let is_enabled = text(first, 1)? == "enabled";
    Ok(Some(Standing {
        id: user,
        is_enabled,
        key_hash: None,
        memberships: memberships(&rows)?,
        version: version(first, 18)?,
        ends: ends(&rows)?,
    }))
}

pub(super) fn memberships_of(user: Uuid) -> Sql {
    let mut sql = Sql::new("");
    sql.push("SELECT u.id, u.status, m.expires_at, ")
        .push(GRANTS)
        .push(CURRENT);
    sql.push(" FROM users u LEFT JOIN group_members m ON m.user_id = u.id ");
    sql.push("LEFT JOIN accounts a ON a.id = m.account_id")
        .push(NOT_ERASED);
    sql.push("LEFT JOIN user_groups g ON g.account_id = m.account_id AND g.id = m.group_id ")
        .push(GRANT_JOINS);
    sql.push(" WHERE u.id = ")
        .bind(user)
        .push(" ORDER BY a.id, g.id, r.id");
    sql
}

/// Where the key with that prefix stands at `now`; `None`: there is no such key.
pub async fn standing_of_key(database: &Database, prefix: &str, now: Instant) -> Result<Option<Standing>> {
    standing_of_key_by(database, key_of_prefix(prefix), now).await
}

/// Where the key of an account with that id stands at `now`; `None`: there is no such key.
pub async fn standing_of_key_id(
    database: &Database,
    account: Uuid,
    id: Uuid,
    now: Instant,
) -> Result<Option<Standing>> {
    let mut sql = select_key();
    sql.push("k.account_id = ").bind(account);
    sql.push(" AND k.id = ").bind(id).push(" ORDER BY r.id");
    standing_of_key_by(database, sql, now).await
}

pub(super) fn key_of_prefix(prefix: &str) -> Sql {
    let mut sql = select_key();
    sql.push("k.prefix = ").bind(prefix).push(" ORDER BY r.id");
    sql
}

fn select_key() -> Sql {
    let mut sql = Sql::new("");
    sql.push("SELECT k.id, k.revoked_at, k.expires_at, ")
        .push(GRANTS)
        .push(CURRENT)
        .push(", k.key_hash");
    sql.push(" FROM api_keys k JOIN accounts a ON a.id = k.account_id")
        .push(NOT_ERASED);
    sql.push("JOIN user_groups g ON g.account_id = k.account_id AND g.id = k.group_id ")
        .push(GRANT_JOINS);
    sql.push(" WHERE ");
    sql
}

async fn standing_of_key_by(database: &Database, sql: Sql, now: Instant) -> Result<Option<Standing>> {
    let rows = database.fetch(&sql).await?;
    let Some(first) = rows.first() else {
        return Ok(None);
    };
    let revoked = instant(first, 1)?.is_some_and(|at| at <= now);
    let expired = instant(first, 2)?.is_some_and(|at| at <= now);
    let hash = match first.cell(19, Kind::Bytes)? {
        Cell::Bytes(hash) => hash.into_vec(),
        _ => Vec::new(),
    };
    Ok(Some(Standing {
        id: uuid(first, 0)?,
        is_enabled: !revoked && !expired,
        key_hash: Some(hash),
        memberships: memberships(&rows)?,
        version: version(first, 18)?,
        ends: ends(&rows)?,
    }))
}

/// The account of that id or name.
pub async fn account(database: &Database, name_or_id: &str) -> Result<Option<(Uuid, String)>> {
    let found = account_found(database, name_or_id).await?;
    Ok(found.map(|account| (account.id, account.name)))
}

/// The account of that id or name, and whether it is closed.
pub async fn account_found(database: &Database, name_or_id: &str) -> Result<Option<AccountFound>> {
    let mut sql = Sql::new("");
    sql.push("SELECT id, name, closed_at FROM accounts WHERE ");
    match Uuid::parse_str(name_or_id) {
        Ok(id) => sql.push("id = ").bind(id),
        Err(_) => sql.push("lower(name) = ").bind(name_or_id.to_lowercase()),
    };
    let rows = database.fetch(&sql).await?;
    rows.first()
        .map(|row| {
            Ok(AccountFound {
                id: uuid(row, 0)?,
                name: text(row, 1)?,
                is_closed: instant(row, 2)?.is_some(),
            })
        })
        .transpose()
}

/// Every account with its name, by name.
pub async fn accounts(database: &Database) -> Result<Vec<(Uuid, String)>> {
    let rows = database
        .fetch(&"SELECT id, name FROM accounts ORDER BY name, id".into())
        .await?;
    rows.iter()
        .map(|row| Ok((uuid(row, 0)?, text(row, 1)?)))
        .collect()
}

/// Notes when a user last signed in.
pub async fn note_login(transaction: &mut Transaction, user: Uuid, at: Instant) -> Result<()> {
    let mut sql = Sql::new("UPDATE users SET last_login_at = ");
    sql.bind(at).push(" WHERE id = ").bind(user);
    transaction.execute(&sql).await?;
    Ok(())
}

/// The group of an account with that name.
pub async fn group(database: &Database, account: Uuid, name: &str) -> Result<Option<Uuid>> {
    let mut sql = Sql::new("SELECT id FROM user_groups WHERE account_id = ");
    sql.bind(account).push(" AND name = ").bind(name);
    let rows = database.fetch(&sql).await?;
    rows.first().map(|row| uuid(row, 0)).transpose()
}

/// What a group of an account grants; `None`: there is no such group.
pub async fn group_grants(database: &Database, account: Uuid, group: Uuid) -> Result<Option<GroupGrants>> {
    let mut sql = Sql::new("SELECT g.id, g.created_at, NULL, ");
    // A membership's end has its place in what every look-up selects; a group by itself has none.
    if database.dialect() == super::database::Dialect::Postgres {
        sql = Sql::new("SELECT g.id, g.created_at, CAST(NULL AS timestamptz), ");
    }
    sql.push(GRANTS)
        .push(CURRENT)
        .push(" FROM user_groups g JOIN accounts a ON a.id = g.account_id ")
        .push(GRANT_JOINS);
    sql.push(" WHERE g.account_id = ")
        .bind(account)
        .push(" AND g.id = ")
        .bind(group)
        .push(" ORDER BY r.id");
    let rows = database.fetch(&sql).await?;
    let groups = memberships(&rows)?.into_iter().flat_map(|one| one.groups);
    Ok(groups.into_iter().next())
}

/// The subscriber of an account with that normalised address, for those who may act on people by address.
pub async fn subscriber(database: &Database, account: Uuid, normalized: &str) -> Result<Option<Uuid>> {
    let mut sql = Sql::new("");
    sql.push("SELECT id FROM subscribers WHERE account_id = ")
        .bind(account);
    sql.push(" AND email_normalized = ").bind(normalized);
    let rows = database.fetch(&sql).await?;
    rows.first().map(|row| uuid(row, 0)).transpose()
}

/// The normalised address of one subscriber of an account, whoever comes first; for examples.
pub async fn any_subscriber(database: &Database, account: Uuid) -> Result<Option<String>> {
    let mut sql = Sql::new("SELECT email_normalized FROM subscribers WHERE account_id = ");
    sql.bind(account).push(" ORDER BY id LIMIT 1");
    let rows = database.fetch(&sql).await?;
    rows.first().map(|row| text(row, 0)).transpose()
}

/// The normalised address of a subscriber of an account.
pub async fn subscriber_address(
    database: &Database,
    account: Uuid,
    subscriber: Uuid,
) -> Result<Option<String>> {
    let addresses = subscriber_addresses(database, account, subscriber).await?;
    Ok(addresses.map(|(_, normalized)| normalized))
}

/// The address of a subscriber of an account: as it was written, and normalised.
pub async fn subscriber_addresses(
    database: &Database,
    account: Uuid,
    subscriber: Uuid,
) -> Result<Option<(String, String)>> {
    let mut sql = Sql::new("SELECT email, email_normalized FROM subscribers WHERE account_id = ");
    sql.bind(account).push(" AND id = ").bind(subscriber);
    let rows = database.fetch(&sql).await?;
    rows.first()
        .map(|row| Ok((text(row, 0)?, text(row, 1)?)))
        .transpose()
}

fn uuid(row: &Row, index: usize) -> Result<Uuid> {
    Ok(row.cell(index, Kind::Uuid)?.as_uuid().unwrap_or_default())
}

fn text(row: &Row, index: usize) -> Result<String> {
    Ok(optional_text(row, index)?.unwrap_or_default())
}

fn optional_text(row: &Row, index: usize) -> Result<Option<String>> {
    Ok(match row.cell(index, Kind::Text)? {
        Cell::Text(text) => Some(text.into()),
        _ => None,
    })
}

fn instant(row: &Row, index: usize) -> Result<Option<Instant>> {
    Ok(row.cell(index, Kind::Instant)?.as_instant())
}

/// The user who made a key; `None`: the user is gone, or the key.
pub async fn maker_of_key(database: &Database, account: Uuid, key: Uuid) -> Result<Option<Uuid>> {
    let mut sql = Sql::new("SELECT created_by_id FROM api_keys WHERE account_id = ");
    sql.bind(account).push(" AND id = ").bind(key);
    let rows = database.fetch(&sql).await?;
    let Some(row) = rows.first() else { return Ok(None) };
    Ok(row.cell(0, Kind::Uuid)?.as_uuid())
}
