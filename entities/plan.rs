//! What accounts may do for what price.

use sea_orm::entity::prelude::*;

use crate::value::{BillingInterval, PlanStatus};

#[derive(Clone, Debug, PartialEq, DeriveEntityModel)]
#[sea_orm(table_name = "plans")]
pub struct Model {
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: Uuid,
    #[sea_orm(column_type = "Text")]
    pub name: String,
    #[sea_orm(column_type = "Text", nullable)]
    pub description: Option<String>,
    pub price_minor: i64,
    #[sea_orm(column_type = "Text")]
    pub currency: String,
    pub billing_interval: BillingInterval,
    pub subscriber_limit: Option<i64>,
    pub monthly_mail_limit: Option<i64>,
    pub is_public: bool,
    pub status: PlanStatus,
    #[sea_orm(column_type = "Text", nullable)]
    pub source: Option<String>,
    #[sea_orm(column_type = "Text", nullable)]
    pub external_id: Option<String>,
    pub created_at: DateTimeUtc,
    pub updated_at: DateTimeUtc,
}

#[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}

impl crate::Keys for Entity {
    const UNIQUE: &[&[&str]] = &[&["name"], &["source", "external_id"]];
    const INDEXES: &[&[&str]] = &[&["created_at"]];
}
