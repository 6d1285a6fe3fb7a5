//! The audit log's rows (D12): who did or read what, without personal data. Append-only.
//!
//! Writes go in the transaction of what they tell of; reads are handed over in batches by `work::audit`.

use std::borrow::Cow;

use uuid::Uuid;

use super::database::{Database, Dialect};
use super::sql::Sql;
use super::transaction::Transaction;
use crate::access::viewer::Viewer;
use crate::cell::{Cell, Kind};
use crate::clock::Instant;
use crate::error::{Fault, Result};

/// One thing that somebody did or read.
#[derive(Clone, Debug, PartialEq)]
pub struct AuditEvent {
    /// Its id.
    pub id: Uuid,
    /// In which account.
    pub account: Uuid,
    /// `user`, `api_key`, `operator` or `system`.
    pub actor_kind: &'static str,
    /// Who.
    pub actor: Option<Uuid>,
    /// A stable word such as `export.requested`.
    pub action: &'static str,
    /// The GraphQL type it was done to.
    pub resource: Option<Cow<'static, str>>,
    /// The row it was done to.
    pub object: Option<Uuid>,
    /// SHA-256 of the document, for operations over GraphQL.
    pub document_hash: Option<String>,
    /// How many rows.
    pub rows: u64,
    /// How many rows of people, in clear.
    pub personal_rows: u64,
    /// `allowed`, `refused` or `failed`.
    pub outcome: &'static str,
    /// The code of a refusal or failure.
    pub error_code: Option<&'static str>,
    /// The request that it was part of.
    pub request: Option<Uuid>,
    /// When.
    pub at: Instant,
}

impl AuditEvent {
    /// Something that a viewer did to a row.
    pub fn by(viewer: &Viewer, id: Uuid, at: Instant, action: &'static str) -> AuditEvent {
        AuditEvent {
            id,
            account: viewer.account,
            actor_kind: viewer.principal.word(),
            actor: Some(viewer.principal.id()),
            action,
            resource: None,
            object: None,
            document_hash: None,
            rows: 0,
            personal_rows: 0,
            outcome: "allowed",
            error_code: None,
            request: None,
            at,
        }
    }

    /// Something that the gateway did by itself.
    pub fn by_system(account: Uuid, id: Uuid, at: Instant, action: &'static str) -> AuditEvent {
        AuditEvent {
            id,
            account,
            actor_kind: "system",
            actor: None,
            action,
            resource: None,
            object: None,
            document_hash: None,
            rows: 0,
            personal_rows: 0,
            outcome: "allowed",
            error_code: None,
            request: None,
            at,
        }
    }

    /// The same, of that row.
    pub fn of(self, resource: impl Into<Cow<'static, str>>, object: Uuid) -> AuditEvent {
        let mut event = self.in_each(resource);
        event.object = Some(object);
        event
    }

    /// The same, of several rows of that type.
    pub fn in_each(mut self, resource: impl Into<Cow<'static, str>>) -> AuditEvent {
        self.resource = Some(resource.into());
        self
    }

    /// The same, about so many rows.
    pub fn rows(mut self, rows: u64) -> AuditEvent {
        self.rows = rows;
        self
    }
}

/// Every column of an event, in the order of the table: what is written, read and sealed.
pub const COLUMNS: [(&str, Kind); 14] = [
    ("account_id", Kind::Uuid),
    ("id", Kind::Uuid),
    ("actor_kind", Kind::Enum),
    ("actor_id", Kind::Uuid),
    ("action", Kind::Text),
    ("resource", Kind::Text),
    ("object_id", Kind::Uuid),
    ("document_hash", Kind::Text),
    ("row_count", Kind::Int),
    ("personal_row_count", Kind::Int),
    ("outcome", Kind::Enum),
    ("error_code", Kind::Text),
    ("request_id", Kind::Uuid),
    ("happened_at", Kind::Instant),
];

/// Events of one statement on PostgreSQL, where they travel as one array a column.
const POSTGRES_EVENTS: usize = 1_000;

/// Events of one statement on SQLite: a few texts, so that each is prepared once, and none long, because a value
/// takes the longer to bind the more there are before it.
const SQLITE_EVENTS: [usize; 3] = [16, 4, 1];

/// Appends events, several in one statement. One that is there already stays: its commit was done, only the answer to
/// it was lost with the connection, and who writes again must not fail on what was written.
pub async fn append(transaction: &mut Transaction, events: &[AuditEvent]) -> Result<()> {
    let dialect = transaction.dialect();
    let mut rest = events;
    while !rest.is_empty() {
        let size = match dialect {
            Dialect::Postgres => rest.len().min(POSTGRES_EVENTS),
            Dialect::Sqlite => SQLITE_EVENTS
                .into_iter()
                .find(|size| *size <= rest.len())
                .unwrap_or(1),
        };
        let (batch, others) = rest.split_at(size);
        transaction.execute(&insert(dialect, batch)).await?;
        rest = others;
    }
    Ok(())
}

/// Rows of one answer of [`since`].
const PAGE: u16 = 1_000;

/// Ids and times of an account's events from a moment on, as far as they are committed, without those of
/// subscriptions. Ids alone, because whoever wants the events has to be permitted to see them.
pub async fn since(database: &Database, account: Uuid, moment: Instant) -> Result<Vec<(Uuid, Instant)>> {
    let mut found: Vec<(Uuid, Instant)> = Vec::new();
    loop {
        let mut sql = Sql::new("SELECT id, happened_at FROM audit_events WHERE account_id = ");
        sql.bind(account).push(" AND (happened_at, id) > (");
        let (at, id) = found.last().map_or((moment, Uuid::nil()), |(id, at)| (*at, *id));
        sql.bind(at).push(", ").bind(id);
        sql.push(") AND action <> 'graphql.event' ORDER BY happened_at, id LIMIT ")
            .bind(i64::from(PAGE));
        let rows = database.fetch(&sql).await?;
        for row in &rows {
            let Cell::Instant(at) = row.cell(1, Kind::Instant)? else {
                return Err(Fault::Invariant("an audit event without a time".into()).into());
            };
            found.push((row.uuid(0)?, at));
        }
        if rows.len() < usize::from(PAGE) {
            return Ok(found);
        }
    }
}

/// The ids of an account's events behind one id and before another, ascending, at most so many.
pub async fn ids(
    database: &Database,
    account: Uuid,
    between: (Uuid, Uuid),
    limit: usize,
) -> Result<Vec<Uuid>> {
    let mut sql = Sql::new("SELECT id FROM audit_events WHERE account_id = ");
    sql.bind(account).push(" AND id > ").bind(between.0);
    sql.push(" AND id < ").bind(between.1);
    sql.push(" ORDER BY id LIMIT ")
        .bind(i64::try_from(limit).unwrap_or(i64::MAX));
    let rows = database.fetch(&sql).await?;
    rows.iter().map(|row| row.uuid(0)).collect()
}

/// Those of an account's events that have one of these ids, in no order: the id, and the values in the order of
/// [`COLUMNS`], or nothing where a value is none that the column can hold.
pub async fn by_ids(
    database: &Database,
    account: Uuid,
    ids: &[Uuid],
) -> Result<Vec<(Uuid, Option<Vec<Cell>>)>> {
    let mut sql = Sql::new("SELECT e.id");
    for (name, _) in COLUMNS {
        sql.push(", ").column("e", name);
    }
    // Not as a join: the embedded store would read the account's whole log for it.
    sql.push(" FROM audit_events e WHERE e.account_id = ")
        .bind(account);
    sql.push(" AND e.id IN (SELECT i.id FROM ");
    sql.ids(database.dialect(), ids).push(" AS i)");
    let rows = database.fetch(&sql).await?;
    rows.iter()
        .map(|row| {
            let cells = COLUMNS.iter().enumerate();
            let cells = cells.map(|(place, (_, kind))| row.cell(place + 1, *kind));
            Ok((row.uuid(0)?, cells.collect::<Result<_>>().ok()))
        })
        .collect()
}

/// How many events an account has.
pub async fn count(database: &Database, account: Uuid) -> Result<u64> {
    let mut sql = Sql::new("SELECT count(*) FROM audit_events WHERE account_id = ");
    sql.bind(account);
    let rows = database.fetch(&sql).await?;
    let count = rows.first().map_or(Ok(0), |row| row.int(0))?;
    Ok(count.unsigned_abs())
}

/// The accounts that have an event behind one id and before another.
pub async fn accounts(database: &Database, between: (Uuid, Uuid)) -> Result<Vec<Uuid>> {
    let mut sql = Sql::new("SELECT a.id FROM accounts a WHERE EXISTS");
    sql.push(" (SELECT 1 FROM audit_events e WHERE e.account_id = a.id AND e.id > ")
        .bind(between.0);
    sql.push(" AND e.id < ").bind(between.1).push(") ORDER BY a.id");
    let rows = database.fetch(&sql).await?;
    rows.iter().map(|row| row.uuid(0)).collect()
}

fn insert(dialect: Dialect, events: &[AuditEvent]) -> Sql {
    let names = COLUMNS.map(|(name, _)| name).join(", ");
    let mut sql = Sql::new(&format!("INSERT INTO audit_events ({names}) "));
    let mut rows: Vec<_> = events.iter().map(values).collect();
    match dialect {
        Dialect::Postgres => {
            sql.push("SELECT u.* FROM ");
            sql.unnest(COLUMNS.iter().enumerate().map(|(place, (_, kind))| {
                let column = rows
                    .iter_mut()
                    .map(|row| std::mem::replace(&mut row[place], Cell::Null));
                (*kind, column.collect())
            }));
            sql.push(" AS u");
        }
        Dialect::Sqlite => {
            sql.values_of(rows.into_iter().map(IntoIterator::into_iter));
        }
    }
    sql.push(" ON CONFLICT (account_id, id) DO NOTHING");
    sql
}

/// In the order of the columns.
fn values(event: &AuditEvent) -> [Cell; COLUMNS.len()] {
    [
        event.account.into(),
        event.id.into(),
        event.actor_kind.into(),
        event.actor.into(),
        event.action.into(),
        event.resource.as_deref().into(),
        event.object.into(),
        event.document_hash.clone().into(),
        i64::try_from(event.rows).unwrap_or(i64::MAX).into(),
        i64::try_from(event.personal_rows).unwrap_or(i64::MAX).into(),
        event.outcome.into(),
        event.error_code.into(),
        event.request.into(),
        event.at.into(),
    ]
}
