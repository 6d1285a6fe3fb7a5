//! A reason for which a person may not be erased for now.

use sea_orm::entity::prelude::*;

#[derive(Clone, Debug, PartialEq, DeriveEntityModel)]
#[sea_orm(table_name = "legal_holds")]
pub struct Model {
    #[sea_orm(primary_key, auto_increment = false)]
    pub account_id: Uuid,
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: Uuid,
    pub subscriber_id: Option<Uuid>,
    #[sea_orm(column_type = "Text", nullable)]
    pub case_reference: Option<String>,
    #[sea_orm(column_type = "Text", nullable)]
    pub reason: Option<String>,
    pub placed_by_id: Option<Uuid>,
    pub placed_at: DateTimeUtc,
    pub ends_at: Option<DateTimeUtc>,
    pub released_at: Option<DateTimeUtc>,
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
        belongs_to = "super::user::Entity",
        from = "Column::PlacedById",
        to = "super::user::Column::Id"
    )]
    PlacedBy,
}

impl ActiveModelBehavior for ActiveModel {}

impl crate::Keys for Entity {
    const INDEXES: &[&[&str]] = &[&["subscriber_id", "placed_at"], &["placed_by_id"], &["placed_at"]];
}
