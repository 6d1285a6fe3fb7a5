//! Noting, before the first byte of a bundle is sent, who is given it: that one is told of erasures from then on (Art. 15 (1) c
//! and 19 GDPR). Must not know how it is sent.

use std::collections::BTreeSet;

use reqwest::Url;

use super::follow::Follow;
use crate::catalog::{Catalog, Class};
use crate::error::{Code, Refusal, Result};
use crate::plan::slice::{BundleKind, bundle_columns};
use crate::store::disclosure::{self, Disclosure};
use crate::store::{fence, queue};
use crate::work::export::part::resources;
use crate::work::export::request::ExportPlan;
use crate::work::job::RUNNING;

/// Notes it, once for a transfer, unless the bundle holds nothing about anybody. Errors: `GONE` while somebody in the bundle is
/// being erased, whose recipients are known by then; `INVALID_STATE` when the job is no longer ours.
pub(super) async fn note(follow: &Follow<'_>, export: &ExportPlan, target: &Url) -> Result<()> {
    let Follow {
        installation, claim, ..
    } = follow;
    let data_categories = classes(&installation.catalog, export);
    if data_categories.is_empty() {
        return Ok(());
    }
    let (kind, purpose, legal_basis) = match export.bundle {
        BundleKind::Account => {
            let purpose = "carry the account over to another controller, as was asked for";
            ("controller", purpose, "contract")
        }
        // It may be the person's own server: receipts do not name it.
        BundleKind::Access | BundleKind::Portability => {
            let purpose = "hand over a person's data, as the person wished";
            ("other", purpose, "legal_obligation")
        }
    };
    let now = installation.clock.now();
    let disclosure = Disclosure {
        account: claim.account,
        id: installation.new_id(),
        recipient: target.host_str().unwrap_or_default().to_owned(),
        kind,
        subscriber: export.subscriber,
        data_categories,
        purpose,
        legal_basis,
        by: claim.id,
        at: now,
    };
    installation
        .database
        .write(async |transaction| {
            // Whoever raises a fence after this sees the row, and whoever raised one before is seen.
            fence::eraser_lock(transaction, claim.account).await?;
            if !disclosure::is_ready(transaction, claim.account, follow.export).await?
                || disclosure::is_anybody_going(transaction, claim.account, export.subscriber).await?
            {
                let message =
                    "somebody in the bundle is erased, or being erased; ask for a new export when that has ended";
                return Err(Refusal::new(Code::Gone, message).at(["export"]).into());
            }
            let held = queue::change_if(transaction, claim, RUNNING, &[("updated_at", now.into())]).await?;
            if !held {
                let message = "the transfer was canceled or taken over";
                return Err(Refusal::new(Code::InvalidState, message).into());
            }
            disclosure::note(transaction, &disclosure).await
        })
        .await
}

/// The classes of personal data that a bundle may hold, each once.
fn classes(catalog: &Catalog, export: &ExportPlan) -> Vec<&'static str> {
    let users = catalog.table("users").id;
    let about_people = resources(catalog, export.bundle, &export.part)
        .into_iter()
        .filter(|resource| !resource.subject.is_empty() || resource.id == users);
    let classes: BTreeSet<&'static str> = about_people
        .flat_map(|resource| {
            let columns = bundle_columns(resource, export.bundle).into_iter();
            columns.map(|column| resource.column(column).class)
        })
        .filter(|class| class.is_personal() && *class != Class::Secret)
        .map(Class::word)
        .collect();
    classes.into_iter().collect()
}
