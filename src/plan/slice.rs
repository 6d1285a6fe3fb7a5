//! A question about very many rows: a walk over one table in key order, slice by slice, for exports and sweeps.

use uuid::Uuid;

use crate::catalog::{Catalog, Column, ColumnId, Resource, ResourceId, Step};
use crate::cell::Kind;
use crate::clock::Instant;

/// Which bundle a walk is for; decides which columns may be in it.
#[derive(Copy, Clone, Debug, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum BundleKind {
    /// Everything of the account.
    Account,
    /// A person's access bundle.
    Access,
    /// A person's portability bundle.
    Portability,
}

/// A walk over the rows of one table.
#[derive(Clone, Debug, PartialEq)]
pub struct Walk {
    /// Which table.
    pub resource: ResourceId,
    /// For which bundle; the columns follow from the policy.
    pub bundle: BundleKind,
    /// Only the rows about this person.
    pub subject: Option<Subject>,
    /// Only the rows of this part of the account.
    pub part: Part,
    /// Only the rows that were made or changed since.
    pub since: Option<Instant>,
    /// Without the rows about people whose data may be kept and not used at this moment.
    pub without_restricted: Option<Instant>,
}

/// Which rows of a table are wanted.
#[derive(Copy, Clone, Debug, Default, PartialEq, Eq)]
pub enum Part {
    /// Whatever their list or campaign.
    #[default]
    All,
    /// Those of one list.
    List(Uuid),
    /// Those of one campaign, and the campaign.
    Campaign(Uuid),
}

/// A person, as rows refer to one.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Subject {
    /// The subscriber's id.
    pub subscriber: Uuid,
    /// The normalised address.
    pub address: String,
}

/// The columns of a table that belong into a bundle, as the policy decides. A secret is never one of them; beside others,
/// an account's bundle says of each secret whether it is set.
pub fn bundle_columns(resource: &Resource, bundle: BundleKind) -> Vec<ColumnId> {
    let is_exported = |column: &Column| {
        !column.is_secret()
            && match bundle {
                BundleKind::Account => column.export.account,
                BundleKind::Access => column.export.access,
                BundleKind::Portability => column.export.portability,
            }
    };
    let says_is_set =
        |column: &Column| bundle == BundleKind::Account && column.is_secret() && !column.internal;
    if !resource.columns.iter().any(is_exported) {
        return Vec::new();
    }
    resource
        .columns
        .iter()
        .filter(|column| is_exported(column) || says_is_set(column))
        .map(|column| column.id)
        .collect()
}

/// The column by which a resource's rows belong to one campaign: that through which they are in its list's scope.
/// `None`: they belong to none.
pub fn campaign_column(catalog: &Catalog, resource: &Resource) -> Option<ColumnId> {
    let campaigns = catalog.table("campaigns");
    if resource.id == campaigns.id {
        return column_named(resource, "id");
    }
    resource.scope.iter().find_map(|path| match path.steps.first() {
        Some(Step::Forward { column, target }) if *target == campaigns.id => Some(*column),
        _ => None,
    })
}

/// The columns that say when a row was made or changed last: one that is kept for it, or all instants that the row has,
/// of which any may be the latest. Empty: nothing says so.
pub fn change_columns(resource: &Resource) -> Vec<ColumnId> {
    match column_named(resource, "updated_at") {
        Some(column) => vec![column],
        None => {
            let instants = resource
                .columns
                .iter()
                .filter(|column| column.kind == Kind::Instant);
            instants.map(|column| column.id).collect()
        }
    }
}

fn column_named(resource: &Resource, name: &str) -> Option<ColumnId> {
    let found = resource.columns.iter().find(|column| column.name == name);
    found.map(|column| column.id)
}
