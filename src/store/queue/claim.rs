//! Taking jobs up, holding them and giving them back (ruling 23). The claim's number rises with every claim, so that a
//! worker thought dead changes nothing when it wakes.
//!
//! Exports, imports and transfers are taken up fairly, each among its kind: the account with the fewest running comes first, then the one that was served longest
//! ago, and no account has more than its share at one time. Erasures come in the order of their age: each has a
//! deadline. Must not know what the work is.

use uuid::Uuid;

use super::Queue;
use crate::clock::Instant;
use crate::error::Result;
use crate::store::database::{Database, Dialect};
use crate::store::row::Row;
use crate::store::sql::Sql;
use crate::store::transaction::Transaction;

/// Any number will do, as long as all gateways take the same: one of them takes such a job up at a time, so that what it
/// counts is so.
const CLAIM_LOCK: i64 = 0x706f_7374_6572_6e01;

/// A job in our hands.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Claim {
    /// Which table.
    pub queue: Queue,
    /// The job's account.
    pub account: Uuid,
    /// The job.
    pub id: Uuid,
    /// The number of this claim.
    pub number: i64,
    /// How often the job was claimed, this time included.
    pub attempts: i64,
}

impl Claim {
    fn of(queue: Queue, row: &Row) -> Result<Claim> {
        Ok(Claim {
            queue,
            account: row.uuid(0)?,
            id: row.uuid(1)?,
            number: row.int(2)?,
            attempts: row.int(3)?,
        })
    }
}

/// When a job is claimed, and for how long.
#[derive(Clone, Copy, Debug)]
pub struct Terms {
    /// The clock.
    pub now: Instant,
    /// [`crate::clock::Clock::lease_milliseconds`].
    pub lease_now: i64,
    /// The length of the lease in milliseconds.
    pub lease: i64,
    /// How many exports, how many imports, and how many transfers of one account may run at one time.
    pub each: i64,
}

/// Takes up the job whose turn it is, of those that nobody works on.
pub async fn claim(database: &Database, queue: Queue, terms: Terms) -> Result<Option<Claim>> {
    let mut sql = take(queue, terms);
    sql.push(" WHERE (account_id, id) = (SELECT t.account_id, t.id FROM ")
        .push(queue.table())
        .push(" AS t");
    if queue.takes_turns() {
        push_accounts(&mut sql, queue, terms);
    }
    sql.push(" WHERE ");
    push_is_free(&mut sql, queue, terms.lease_now);
    match queue.takes_turns() {
        true => sql
            .push(" AND a.busy < ")
            .bind(terms.each)
            .push(" ORDER BY a.busy, a.served NULLS FIRST, t.created_at, t.id LIMIT 1"),
        false => sql.push(" ORDER BY t.created_at, t.id LIMIT 1"),
    };
    if database.dialect() == Dialect::Postgres {
        sql.push(" FOR UPDATE OF t SKIP LOCKED");
    }
    sql.push(")");
    push_returning(&mut sql);
    let rows = database
        .write(async |transaction| {
            if queue.takes_turns() {
                lock(transaction).await?;
            }
            transaction.fetch(&sql).await
        })
        .await?;
    rows.first().map(|row| Claim::of(queue, row)).transpose()
}

/// As [`claim`], of that one job, for somebody who waits for it, whatever else its account has running; `None` when
/// somebody works on it or nothing is left to do.
pub async fn claim_this(
    database: &Database,
    queue: Queue,
    (account, id): (Uuid, Uuid),
    terms: Terms,
) -> Result<Option<Claim>> {
    let mut sql = take(queue, terms);
    sql.push(" WHERE (account_id, id) = (SELECT t.account_id, t.id FROM ")
        .push(queue.table())
        .push(" AS t WHERE t.account_id = ")
        .bind(account)
        .push(" AND t.id = ")
        .bind(id)
        .push(" AND ");
    push_is_free(&mut sql, queue, terms.lease_now);
    if database.dialect() == Dialect::Postgres {
        sql.push(" FOR UPDATE OF t SKIP LOCKED");
    }
    sql.push(")");
    push_returning(&mut sql);
    let rows = database
        .write(async |transaction| transaction.fetch(&sql).await)
        .await?;
    rows.first().map(|row| Claim::of(queue, row)).transpose()
}

/// What taking a job up says in its row.
fn take(queue: Queue, terms: Terms) -> Sql {
    let mut sql = Sql::new("UPDATE ");
    sql.push(queue.table())
        .push(" SET claim_number = claim_number + 1, attempts = attempts + 1, lease_until = ")
        .bind(terms.lease_now + terms.lease)
        .push(", updated_at = ")
        .bind(terms.now);
    if queue == Queue::Exports {
        // What an earlier attempt has come to counts for nothing: this one begins anew.
        sql.push(", rows_done = 0, bytes_done = 0, rows_expected = NULL, rows_per_second = NULL, ")
            .push("seconds_left = NULL, current_resource = NULL");
    }
    if queue.takes_turns() {
        sql.push(", state = 'running', started_at = COALESCE(started_at, ")
            .bind(terms.now)
            .push(")");
    }
    sql
}

/// Joins what every account with a job has running, and when one of its jobs was last begun.
fn push_accounts(sql: &mut Sql, queue: Queue, terms: Terms) {
    sql.push(" JOIN (SELECT w.account_id, SUM(CASE WHEN w.state = 'running' AND w.lease_until >= ")
        .bind(terms.lease_now)
        .push(" THEN 1 ELSE 0 END) AS busy, ")
        .push("(SELECT max(s.started_at) FROM ")
        .push(queue.table())
        .push(" AS s WHERE s.account_id = w.account_id) AS served FROM ")
        .push(queue.table())
        .push(" AS w WHERE w.state IN ")
        .push(queue.states())
        .push(" GROUP BY w.account_id) AS a ON a.account_id = t.account_id");
}

/// Neither finished nor in somebody's hands, nor to be left alone for a while.
fn push_is_free(sql: &mut Sql, queue: Queue, lease_now: i64) {
    sql.push("t.state IN ")
        .push(queue.states())
        .push(" AND (t.lease_until IS NULL OR t.lease_until < ")
        .bind(lease_now)
        .push(")");
}

fn push_returning(sql: &mut Sql) {
    sql.push(" RETURNING account_id, id, claim_number, attempts");
}

async fn lock(transaction: &mut Transaction) -> Result<()> {
    if transaction.dialect() == Dialect::Postgres {
        let mut sql = Sql::new("SELECT pg_advisory_xact_lock(");
        sql.bind(CLAIM_LOCK).push(")");
        transaction.fetch(&sql).await?;
    }
    Ok(())
}

/// Takes up one job that is finished, to look at it again; `None` when somebody else does. `lease`: the time now and
/// the length, in milliseconds.
pub async fn claim_one(
    database: &Database,
    queue: Queue,
    account: Uuid,
    id: Uuid,
    (lease_now, lease): (i64, i64),
) -> Result<Option<Claim>> {
    let mut sql = Sql::new("UPDATE ");
    sql.push(queue.table())
        .push(" SET claim_number = claim_number + 1, lease_until = ")
        .bind(lease_now + lease);
    sql.push(" WHERE account_id = ")
        .bind(account)
        .push(" AND id = ")
        .bind(id);
    sql.push(" AND (lease_until IS NULL OR lease_until < ")
        .bind(lease_now)
        .push(")");
    push_returning(&mut sql);
    let rows = database
        .write(async |transaction| transaction.fetch(&sql).await)
        .await?;
    rows.first().map(|row| Claim::of(queue, row)).transpose()
}

/// Holds a job until then. Changes nothing when it is finished or in other hands.
pub async fn hold(database: &Database, claim: &Claim, until: i64) -> Result<bool> {
    let mut sql = Sql::new("UPDATE ");
    sql.push(claim.queue.table())
        .push(" SET lease_until = ")
        .bind(until);
    while_held(database, claim, sql).await
}

/// Gives a job back that somebody is to go on with: at once, or not before then. Changes nothing when it is finished
/// or in other hands.
pub async fn give_back(database: &Database, claim: &Claim, again: Again) -> Result<bool> {
    let mut sql = Sql::new("UPDATE ");
    sql.push(claim.queue.table()).push(" SET lease_until = ");
    match again {
        Again::NotBefore(instant) => sql.bind(instant),
        // Nothing was wrong with it: what counts are attempts that failed.
        Again::AtOnce => sql.push("NULL, attempts = attempts - 1"),
    };
    if claim.queue.takes_turns() {
        sql.push(", state = 'queued'");
    }
    if claim.queue == Queue::Exports {
        sql.push(", rows_per_second = NULL, seconds_left = NULL");
    }
    while_held(database, claim, sql).await
}

/// When a job that is given back may be taken up again.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Again {
    /// Whoever had it has to stop.
    AtOnce,
    /// The attempt has failed by something that may pass: from this moment of the leases' clock on.
    NotBefore(i64),
}

async fn while_held(database: &Database, claim: &Claim, mut sql: Sql) -> Result<bool> {
    sql.push(" WHERE account_id = ")
        .bind(claim.account)
        .push(" AND id = ")
        .bind(claim.id);
    sql.push(" AND claim_number = ").bind(claim.number);
    sql.push(" AND state IN ").push(claim.queue.states());
    let held = database
        .write(async |transaction| transaction.execute(&sql).await)
        .await?;
    Ok(held == 1)
}

/// Frees every job, whoever held it. For the embedded store alone, whose lock says that nobody else works.
pub async fn free_all(database: &Database, queue: Queue) -> Result<()> {
    let mut sql = Sql::new("UPDATE ");
    sql.push(queue.table())
        .push(" SET lease_until = NULL WHERE lease_until IS NOT NULL");
    database
        .write(async |transaction| transaction.execute(&sql).await)
        .await?;
    Ok(())
}
