//! A request to erase one person, or the end of a whole account, from plan to signed receipt. The row is the only truth about the job.

use sea_orm::entity::prelude::*;

use crate::value::ErasureState;

#[derive(Clone, Debug, PartialEq, DeriveEntityModel)]
#[sea_orm(table_name = "erasures")]
pub struct Model {
    #[sea_orm(primary_key, auto_increment = false)]
    pub account_id: Uuid,
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: Uuid,
    pub subject_token: Vec<u8>,
    pub subject_sealed: Option<Vec<u8>>,
    pub subscriber_id: Option<Uuid>,
    pub account_closed_at: Option<DateTimeUtc>,
    pub requested_by_id: Option<Uuid>,
    pub api_key_id: Option<Uuid>,
    pub principal: Json,
    pub plan: Json,
    #[sea_orm(column_type = "Text")]
    pub plan_hash: String,
    #[sea_orm(column_type = "Text")]
    pub policy_hash: String,
    #[sea_orm(column_type = "Text")]
    pub schema_fingerprint: String,
    #[sea_orm(column_type = "Text")]
    pub idempotency_key: String,
    pub input_hash: Vec<u8>,
    pub state: ErasureState,
    pub claim_number: i64,
    pub lease_until: Option<i64>,
    pub attempts: i64,
    pub step_number: i64,
    pub rows_planned: i64,
    pub rows_done: i64,
    pub confirmed_at: Option<DateTimeUtc>,
    pub fenced_at: Option<DateTimeUtc>,
    pub finished_at: Option<DateTimeUtc>,
    pub kept_until: Option<DateTimeUtc>,
    pub expires_at: Option<DateTimeUtc>,
    pub receipt: Option<Json>,
    pub receipt_signature: Option<Vec<u8>>,
    pub second_receipt: Option<Json>,
    pub second_receipt_signature: Option<Vec<u8>>,
    #[sea_orm(column_type = "Text", nullable)]
    pub error_code: Option<String>,
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
        &["subscriber_id"],
        &["state"],
        &["subject_token"],
        &["created_at"],
    ];
    const INDEXES_EVERYWHERE: &[&[&str]] = &[&["state"]];
}
