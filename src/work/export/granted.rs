//! How far somebody's right to export reached when a bundle was made, kept with the export, so that a download can
//! be refused to who may less by then.

use serde::{Deserialize, Serialize};
use uuid::Uuid;

use crate::access::permit;
use crate::access::viewer::Viewer;
use crate::catalog::Catalog;
use crate::plan::slice::BundleKind;
use crate::work::export::part::{ExportPart, resources};

/// How far somebody's right to export one resource reaches.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct ResourceGrant {
    /// The table.
    pub table: String,
    /// Which rows.
    pub scope: Granted,
    /// In which of them personal data is in clear.
    pub clear: Granted,
}

/// A set of rows, as it is stored with an export.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Granted {
    /// None.
    Nothing,
    /// All of the account's.
    All,
    /// Those of these lists.
    Lists(Vec<Uuid>),
}

impl From<&permit::Scope> for Granted {
    fn from(scope: &permit::Scope) -> Self {
        match scope {
            permit::Scope::Nothing => Granted::Nothing,
            permit::Scope::All => Granted::All,
            permit::Scope::Lists(lists) => Granted::Lists(lists.clone()),
        }
    }
}

impl Granted {
    fn covers(&self, other: &Granted) -> bool {
        match (self, other) {
            (Granted::All, _) | (_, Granted::Nothing) => true,
            (Granted::Lists(mine), Granted::Lists(theirs)) => theirs.iter().all(|list| mine.contains(list)),
            (Granted::Nothing | Granted::Lists(_), _) => false,
        }
    }
}

impl ResourceGrant {
    /// Whether it reaches at least as far as the other.
    pub fn covers(&self, other: &ResourceGrant) -> bool {
        self.table == other.table && self.scope.covers(&other.scope) && self.clear.covers(&other.clear)
    }
}

/// What of a part of the account a viewer may export now, resource by resource.
pub fn granted(
    catalog: &Catalog,
    viewer: &Viewer,
    bundle: BundleKind,
    part: &ExportPart,
) -> Vec<ResourceGrant> {
    resources(catalog, bundle, part)
        .into_iter()
        .filter_map(|resource| {
            let (scope, clear) = permit::export_reach(viewer, resource, bundle)?;
            Some(ResourceGrant {
                table: resource.table.clone(),
                scope: Granted::from(&scope),
                clear: Granted::from(&clear),
            })
        })
        .collect()
}
