//! What a bundle says of itself: whom it is about, and what was withheld from whoever asked, with the reason.

use chrono::TimeDelta;
use serde_json::{Map, Value, json};

use super::part::ExportPart;
use super::run::Job;
use crate::access::permit::{PermittedWalk, Scope, Show};
use crate::bundle::About;
use crate::catalog::{Mask, Resource};
use crate::cell::instant_text;
use crate::clock::Instant;
use crate::error::{Code, Refusal};
use crate::plan::slice::{BundleKind, Part};

/// What README, descriptor and `bag-info.txt` say.
pub(super) fn about(job: &Job<'_>, snapshot_at: Instant) -> About {
    let (name, subject, reason) = match job.plan.bundle {
        BundleKind::Account => {
            let account = &job.account_name;
            let (name, subject) = match &job.plan.part {
                ExportPart::Whole => ("account-export", format!("the account {account}")),
                ExportPart::Resources(_) => (
                    "resource-export",
                    format!("some resources of the account {account}"),
                ),
                ExportPart::List(_) => ("list-export", format!("one list of the account {account}")),
                ExportPart::Campaign(_) => (
                    "campaign-export",
                    format!("one campaign of the account {account}"),
                ),
            };
            (name, subject, "an export of the account")
        }
        BundleKind::Access => (
            "subscriber-access",
            "one subscriber".to_owned(),
            "a request for access (Art. 15 GDPR)",
        ),
        BundleKind::Portability => (
            "subscriber-portability",
            "one subscriber".to_owned(),
            "a request for portability (Art. 20 GDPR)",
        ),
    };
    About {
        name: name.to_owned(),
        title: format!("Export of {subject}"),
        request_id: job.claim.id,
        created: snapshot_at,
        snapshot: Some(snapshot_at),
        organisation: job.account_name.clone(),
        subject,
        reason: reason.to_owned(),
        link_until: Some(
            snapshot_at + TimeDelta::days(i64::from(job.installation.catalog.settings.bundle_days)),
        ),
        key_address: Some("/.well-known/postern-signing-key.pem".to_owned()),
    }
}

/// What of a bundle's scope is not in it.
#[derive(Debug, Default)]
pub(super) struct Withheld {
    items: Vec<Value>,
    /// Whether somebody with all rights would have got more.
    is_partial: bool,
}

impl Withheld {
    /// A resource that the asker may not export.
    pub(super) fn resource(&mut self, resource: &Resource, refusal: &Refusal) {
        self.is_partial = true;
        self.items
            .push(json!({ "resource": resource.table, "reason": refusal.code.as_str() }));
    }

    /// Rows about people whose data may be kept and not used. The bundle is for others, who never get these, so that one
    /// without them is whole. Of the subscribers a row is a person.
    pub(super) fn restricted(&mut self, resource: &Resource, rows: u64) {
        if rows > 0 {
            self.items.push(
                json!({ "resource": resource.table, "rows": rows, "reason": Code::Restricted.as_str() }),
            );
        }
    }

    /// A resource whose rows name people of whom nothing may be told to others; the bundle is whole without it, too.
    pub(super) fn left_out(&mut self, resource: &Resource) {
        self.items
            .push(json!({ "resource": resource.table, "reason": Code::Restricted.as_str() }));
    }

    /// Rows and columns of one that the asker may.
    pub(super) fn of_walk(&mut self, resource: &Resource, walk: &PermittedWalk, is_operator: bool) {
        let names = |wanted: &dyn Fn(Show) -> bool| -> Vec<&str> {
            let shown = walk.columns.iter().filter(|shown| wanted(shown.show));
            shown
                .map(|shown| resource.column(shown.column).name.as_str())
                .collect()
        };
        if let (Scope::Lists(lists), Part::All | Part::Campaign(_)) = (&walk.scope, walk.walk.part) {
            self.is_partial = true;
            self.items
                .push(json!({ "resource": resource.table, "onlyLists": lists, "reason": "OUT_OF_SCOPE" }));
        }
        // No rights that an account can give reach these, so that a bundle without them is whole.
        if let Some(column) = resource.operators_only
            && !is_operator
        {
            let column = &resource.column(column).name;
            self.items
                .push(json!({ "resource": resource.table, "rowsWith": column, "reason": "OPERATORS_ONLY" }));
        }
        let masked = names(&|show| {
            matches!(show, Show::ByField) || matches!(show, Show::Masked(mask) if mask != Mask::Clear)
        });
        if !masked.is_empty() {
            self.is_partial = true;
            self.items
                .push(json!({ "resource": resource.table, "columns": masked, "reason": "MASKED" }));
        }
        // Nobody gets these, so that a bundle without them is whole.
        let secrets = names(&|show| show == Show::IsSet);
        if !secrets.is_empty() {
            self.items
                .push(json!({ "resource": resource.table, "columns": secrets, "reason": "SECRET" }));
        }
    }
}

/// The receipt without counts and signature.
pub(super) fn receipt(job: &Job<'_>, snapshot_at: Instant, withheld: Withheld) -> Map<String, Value> {
    let value = json!({
        "kind": "postern-export",
        "version": 1,
        "requestId": job.claim.id,
        "account": job.claim.account,
        "bundle": job.plan.bundle,
        "subscriber": job.plan.subscriber,
        "part": job.plan.part,
        "since": job.plan.since.map(instant_text),
        "withoutRestricted": job.plan.without_restricted,
        "formats": job.plan.formats,
        "snapshotAt": instant_text(snapshot_at),
        "policyHash": job.installation.catalog.policy_hash,
        "schemaFingerprint": job.installation.catalog.schema_fingerprint,
        "partial": withheld.is_partial,
        "withheld": withheld.items,
    });
    match value {
        Value::Object(map) => map,
        _ => Map::new(),
    }
}
