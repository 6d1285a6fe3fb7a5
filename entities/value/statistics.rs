//! Words about roll-ups.

use sea_orm::entity::prelude::*;

/// How much time a bucket spans.
#[derive(Copy, Clone, Debug, PartialEq, Eq, Hash, EnumIter, DeriveActiveEnum)]
#[sea_orm(
    rs_type = "String",
    db_type = "Enum",
    enum_name = "bucket_size",
    rename_all = "snake_case"
)]
pub enum BucketSize {
    Hour,
    Day,
}

/// What events are told apart by.
#[derive(Copy, Clone, Debug, PartialEq, Eq, Hash, EnumIter, DeriveActiveEnum)]
#[sea_orm(
    rs_type = "String",
    db_type = "Enum",
    enum_name = "breakdown_dimension",
    rename_all = "snake_case"
)]
pub enum BreakdownDimension {
    Country,
    Browser,
    OperatingSystem,
    Device,
    Kind,
}
