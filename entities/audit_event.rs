//! One thing that somebody did or read, without personal data.

use sea_orm::entity::prelude::*;

use crate::value::{ActorKind, AuditOutcome};

#[derive(Clone, Debug, PartialEq, DeriveEntityModel)]
#[sea_orm(table_name = "audit_events")]
pub struct Model {
    #[sea_orm(primary_key, auto_increment = false)]
    pub account_id: Uuid,
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: Uuid,
    pub actor_kind: ActorKind,
    pub actor_id: Option<Uuid>,
    #[sea_orm(column_type = "Text")]
    pub action: String,
    #[sea_orm(column_type = "Text", nullable)]
    pub resource: Option<String>,
    pub object_id: Option<Uuid>,
    #[sea_orm(column_type = "Text", nullable)]
    pub document_hash: Option<String>,
    pub row_count: i64,
    pub personal_row_count: i64,
    pub outcome: AuditOutcome,
    #[sea_orm(column_type = "Text", nullable)]
    pub error_code: Option<String>,
    pub request_id: Option<Uuid>,
    pub happened_at: DateTimeUtc,
}

#[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
pub enum Relation {
    #[sea_orm(
        belongs_to = "super::account::Entity",
        from = "Column::AccountId",
        to = "super::account::Column::Id"
    )]
    Account,
}

impl ActiveModelBehavior for ActiveModel {}

impl crate::Keys for Entity {
    const INDEXES: &[&[&str]] = &[&["happened_at"], &["actor_id"]];
}
