//! A request to hand a finished bundle to another controller: where to, how far it is, and how it ended. The row is the
//! only truth about the job.

use sea_orm::entity::prelude::*;

use crate::value::{TransferProtocol, TransferState};

#[derive(Clone, Debug, PartialEq, DeriveEntityModel)]
#[sea_orm(table_name = "transfers")]
pub struct Model {
    #[sea_orm(primary_key, auto_increment = false)]
    pub account_id: Uuid,
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: Uuid,
    pub export_id: Uuid,
    pub requested_by_id: Option<Uuid>,
    pub api_key_id: Option<Uuid>,
    pub principal: Json,
    pub plan: Json,
    #[sea_orm(column_type = "Text")]
    pub idempotency_key: String,
    pub input_hash: Vec<u8>,
    pub protocol: TransferProtocol,
    #[sea_orm(column_type = "Text")]
    pub target: String,
    pub credential_sealed: Option<Vec<u8>>,
    pub state: TransferState,
    pub claim_number: i64,
    pub lease_until: Option<i64>,
    pub attempts: i64,
    pub bytes_expected: Option<i64>,
    pub bytes_done: i64,
    pub receiver_status: Option<i64>,
    #[sea_orm(column_type = "Text", nullable)]
    pub receiver_upload: Option<String>,
    #[sea_orm(column_type = "Text", nullable)]
    pub receiver_import: Option<String>,
    pub started_at: Option<DateTimeUtc>,
    pub finished_at: Option<DateTimeUtc>,
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
        belongs_to = "super::export::Entity",
        from = "(Column::AccountId, Column::ExportId)",
        to = "(super::export::Column::AccountId, super::export::Column::Id)"
    )]
    Export,
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
    const INDEXES: &[&[&str]] = &[&["export_id"], &["state"], &["created_at"], &["started_at"]];
    const INDEXES_EVERYWHERE: &[&[&str]] = &[&["state"]];
}
