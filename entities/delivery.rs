//! One campaign sent to one subscriber.

use sea_orm::entity::prelude::*;

use crate::value::DeliveryStatus;

#[derive(Clone, Debug, PartialEq, DeriveEntityModel)]
#[sea_orm(table_name = "deliveries")]
pub struct Model {
    #[sea_orm(primary_key, auto_increment = false)]
    pub account_id: Uuid,
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: Uuid,
    pub campaign_id: Uuid,
    pub subscriber_id: Option<Uuid>,
    pub server_id: Option<Uuid>,
    #[sea_orm(column_type = "Text", nullable)]
    pub recipient_email: Option<String>,
    #[sea_orm(column_type = "Text", nullable)]
    pub subject: Option<String>,
    #[sea_orm(column_type = "Text", nullable)]
    pub message_id: Option<String>,
    #[sea_orm(column_type = "Text", nullable)]
    pub smtp_response: Option<String>,
    pub status: DeliveryStatus,
    pub retries: i64,
    pub open_count: i64,
    pub click_count: i64,
    pub sent_at: DateTimeUtc,
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
        belongs_to = "super::campaign::Entity",
        from = "(Column::AccountId, Column::CampaignId)",
        to = "(super::campaign::Column::AccountId, super::campaign::Column::Id)"
    )]
    Campaign,
    #[sea_orm(
        belongs_to = "super::subscriber::Entity",
        from = "(Column::AccountId, Column::SubscriberId)",
        to = "(super::subscriber::Column::AccountId, super::subscriber::Column::Id)"
    )]
    Subscriber,
    #[sea_orm(
        belongs_to = "super::delivery_server::Entity",
        from = "(Column::AccountId, Column::ServerId)",
        to = "(super::delivery_server::Column::AccountId, super::delivery_server::Column::Id)"
    )]
    Server,
}

impl ActiveModelBehavior for ActiveModel {}

impl crate::Keys for Entity {
    const UNIQUE: &[&[&str]] = &[&["source", "external_id"]];
    const INDEXES: &[&[&str]] = &[
        &["campaign_id", "sent_at"],
        &["subscriber_id", "sent_at"],
        &["server_id"],
    ];
}
