//! Words about templates.

use sea_orm::entity::prelude::*;

/// What is made from a template, and how it is edited.
#[derive(Copy, Clone, Debug, PartialEq, Eq, Hash, EnumIter, DeriveActiveEnum)]
#[sea_orm(
    rs_type = "String",
    db_type = "Enum",
    enum_name = "template_kind",
    rename_all = "snake_case"
)]
pub enum TemplateKind {
    Campaign,
    Visual,
    Transactional,
}

/// Whether a template is in use.
#[derive(Copy, Clone, Debug, PartialEq, Eq, Hash, EnumIter, DeriveActiveEnum)]
#[sea_orm(
    rs_type = "String",
    db_type = "Enum",
    enum_name = "template_status",
    rename_all = "snake_case"
)]
pub enum TemplateStatus {
    Active,
    Archived,
}
