//! One payment of a bill, or the attempt.

use sea_orm::entity::prelude::*;

use crate::value::{PaymentMethod, PaymentStatus};

#[derive(Clone, Debug, PartialEq, DeriveEntityModel)]
#[sea_orm(table_name = "payments")]
pub struct Model {
    #[sea_orm(primary_key, auto_increment = false)]
    pub account_id: Uuid,
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: Uuid,
    pub invoice_id: Uuid,
    pub amount_minor: i64,
    #[sea_orm(column_type = "Text")]
    pub currency: String,
    pub method: PaymentMethod,
    #[sea_orm(column_type = "Text", nullable)]
    pub gateway: Option<String>,
    #[sea_orm(column_type = "Text", nullable)]
    pub gateway_reference: Option<String>,
    pub response: Option<Json>,
    pub status: PaymentStatus,
    pub paid_at: Option<DateTimeUtc>,
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
        belongs_to = "super::invoice::Entity",
        from = "(Column::AccountId, Column::InvoiceId)",
        to = "(super::invoice::Column::AccountId, super::invoice::Column::Id)"
    )]
    Invoice,
}

impl ActiveModelBehavior for ActiveModel {}

impl crate::Keys for Entity {
    const UNIQUE: &[&[&str]] = &[&["source", "external_id"]];
    const INDEXES: &[&[&str]] = &[&["invoice_id", "created_at"], &["created_at"]];
}
