//! What an account had to be told, and the proof that it was.

use sea_orm::entity::prelude::*;

use crate::value::{ContactChannel, NoticeKind};

#[derive(Clone, Debug, PartialEq, DeriveEntityModel)]
#[sea_orm(table_name = "notices")]
pub struct Model {
    #[sea_orm(primary_key, auto_increment = false)]
    pub account_id: Uuid,
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: Uuid,
    pub kind: NoticeKind,
    #[sea_orm(column_type = "Text")]
    pub title: String,
    #[sea_orm(column_type = "Text")]
    pub body: String,
    pub policy_version_id: Option<Uuid>,
    pub sub_processor_id: Option<Uuid>,
    pub recipient_id: Option<Uuid>,
    pub channel: ContactChannel,
    pub effective_at: Option<DateTimeUtc>,
    pub sent_at: DateTimeUtc,
    pub delivered_at: Option<DateTimeUtc>,
    #[sea_orm(column_type = "Text", nullable)]
    pub source: Option<String>,
    #[sea_orm(column_type = "Text", nullable)]
    pub external_id: Option<String>,
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
        belongs_to = "super::policy_version::Entity",
        from = "Column::PolicyVersionId",
        to = "super::policy_version::Column::Id"
    )]
    PolicyVersion,
    #[sea_orm(
        belongs_to = "super::sub_processor::Entity",
        from = "Column::SubProcessorId",
        to = "super::sub_processor::Column::Id"
    )]
    SubProcessor,
    #[sea_orm(
        belongs_to = "super::user::Entity",
        from = "Column::RecipientId",
        to = "super::user::Column::Id"
    )]
    Recipient,
}

impl ActiveModelBehavior for ActiveModel {}

impl crate::Keys for Entity {
    const UNIQUE: &[&[&str]] = &[&["source", "external_id"]];
    const INDEXES: &[&[&str]] = &[
        &["policy_version_id"],
        &["sub_processor_id"],
        &["recipient_id"],
        &["sent_at"],
    ];
}
