//! An address in clear that must not be mailed.

use sea_orm::entity::prelude::*;

use crate::value::SuppressionReason;

#[derive(Clone, Debug, PartialEq, DeriveEntityModel)]
#[sea_orm(table_name = "suppression_entries")]
pub struct Model {
    #[sea_orm(primary_key, auto_increment = false)]
    pub account_id: Uuid,
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: Uuid,
    pub suppression_list_id: Option<Uuid>,
    #[sea_orm(column_type = "Text")]
    pub email: String,
    #[sea_orm(column_type = "Text")]
    pub email_normalized: String,
    pub reason: SuppressionReason,
    #[sea_orm(column_type = "Text", nullable)]
    pub comment: Option<String>,
    pub expires_at: Option<DateTimeUtc>,
    #[sea_orm(column_type = "Text", nullable)]
    pub source: Option<String>,
    #[sea_orm(column_type = "Text", nullable)]
    pub external_id: Option<String>,
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
        belongs_to = "super::suppression_list::Entity",
        from = "(Column::AccountId, Column::SuppressionListId)",
        to = "(super::suppression_list::Column::AccountId, super::suppression_list::Column::Id)"
    )]
    SuppressionList,
}

impl ActiveModelBehavior for ActiveModel {}

impl crate::Keys for Entity {
    const UNIQUE: &[&[&str]] = &[&["email_normalized"], &["source", "external_id"]];
    const INDEXES: &[&[&str]] = &[&["created_at"], &["suppression_list_id", "created_at"]];
}
