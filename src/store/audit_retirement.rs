//! Events of the audit log that are past their clock, bound to one account: which they may be, and taking them. Knows
//! nothing of seals: whoever asks says which of them a seal has.

use uuid::Uuid;

use super::database::Database;
use super::sql::Sql;
use super::transaction::Transaction;
use crate::access::permit::Permitted;
use crate::error::Result;
use crate::plan::retention::Due;

/// The next events that say that they happened before the deadline, and whose id lies between these two; ascending, no
/// more than `limit`.
pub async fn past(
    database: &Database,
    due: &Permitted<Due>,
    between: (Uuid, Uuid),
    limit: usize,
) -> Result<Vec<Uuid>> {
    let mut sql = Sql::new("SELECT id FROM audit_events WHERE account_id = ");
    sql.bind(due.account()).push(" AND happened_at < ");
    sql.bind(due.plan().before).push(" AND id > ").bind(between.0);
    sql.push(" AND id < ").bind(between.1);
    sql.push(" ORDER BY id LIMIT ")
        .bind(i64::try_from(limit).unwrap_or(i64::MAX));
    let rows = database.fetch(&sql).await?;
    rows.iter().map(|row| row.uuid(0)).collect()
}

/// Takes those of these events that still say that they happened before the deadline; gives how many.
pub async fn take(transaction: &mut Transaction, due: &Permitted<Due>, ids: &[Uuid]) -> Result<u64> {
    let mut sql = Sql::new("DELETE FROM audit_events WHERE account_id = ");
    sql.bind(due.account()).push(" AND happened_at < ");
    sql.bind(due.plan().before).push(" AND id IN (SELECT i.id FROM ");
    sql.ids(transaction.dialect(), ids).push(" AS i)");
    transaction.execute(&sql).await
}
