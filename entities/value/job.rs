//! Words about exports, transfers, imports and erasures.

use sea_orm::entity::prelude::*;

/// What a bundle covers.
#[derive(Copy, Clone, Debug, PartialEq, Eq, Hash, EnumIter, DeriveActiveEnum)]
#[sea_orm(
    rs_type = "String",
    db_type = "Enum",
    enum_name = "export_scope",
    rename_all = "snake_case"
)]
pub enum ExportScope {
    Account,
    Campaign,
    List,
    Resources,
    Subscriber,
}

/// Where an export is.
#[derive(Copy, Clone, Debug, PartialEq, Eq, Hash, EnumIter, DeriveActiveEnum)]
#[sea_orm(
    rs_type = "String",
    db_type = "Enum",
    enum_name = "export_state",
    rename_all = "snake_case"
)]
pub enum ExportState {
    Queued,
    Running,
    Ready,
    Failed,
    Canceled,
    Expired,
    Stale,
}

/// How a bundle is handed to its receiver.
#[derive(Copy, Clone, Debug, PartialEq, Eq, Hash, EnumIter, DeriveActiveEnum)]
#[sea_orm(
    rs_type = "String",
    db_type = "Enum",
    enum_name = "transfer_protocol",
    rename_all = "snake_case"
)]
pub enum TransferProtocol {
    Put,
    Post,
    Postern,
}

/// Where a transfer is.
#[derive(Copy, Clone, Debug, PartialEq, Eq, Hash, EnumIter, DeriveActiveEnum)]
#[sea_orm(
    rs_type = "String",
    db_type = "Enum",
    enum_name = "transfer_state",
    rename_all = "snake_case"
)]
pub enum TransferState {
    Queued,
    Running,
    Done,
    Failed,
    Canceled,
}

/// What kind of file an import takes in.
#[derive(Copy, Clone, Debug, PartialEq, Eq, Hash, EnumIter, DeriveActiveEnum)]
#[sea_orm(
    rs_type = "String",
    db_type = "Enum",
    enum_name = "import_format",
    rename_all = "snake_case"
)]
pub enum ImportFormat {
    Bundle,
    Listmonk,
    Mailchimp,
    Mapped,
}

/// Where an import is.
#[derive(Copy, Clone, Debug, PartialEq, Eq, Hash, EnumIter, DeriveActiveEnum)]
#[sea_orm(
    rs_type = "String",
    db_type = "Enum",
    enum_name = "import_state",
    rename_all = "snake_case"
)]
pub enum ImportState {
    Queued,
    Running,
    Done,
    Failed,
    Canceled,
    Expired,
}

/// Where an erasure is.
#[derive(Copy, Clone, Debug, PartialEq, Eq, Hash, EnumIter, DeriveActiveEnum)]
#[sea_orm(
    rs_type = "String",
    db_type = "Enum",
    enum_name = "erasure_state",
    rename_all = "snake_case"
)]
pub enum ErasureState {
    Planned,
    Confirmed,
    Fenced,
    Running,
    Paused,
    Verifying,
    Done,
    Partial,
    ResidueFound,
    Refused,
    Canceled,
    Expired,
}
