//! Words about the rights of people, and about what accounts are told.

use sea_orm::entity::prelude::*;

/// What a person asked for about the data.
#[derive(Copy, Clone, Debug, PartialEq, Eq, Hash, EnumIter, DeriveActiveEnum)]
#[sea_orm(
    rs_type = "String",
    db_type = "Enum",
    enum_name = "data_request_kind",
    rename_all = "snake_case"
)]
pub enum DataRequestKind {
    Access,
    Portability,
    Rectification,
    Erasure,
    Restriction,
    Objection,
    Withdrawal,
    OptOutOfSale,
}

/// Where a request is.
#[derive(Copy, Clone, Debug, PartialEq, Eq, Hash, EnumIter, DeriveActiveEnum)]
#[sea_orm(
    rs_type = "String",
    db_type = "Enum",
    enum_name = "data_request_state",
    rename_all = "snake_case"
)]
pub enum DataRequestState {
    Received,
    Verifying,
    Running,
    Completed,
    PartiallyCompleted,
    Refused,
    Forwarded,
    Canceled,
}

/// The law under which something was asked for.
#[derive(Copy, Clone, Debug, PartialEq, Eq, Hash, EnumIter, DeriveActiveEnum)]
#[sea_orm(
    rs_type = "String",
    db_type = "Enum",
    enum_name = "regulation",
    rename_all = "snake_case"
)]
pub enum Regulation {
    Gdpr,
    UkGdpr,
    Ccpa,
    Lgpd,
    Other,
}

/// Why a request was refused.
#[derive(Copy, Clone, Debug, PartialEq, Eq, Hash, EnumIter, DeriveActiveEnum)]
#[sea_orm(
    rs_type = "String",
    db_type = "Enum",
    enum_name = "request_refusal",
    rename_all = "snake_case"
)]
pub enum RequestRefusal {
    NotVerified,
    NoAuthority,
    Exception,
    NotCovered,
}

/// Which text it is.
#[derive(Copy, Clone, Debug, PartialEq, Eq, Hash, EnumIter, DeriveActiveEnum)]
#[sea_orm(
    rs_type = "String",
    db_type = "Enum",
    enum_name = "policy_kind",
    rename_all = "snake_case"
)]
pub enum PolicyKind {
    PrivacyPolicy,
    TermsOfService,
    DataProcessingAgreement,
    CookiePolicy,
    Other,
}

/// What an account was told about.
#[derive(Copy, Clone, Debug, PartialEq, Eq, Hash, EnumIter, DeriveActiveEnum)]
#[sea_orm(
    rs_type = "String",
    db_type = "Enum",
    enum_name = "notice_kind",
    rename_all = "snake_case"
)]
pub enum NoticeKind {
    PolicyChange,
    SubProcessorChange,
    ControllerChange,
    Breach,
    Other,
}

/// What somebody who got data is.
#[derive(Copy, Clone, Debug, PartialEq, Eq, Hash, EnumIter, DeriveActiveEnum)]
#[sea_orm(
    rs_type = "String",
    db_type = "Enum",
    enum_name = "recipient_kind",
    rename_all = "snake_case"
)]
pub enum RecipientKind {
    SubProcessor,
    Authority,
    Controller,
    Partner,
    Other,
}

/// Whose data somebody was given.
#[derive(Copy, Clone, Debug, PartialEq, Eq, Hash, EnumIter, DeriveActiveEnum)]
#[sea_orm(
    rs_type = "String",
    db_type = "Enum",
    enum_name = "disclosure_subject",
    rename_all = "snake_case"
)]
pub enum DisclosureSubject {
    Person,
    People,
}

/// Whether somebody who got data knows of its erasure.
#[derive(Copy, Clone, Debug, PartialEq, Eq, Hash, EnumIter, DeriveActiveEnum)]
#[sea_orm(
    rs_type = "String",
    db_type = "Enum",
    enum_name = "erasure_recipient_state",
    rename_all = "snake_case"
)]
pub enum ErasureRecipientState {
    ToTell,
    Told,
    Confirmed,
    Exempt,
    Overdue,
}
