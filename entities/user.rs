//! A person who works for an account or for the platform, known by one address in the whole installation.

use sea_orm::entity::prelude::*;

use crate::value::UserStatus;

#[derive(Clone, Debug, PartialEq, DeriveEntityModel)]
#[sea_orm(table_name = "users")]
pub struct Model {
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: Uuid,
    #[sea_orm(column_type = "Text")]
    pub email: String,
    #[sea_orm(column_type = "Text")]
    pub email_normalized: String,
    #[sea_orm(column_type = "Text", nullable)]
    pub name: Option<String>,
    #[sea_orm(column_type = "Text", nullable)]
    pub password_hash: Option<String>,
    pub password_changed_at: Option<DateTimeUtc>,
    #[sea_orm(column_type = "Text", nullable)]
    pub identity_issuer: Option<String>,
    #[sea_orm(column_type = "Text", nullable)]
    pub identity_subject: Option<String>,
    #[sea_orm(column_type = "Text", nullable)]
    pub timezone: Option<String>,
    #[sea_orm(column_type = "Text", nullable)]
    pub locale: Option<String>,
    pub status: UserStatus,
    pub last_login_at: Option<DateTimeUtc>,
    pub created_at: DateTimeUtc,
    pub updated_at: DateTimeUtc,
}

#[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}

impl crate::Keys for Entity {
    const UNIQUE: &[&[&str]] = &[&["email_normalized"], &["identity_issuer", "identity_subject"]];
}
