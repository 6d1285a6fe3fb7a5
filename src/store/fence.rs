//! What stands between an erased person and whoever would write that person again: the account's lock, the token,
//! and the bundles that are no longer true.

use uuid::Uuid;

use super::database::{Database, Dialect};
use super::sql::Sql;
use super::transaction::Transaction;
use crate::access::viewer::account_closed;
use crate::address::NORMALIZER_VERSION;
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
    /// When.
    pub at: Instant,
}

/// Writes a token; one that is there already stays.
pub async fn write(transaction: &mut Transaction, token: &FenceToken) -> Result<()> {
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
    sql.push(", ")
        .bind(token.at)
        .push(") ON CONFLICT (account_id, token) DO NOTHING");
    transaction.execute(&sql).await?;
    Ok(())
}

/// Which of these tokens an account has. For writers, inside the transaction that would write the people.
pub async fn known(transaction: &mut Transaction, account: Uuid, tokens: &[Vec<u8>]) -> Result<Vec<Vec<u8>>> {
    let mut known = Vec::new();
    for batch in tokens.chunks(500) {
        let mut sql = Sql::new("SELECT token FROM suppression_tokens WHERE account_id = ");
        sql.bind(account).push(" AND token IN (");
        for (index, token) in batch.iter().enumerate() {
            sql.push(if index > 0 { ", " } else { "" }).bind(token.clone());
        }
        sql.push(")");
        for row in transaction.fetch(&sql).await? {
            known.push(row.bytes(0)?);
        }
    }
    Ok(known)
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
/// whose they were. Gives how many bundles it marked.
pub async fn mark_bundles_stale(
    transaction: &mut Transaction,
    account: Uuid,
    subscriber: Uuid,
    now: Instant,
) -> Result<u64> {
    let mut sql = Sql::new("UPDATE exports SET state = 'stale', updated_at = ");
    sql.bind(now).push(" WHERE account_id = ").bind(account);
    sql.push(" AND state = 'ready' AND (subscriber_id IS NULL OR subscriber_id = ")
        .bind(subscriber)
        .push(")");
    let marked = transaction.execute(&sql).await?;
    restart_exports(transaction, account, now).await?;
    let mut sql = Sql::new(
        "UPDATE exports SET subscriber_id = NULL, state = CASE WHEN state = 'queued' THEN 'canceled' ELSE state END, \
         updated_at = ",
    );
    sql.bind(now)
        .push(" WHERE account_id = ")
        .bind(account)
        .push(" AND subscriber_id = ")
        .bind(subscriber);
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
