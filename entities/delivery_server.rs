//! A server that sends mails, with credentials that nobody can read back.

use sea_orm::entity::prelude::*;

use crate::value::{ServerProtocol, ServerStatus, ServerUse};

#[derive(Clone, Debug, PartialEq, DeriveEntityModel)]
#[sea_orm(table_name = "delivery_servers")]
pub struct Model {
    #[sea_orm(primary_key, auto_increment = false)]
    pub account_id: Uuid,
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: Uuid,
    #[sea_orm(column_type = "Text")]
    pub name: String,
    #[sea_orm(column_type = "Text")]
    pub kind: String,
    #[sea_orm(column_type = "Text")]
    pub hostname: String,
    pub port: i64,
    pub protocol: ServerProtocol,
    #[sea_orm(column_type = "Text", nullable)]
    pub username: Option<String>,
    #[sea_orm(column_type = "Text", nullable)]
    pub password: Option<String>,
    #[sea_orm(column_type = "Text", nullable)]
    pub api_key: Option<String>,
    #[sea_orm(column_type = "Text", nullable)]
    pub webhook_secret: Option<String>,
    pub additional_headers: Option<Json>,
    #[sea_orm(column_type = "Text", nullable)]
    pub from_name: Option<String>,
    #[sea_orm(column_type = "Text", nullable)]
    pub from_email: Option<String>,
    #[sea_orm(column_type = "Text", nullable)]
    pub reply_to: Option<String>,
    pub use_for: ServerUse,
    pub bounce_server_id: Option<Uuid>,
    pub tracking_domain_id: Option<Uuid>,
    pub hourly_quota: Option<i64>,
    pub status: ServerStatus,
    pub secrets_changed_at: Option<DateTimeUtc>,
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
        belongs_to = "super::tracking_domain::Entity",
        from = "(Column::AccountId, Column::TrackingDomainId)",
        to = "(super::tracking_domain::Column::AccountId, super::tracking_domain::Column::Id)"
    )]
    TrackingDomain,
    #[sea_orm(
        belongs_to = "super::bounce_server::Entity",
        from = "(Column::AccountId, Column::BounceServerId)",
        to = "(super::bounce_server::Column::AccountId, super::bounce_server::Column::Id)"
    )]
    BounceServer,
}

impl ActiveModelBehavior for ActiveModel {}

impl crate::Keys for Entity {
    const UNIQUE: &[&[&str]] = &[&["source", "external_id"]];
    const INDEXES: &[&[&str]] = &[&["name"], &["bounce_server_id"], &["tracking_domain_id"]];
}
