//! One opting out.

use sea_orm::entity::prelude::*;

use crate::value::UnsubscribeMethod;

#[derive(Clone, Debug, PartialEq, DeriveEntityModel)]
#[sea_orm(table_name = "unsubscribes")]
pub struct Model {
    #[sea_orm(primary_key, auto_increment = false)]
    pub account_id: Uuid,
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: Uuid,
    pub profile_id: Option<Uuid>,
    pub subscriber_id: Option<Uuid>,
    pub campaign_id: Option<Uuid>,
    pub list_id: Option<Uuid>,
    pub method: UnsubscribeMethod,
    #[sea_orm(column_type = "Text", nullable)]
    pub reason: Option<String>,
    #[sea_orm(column_type = "Text", nullable)]
    pub note: Option<String>,
    #[sea_orm(column_type = "Text", nullable)]
    pub ip_address: Option<String>,
    #[sea_orm(column_type = "Text", nullable)]
    pub user_agent: Option<String>,
    pub unsubscribed_at: DateTimeUtc,
    #[sea_orm(column_type = "Text", nullable)]
    pub source: Option<String>,
    #[sea_orm(column_type = "Text", nullable)]
    pub external_id: Option<String>,
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
        belongs_to = "super::subscriber::Entity",
        from = "(Column::AccountId, Column::SubscriberId)",
        to = "(super::subscriber::Column::AccountId, super::subscriber::Column::Id)"
    )]
    Subscriber,
    #[sea_orm(
        belongs_to = "super::campaign::Entity",
        from = "(Column::AccountId, Column::CampaignId)",
        to = "(super::campaign::Column::AccountId, super::campaign::Column::Id)"
    )]
    Campaign,
    #[sea_orm(
        belongs_to = "super::list::Entity",
        from = "(Column::AccountId, Column::ListId)",
        to = "(super::list::Column::AccountId, super::list::Column::Id)"
    )]
    List,
}

impl ActiveModelBehavior for ActiveModel {}

impl crate::Keys for Entity {
    const UNIQUE: &[&[&str]] = &[&["source", "external_id"]];
    const INDEXES: &[&[&str]] = &[
        &["profile_id"],
        &["subscriber_id", "unsubscribed_at"],
        &["campaign_id", "unsubscribed_at"],
        &["list_id"],
    ];
}
