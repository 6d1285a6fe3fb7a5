//! What ends by the clock: bundles and rejected rows past their time, erasure plans that nobody confirmed, memberships. Knows no depot.

use uuid::Uuid;

use super::database::Database;
use super::sql::Sql;
use super::transaction::Transaction;
use crate::clock::Instant;
use crate::error::Result;

/// Rows that are looked at in one go.
const BATCH: i64 = 100;

/// An account and one of its jobs or memberships.
pub type Job = (Uuid, Uuid);

/// Exports that are READY past their time, at most a hundred.
pub async fn due_exports(database: &Database, now: Instant) -> Result<Vec<Job>> {
    let mut sql = Sql::new("SELECT account_id, id FROM exports WHERE state = 'ready' AND expires_at <= ");
    sql.bind(now).push(" ORDER BY expires_at LIMIT ").bind(BATCH);
    jobs(database, &sql).await
}

/// Ended exports whose bundle may still lie in the depot, at most a hundred: what a crash left behind as well.
pub async fn left_bundles(database: &Database) -> Result<Vec<Job>> {
    let mut sql = Sql::new("SELECT account_id, id FROM exports WHERE state IN ('expired', 'stale')");
    sql.push(" AND bundle_name IS NOT NULL ORDER BY id LIMIT ")
        .bind(BATCH);
    jobs(database, &sql).await
}

/// Notes that the bundle of an ended export is gone.
pub async fn forget_bundle(database: &Database, (account, export): Job) -> Result<()> {
    let mut sql = Sql::new("UPDATE exports SET bundle_name = NULL WHERE account_id = ");
    sql.bind(account)
        .push(" AND id = ")
        .bind(export)
        .push(" AND state IN ('expired', 'stale')");
    database
        .write(async |transaction| transaction.execute(&sql).await)
        .await?;
    Ok(())
}

/// Imports whose rejected rows lie in the depot past their time, at most a hundred; of one account, or of all.
pub async fn due_rejects(database: &Database, account: Option<Uuid>, now: Instant) -> Result<Vec<Job>> {
    let mut sql =
        Sql::new("SELECT account_id, id FROM imports WHERE rejects_name IS NOT NULL AND expires_at <= ");
    sql.bind(now);
    if let Some(account) = account {
        sql.push(" AND account_id = ").bind(account);
    }
    sql.push(" ORDER BY expires_at, id LIMIT ").bind(BATCH);
    jobs(database, &sql).await
}

/// Ends the time of all rejected rows of an account.
pub async fn end_rejects(transaction: &mut Transaction, account: Uuid, now: Instant) -> Result<()> {
    let mut sql = Sql::new("UPDATE imports SET expires_at = ");
    sql.bind(now)
        .push(", updated_at = ")
        .bind(now)
        .push(" WHERE account_id = ")
        .bind(account)
        .push(" AND rejects_name IS NOT NULL AND expires_at > ")
        .bind(now);
    transaction.execute(&sql).await?;
    Ok(())
}

/// Notes that the rejected rows of an import are gone.
pub async fn forget_rejects(transaction: &mut Transaction, (account, import): Job) -> Result<()> {
    let mut sql =
        Sql::new("UPDATE imports SET rejects_name = NULL, rejects_sha256 = NULL WHERE account_id = ");
    sql.bind(account).push(" AND id = ").bind(import);
    transaction.execute(&sql).await?;
    Ok(())
}

/// Erasure plans that nobody confirmed in time, at most a hundred.
pub async fn due_plans(database: &Database, now: Instant) -> Result<Vec<Job>> {
    let mut sql = Sql::new("SELECT account_id, id FROM erasures WHERE state = 'planned' AND expires_at <= ");
    sql.bind(now).push(" ORDER BY expires_at LIMIT ").bind(BATCH);
    jobs(database, &sql).await
}

/// Ends a plan; it forgets whom it was about. False when it was confirmed a moment ago.
pub async fn end_plan(transaction: &mut Transaction, (account, erasure): Job, now: Instant) -> Result<bool> {
    let mut sql =
        Sql::new("UPDATE erasures SET state = 'expired', subject_sealed = NULL, subscriber_id = NULL");
    sql.push(", finished_at = ")
        .bind(now)
        .push(", updated_at = ")
        .bind(now);
    sql.push(" WHERE account_id = ")
        .bind(account)
        .push(" AND id = ")
        .bind(erasure)
        .push(" AND state = 'planned'");
    Ok(transaction.execute(&sql).await? == 1)
}

/// Ends a bundle's time. False when the export is in another state by now.
pub async fn end_export(transaction: &mut Transaction, (account, export): Job, now: Instant) -> Result<bool> {
    let mut sql = Sql::new("UPDATE exports SET state = 'expired', updated_at = ");
    sql.bind(now)
        .push(" WHERE account_id = ")
        .bind(account)
        .push(" AND id = ")
        .bind(export);
    sql.push(" AND state = 'ready'");
    Ok(transaction.execute(&sql).await? == 1)
}

/// Memberships that have ended, at most a hundred. They give no rights any more; as long as they stand, the account
/// sees the user.
pub async fn due_members(database: &Database, now: Instant) -> Result<Vec<Job>> {
    let mut sql = Sql::new("SELECT account_id, id FROM group_members WHERE expires_at <= ");
    sql.bind(now).push(" ORDER BY expires_at LIMIT ").bind(BATCH);
    jobs(database, &sql).await
}

/// Takes an ended membership away. False when it has got another end by now.
pub async fn end_member(transaction: &mut Transaction, (account, member): Job, now: Instant) -> Result<bool> {
    let mut sql = Sql::new("DELETE FROM group_members WHERE account_id = ");
    sql.bind(account)
        .push(" AND id = ")
        .bind(member)
        .push(" AND expires_at <= ")
        .bind(now);
    Ok(transaction.execute(&sql).await? == 1)
}

async fn jobs(database: &Database, sql: &Sql) -> Result<Vec<Job>> {
    database
        .fetch(sql)
        .await?
        .iter()
        .map(|row| Ok((row.uuid(0)?, row.uuid(1)?)))
        .collect()
}
