//! The number that rises with each change of what somebody's rights are made of: rights that were looked up before hold
//! while it is the same.

use super::database::Database;
use super::row::Row;
use super::sql::Sql;
use crate::access::viewer::AccessVersion;
use crate::cell::Kind;
use crate::error::Result;

/// The version of now, as a part of a statement. NULL before the installation is founded.
pub(super) const CURRENT: &str = "(SELECT max(i.access_version) FROM installations i)";

/// The version at that place of a row.
pub(super) fn version(row: &Row, index: usize) -> Result<Option<AccessVersion>> {
    Ok(row.cell(index, Kind::Int)?.as_int().map(AccessVersion))
}

/// Whether nobody's rights have changed since that version.
pub(super) async fn is_unchanged(database: &Database, since: AccessVersion) -> Result<bool> {
    let mut sql = Sql::new("SELECT ");
    sql.push(CURRENT);
    let rows = database.fetch(&sql).await?;
    Ok(match rows.first() {
        Some(row) => version(row, 0)? == Some(since),
        None => false,
    })
}
