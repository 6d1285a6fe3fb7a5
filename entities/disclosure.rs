//! Whom data was given to, which, when and why.

use sea_orm::entity::prelude::*;

use crate::value::{DisclosureSubject, LegalBasis, RecipientKind};

#[derive(Clone, Debug, PartialEq, DeriveEntityModel)]
#[sea_orm(table_name = "disclosures")]
pub struct Model {
    #[sea_orm(primary_key, auto_increment = false)]
    pub account_id: Uuid,
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: Uuid,
    #[sea_orm(column_type = "Text")]
    pub recipient: String,
    pub recipient_kind: RecipientKind,
    pub sub_processor_id: Option<Uuid>,
    pub about: Option<DisclosureSubject>,
    pub subscriber_id: Option<Uuid>,
    pub data_categories: Json,
    #[sea_orm(column_type = "Text")]
    pub purpose: String,
    pub legal_basis: LegalBasis,
    #[sea_orm(column_type = "Text", nullable)]
    pub instrument: Option<String>,
    pub is_sale: bool,
    pub disclosed_at: DateTimeUtc,
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
        belongs_to = "super::sub_processor::Entity",
        from = "Column::SubProcessorId",
        to = "super::sub_processor::Column::Id"
    )]
    SubProcessor,
    #[sea_orm(
        belongs_to = "super::subscriber::Entity",
        from = "(Column::AccountId, Column::SubscriberId)",
        to = "(super::subscriber::Column::AccountId, super::subscriber::Column::Id)"
    )]
    Subscriber,
}

impl ActiveModelBehavior for ActiveModel {}

impl crate::Keys for Entity {
    const UNIQUE: &[&[&str]] = &[&["source", "external_id"]];
    const INDEXES: &[&[&str]] = &[
        &["sub_processor_id"],
        &["subscriber_id", "disclosed_at"],
        &["disclosed_at"],
    ];
}
