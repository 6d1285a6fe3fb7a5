//! Somebody who was given data of the person that an erasure is about, or of the account, and is to be told of it.

use sea_orm::entity::prelude::*;

use crate::value::{ErasureRecipientState, RecipientKind};

#[derive(Clone, Debug, PartialEq, DeriveEntityModel)]
#[sea_orm(table_name = "erasure_recipients")]
pub struct Model {
    #[sea_orm(primary_key, auto_increment = false)]
    pub account_id: Uuid,
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: Uuid,
    pub erasure_id: Uuid,
    #[sea_orm(column_type = "Text")]
    pub recipient: String,
    pub recipient_kind: RecipientKind,
    pub sub_processor_id: Option<Uuid>,
    pub state: ErasureRecipientState,
    #[sea_orm(column_type = "Text", nullable)]
    pub reason: Option<String>,
    pub due_at: DateTimeUtc,
    pub told_at: Option<DateTimeUtc>,
    pub confirmed_at: Option<DateTimeUtc>,
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
        belongs_to = "super::erasure::Entity",
        from = "(Column::AccountId, Column::ErasureId)",
        to = "(super::erasure::Column::AccountId, super::erasure::Column::Id)"
    )]
    Erasure,
    #[sea_orm(
        belongs_to = "super::sub_processor::Entity",
        from = "Column::SubProcessorId",
        to = "super::sub_processor::Column::Id"
    )]
    SubProcessor,
}

impl ActiveModelBehavior for ActiveModel {}

impl crate::Keys for Entity {
    const INDEXES: &[&[&str]] = &[
        &["erasure_id", "due_at"],
        &["sub_processor_id"],
        &["state"],
        &["due_at"],
        &["created_at"],
    ];
    const INDEXES_EVERYWHERE: &[&[&str]] = &[&["state", "due_at"]];
}
