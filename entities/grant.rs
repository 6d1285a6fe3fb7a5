//! One right of a group: a verb on a resource, for all rows or for named lists, perhaps limited and perhaps expiring.

use sea_orm::entity::prelude::*;

use crate::value::Verb;

#[derive(Clone, Debug, PartialEq, DeriveEntityModel)]
#[sea_orm(table_name = "grants")]
pub struct Model {
    #[sea_orm(primary_key, auto_increment = false)]
    pub account_id: Uuid,
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: Uuid,
    pub group_id: Uuid,
    #[sea_orm(column_type = "Text")]
    pub resource: String,
    pub verb: Verb,
    pub all_lists: bool,
    pub max_rows: Option<i64>,
    pub max_bundles_per_day: Option<i64>,
    pub expires_at: Option<DateTimeUtc>,
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
        belongs_to = "super::user_group::Entity",
        from = "(Column::AccountId, Column::GroupId)",
        to = "(super::user_group::Column::AccountId, super::user_group::Column::Id)"
    )]
    Group,
}

impl ActiveModelBehavior for ActiveModel {}

impl crate::Keys for Entity {
    const UNIQUE: &[&[&str]] = &[&["group_id", "resource", "verb"]];
    const INDEXES: &[&[&str]] = &[&["group_id"]];
}
