//! Who is on a list: ids alone, a page at a time. Called by those alone who may erase everybody in the account.

use uuid::Uuid;

use super::database::Database;
use super::sql::Sql;
use crate::error::Result;

/// How many people are read at one time.
const PAGE: i64 = 1_000;

/// The list of an account with that name or id; several can have one name.
pub async fn lists(database: &Database, account: Uuid, name_or_id: &str) -> Result<Vec<Uuid>> {
    let mut sql = Sql::new("SELECT id FROM lists WHERE account_id = ");
    sql.bind(account);
    match Uuid::parse_str(name_or_id) {
        Ok(id) => sql.push(" AND id = ").bind(id),
        Err(_) => sql.push(" AND name = ").bind(name_or_id),
    };
    sql.push(" ORDER BY id LIMIT 2");
    let rows = database.fetch(&sql).await?;
    rows.iter().map(|row| row.uuid(0)).collect()
}

/// The next people on a list behind `after`, in the order of their ids; `only_there`: who is on no other.
pub async fn people(
    database: &Database,
    (account, list): (Uuid, Uuid),
    only_there: bool,
    after: Option<Uuid>,
) -> Result<Vec<Uuid>> {
    let mut sql = Sql::new("SELECT p.subscriber_id FROM subscriber_profiles AS p WHERE p.account_id = ");
    sql.bind(account).push(" AND p.list_id = ").bind(list);
    if let Some(after) = after {
        sql.push(" AND p.subscriber_id > ").bind(after);
    }
    if only_there {
        sql.push(
            " AND NOT EXISTS (SELECT 1 FROM subscriber_profiles AS o WHERE o.account_id = p.account_id \
             AND o.subscriber_id = p.subscriber_id AND o.list_id <> p.list_id)",
        );
    }
    sql.push(" ORDER BY p.subscriber_id LIMIT ").bind(PAGE);
    let rows = database.fetch(&sql).await?;
    rows.iter().map(|row| row.uuid(0)).collect()
}
