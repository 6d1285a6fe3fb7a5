//! How often a campaign was opened and clicked in from one country, with one browser and the like: a roll-up, kept
//! by the database.

use sea_orm::entity::prelude::*;

use crate::value::BreakdownDimension;

#[derive(Clone, Debug, PartialEq, DeriveEntityModel)]
#[sea_orm(table_name = "campaign_breakdowns")]
pub struct Model {
    #[sea_orm(primary_key, auto_increment = false)]
    pub account_id: Uuid,
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: Uuid,
    pub campaign_id: Uuid,
    pub dimension: BreakdownDimension,
    #[sea_orm(column_type = "Text")]
    pub value: String,
    pub open_count: i64,
    pub unique_open_count: i64,
    pub click_count: i64,
    pub unique_click_count: i64,
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
        belongs_to = "super::campaign::Entity",
        from = "(Column::AccountId, Column::CampaignId)",
        to = "(super::campaign::Column::AccountId, super::campaign::Column::Id)"
    )]
    Campaign,
}

impl ActiveModelBehavior for ActiveModel {}

impl crate::Keys for Entity {
    const UNIQUE: &[&[&str]] = &[&["campaign_id", "dimension", "value"]];
    const INDEXES: &[&[&str]] = &[&["campaign_id"]];
}
