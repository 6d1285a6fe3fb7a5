//! What the database itself notes of values: PostgreSQL keeps some of each column, the smallest and the largest among them,
//! for its planner, also when their rows are gone (`privacy.md` 3.4). SQLite notes only how many there are.

use super::database::{Database, Dialect};
use super::sql::Sql;
use crate::error::Result;

/// What came of noting anew.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Noted {
    /// Nothing of before is noted any more.
    Anew,
    /// The table belongs to another role, which alone may do it.
    NotOurs,
    /// The database notes no values.
    Nothing,
}

/// Makes the database note anew what a table holds; readers and writers do not wait for it.
pub async fn note_anew(database: &Database, table: &str) -> Result<Noted> {
    if database.dialect() == Dialect::Sqlite {
        return Ok(Noted::Nothing);
    }
    if !is_ours(database, table).await? {
        return Ok(Noted::NotOurs);
    }
    let mut analyze = Sql::new("ANALYZE ");
    analyze.name(table);
    database
        .write(async |transaction| {
            transaction.without_time_limit().await?;
            transaction.execute(&analyze).await
        })
        .await?;
    Ok(Noted::Anew)
}

/// Whether this role owns a table on the server, or acts for the one that does.
pub(super) async fn is_ours(database: &Database, table: &str) -> Result<bool> {
    let mut owner =
        Sql::new("SELECT count(*) FROM pg_class WHERE pg_has_role(relowner, 'USAGE') AND oid = to_regclass(");
    owner.bind(table).push(")");
    let is_ours = database.fetch(&owner).await?;
    Ok(is_ours.first().map_or(Ok(0), |row| row.int(0))? > 0)
}
