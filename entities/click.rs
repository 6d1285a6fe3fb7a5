//! One click on a link of a delivered campaign.

use sea_orm::entity::prelude::*;

use crate::value::{Device, EventKind};

#[derive(Clone, Debug, PartialEq, DeriveEntityModel)]
#[sea_orm(table_name = "clicks")]
pub struct Model {
    #[sea_orm(primary_key, auto_increment = false)]
    pub account_id: Uuid,
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: Uuid,
    pub delivery_id: Option<Uuid>,
    pub campaign_id: Uuid,
    pub link_id: Uuid,
    pub subscriber_id: Option<Uuid>,
    pub clicked_at: DateTimeUtc,
    #[sea_orm(column_type = "Text", nullable)]
    pub ip_address: Option<String>,
    #[sea_orm(column_type = "Text", nullable)]
    pub user_agent: Option<String>,
    #[sea_orm(column_type = "Text", nullable)]
    pub referer: Option<String>,
    #[sea_orm(column_type = "Text", nullable)]
    pub country: Option<String>,
    #[sea_orm(column_type = "Text", nullable)]
    pub region: Option<String>,
    #[sea_orm(column_type = "Text", nullable)]
    pub city: Option<String>,
    #[sea_orm(column_type = "Text", nullable)]
    pub browser: Option<String>,
    #[sea_orm(column_type = "Text", nullable)]
    pub operating_system: Option<String>,
    pub device: Option<Device>,
    pub kind: EventKind,
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
        belongs_to = "super::delivery::Entity",
        from = "(Column::AccountId, Column::DeliveryId)",
        to = "(super::delivery::Column::AccountId, super::delivery::Column::Id)"
    )]
    Delivery,
    #[sea_orm(
        belongs_to = "super::campaign::Entity",
        from = "(Column::AccountId, Column::CampaignId)",
        to = "(super::campaign::Column::AccountId, super::campaign::Column::Id)"
    )]
    Campaign,
    #[sea_orm(
        belongs_to = "super::campaign_link::Entity",
        from = "(Column::AccountId, Column::LinkId)",
        to = "(super::campaign_link::Column::AccountId, super::campaign_link::Column::Id)"
    )]
    Link,
    #[sea_orm(
        belongs_to = "super::subscriber::Entity",
        from = "(Column::AccountId, Column::SubscriberId)",
        to = "(super::subscriber::Column::AccountId, super::subscriber::Column::Id)"
    )]
    Subscriber,
}

impl ActiveModelBehavior for ActiveModel {}

impl crate::Keys for Entity {
    const INDEXES: &[&[&str]] = &[
        &["delivery_id"],
        &["campaign_id", "clicked_at"],
        &["link_id", "clicked_at"],
        &["subscriber_id", "clicked_at"],
    ];
}
