//! Words about accounts, users, groups and what they are told.

use sea_orm::entity::prelude::*;

/// How far an account has come, from sign-up to deletion.
#[derive(Copy, Clone, Debug, PartialEq, Eq, Hash, EnumIter, DeriveActiveEnum)]
#[sea_orm(
    rs_type = "String",
    db_type = "Enum",
    enum_name = "account_status",
    rename_all = "snake_case"
)]
pub enum AccountStatus {
    PendingConfirm,
    PendingApproval,
    Active,
    Inactive,
    Suspended,
    Disabled,
    PendingDelete,
    Deleted,
}

/// Whether a user may sign in.
#[derive(Copy, Clone, Debug, PartialEq, Eq, Hash, EnumIter, DeriveActiveEnum)]
#[sea_orm(
    rs_type = "String",
    db_type = "Enum",
    enum_name = "user_status",
    rename_all = "snake_case"
)]
pub enum UserStatus {
    Invited,
    Enabled,
    Disabled,
    Locked,
}

/// The groups that every installation has.
#[derive(Copy, Clone, Debug, PartialEq, Eq, Hash, EnumIter, DeriveActiveEnum)]
#[sea_orm(
    rs_type = "String",
    db_type = "Enum",
    enum_name = "built_in_group",
    rename_all = "snake_case"
)]
pub enum BuiltInGroup {
    Owner,
    Manager,
    Analyst,
    Exporter,
    Privacy,
    Support,
    Admin,
}

/// What a grant allows.
#[derive(Copy, Clone, Debug, PartialEq, Eq, Hash, EnumIter, DeriveActiveEnum)]
#[sea_orm(
    rs_type = "String",
    db_type = "Enum",
    enum_name = "verb",
    rename_all = "snake_case"
)]
pub enum Verb {
    Read,
    ReadClear,
    Write,
    Export,
    Delete,
    Erase,
    Manage,
}

/// Who acted.
#[derive(Copy, Clone, Debug, PartialEq, Eq, Hash, EnumIter, DeriveActiveEnum)]
#[sea_orm(
    rs_type = "String",
    db_type = "Enum",
    enum_name = "actor_kind",
    rename_all = "snake_case"
)]
pub enum ActorKind {
    User,
    ApiKey,
    Operator,
    System,
}

/// How it ended.
#[derive(Copy, Clone, Debug, PartialEq, Eq, Hash, EnumIter, DeriveActiveEnum)]
#[sea_orm(
    rs_type = "String",
    db_type = "Enum",
    enum_name = "audit_outcome",
    rename_all = "snake_case"
)]
pub enum AuditOutcome {
    Allowed,
    Refused,
    Failed,
}

/// Whether the customer has read a notice.
#[derive(Copy, Clone, Debug, PartialEq, Eq, Hash, EnumIter, DeriveActiveEnum)]
#[sea_orm(
    rs_type = "String",
    db_type = "Enum",
    enum_name = "message_status",
    rename_all = "snake_case"
)]
pub enum MessageStatus {
    Unseen,
    Seen,
}

/// Where a bill is.
#[derive(Copy, Clone, Debug, PartialEq, Eq, Hash, EnumIter, DeriveActiveEnum)]
#[sea_orm(
    rs_type = "String",
    db_type = "Enum",
    enum_name = "invoice_status",
    rename_all = "snake_case"
)]
pub enum InvoiceStatus {
    Draft,
    Due,
    Paid,
    Failed,
    Refunded,
    Void,
}
