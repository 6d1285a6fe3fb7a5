//! A user who is to go, as rows: in which accounts rows name the user, which of them would be left without an owner, and
//! shutting the user out. Knows no policy but what it is told.

use uuid::Uuid;

use super::database::{Database, Dialect};
use super::sql::Sql;
use super::transaction::Transaction;
use crate::clock::Instant;
use crate::error::Result;
use crate::plan::user::Departing;

/// A user by the id; `None`: there is none.
pub async fn user(database: &Database, user: Uuid) -> Result<Option<Departing>> {
    let mut sql = Sql::new("SELECT email_normalized FROM users WHERE id = ");
    sql.bind(user);
    let rows = database.fetch(&sql).await?;
    rows.first()
        .map(|row| {
            Ok(Departing {
                user,
                address: row.text(0)?,
            })
        })
        .transpose()
}

/// The accounts in which a row names the user in one of these columns, by the id or (`true`) by the address.
pub async fn accounts(
    database: &Database,
    named: &[(&str, &str, bool)],
    departing: &Departing,
) -> Result<Vec<Uuid>> {
    let mut sql = Sql::new("");
    for (place, (table, column, is_by_address)) in named.iter().enumerate() {
        sql.push(if place > 0 { " UNION " } else { "" });
        sql.push("SELECT account_id FROM ").name(table);
        sql.push(" WHERE ").name(column).push(" = ");
        match is_by_address {
            true => sql.bind(departing.address.as_str()),
            false => sql.bind(departing.user),
        };
    }
    sql.push(" ORDER BY account_id");
    let rows = database.fetch(&sql).await?;
    rows.iter().map(|row| row.uuid(0)).collect()
}

/// The names of the accounts that the user's end would leave without anybody to let others in: without an owner whose
/// membership lasts, or the platform without an operator. Who belongs to them stays as it is until the end of the
/// transaction.
pub async fn left_alone(transaction: &mut Transaction, user: Uuid) -> Result<Vec<String>> {
    if transaction.dialect() == Dialect::Postgres {
        let mut sql = Sql::new(
            "SELECT a.id FROM accounts AS a WHERE a.id IN (SELECT m.account_id FROM group_members AS m WHERE m.user_id = ",
        );
        sql.bind(user).push(") ORDER BY a.id FOR NO KEY UPDATE");
        transaction.fetch(&sql).await?;
    }
    let mut sql = Sql::new(
        "SELECT DISTINCT a.name FROM group_members AS m \
         JOIN user_groups AS g ON g.account_id = m.account_id AND g.id = m.group_id \
         JOIN accounts AS a ON a.id = m.account_id \
         WHERE m.expires_at IS NULL AND a.status <> 'deleted' \
         AND g.built_in = CASE WHEN a.is_platform THEN 'admin' ELSE 'owner' END AND m.user_id = ",
    );
    sql.bind(user);
    sql.push(
        " AND NOT EXISTS (SELECT 1 FROM group_members AS o \
         JOIN user_groups AS h ON h.account_id = o.account_id AND h.id = o.group_id \
         JOIN users AS u ON u.id = o.user_id \
         WHERE o.account_id = m.account_id AND h.built_in = g.built_in AND o.expires_at IS NULL \
         AND u.status = 'enabled' AND o.user_id <> m.user_id) ORDER BY a.name",
    );
    let rows = transaction.fetch(&sql).await?;
    rows.iter().map(|row| row.text(0)).collect()
}

/// From now on the user comes in nowhere.
pub async fn shut_out(transaction: &mut Transaction, user: Uuid, now: Instant) -> Result<()> {
    let mut sql = Sql::new("UPDATE users SET status = 'disabled', updated_at = ");
    sql.bind(now).push(" WHERE id = ").bind(user);
    transaction.execute(&sql).await.map(drop)
}
