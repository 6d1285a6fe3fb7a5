//! A domain that mails are sent from, with the key that signs them.

use sea_orm::entity::prelude::*;

use crate::value::DomainStatus;

#[derive(Clone, Debug, PartialEq, DeriveEntityModel)]
#[sea_orm(table_name = "sending_domains")]
pub struct Model {
    #[sea_orm(primary_key, auto_increment = false)]
    pub account_id: Uuid,
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: Uuid,
    #[sea_orm(column_type = "Text")]
    pub name: String,
    #[sea_orm(column_type = "Text", nullable)]
    pub dkim_selector: Option<String>,
    #[sea_orm(column_type = "Text", nullable)]
    pub dkim_public_key: Option<String>,
    #[sea_orm(column_type = "Text", nullable)]
    pub dkim_private_key: Option<String>,
    pub secrets_changed_at: Option<DateTimeUtc>,
    #[sea_orm(column_type = "Text", nullable)]
    pub spf_value: Option<String>,
    #[sea_orm(column_type = "Text", nullable)]
    pub dmarc_value: Option<String>,
    pub is_signing: bool,
    pub is_locked: bool,
    pub status: DomainStatus,
    pub verified_at: Option<DateTimeUtc>,
    pub last_checked_at: Option<DateTimeUtc>,
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
}

impl ActiveModelBehavior for ActiveModel {}

impl crate::Keys for Entity {
    const UNIQUE: &[&[&str]] = &[&["name"], &["source", "external_id"]];
    const INDEXES: &[&[&str]] = &[&["created_at"]];
}
