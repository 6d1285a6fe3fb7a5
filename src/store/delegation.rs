//! What giving rights on has to know beyond the rows that are changed, and the lock that keeps it true. Called by those
//! alone who were let through the door for the change itself.

use uuid::Uuid;

use super::database::Dialect;
use super::sql::Sql;
use super::transaction::Transaction;
use crate::error::Result;

/// Takes the lock under which an account's groups, members, grants and keys are changed, one change after another, so
/// that two changes that are each allowed are so together. The embedded store has one writer anyway.
pub async fn lock(transaction: &mut Transaction, account: Uuid) -> Result<()> {
    if transaction.dialect() == Dialect::Sqlite {
        return Ok(());
    }
    let mut sql = Sql::new("SELECT id FROM accounts WHERE id = ");
    sql.bind(account).push(" FOR NO KEY UPDATE");
    transaction.fetch(&sql).await?;
    Ok(())
}

/// How many owners an account has who may come in and whose membership does not end.
pub async fn lasting_owners(transaction: &mut Transaction, account: Uuid) -> Result<i64> {
    let mut sql = Sql::new(
        "SELECT count(*) FROM group_members m JOIN user_groups g ON g.account_id = m.account_id AND g.id = m.group_id \
         JOIN users u ON u.id = m.user_id WHERE g.built_in = 'owner' AND m.expires_at IS NULL AND \
         u.status = 'enabled' AND m.account_id = ",
    );
    sql.bind(account);
    let rows = transaction.fetch(&sql).await?;
    rows.first().map_or(Ok(0), |row| row.int(0))
}

/// Whether a user is a member of any account but this one.
pub async fn works_elsewhere(transaction: &mut Transaction, user: Uuid, account: Uuid) -> Result<bool> {
    let mut sql = Sql::new("SELECT 1 FROM group_members WHERE user_id = ");
    sql.bind(user)
        .push(" AND account_id <> ")
        .bind(account)
        .push(" LIMIT 1");
    Ok(!transaction.fetch(&sql).await?.is_empty())
}
