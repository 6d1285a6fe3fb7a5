//! Erasures that are stopped for a while, as rows. Whoever works on one learns it with the next change, as if another worker
//! had taken it over: the claim's number has risen. Knows no reasons.

use uuid::Uuid;

use super::database::Dialect;
use super::sql::Sql;
use super::transaction::Transaction;
use crate::clock::Instant;
use crate::error::Result;

/// Stops an erasure that was agreed to and is not yet at its verification; false when it is anywhere else.
pub async fn pause(
    transaction: &mut Transaction,
    account: Uuid,
    erasure: Uuid,
    now: Instant,
) -> Result<bool> {
    let mut sql = Sql::new(
        "UPDATE erasures SET state = 'paused', claim_number = claim_number + 1, lease_until = NULL, updated_at = ",
    );
    sql.bind(now).push(" WHERE account_id = ").bind(account);
    sql.push(" AND id = ")
        .bind(erasure)
        .push(" AND state IN ('confirmed', 'fenced', 'running')");
    Ok(transaction.execute(&sql).await? == 1)
}

/// Puts an erasure that is stopped where it was, free for any worker; false when it is not stopped.
pub async fn resume(
    transaction: &mut Transaction,
    account: Uuid,
    erasure: Uuid,
    now: Instant,
) -> Result<bool> {
    let mut sql = Sql::new(
        "UPDATE erasures SET state = CASE WHEN fenced_at IS NULL THEN 'confirmed' \
         WHEN EXISTS (SELECT 1 FROM erasure_batches AS b WHERE b.account_id = erasures.account_id \
         AND b.erasure_id = erasures.id) THEN 'running' ELSE 'fenced' END, error_code = NULL, lease_until = NULL, \
         updated_at = ",
    );
    sql.bind(now).push(" WHERE account_id = ").bind(account);
    sql.push(" AND id = ").bind(erasure).push(" AND state = 'paused'");
    Ok(transaction.execute(&sql).await? == 1)
}

/// Whether an erasure is stopped and has not raised its fence; it stays so until the end of the transaction.
pub async fn is_before_fence(transaction: &mut Transaction, account: Uuid, erasure: Uuid) -> Result<bool> {
    let mut sql = Sql::new("SELECT 1 FROM erasures WHERE account_id = ");
    sql.bind(account).push(" AND id = ").bind(erasure);
    sql.push(" AND state = 'paused' AND fenced_at IS NULL");
    if transaction.dialect() == Dialect::Postgres {
        sql.push(" FOR UPDATE");
    }
    Ok(!transaction.fetch(&sql).await?.is_empty())
}
