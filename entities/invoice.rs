//! A bill to an account, kept for the tax period whatever else is erased.

use sea_orm::entity::prelude::*;

use crate::value::InvoiceStatus;

#[derive(Clone, Debug, PartialEq, DeriveEntityModel)]
#[sea_orm(table_name = "invoices")]
pub struct Model {
    #[sea_orm(primary_key, auto_increment = false)]
    pub account_id: Uuid,
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: Uuid,
    pub plan_id: Option<Uuid>,
    #[sea_orm(column_type = "Text")]
    pub number: String,
    pub status: InvoiceStatus,
    #[sea_orm(column_type = "Text")]
    pub currency: String,
    pub subtotal_minor: i64,
    pub tax_minor: i64,
    pub total_minor: i64,
    #[sea_orm(column_type = "Text", nullable)]
    pub billed_name: Option<String>,
    #[sea_orm(column_type = "Text", nullable)]
    pub billed_address: Option<String>,
    #[sea_orm(column_type = "Text", nullable)]
    pub vat_number: Option<String>,
    #[sea_orm(column_type = "Text", nullable)]
    pub portal_url: Option<String>,
    #[sea_orm(column_type = "Text", nullable)]
    pub note: Option<String>,
    pub issued_at: DateTimeUtc,
    pub due_at: Option<DateTimeUtc>,
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
        belongs_to = "super::plan::Entity",
        from = "Column::PlanId",
        to = "super::plan::Column::Id"
    )]
    Plan,
}

impl ActiveModelBehavior for ActiveModel {}

impl crate::Keys for Entity {
    const UNIQUE: &[&[&str]] = &[&["number"], &["source", "external_id"]];
    const INDEXES: &[&[&str]] = &[&["issued_at"], &["plan_id", "issued_at"]];
}
