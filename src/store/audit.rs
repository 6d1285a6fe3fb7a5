//! The audit log's rows (D12): who did or read what, without personal data. Append-only.
//!
//! Writes go in the transaction of what they tell of; reads are handed over in batches by `work::audit`.

use uuid::Uuid;

use super::sql::Sql;
use super::transaction::Transaction;
use crate::access::viewer::Viewer;
use crate::cell::Cell;
use crate::clock::Instant;
use crate::error::Result;

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
    pub resource: Option<&'static str>,
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
    pub fn of(mut self, resource: &'static str, object: Uuid) -> AuditEvent {
        self.resource = Some(resource);
        self.object = Some(object);
        self
    }

    /// The same, about so many rows.
    pub fn rows(mut self, rows: u64) -> AuditEvent {
        self.rows = rows;
        self
    }
}

/// Appends events, several in one statement.
pub async fn append(transaction: &mut Transaction, events: &[AuditEvent]) -> Result<()> {
    for batch in events.chunks(200) {
        let mut sql = Sql::new(
            "INSERT INTO audit_events (account_id, id, actor_kind, actor_id, action, resource, object_id, \
             document_hash, row_count, personal_row_count, outcome, error_code, request_id, happened_at) VALUES ",
        );
        for (index, event) in batch.iter().enumerate() {
            sql.push(if index > 0 { ", (" } else { "(" });
            let values: [Cell; 14] = [
                event.account.into(),
                event.id.into(),
                event.actor_kind.into(),
                event.actor.into(),
                event.action.into(),
                event.resource.into(),
                event.object.into(),
                event.document_hash.clone().into(),
                i64::try_from(event.rows).unwrap_or(i64::MAX).into(),
                i64::try_from(event.personal_rows).unwrap_or(i64::MAX).into(),
                event.outcome.into(),
                event.error_code.into(),
                event.request.into(),
                event.at.into(),
            ];
            for (place, value) in values.into_iter().enumerate() {
                sql.push(if place > 0 { ", " } else { "" });
                sql.bind(value);
            }
            sql.push(")");
        }
        if !batch.is_empty() {
            transaction.execute(&sql).await?;
        }
    }
    Ok(())
}
