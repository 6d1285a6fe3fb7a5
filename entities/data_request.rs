//! What a person asked for about the data, and the answer.

use sea_orm::entity::prelude::*;

use crate::value::{ContactChannel, DataRequestKind, DataRequestState, Regulation, RequestRefusal};

#[derive(Clone, Debug, PartialEq, DeriveEntityModel)]
#[sea_orm(table_name = "data_requests")]
pub struct Model {
    #[sea_orm(primary_key, auto_increment = false)]
    pub account_id: Uuid,
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: Uuid,
    pub kind: DataRequestKind,
    pub regulation: Regulation,
    pub channel: ContactChannel,
    pub state: DataRequestState,
    pub refusal: Option<RequestRefusal>,
    pub subscriber_id: Option<Uuid>,
    pub support_ticket_id: Option<Uuid>,
    pub export_id: Option<Uuid>,
    pub erasure_id: Option<Uuid>,
    pub handled_by_id: Option<Uuid>,
    #[sea_orm(column_type = "Text", nullable)]
    pub note: Option<String>,
    pub received_at: DateTimeUtc,
    pub due_at: DateTimeUtc,
    pub extended_until: Option<DateTimeUtc>,
    pub completed_at: Option<DateTimeUtc>,
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
        belongs_to = "super::subscriber::Entity",
        from = "(Column::AccountId, Column::SubscriberId)",
        to = "(super::subscriber::Column::AccountId, super::subscriber::Column::Id)"
    )]
    Subscriber,
    #[sea_orm(
        belongs_to = "super::support_ticket::Entity",
        from = "(Column::AccountId, Column::SupportTicketId)",
        to = "(super::support_ticket::Column::AccountId, super::support_ticket::Column::Id)"
    )]
    SupportTicket,
    #[sea_orm(
        belongs_to = "super::export::Entity",
        from = "(Column::AccountId, Column::ExportId)",
        to = "(super::export::Column::AccountId, super::export::Column::Id)"
    )]
    Export,
    #[sea_orm(
        belongs_to = "super::erasure::Entity",
        from = "(Column::AccountId, Column::ErasureId)",
        to = "(super::erasure::Column::AccountId, super::erasure::Column::Id)"
    )]
    Erasure,
    #[sea_orm(
        belongs_to = "super::user::Entity",
        from = "Column::HandledById",
        to = "super::user::Column::Id"
    )]
    HandledBy,
}

impl ActiveModelBehavior for ActiveModel {}

impl crate::Keys for Entity {
    const UNIQUE: &[&[&str]] = &[&["source", "external_id"]];
    const INDEXES: &[&[&str]] = &[
        &["subscriber_id", "received_at"],
        &["support_ticket_id"],
        &["export_id"],
        &["erasure_id"],
        &["handled_by_id"],
        &["received_at"],
    ];
}
