//! What stands between an erased person and whoever would write that person again: the account's lock, the token,
//! and the bundles that are no longer true.

use uuid::Uuid;

use super::database::{Database, Dialect};
use super::row::Row;
use super::sql::Sql;
use super::transaction::Transaction;
use crate::access::viewer::account_closed;
use crate::address::NORMALIZER_VERSION;
use crate::cell::Kind;
use crate::clock::Instant;
use crate::error::Result;

/// Takes the account's lock until the transaction ends: shared by writers of subscribers, exclusive for the eraser
/// that raises a fence, and for whoever closes the account. The embedded store has one writer anyway. Writers are refused
/// in a closed account, also those that began before: `ACCOUNT_CLOSED`.
pub async fn fence_lock(transaction: &mut Transaction, account: Uuid, exclusive: bool) -> Result<()> {
    if transaction.dialect() == Dialect::Postgres {
        lock(transaction, account, exclusive).await?;
    }
    if exclusive {
        return Ok(());
    }
    let mut sql = Sql::new("SELECT 1 FROM accounts WHERE closed_at IS NOT NULL AND id = ");
    sql.bind(account);
    match transaction.fetch(&sql).await?.is_empty() {
        true => Ok(()),
        false => Err(account_closed().into()),
    }
}

/// The same, shared, for whoever erases: also what is in a closed account.
pub async fn eraser_lock(transaction: &mut Transaction, account: Uuid) -> Result<()> {
    match transaction.dialect() {
        Dialect::Postgres => lock(transaction, account, false).await,
        Dialect::Sqlite => Ok(()),
    }
}

/// The same, shared, for whoever notes what a person asks for: also in a closed account, until its erasure begins.
pub async fn request_lock(transaction: &mut Transaction, account: Uuid) -> Result<()> {
    eraser_lock(transaction, account).await?;
    let mut sql = Sql::new(
        "SELECT 1 FROM accounts AS a WHERE a.closed_at IS NOT NULL AND EXISTS (SELECT 1 FROM erasures AS e \
         WHERE e.account_id = a.id AND e.account_closed_at IS NOT NULL \
         AND (e.state IN ('fenced', 'running', 'verifying', 'done', 'partial') \
         OR (e.state = 'paused' AND e.fenced_at IS NOT NULL))) AND a.id = ",
    );
    sql.bind(account);
    match transaction.fetch(&sql).await?.is_empty() {
        true => Ok(()),
        false => Err(account_closed().into()),
    }
}

async fn lock(transaction: &mut Transaction, account: Uuid, exclusive: bool) -> Result<()> {
    // The last eight bytes of a UUID v7 are random, so that two accounts hardly ever share a lock.
    let key = i64::from_be_bytes(account.as_bytes()[8..].try_into().unwrap_or_default());
    let mut sql = Sql::new(if exclusive {
        "SELECT pg_advisory_xact_lock("
    } else {
        "SELECT pg_advisory_xact_lock_shared("
    });
    sql.bind(key).push(")");
    transaction.fetch(&sql).await?;
    Ok(())
}

/// A token to be written.
pub struct FenceToken {
    /// The row's id.
    pub id: Uuid,
    /// In which account.
    pub account: Uuid,
    /// For which erasure.
    pub erasure: Uuid,
    /// The keyed token.
    pub token: Vec<u8>,
    /// The version of the key it was made with.
    pub key_version: i64,
    /// As of when the person is to stay away: now, or when the erasure ended that is repeated.
    pub at: Instant,
}

/// Raises a fence. One that stands by an earlier erasure, or was lifted before, is this erasure's from now on; one that is
/// of a later erasure, or was lifted since, stays as it is.
pub async fn raise(transaction: &mut Transaction, token: &FenceToken) -> Result<()> {
    let mut sql = Sql::new(
        "INSERT INTO suppression_tokens (account_id, id, token, key_version, normalizer_version, reason, erasure_id, \
         created_at) VALUES (",
    );
    sql.bind(token.account)
        .push(", ")
        .bind(token.id)
        .push(", ")
        .bind(token.token.clone())
        .push(", ");
    sql.bind(token.key_version)
        .push(", ")
        .bind(NORMALIZER_VERSION)
        .push(", 'erased', ")
        .bind(token.erasure);
    sql.push(", ").bind(token.at).push(
        ") ON CONFLICT (account_id, token) DO UPDATE SET erasure_id = excluded.erasure_id, \
         created_at = excluded.created_at, lifted_at = NULL \
         WHERE suppression_tokens.reason = 'erased' AND suppression_tokens.created_at <= excluded.created_at \
         AND (suppression_tokens.lifted_at IS NULL OR suppression_tokens.lifted_at <= excluded.created_at) \
         AND (suppression_tokens.erasure_id IS DISTINCT FROM excluded.erasure_id \
         OR suppression_tokens.lifted_at IS NOT NULL)",
    );
    transaction.execute(&sql).await?;
    Ok(())
}

/// Which of these tokens keep somebody out of an account. For writers, inside the transaction that would write the people.
pub async fn known(transaction: &mut Transaction, account: Uuid, tokens: &[Vec<u8>]) -> Result<Vec<Vec<u8>>> {
    let standing = standing_among(transaction, account, tokens).await?;
    Ok(standing.into_iter().map(|(token, _)| token).collect())
}

/// The fences that stand, of these tokens.
pub async fn standing_among(
    transaction: &mut Transaction,
    account: Uuid,
    tokens: &[Vec<u8>],
) -> Result<Vec<(Vec<u8>, Fence)>> {
    let mut standing = Vec::new();
    for batch in tokens.chunks(500) {
        let mut sql =
            Sql::new("SELECT erasure_id, reason, token FROM suppression_tokens WHERE account_id = ");
        sql.bind(account).push(" AND lifted_at IS NULL");
        push_tokens(&mut sql, "token", batch);
        for row in transaction.fetch(&sql).await? {
            standing.push((row.bytes(2)?, Fence::of(&row)?));
        }
    }
    Ok(standing)
}

fn push_tokens(sql: &mut Sql, column: &'static str, tokens: &[Vec<u8>]) {
    sql.push(" AND ").push(column).push(" IN (");
    for (index, token) in tokens.iter().enumerate() {
        sql.push(if index > 0 { ", " } else { "" }).bind(token.clone());
    }
    sql.push(")");
}

/// A fence that stands.
#[derive(Copy, Clone, Debug, PartialEq, Eq)]
pub struct Fence {
    /// The erasure that raised it last; `None`: its record is past its clock.
    pub erasure: Option<Uuid>,
    /// Whether the person was erased; else the person has objected to being written at all.
    pub is_of_an_erasure: bool,
}

impl Fence {
    fn of(row: &Row) -> Result<Fence> {
        Ok(Fence {
            erasure: row.cell(0, Kind::Uuid)?.as_uuid(),
            is_of_an_erasure: row.text(1)? == "erased",
        })
    }
}

/// The fence that keeps out whoever has these tokens: of several the latest.
pub async fn standing(
    transaction: &mut Transaction,
    account: Uuid,
    tokens: &[Vec<u8>],
) -> Result<Option<Fence>> {
    let mut sql = Sql::new("SELECT erasure_id, reason FROM suppression_tokens WHERE account_id = ");
    sql.bind(account).push(" AND lifted_at IS NULL");
    push_tokens(&mut sql, "token", tokens);
    // An objection is lifted by nobody, whatever stands beside it.
    sql.push(" ORDER BY CASE WHEN reason = 'erased' THEN 1 ELSE 0 END, created_at DESC, id LIMIT 1");
    let rows = transaction.fetch(&sql).await?;
    rows.first().map(Fence::of).transpose()
}

/// Whether the person with this token has come back by the own word since then.
pub async fn is_lifted_since(
    database: &Database,
    account: Uuid,
    token: &[u8],
    since: Instant,
) -> Result<bool> {
    let mut sql = Sql::new("SELECT 1 FROM suppression_tokens WHERE account_id = ");
    sql.bind(account)
        .push(" AND token = ")
        .bind(token.to_vec())
        .push(" AND lifted_at >= ")
        .bind(since);
    Ok(!database.fetch(&sql).await?.is_empty())
}

/// The accounts out of which a fence keeps somebody who was erased.
pub async fn accounts(database: &Database) -> Result<Vec<Uuid>> {
    let sql = Sql::new(
        "SELECT DISTINCT account_id FROM suppression_tokens WHERE reason = 'erased' AND lifted_at IS NULL \
         ORDER BY account_id",
    );
    let rows = database.fetch(&sql).await?;
    rows.iter().map(|row| row.uuid(0)).collect()
}

/// Whether the erasure that raised a fence has ended, or its record is past its clock.
pub async fn has_ended(transaction: &mut Transaction, account: Uuid, fence: Fence) -> Result<bool> {
    let Some(erasure) = fence.erasure else {
        return Ok(true);
    };
    let mut sql = Sql::new("SELECT 1 FROM erasures WHERE account_id = ");
    sql.bind(account)
        .push(" AND id = ")
        .bind(erasure)
        .push(" AND state IN ('done', 'partial', 'residue_found')");
    Ok(!transaction.fetch(&sql).await?.is_empty())
}

/// Lifts the fences of these tokens that erasures have raised, and lets nobody look for the person any more on behalf of
/// the erasure: what mentions the person from now on does so by the own word. False: the erasure has not ended.
pub async fn lift(
    transaction: &mut Transaction,
    account: Uuid,
    tokens: &[Vec<u8>],
    erasure: Option<Uuid>,
    now: Instant,
) -> Result<bool> {
    // Another erasure of the same person may be under way, which would take whoever comes back.
    let mut sql = Sql::new("SELECT 1 FROM erasures WHERE account_id = ");
    sql.bind(account)
        .push(" AND state IN ('confirmed', 'fenced', 'running', 'paused', 'verifying')");
    push_tokens(&mut sql, "subject_token", tokens);
    if !transaction.fetch(&sql).await?.is_empty() {
        return Ok(false);
    }
    if let Some(erasure) = erasure {
        // Whoever sweeps for it just now has lost it.
        let mut sql = Sql::new(
            "UPDATE erasures SET subject_sealed = NULL, claim_number = claim_number + 1, lease_until = NULL, \
             updated_at = ",
        );
        sql.bind(now)
            .push(" WHERE account_id = ")
            .bind(account)
            .push(" AND id = ")
            .bind(erasure)
            .push(" AND state IN ('done', 'partial', 'residue_found')");
        if transaction.execute(&sql).await? == 0 {
            return Ok(false);
        }
    }
    // The same of all others that were about the person.
    let mut sql = Sql::new(
        "UPDATE erasures SET subject_sealed = NULL, claim_number = claim_number + 1, lease_until = NULL, updated_at = ",
    );
    sql.bind(now)
        .push(" WHERE account_id = ")
        .bind(account)
        .push(" AND subject_sealed IS NOT NULL AND state IN ('done', 'partial', 'residue_found')");
    push_tokens(&mut sql, "subject_token", tokens);
    transaction.execute(&sql).await?;
    let mut sql = Sql::new("UPDATE suppression_tokens SET lifted_at = ");
    sql.bind(now).push(" WHERE account_id = ").bind(account);
    sql.push(" AND lifted_at IS NULL AND reason = 'erased'");
    push_tokens(&mut sql, "token", tokens);
    transaction.execute(&sql).await?;
    Ok(true)
}

/// How many erasures have raised their fence in an account so far. The same twice: none did in between, if the account's
/// lock is held at the second look.
pub async fn raised(transaction: &mut Transaction, account: Uuid) -> Result<i64> {
    let mut sql = Sql::new("SELECT count(*) FROM erasures WHERE fenced_at IS NOT NULL AND account_id = ");
    sql.bind(account);
    let rows = transaction.fetch(&sql).await?;
    rows.first().map_or(Ok(0), |row| row.int(0))
}

/// Sends every bundle under way back to the queue, void for the worker that has it. No attempt has failed by that.
pub async fn restart_exports(transaction: &mut Transaction, account: Uuid, now: Instant) -> Result<()> {
    let mut sql = Sql::new(
        "UPDATE exports SET state = 'queued', claim_number = claim_number + 1, attempts = attempts - 1, \
         lease_until = NULL, rows_per_second = NULL, seconds_left = NULL, updated_at = ",
    );
    sql.bind(now)
        .push(" WHERE account_id = ")
        .bind(account)
        .push(" AND state = 'running'");
    transaction.execute(&sql).await?;
    Ok(())
}

/// Marks the finished bundles that a person is in: the account's own, and the person's; whatever is under way starts
/// again. Called when the person's rows are gone, so that no later snapshot has them. The person's exports forget
/// whose they were. Gives how many bundles it marked. `subscribers`: the ids that the person has or had.
pub async fn mark_bundles_stale(
    transaction: &mut Transaction,
    account: Uuid,
    subscribers: &[Uuid],
    now: Instant,
) -> Result<u64> {
    let dialect = transaction.dialect();
    let push_theirs = |sql: &mut Sql| {
        sql.push("subscriber_id IN (SELECT chosen.id FROM ")
            .ids(dialect, subscribers)
            .push(" AS chosen)");
    };
    let mut sql = Sql::new("UPDATE exports SET state = 'stale', updated_at = ");
    sql.bind(now).push(" WHERE account_id = ").bind(account);
    sql.push(" AND state = 'ready' AND (subscriber_id IS NULL OR ");
    push_theirs(&mut sql);
    sql.push(")");
    let marked = transaction.execute(&sql).await?;
    restart_exports(transaction, account, now).await?;
    let mut sql = Sql::new(
        "UPDATE exports SET subscriber_id = NULL, state = CASE WHEN state = 'queued' THEN 'canceled' ELSE state END, \
         updated_at = ",
    );
    sql.bind(now)
        .push(" WHERE account_id = ")
        .bind(account)
        .push(" AND ");
    push_theirs(&mut sql);
    transaction.execute(&sql).await?;
    Ok(marked)
}

/// The stale exports of an account whose bundle may still lie in the depot.
pub async fn stale_bundles(database: &Database, account: Uuid) -> Result<Vec<Uuid>> {
    let mut sql = Sql::new("SELECT id FROM exports WHERE account_id = ");
    sql.bind(account)
        .push(" AND state = 'stale' AND bundle_name IS NOT NULL ORDER BY id");
    database
        .fetch(&sql)
        .await?
        .iter()
        .map(|row| row.uuid(0))
        .collect()
}

/// Notes that the bundles of these exports are gone.
pub async fn forget_stale_bundles(
    transaction: &mut Transaction,
    account: Uuid,
    exports: &[Uuid],
) -> Result<()> {
    for export in exports {
        let mut sql = Sql::new("UPDATE exports SET bundle_name = NULL WHERE account_id = ");
        sql.bind(account)
            .push(" AND id = ")
            .bind(*export)
            .push(" AND state = 'stale'");
        transaction.execute(&sql).await?;
    }
    Ok(())
}
