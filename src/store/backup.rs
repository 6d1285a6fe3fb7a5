//! The register of backups: when each was made, and when it has to be gone. Knows no backup itself.

use uuid::Uuid;

use super::database::Database;
use super::row::Row;
use super::sql::Sql;
use super::transaction::Transaction;
use crate::cell::{Cell, Kind};
use crate::clock::Instant;
use crate::error::Result;

/// A registered backup.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Backup {
    /// Its id.
    pub id: Uuid,
    /// What it is called.
    pub label: String,
    /// Where it lies, in a word.
    pub location: Option<String>,
    /// When it was made.
    pub made_at: Instant,
    /// When it has to be gone.
    pub purge_at: Instant,
    /// When it was gone.
    pub purged_at: Option<Instant>,
}

impl Backup {
    /// Whether it is still there though it had to be gone.
    pub fn is_overdue(&self, now: Instant) -> bool {
        self.purged_at.is_none() && self.purge_at <= now
    }

    fn of(row: &Row) -> Result<Backup> {
        let text = |cell: Cell| cell.as_text().map(str::to_owned);
        Ok(Backup {
            id: row.uuid(0)?,
            label: row.text(1)?,
            location: text(row.cell(2, Kind::Text)?),
            made_at: row.instant(3)?,
            purge_at: row.instant(4)?,
            purged_at: row.cell(5, Kind::Instant)?.as_instant(),
        })
    }
}

const COLUMNS: &str = "SELECT id, label, location, made_at, purge_at, purged_at FROM backups";

/// All of them, the oldest first.
pub async fn all(database: &Database) -> Result<Vec<Backup>> {
    let mut sql = Sql::new(COLUMNS);
    sql.push(" ORDER BY made_at, id");
    database.fetch(&sql).await?.iter().map(Backup::of).collect()
}

/// Those that are still there, the oldest first.
pub async fn kept(database: &Database) -> Result<Vec<Backup>> {
    let mut sql = Sql::new(COLUMNS);
    sql.push(" WHERE purged_at IS NULL ORDER BY made_at, id");
    database.fetch(&sql).await?.iter().map(Backup::of).collect()
}

/// Notes that a backup is gone; one that was gone stays as it was. False when there is none of that id.
pub async fn purged(transaction: &mut Transaction, id: Uuid, now: Instant) -> Result<bool> {
    let mut sql = Sql::new("UPDATE backups SET purged_at = COALESCE(purged_at, ");
    sql.bind(now)
        .push("), updated_at = ")
        .bind(now)
        .push(" WHERE id = ")
        .bind(id);
    Ok(transaction.execute(&sql).await? == 1)
}
