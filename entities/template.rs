//! What mails are made from.

use sea_orm::entity::prelude::*;

use crate::value::{TemplateKind, TemplateStatus};

#[derive(Clone, Debug, PartialEq, DeriveEntityModel)]
#[sea_orm(table_name = "templates")]
pub struct Model {
    #[sea_orm(primary_key, auto_increment = false)]
    pub account_id: Uuid,
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: Uuid,
    pub template_category_id: Option<Uuid>,
    #[sea_orm(column_type = "Text")]
    pub name: String,
    pub kind: TemplateKind,
    #[sea_orm(column_type = "Text", nullable)]
    pub subject: Option<String>,
    #[sea_orm(column_type = "Text", nullable)]
    pub html_body: Option<String>,
    #[sea_orm(column_type = "Text", nullable)]
    pub plain_body: Option<String>,
    pub design: Option<Json>,
    pub is_default: bool,
    pub status: TemplateStatus,
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
        belongs_to = "super::template_category::Entity",
        from = "(Column::AccountId, Column::TemplateCategoryId)",
        to = "(super::template_category::Column::AccountId, super::template_category::Column::Id)"
    )]
    TemplateCategory,
}

impl ActiveModelBehavior for ActiveModel {}

impl crate::Keys for Entity {
    const UNIQUE: &[&[&str]] = &[&["source", "external_id"]];
    const INDEXES: &[&[&str]] = &[
        &["template_category_id", "created_at"],
        &["name"],
        &["created_at"],
    ];
}
