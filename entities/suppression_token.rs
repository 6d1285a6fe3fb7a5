//! The keyed token of an erased address: nobody can read it back, and nobody can re-create the person.

use sea_orm::entity::prelude::*;

use crate::value::TokenReason;

#[derive(Clone, Debug, PartialEq, DeriveEntityModel)]
#[sea_orm(table_name = "suppression_tokens")]
pub struct Model {
    #[sea_orm(primary_key, auto_increment = false)]
    pub account_id: Uuid,
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: Uuid,
    pub token: Vec<u8>,
    pub key_version: i64,
    pub normalizer_version: i64,
    pub reason: TokenReason,
    pub erasure_id: Option<Uuid>,
    pub expires_at: Option<DateTimeUtc>,
    pub lifted_at: Option<DateTimeUtc>,
    pub created_at: DateTimeUtc,
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
}

impl ActiveModelBehavior for ActiveModel {}

impl crate::Keys for Entity {
    const UNIQUE: &[&[&str]] = &[&["token"]];
    const INDEXES: &[&[&str]] = &[&["erasure_id"]];
}
