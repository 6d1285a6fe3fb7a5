//! How often one operation was asked for on one day, whoever asked: a roll-up, kept by the database.

use sea_orm::entity::prelude::*;

#[derive(Clone, Debug, PartialEq, DeriveEntityModel)]
#[sea_orm(table_name = "api_usage_days")]
pub struct Model {
    #[sea_orm(primary_key, auto_increment = false)]
    pub account_id: Uuid,
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: Uuid,
    pub starts_at: DateTimeUtc,
    #[sea_orm(column_type = "Text")]
    pub operation: String,
    pub request_count: i64,
    pub error_count: i64,
    pub row_count: i64,
    pub personal_row_count: i64,
    pub byte_count: i64,
    pub duration_milliseconds: i64,
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
    const UNIQUE: &[&[&str]] = &[&["starts_at", "operation"]];
    const INDEXES: &[&[&str]] = &[&["operation", "starts_at"]];
}
