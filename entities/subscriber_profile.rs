//! A subscriber on one list: status, and the proof of opting in and out.

use sea_orm::entity::prelude::*;

use crate::value::ProfileStatus;

#[derive(Clone, Debug, PartialEq, DeriveEntityModel)]
#[sea_orm(table_name = "subscriber_profiles")]
pub struct Model {
    #[sea_orm(primary_key, auto_increment = false)]
    pub account_id: Uuid,
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: Uuid,
    pub subscriber_id: Uuid,
    pub list_id: Uuid,
    pub status: ProfileStatus,
    pub status_changed_at: DateTimeUtc,
    #[sea_orm(column_type = "Text", nullable)]
    pub ip_address: Option<String>,
    pub opted_in_at: Option<DateTimeUtc>,
    #[sea_orm(column_type = "Text", nullable)]
    pub opt_in_ip: Option<String>,
    #[sea_orm(column_type = "Text", nullable)]
    pub opt_in_user_agent: Option<String>,
    pub confirmed_at: Option<DateTimeUtc>,
    #[sea_orm(column_type = "Text", nullable)]
    pub confirm_ip: Option<String>,
    #[sea_orm(column_type = "Text", nullable)]
    pub confirm_user_agent: Option<String>,
    pub opted_out_at: Option<DateTimeUtc>,
    #[sea_orm(column_type = "Text", nullable)]
    pub opt_out_ip: Option<String>,
    #[sea_orm(column_type = "Text", nullable)]
    pub opt_out_reason: Option<String>,
    pub opt_out_campaign_id: Option<Uuid>,
    pub tags: Option<Json>,
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
        belongs_to = "super::subscriber::Entity",
        from = "(Column::AccountId, Column::SubscriberId)",
        to = "(super::subscriber::Column::AccountId, super::subscriber::Column::Id)"
    )]
    Subscriber,
    #[sea_orm(
        belongs_to = "super::list::Entity",
        from = "(Column::AccountId, Column::ListId)",
        to = "(super::list::Column::AccountId, super::list::Column::Id)"
    )]
    List,
    #[sea_orm(
        belongs_to = "super::campaign::Entity",
        from = "(Column::AccountId, Column::OptOutCampaignId)",
        to = "(super::campaign::Column::AccountId, super::campaign::Column::Id)"
    )]
    OptOutCampaign,
}

impl ActiveModelBehavior for ActiveModel {}

impl crate::Keys for Entity {
    const UNIQUE: &[&[&str]] = &[&["list_id", "subscriber_id"], &["source", "external_id"]];
    const INDEXES: &[&[&str]] = &[
        &["subscriber_id"],
        &["list_id"],
        &["list_id", "created_at"],
        &["list_id", "status"],
        &["opt_out_campaign_id"],
    ];
}
