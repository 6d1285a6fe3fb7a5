//! A request to take a file in: its state, progress and outcome. The row is the only truth about the job.

use sea_orm::entity::prelude::*;

use crate::value::{ImportFormat, ImportState};

#[derive(Clone, Debug, PartialEq, DeriveEntityModel)]
#[sea_orm(table_name = "imports")]
pub struct Model {
    #[sea_orm(primary_key, auto_increment = false)]
    pub account_id: Uuid,
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: Uuid,
    pub upload_id: Uuid,
    pub list_id: Option<Uuid>,
    pub requested_by_id: Option<Uuid>,
    pub api_key_id: Option<Uuid>,
    pub principal: Json,
    pub plan: Json,
    #[sea_orm(column_type = "Text")]
    pub idempotency_key: String,
    pub input_hash: Vec<u8>,
    pub is_dry_run: bool,
    pub format: Option<ImportFormat>,
    pub state: ImportState,
    pub claim_number: i64,
    pub lease_until: Option<i64>,
    pub attempts: i64,
    pub bytes_expected: Option<i64>,
    pub bytes_done: i64,
    pub rows_expected: Option<i64>,
    pub rows_done: i64,
    pub rows_added: i64,
    pub rows_changed: i64,
    pub rows_unchanged: i64,
    pub rows_suppressed: i64,
    pub rows_rejected: i64,
    pub report: Option<Json>,
    #[sea_orm(column_type = "Text", nullable)]
    pub rejects_name: Option<String>,
    #[sea_orm(column_type = "Text", nullable)]
    pub rejects_sha256: Option<String>,
    pub started_at: Option<DateTimeUtc>,
    pub finished_at: Option<DateTimeUtc>,
    pub expires_at: Option<DateTimeUtc>,
    #[sea_orm(column_type = "Text", nullable)]
    pub error_code: Option<String>,
    #[sea_orm(column_type = "Text", nullable)]
    pub error_message: Option<String>,
    pub created_at: DateTimeUtc,
    pub updated_at: DateTimeUtc,
}

#[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
pub enum Relation {
    #[sea_orm(
        belongs_to = "super::account::Entity",
        from = "Column::AccountId",
        to = "super::account::Column::Id"
    )]
    Account,
    #[sea_orm(
        belongs_to = "super::list::Entity",
        from = "(Column::AccountId, Column::ListId)",
        to = "(super::list::Column::AccountId, super::list::Column::Id)"
    )]
    List,
    #[sea_orm(
        belongs_to = "super::user::Entity",
        from = "Column::RequestedById",
        to = "super::user::Column::Id"
    )]
    RequestedBy,
    #[sea_orm(
        belongs_to = "super::api_key::Entity",
        from = "(Column::AccountId, Column::ApiKeyId)",
        to = "(super::api_key::Column::AccountId, super::api_key::Column::Id)"
    )]
    ApiKey,
}

impl ActiveModelBehavior for ActiveModel {}

impl crate::Keys for Entity {
    const UNIQUE: &[&[&str]] = &[
        &["requested_by_id", "idempotency_key"],
        &["api_key_id", "idempotency_key"],
    ];
    const INDEXES: &[&[&str]] = &[
        &["list_id"],
        &["upload_id"],
        &["state"],
        &["created_at"],
        &["started_at"],
        &["expires_at"],
    ];
    const INDEXES_EVERYWHERE: &[&[&str]] = &[&["state"]];
}
