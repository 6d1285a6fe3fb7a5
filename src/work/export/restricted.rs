//! Bundles for others: whose data may be kept and not used (Art. 18 and 21 GDPR) is in none. The account's own bundles have
//! everybody, and a person's own bundle is that person's own wish, wherever it goes.

use data_encoding::HEXLOWER;
use sha2::{Digest, Sha256};
use uuid::Uuid;

use super::part::resources;
use super::request::ExportPlan;
use crate::access::viewer::Viewer;
use crate::catalog::{Catalog, Resource};
use crate::error::{Code, Refusal, Result};
use crate::plan::slice::{BundleKind, bundle_columns};
use crate::store::restriction;
use crate::work::installation::Installation;

/// Says of people, in the order of their ids, that they are these. Keeps nobody's id, which an erasure had to find.
pub(super) fn mark(people: &[Uuid]) -> String {
    let mut hash = Sha256::new();
    for id in people {
        hash.update(id.as_bytes());
    }
    HEXLOWER.encode(&hash.finalize())
}

/// Whether rows of a table name people by no way that could be followed, as what was done or carried out does: it is in no
/// bundle for others.
pub(super) fn names_people_by_the_way(catalog: &Catalog, resource: &Resource) -> bool {
    let people = catalog.table("subscribers").id;
    let carried = bundle_columns(resource, BundleKind::Account);
    resource.subject.is_empty()
        && carried
            .iter()
            .any(|column| resource.column(*column).loose.contains(&people))
}

/// Refuses to hand over a bundle that holds anybody whose data may not be used now. Asked when a transfer is asked for, and
/// again when it runs. Errors: `RESTRICTED`.
pub(in crate::work) async fn may_be_handed_over(
    installation: &Installation,
    viewer: &Viewer,
    export: &ExportPlan,
) -> Result<()> {
    let has_people = resources(&installation.catalog, export.bundle, &export.part)
        .iter()
        .any(|resource| {
            !resource.subject.is_empty() || names_people_by_the_way(&installation.catalog, resource)
        });
    if export.bundle != BundleKind::Account || !has_people {
        return Ok(());
    }
    let now = installation.clock.now();
    let people = restriction::people(&installation.database, viewer.account, now).await?;
    let were_left_out = || export.left_out.as_deref() == Some(mark(&people).as_str());
    if people.is_empty() || were_left_out() {
        return Ok(());
    }
    let message = match export.without_restricted {
        true => {
            "whose data may be kept and not used has changed since the bundle was made; ask for a new export with \
             withoutRestricted"
        }
        false => {
            "the bundle may hold people whose data may be kept and not used (Art. 18 and 21 GDPR); ask for an export \
             with withoutRestricted, which leaves them out"
        }
    };
    Err(Refusal::new(Code::Restricted, message).at(["export"]).into())
}
