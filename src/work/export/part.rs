//! Which part of an account a bundle is about, and which resources that part has.

use std::collections::BTreeSet;

use serde::{Deserialize, Serialize};
use uuid::Uuid;

use crate::access::permit;
use crate::access::viewer::Viewer;
use crate::catalog::{Catalog, Owner, Resource};
use crate::error::{Code, Refusal, Result};
use crate::plan::slice::{BundleKind, Part, Walk, bundle_columns, campaign_column};
use crate::store::slice::slices;
use crate::work::installation::Installation;

/// A part of an account.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub enum ExportPart {
    /// All of it, or all about one person.
    #[default]
    Whole,
    /// These resources; by the names of their tables in a plan, also by those of their types in a request.
    Resources(BTreeSet<String>),
    /// One list with its people, fields, segments and campaigns, and what those did.
    List(Uuid),
    /// One campaign with its links, its deliveries and what came of them.
    Campaign(Uuid),
}

impl ExportPart {
    /// The word in an export's row for a bundle that is not about one person.
    pub(super) fn word(&self) -> &'static str {
        match self {
            ExportPart::Whole => "account",
            ExportPart::Resources(_) => "resources",
            ExportPart::List(_) => "list",
            ExportPart::Campaign(_) => "campaign",
        }
    }

    /// The rows wanted of each resource.
    pub(super) fn rows(&self) -> Part {
        match self {
            ExportPart::Whole | ExportPart::Resources(_) => Part::All,
            ExportPart::List(list) => Part::List(*list),
            ExportPart::Campaign(campaign) => Part::Campaign(*campaign),
        }
    }

    /// Whether a resource has rows of this part.
    fn has(&self, catalog: &Catalog, resource: &Resource) -> bool {
        match self {
            ExportPart::Whole => true,
            ExportPart::Resources(tables) => tables.contains(&resource.table),
            ExportPart::List(_) => !resource.scope.is_empty(),
            ExportPart::Campaign(_) => campaign_column(catalog, resource).is_some(),
        }
    }
}

/// The resources that a bundle of this kind about this part has, in the order of their tables' names.
pub fn resources<'a>(catalog: &'a Catalog, bundle: BundleKind, part: &ExportPart) -> Vec<&'a Resource> {
    let mut resources: Vec<&Resource> = catalog
        .resources()
        .filter(|resource| resource.owner != Owner::Global)
        .filter(|resource| bundle == BundleKind::Account || !resource.subject.is_empty())
        .filter(|resource| !bundle_columns(resource, bundle).is_empty())
        .filter(|resource| part.has(catalog, resource))
        .collect();
    resources.sort_by(|one, other| one.table.cmp(&other.table));
    resources
}

/// The part as a plan holds it, if the account has it and the viewer may export what it is named after.
pub(super) async fn checked(
    installation: &Installation,
    viewer: &Viewer,
    bundle: BundleKind,
    part: &ExportPart,
) -> Result<ExportPart> {
    if bundle != BundleKind::Account && *part != ExportPart::Whole {
        let message = "a bundle about a person is about all of the account's rows about that person";
        return Err(Refusal::new(Code::BadUserInput, message).at(["scope"]).into());
    }
    match part {
        ExportPart::Whole => {}
        ExportPart::Resources(names) => return Ok(named(&installation.catalog, names)?),
        ExportPart::List(_) => is_there(installation, viewer, "lists", part).await?,
        ExportPart::Campaign(_) => is_there(installation, viewer, "campaigns", part).await?,
    }
    Ok(part.clone())
}

fn named(catalog: &Catalog, names: &BTreeSet<String>) -> Result<ExportPart, Refusal> {
    let all = resources(catalog, BundleKind::Account, &ExportPart::Whole);
    let table = |name: &String| {
        let found = all
            .iter()
            .find(|resource| resource.name == *name || resource.table == *name);
        found.map(|resource| resource.table.clone()).ok_or_else(|| {
            let name = crate::error::quote(name);
            Refusal::new(Code::BadUserInput, format!("no bundle has a resource {name}"))
        })
    };
    let tables: Result<BTreeSet<String>, Refusal> = names.iter().map(table).collect();
    let tables = tables.and_then(|tables| match tables.is_empty() {
        true => Err(Refusal::new(Code::BadUserInput, "name at least one resource")),
        false => Ok(tables),
    });
    tables
        .map(ExportPart::Resources)
        .map_err(|refusal| refusal.at(["scope", "resources"]))
}

/// What is out of the viewer's reach looks like what does not exist.
async fn is_there(
    installation: &Installation,
    viewer: &Viewer,
    table: &str,
    part: &ExportPart,
) -> Result<()> {
    let catalog = &installation.catalog;
    let walk = Walk {
        resource: catalog.table(table).id,
        bundle: BundleKind::Account,
        subject: None,
        part: part.rows(),
        since: None,
        without_restricted: None,
    };
    let found = match permit::walk(catalog, viewer, walk) {
        Err(_) => 0,
        Ok(permitted) => {
            let mut snapshot = installation.database.snapshot(permitted.account()).await?;
            let found = slices(&mut snapshot, catalog, &permitted).expected().await?;
            snapshot.close().await?;
            found
        }
    };
    if found > 0 {
        return Ok(());
    }
    let word = part.word();
    Err(Refusal::new(Code::InvalidId, format!("there is no such {word}"))
        .at(["scope", word])
        .into())
}
