//! A single mail to one person, such as a receipt or a password reset.

use sea_orm::entity::prelude::*;

use crate::value::MailStatus;

#[derive(Clone, Debug, PartialEq, DeriveEntityModel)]
#[sea_orm(table_name = "transactional_emails")]
pub struct Model {
    #[sea_orm(primary_key, auto_increment = false)]
    pub account_id: Uuid,
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: Uuid,
    pub subscriber_id: Option<Uuid>,
    pub server_id: Option<Uuid>,
    pub template_id: Option<Uuid>,
    #[sea_orm(column_type = "Text", nullable)]
    pub to_name: Option<String>,
    #[sea_orm(column_type = "Text")]
    pub to_email: String,
    #[sea_orm(column_type = "Text")]
    pub to_email_normalized: String,
    #[sea_orm(column_type = "Text", nullable)]
    pub from_name: Option<String>,
    #[sea_orm(column_type = "Text", nullable)]
    pub from_email: Option<String>,
    #[sea_orm(column_type = "Text", nullable)]
    pub reply_to: Option<String>,
    #[sea_orm(column_type = "Text")]
    pub subject: String,
    #[sea_orm(column_type = "Text", nullable)]
    pub html_body: Option<String>,
    #[sea_orm(column_type = "Text", nullable)]
    pub plain_body: Option<String>,
    pub headers: Option<Json>,
    pub retries: i64,
    pub status: MailStatus,
    pub send_at: Option<DateTimeUtc>,
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
        belongs_to = "super::delivery_server::Entity",
        from = "(Column::AccountId, Column::ServerId)",
        to = "(super::delivery_server::Column::AccountId, super::delivery_server::Column::Id)"
    )]
    Server,
    #[sea_orm(
        belongs_to = "super::template::Entity",
        from = "(Column::AccountId, Column::TemplateId)",
        to = "(super::template::Column::AccountId, super::template::Column::Id)"
    )]
    Template,
}

impl ActiveModelBehavior for ActiveModel {}

impl crate::Keys for Entity {
    const UNIQUE: &[&[&str]] = &[&["source", "external_id"]];
    const INDEXES: &[&[&str]] = &[
        &["subscriber_id"],
        &["server_id"],
        &["template_id", "created_at"],
        &["to_email_normalized"],
        &["created_at"],
    ];
}
