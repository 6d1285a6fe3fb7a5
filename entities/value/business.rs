//! Words about plans, payments and questions to the platform.

use sea_orm::entity::prelude::*;

/// How often a price is paid.
#[derive(Copy, Clone, Debug, PartialEq, Eq, Hash, EnumIter, DeriveActiveEnum)]
#[sea_orm(
    rs_type = "String",
    db_type = "Enum",
    enum_name = "billing_interval",
    rename_all = "snake_case"
)]
pub enum BillingInterval {
    Once,
    Month,
    Year,
}

/// Whether a plan is still offered.
#[derive(Copy, Clone, Debug, PartialEq, Eq, Hash, EnumIter, DeriveActiveEnum)]
#[sea_orm(
    rs_type = "String",
    db_type = "Enum",
    enum_name = "plan_status",
    rename_all = "snake_case"
)]
pub enum PlanStatus {
    Offered,
    Retired,
}

/// How a bill was paid.
#[derive(Copy, Clone, Debug, PartialEq, Eq, Hash, EnumIter, DeriveActiveEnum)]
#[sea_orm(
    rs_type = "String",
    db_type = "Enum",
    enum_name = "payment_method",
    rename_all = "snake_case"
)]
pub enum PaymentMethod {
    Card,
    BankTransfer,
    DirectDebit,
    Wallet,
    Other,
}

/// What became of a payment.
#[derive(Copy, Clone, Debug, PartialEq, Eq, Hash, EnumIter, DeriveActiveEnum)]
#[sea_orm(
    rs_type = "String",
    db_type = "Enum",
    enum_name = "payment_status",
    rename_all = "snake_case"
)]
pub enum PaymentStatus {
    Pending,
    Success,
    Failed,
    Refunded,
}

/// The way that something came in or went out.
#[derive(Copy, Clone, Debug, PartialEq, Eq, Hash, EnumIter, DeriveActiveEnum)]
#[sea_orm(
    rs_type = "String",
    db_type = "Enum",
    enum_name = "contact_channel",
    rename_all = "snake_case"
)]
pub enum ContactChannel {
    Email,
    Web,
    Phone,
    Post,
    Api,
    InApp,
}

/// What kind of question a ticket is.
#[derive(Copy, Clone, Debug, PartialEq, Eq, Hash, EnumIter, DeriveActiveEnum)]
#[sea_orm(
    rs_type = "String",
    db_type = "Enum",
    enum_name = "ticket_kind",
    rename_all = "snake_case"
)]
pub enum TicketKind {
    General,
    Technical,
    Billing,
    PrivacyRequest,
}

/// How urgent a ticket is.
#[derive(Copy, Clone, Debug, PartialEq, Eq, Hash, EnumIter, DeriveActiveEnum)]
#[sea_orm(
    rs_type = "String",
    db_type = "Enum",
    enum_name = "ticket_priority",
    rename_all = "snake_case"
)]
pub enum TicketPriority {
    Low,
    Normal,
    High,
    Urgent,
}

/// Where a ticket is.
#[derive(Copy, Clone, Debug, PartialEq, Eq, Hash, EnumIter, DeriveActiveEnum)]
#[sea_orm(
    rs_type = "String",
    db_type = "Enum",
    enum_name = "ticket_status",
    rename_all = "snake_case"
)]
pub enum TicketStatus {
    Open,
    Waiting,
    Snoozed,
    Resolved,
    Closed,
}

/// Whether a message came in, went out, or only happened.
#[derive(Copy, Clone, Debug, PartialEq, Eq, Hash, EnumIter, DeriveActiveEnum)]
#[sea_orm(
    rs_type = "String",
    db_type = "Enum",
    enum_name = "message_direction",
    rename_all = "snake_case"
)]
pub enum MessageDirection {
    Incoming,
    Outgoing,
    Activity,
}
