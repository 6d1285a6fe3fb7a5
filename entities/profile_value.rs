//! One value of one custom field on one profile.

use sea_orm::entity::prelude::*;

#[derive(Clone, Debug, PartialEq, DeriveEntityModel)]
#[sea_orm(table_name = "profile_values")]
pub struct Model {
    #[sea_orm(primary_key, auto_increment = false)]
    pub account_id: Uuid,
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: Uuid,
    pub profile_id: Uuid,
    pub field_id: Uuid,
    pub ordinal: i64,
    #[sea_orm(column_type = "Text")]
    pub value: String,
    pub changed_at: DateTimeUtc,
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
        belongs_to = "super::subscriber_profile::Entity",
        from = "(Column::AccountId, Column::ProfileId)",
        to = "(super::subscriber_profile::Column::AccountId, super::subscriber_profile::Column::Id)"
    )]
    Profile,
    #[sea_orm(
        belongs_to = "super::list_field::Entity",
        from = "(Column::AccountId, Column::FieldId)",
        to = "(super::list_field::Column::AccountId, super::list_field::Column::Id)"
    )]
    Field,
}

impl ActiveModelBehavior for ActiveModel {}

impl crate::Keys for Entity {
    const UNIQUE: &[&[&str]] = &[&["profile_id", "field_id", "ordinal"]];
    const INDEXES: &[&[&str]] = &[&["profile_id"], &["field_id"]];
}
