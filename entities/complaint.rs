//! One mail that its recipient called spam.

use sea_orm::entity::prelude::*;

use crate::value::ComplaintKind;

#[derive(Clone, Debug, PartialEq, DeriveEntityModel)]
#[sea_orm(table_name = "complaints")]
pub struct Model {
    #[sea_orm(primary_key, auto_increment = false)]
    pub account_id: Uuid,
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: Uuid,
    pub delivery_id: Option<Uuid>,
    pub campaign_id: Option<Uuid>,
    pub subscriber_id: Option<Uuid>,
    pub feedback_loop_server_id: Option<Uuid>,
    pub kind: ComplaintKind,
    #[sea_orm(column_type = "Text", nullable)]
    pub reported_by: Option<String>,
    #[sea_orm(column_type = "Text", nullable)]
    pub message: Option<String>,
    pub raw: Option<Vec<u8>>,
    pub complained_at: DateTimeUtc,
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
        belongs_to = "super::subscriber::Entity",
        from = "(Column::AccountId, Column::SubscriberId)",
        to = "(super::subscriber::Column::AccountId, super::subscriber::Column::Id)"
    )]
    Subscriber,
    #[sea_orm(
        belongs_to = "super::feedback_loop_server::Entity",
        from = "(Column::AccountId, Column::FeedbackLoopServerId)",
        to = "(super::feedback_loop_server::Column::AccountId, super::feedback_loop_server::Column::Id)"
    )]
    FeedbackLoopServer,
}

impl ActiveModelBehavior for ActiveModel {}

impl crate::Keys for Entity {
    const UNIQUE: &[&[&str]] = &[&["source", "external_id"]];
    const INDEXES: &[&[&str]] = &[
        &["delivery_id"],
        &["campaign_id", "complained_at"],
        &["subscriber_id", "complained_at"],
        &["feedback_loop_server_id"],
    ];
}
