//! The seal over a batch of an account's audit events: the root of a hash tree over them, chained to the seal before and
//! signed.

use sea_orm::entity::prelude::*;

#[derive(Clone, Debug, PartialEq, DeriveEntityModel)]
#[sea_orm(table_name = "audit_seals")]
pub struct Model {
    #[sea_orm(primary_key, auto_increment = false)]
    pub account_id: Uuid,
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: Uuid,
    pub number: i64,
    pub event_count: i64,
    pub first_event_id: Uuid,
    pub last_event_id: Uuid,
    #[sea_orm(column_type = "Text")]
    pub root: String,
    #[sea_orm(column_type = "Text")]
    pub previous_hash: String,
    pub sealed_at: DateTimeUtc,
    #[sea_orm(column_type = "Text")]
    pub key_id: String,
    #[sea_orm(column_type = "Text")]
    pub hash: String,
    #[sea_orm(column_type = "Text")]
    pub signature: String,
    pub leaves: Vec<u8>,
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
    const UNIQUE: &[&[&str]] = &[&["number"]];
    const INDEXES: &[&[&str]] = &[&["last_event_id"]];
}
