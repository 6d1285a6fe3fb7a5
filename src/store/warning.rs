//! What an erasure would end or restart beside its steps, counted. Takes a permitted erasure, or an account that is closed
//! and about to go; changes nothing.

use uuid::Uuid;

use super::database::Database;
use super::sql::Sql;
use crate::access::permit::{Erasure, Permitted};
use crate::error::Result;

/// Jobs that an erasure touches.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Jobs {
    /// Finished bundles that go.
    pub bundles: u64,
    /// Bundles under way that are canceled.
    pub canceled: u64,
    /// Bundles under way that begin again.
    pub restarted: u64,
    /// Bundles that are being handed over.
    pub transfers: u64,
    /// Erasures that come first.
    pub erasures: u64,
}

/// Those of a person: bundles of the person's own, and of the account, which hold everybody.
pub async fn of_person(database: &Database, erasure: &Permitted<Erasure>) -> Result<Jobs> {
    let (account, subscriber) = (erasure.account(), erasure.plan().subject.subscriber);
    let is_theirs = |sql: &mut Sql, alias: &str| {
        sql.push("(").column(alias, "subscriber_id").push(" IS NULL OR ");
        sql.column(alias, "subscriber_id").push(" = ").bind(subscriber);
        sql.push(")");
    };
    let mut bundles = Sql::new("SELECT count(*) FROM exports AS e WHERE e.account_id = ");
    bundles.bind(account).push(" AND e.state = 'ready' AND ");
    is_theirs(&mut bundles, "e");
    let mut canceled = Sql::new("SELECT count(*) FROM exports WHERE account_id = ");
    canceled
        .bind(account)
        .push(" AND state IN ('queued', 'running') AND subscriber_id = ");
    canceled.bind(subscriber);
    let mut restarted = Sql::new("SELECT count(*) FROM exports WHERE account_id = ");
    restarted
        .bind(account)
        .push(" AND state = 'running' AND (subscriber_id IS NULL OR subscriber_id <> ");
    restarted.bind(subscriber).push(")");
    let mut transfers = Sql::new(
        "SELECT count(*) FROM transfers AS t JOIN exports AS e ON e.account_id = t.account_id AND e.id = t.export_id \
         WHERE t.account_id = ",
    );
    transfers
        .bind(account)
        .push(" AND t.state IN ('queued', 'running') AND ");
    is_theirs(&mut transfers, "e");
    Ok(Jobs {
        bundles: count(database, bundles).await?,
        canceled: count(database, canceled).await?,
        restarted: count(database, restarted).await?,
        transfers: count(database, transfers).await?,
        erasures: 0,
    })
}

/// Those of an account that is about to go.
pub async fn of_account(database: &Database, account: Uuid) -> Result<Jobs> {
    let jobs = |table: &'static str, more: &'static str| {
        let mut sql = Sql::new("SELECT count(*) FROM ");
        sql.name(table)
            .push(" WHERE account_id = ")
            .bind(account)
            .push(more);
        count(database, sql)
    };
    let under_way = " AND state IN ('queued', 'running')";
    let promised = " AND account_closed_at IS NULL AND state IN ('confirmed', 'fenced', 'running', 'paused', 'verifying')";
    Ok(Jobs {
        canceled: jobs("exports", under_way).await?,
        transfers: jobs("transfers", under_way).await?,
        erasures: jobs("erasures", promised).await?,
        ..Jobs::default()
    })
}

async fn count(database: &Database, sql: Sql) -> Result<u64> {
    let rows = database.fetch(&sql).await?;
    let count = rows.first().map_or(Ok(0), |row| row.int(0))?;
    Ok(u64::try_from(count).unwrap_or(0))
}
