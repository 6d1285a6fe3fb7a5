//! The rows of files that people sent in: whose they are, whether they are whole, and until when they stay. Knows no depot.

use uuid::Uuid;

use super::database::Database;
use super::sql::Sql;
use super::transaction::Transaction;
use crate::access::viewer::Principal;
use crate::cell::Kind;
use crate::clock::Instant;
use crate::error::Result;

/// Rows that are looked at in one go.
const BATCH: i64 = 100;

/// A file that is whole.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Upload {
    /// Its id.
    pub id: Uuid,
    /// Bytes.
    pub size: u64,
    /// SHA-256 in lower-case hexadecimal.
    pub sha256: String,
    /// Until when it can be used.
    pub expires_at: Instant,
}

/// Who sent a file: the column that says so, and the id in it.
fn sender(principal: Principal) -> (&'static str, Uuid) {
    match principal {
        Principal::User(id) | Principal::Operator(id) => ("uploaded_by_id", id),
        Principal::ApiKey(id) => ("api_key_id", id),
    }
}

/// Adds the row of a file that begins to come in, unless its sender has as many as that; false then.
pub async fn begin(
    transaction: &mut Transaction,
    (account, id): (Uuid, Uuid),
    principal: Principal,
    (now, expires_at): (Instant, Instant),
    most: i64,
) -> Result<bool> {
    let (column, who) = sender(principal);
    let mut sql = Sql::new("SELECT count(*) FROM uploads WHERE account_id = ");
    sql.bind(account).push(" AND ").push(column).push(" = ").bind(who);
    let rows = transaction.fetch(&sql).await?;
    if rows.first().map_or(Ok(0), |row| row.int(0))? >= most {
        return Ok(false);
    }
    let mut sql = Sql::new("INSERT INTO uploads (account_id, id, created_at, expires_at, ");
    sql.push(column).push(") VALUES (").bind(account);
    sql.push(", ").bind(id).push(", ").bind(now);
    sql.push(", ").bind(expires_at).push(", ").bind(who).push(")");
    transaction.execute(&sql).await?;
    Ok(true)
}

/// Notes that a file is whole. False when its row is gone.
pub async fn complete(transaction: &mut Transaction, account: Uuid, upload: &Upload) -> Result<bool> {
    let mut sql = Sql::new("UPDATE uploads SET size = ");
    sql.bind(i64::try_from(upload.size).unwrap_or(i64::MAX))
        .push(", sha256 = ")
        .bind(upload.sha256.as_str());
    sql.push(" WHERE account_id = ")
        .bind(account)
        .push(" AND id = ")
        .bind(upload.id)
        .push(" AND sha256 IS NULL");
    Ok(transaction.execute(&sql).await? == 1)
}

/// A file that is whole and that this one sent; anybody else's is not found.
pub async fn of_sender(
    database: &Database,
    account: Uuid,
    id: Uuid,
    principal: Principal,
    now: Instant,
) -> Result<Option<Upload>> {
    let (column, who) = sender(principal);
    let mut sql = Sql::new("SELECT size, sha256, expires_at FROM uploads WHERE account_id = ");
    sql.bind(account).push(" AND id = ").bind(id);
    sql.push(" AND ").push(column).push(" = ").bind(who);
    sql.push(" AND sha256 IS NOT NULL AND expires_at > ").bind(now);
    let rows = database.fetch(&sql).await?;
    rows.first()
        .map(|row| {
            Ok(Upload {
                id,
                size: u64::try_from(row.int(0)?).unwrap_or(0),
                sha256: row.text(1)?,
                expires_at: row.cell(2, Kind::Instant)?.as_instant().unwrap_or(now),
            })
        })
        .transpose()
}

/// Deletes the row of a file.
pub async fn remove(transaction: &mut Transaction, account: Uuid, id: Uuid) -> Result<()> {
    let mut sql = Sql::new("DELETE FROM uploads WHERE account_id = ");
    sql.bind(account).push(" AND id = ").bind(id);
    transaction.execute(&sql).await?;
    Ok(())
}

/// Files whose time is over, whole or not, at most a hundred; but for those that an import has begun to read.
pub async fn due(database: &Database, now: Instant) -> Result<Vec<(Uuid, Uuid)>> {
    let mut sql = Sql::new("SELECT account_id, id FROM uploads WHERE expires_at <= ");
    sql.bind(now)
        .push(" AND NOT EXISTS (SELECT 1 FROM imports AS i WHERE i.account_id = uploads.account_id ")
        .push(
            "AND i.upload_id = uploads.id AND i.state IN ('queued', 'running') AND i.started_at IS NOT NULL)",
        );
    sql.push(" ORDER BY expires_at, id LIMIT ").bind(BATCH);
    pairs(database, &sql).await
}

/// Every file, whole or not: account and id.
pub async fn all(database: &Database) -> Result<Vec<(Uuid, Uuid)>> {
    pairs(database, &Sql::new("SELECT account_id, id FROM uploads")).await
}

async fn pairs(database: &Database, sql: &Sql) -> Result<Vec<(Uuid, Uuid)>> {
    let rows = database.fetch(sql).await?;
    rows.iter().map(|row| Ok((row.uuid(0)?, row.uuid(1)?))).collect()
}
