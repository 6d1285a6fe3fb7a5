//! Words about campaigns, mails, servers and what became of them.

use sea_orm::entity::prelude::*;

/// What starts a campaign.
#[derive(Copy, Clone, Debug, PartialEq, Eq, Hash, EnumIter, DeriveActiveEnum)]
#[sea_orm(
    rs_type = "String",
    db_type = "Enum",
    enum_name = "campaign_kind",
    rename_all = "snake_case"
)]
pub enum CampaignKind {
    Regular,
    Autoresponder,
    OptIn,
    Rss,
    Triggered,
    AbTest,
}

/// Where a campaign is in its life.
#[derive(Copy, Clone, Debug, PartialEq, Eq, Hash, EnumIter, DeriveActiveEnum)]
#[sea_orm(
    rs_type = "String",
    db_type = "Enum",
    enum_name = "campaign_status",
    rename_all = "snake_case"
)]
pub enum CampaignStatus {
    Draft,
    PendingApproval,
    Scheduled,
    Processing,
    Sending,
    Paused,
    Sent,
    Cancelled,
    Blocked,
    PendingDelete,
}

/// What became of one sending.
#[derive(Copy, Clone, Debug, PartialEq, Eq, Hash, EnumIter, DeriveActiveEnum)]
#[sea_orm(
    rs_type = "String",
    db_type = "Enum",
    enum_name = "delivery_status",
    rename_all = "snake_case"
)]
pub enum DeliveryStatus {
    Success,
    Error,
    FatalError,
    TemporaryError,
    Blocked,
    Suppressed,
    GivenUp,
}

/// What kind of device.
#[derive(Copy, Clone, Debug, PartialEq, Eq, Hash, EnumIter, DeriveActiveEnum)]
#[sea_orm(
    rs_type = "String",
    db_type = "Enum",
    enum_name = "device",
    rename_all = "snake_case"
)]
pub enum Device {
    Desktop,
    Mobile,
    Tablet,
    Other,
}

/// Whether a person or a machine did it, as far as can be told.
#[derive(Copy, Clone, Debug, PartialEq, Eq, Hash, EnumIter, DeriveActiveEnum)]
#[sea_orm(
    rs_type = "String",
    db_type = "Enum",
    enum_name = "event_kind",
    rename_all = "snake_case"
)]
pub enum EventKind {
    Human,
    Proxy,
    Bot,
    Unknown,
}

/// Whether the address is gone, or busy, or the fault is ours.
#[derive(Copy, Clone, Debug, PartialEq, Eq, Hash, EnumIter, DeriveActiveEnum)]
#[sea_orm(
    rs_type = "String",
    db_type = "Enum",
    enum_name = "bounce_kind",
    rename_all = "snake_case"
)]
pub enum BounceKind {
    Hard,
    Soft,
    Internal,
}

/// Where a single mail is.
#[derive(Copy, Clone, Debug, PartialEq, Eq, Hash, EnumIter, DeriveActiveEnum)]
#[sea_orm(
    rs_type = "String",
    db_type = "Enum",
    enum_name = "mail_status",
    rename_all = "snake_case"
)]
pub enum MailStatus {
    Unrendered,
    Ready,
    Queued,
    Sent,
    Failed,
}

/// How a server is spoken to.
#[derive(Copy, Clone, Debug, PartialEq, Eq, Hash, EnumIter, DeriveActiveEnum)]
#[sea_orm(
    rs_type = "String",
    db_type = "Enum",
    enum_name = "server_protocol",
    rename_all = "snake_case"
)]
pub enum ServerProtocol {
    Plain,
    StartTls,
    Tls,
    Https,
}

/// What a server sends.
#[derive(Copy, Clone, Debug, PartialEq, Eq, Hash, EnumIter, DeriveActiveEnum)]
#[sea_orm(
    rs_type = "String",
    db_type = "Enum",
    enum_name = "server_use",
    rename_all = "snake_case"
)]
pub enum ServerUse {
    All,
    Campaigns,
    Transactional,
}

/// Whether a server may send.
#[derive(Copy, Clone, Debug, PartialEq, Eq, Hash, EnumIter, DeriveActiveEnum)]
#[sea_orm(
    rs_type = "String",
    db_type = "Enum",
    enum_name = "server_status",
    rename_all = "snake_case"
)]
pub enum ServerStatus {
    Inactive,
    Active,
    InUse,
    Disabled,
    Hidden,
    PendingDelete,
}

/// What the recipient of a mail complained about.
#[derive(Copy, Clone, Debug, PartialEq, Eq, Hash, EnumIter, DeriveActiveEnum)]
#[sea_orm(
    rs_type = "String",
    db_type = "Enum",
    enum_name = "complaint_kind",
    rename_all = "snake_case"
)]
pub enum ComplaintKind {
    Abuse,
    Fraud,
    Virus,
    NotSpam,
    Other,
}

/// Whether a domain was shown to be the customer's.
#[derive(Copy, Clone, Debug, PartialEq, Eq, Hash, EnumIter, DeriveActiveEnum)]
#[sea_orm(
    rs_type = "String",
    db_type = "Enum",
    enum_name = "domain_status",
    rename_all = "snake_case"
)]
pub enum DomainStatus {
    PendingDns,
    Verified,
    Failed,
    Revoked,
}

/// Whether links are encrypted.
#[derive(Copy, Clone, Debug, PartialEq, Eq, Hash, EnumIter, DeriveActiveEnum)]
#[sea_orm(
    rs_type = "String",
    db_type = "Enum",
    enum_name = "web_scheme",
    rename_all = "snake_case"
)]
pub enum WebScheme {
    Http,
    Https,
}

/// How mails are fetched.
#[derive(Copy, Clone, Debug, PartialEq, Eq, Hash, EnumIter, DeriveActiveEnum)]
#[sea_orm(
    rs_type = "String",
    db_type = "Enum",
    enum_name = "mailbox_service",
    rename_all = "snake_case"
)]
pub enum MailboxService {
    Imap,
    Pop3,
}

/// Whether a mailbox is looked through.
#[derive(Copy, Clone, Debug, PartialEq, Eq, Hash, EnumIter, DeriveActiveEnum)]
#[sea_orm(
    rs_type = "String",
    db_type = "Enum",
    enum_name = "mailbox_status",
    rename_all = "snake_case"
)]
pub enum MailboxStatus {
    Active,
    Inactive,
    Disabled,
    PendingDelete,
}

/// How an answer is known to be a certain person's.
#[derive(Copy, Clone, Debug, PartialEq, Eq, Hash, EnumIter, DeriveActiveEnum)]
#[sea_orm(
    rs_type = "String",
    db_type = "Enum",
    enum_name = "reply_identity",
    rename_all = "snake_case"
)]
pub enum ReplyIdentity {
    Email,
    Subscriber,
    Either,
}
