//! What whoever writes a person has to know of the account first, wherever the writer's own scope ends: whether there is
//! such a person, must not be mailed, or is being erased. Called by those alone who were let through the door for the
//! write.

use uuid::Uuid;

use super::sql::Sql;
use super::transaction::Transaction;
use crate::clock::Instant;
use crate::error::Result;

/// The id and state of the subscriber of an account with that normalised address, for who writes that person.
pub async fn find(
    transaction: &mut Transaction,
    account: Uuid,
    normalized: &str,
) -> Result<Option<(Uuid, String)>> {
    let mut sql = Sql::new("SELECT id, status FROM subscribers WHERE account_id = ");
    sql.bind(account)
        .push(" AND email_normalized = ")
        .bind(normalized);
    let rows = transaction.fetch(&sql).await?;
    rows.first()
        .map(|row| Ok((row.uuid(0)?, row.text(1)?)))
        .transpose()
}

/// Whether an erasure of a subscriber is planned or under way.
pub async fn is_being_erased(transaction: &mut Transaction, account: Uuid, subscriber: Uuid) -> Result<bool> {
    let mut sql = Sql::new("SELECT 1 FROM erasures WHERE account_id = ");
    sql.bind(account).push(" AND subscriber_id = ").bind(subscriber).push(
        " AND state IN ('planned', 'confirmed', 'fenced', 'running', 'paused', 'verifying', 'partial') LIMIT 1",
    );
    Ok(!transaction.fetch(&sql).await?.is_empty())
}

/// Whether an address stands in clear among those that must not be mailed, at `now`. For writers of subscribers.
pub async fn is_suppressed(
    transaction: &mut Transaction,
    account: Uuid,
    normalized: &str,
    now: Instant,
) -> Result<bool> {
    let mut sql = Sql::new("SELECT 1 FROM suppression_entries WHERE account_id = ");
    sql.bind(account)
        .push(" AND email_normalized = ")
        .bind(normalized)
        .push(" AND (expires_at IS NULL OR expires_at > ")
        .bind(now)
        .push(")");
    Ok(!transaction.fetch(&sql).await?.is_empty())
}
