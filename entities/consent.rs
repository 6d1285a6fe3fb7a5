//! What a subscriber agreed to or withdrew, for one purpose, with its proof.

use sea_orm::entity::prelude::*;

use crate::value::{ConsentMechanism, ConsentPreference, LegalBasis};

#[derive(Clone, Debug, PartialEq, DeriveEntityModel)]
#[sea_orm(table_name = "consents")]
pub struct Model {
    #[sea_orm(primary_key, auto_increment = false)]
    pub account_id: Uuid,
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: Uuid,
    pub subscriber_id: Uuid,
    pub list_id: Option<Uuid>,
    #[sea_orm(column_type = "Text")]
    pub purpose: String,
    pub preference: ConsentPreference,
    pub mechanism: ConsentMechanism,
    pub legal_basis: LegalBasis,
    #[sea_orm(column_type = "Text", nullable)]
    pub text_version: Option<String>,
    #[sea_orm(column_type = "Text", nullable)]
    pub statement: Option<String>,
    pub given_at: DateTimeUtc,
    #[sea_orm(column_type = "Text", nullable)]
    pub ip_address: Option<String>,
    #[sea_orm(column_type = "Text", nullable)]
    pub user_agent: Option<String>,
    pub withdrawn_at: Option<DateTimeUtc>,
    #[sea_orm(column_type = "Text", nullable)]
    pub source: Option<String>,
    #[sea_orm(column_type = "Text", nullable)]
    pub external_id: Option<String>,
    pub created_at: DateTimeUtc,
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
        belongs_to = "super::list::Entity",
        from = "(Column::AccountId, Column::ListId)",
        to = "(super::list::Column::AccountId, super::list::Column::Id)"
    )]
    List,
}

impl ActiveModelBehavior for ActiveModel {}

impl crate::Keys for Entity {
    const UNIQUE: &[&[&str]] = &[&["source", "external_id"]];
    const INDEXES: &[&[&str]] = &[&["subscriber_id", "given_at"], &["list_id"]];
}
