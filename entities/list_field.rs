//! A custom field of a list: its merge tag, its kind, and the class of personal data its values are.

use sea_orm::entity::prelude::*;

use crate::value::{FieldClass, FieldKind};

#[derive(Clone, Debug, PartialEq, DeriveEntityModel)]
#[sea_orm(table_name = "list_fields")]
pub struct Model {
    #[sea_orm(primary_key, auto_increment = false)]
    pub account_id: Uuid,
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: Uuid,
    pub list_id: Uuid,
    #[sea_orm(column_type = "Text")]
    pub tag: String,
    #[sea_orm(column_type = "Text")]
    pub label: String,
    #[sea_orm(column_type = "Text", nullable)]
    pub help_text: Option<String>,
    pub kind: FieldKind,
    pub is_required: bool,
    #[sea_orm(column_type = "Text", nullable)]
    pub default_value: Option<String>,
    pub sort_order: i64,
    pub options: Option<Json>,
    pub personal_data_class: Option<FieldClass>,
    #[sea_orm(column_type = "Text", nullable)]
    pub source: Option<String>,
    #[sea_orm(column_type = "Text", nullable)]
    pub external_id: Option<String>,
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
}

impl ActiveModelBehavior for ActiveModel {}

impl crate::Keys for Entity {
    const UNIQUE: &[&[&str]] = &[&["list_id", "tag"], &["source", "external_id"]];
}
