//! A question about very many rows: a walk over one table in key order, slice by slice, for exports and sweeps.

use uuid::Uuid;

use crate::catalog::{ColumnId, ResourceId};

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
}

/// A person, as rows refer to one.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Subject {
    /// The subscriber's id.
    pub subscriber: Uuid,
    /// The normalised address.
    pub address: String,
}

/// The columns of a table that belong into a bundle, as the policy decides; never a secret.
pub fn bundle_columns(resource: &crate::catalog::Resource, bundle: BundleKind) -> Vec<ColumnId> {
    let wanted = |column: &&crate::catalog::Column| {
        !column.is_secret()
            && match bundle {
                BundleKind::Account => column.export.account,
                BundleKind::Access => column.export.access,
                BundleKind::Portability => column.export.portability,
            }
    };
    resource
        .columns
        .iter()
        .filter(wanted)
        .map(|column| column.id)
        .collect()
}
