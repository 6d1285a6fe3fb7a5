//! A file that somebody sent in to be imported. It lies in the depot, encrypted, until it is imported or its time is over.

use sea_orm::entity::prelude::*;

#[derive(Clone, Debug, PartialEq, DeriveEntityModel)]
#[sea_orm(table_name = "uploads")]
pub struct Model {
    #[sea_orm(primary_key, auto_increment = false)]
    pub account_id: Uuid,
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: Uuid,
    pub uploaded_by_id: Option<Uuid>,
    pub api_key_id: Option<Uuid>,
    pub size: Option<i64>,
    #[sea_orm(column_type = "Text", nullable)]
    pub sha256: Option<String>,
    pub expires_at: DateTimeUtc,
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
        belongs_to = "super::user::Entity",
        from = "Column::UploadedById",
        to = "super::user::Column::Id"
    )]
    UploadedBy,
    #[sea_orm(
        belongs_to = "super::api_key::Entity",
        from = "(Column::AccountId, Column::ApiKeyId)",
        to = "(super::api_key::Column::AccountId, super::api_key::Column::Id)"
    )]
    ApiKey,
}

impl ActiveModelBehavior for ActiveModel {}

impl crate::Keys for Entity {
    const UNIQUE: &[&[&str]] = &[];
    const INDEXES: &[&[&str]] = &[&["uploaded_by_id"], &["api_key_id"], &["expires_at"]];
}
