//! The receipt of a user's erasure: what is gone, what stays and why, without personal data, signed as a person's.

use chrono::Months;
use serde_json::{Value, json};

use super::KIND;
use crate::cell::instant_text;
use crate::clock::Instant;
use crate::error::Result;
use crate::store::backup::Backup;
use crate::store::queue::Claim;
use crate::work::erase::receipt::{Signed, backups, sign, steps, until};
use crate::work::erase::row::ErasureRow;
use crate::work::installation::Installation;

/// What a receipt is made of.
pub(super) struct Outcome<'a> {
    /// The erasure.
    pub(super) claim: &'a Claim,
    /// Its row.
    pub(super) row: &'a ErasureRow,
    /// Rows by step.
    pub(super) done: &'a [u64],
    /// The tables of which the database has noted anew what its planner knows of them.
    pub(super) noted_anew: &'a [String],
    /// The registered backups that are still there.
    pub(super) backups: &'a [Backup],
    /// When it was finished.
    pub(super) at: Instant,
}

/// Makes and signs it.
pub(super) fn make(installation: &Installation, outcome: &Outcome<'_>) -> Result<Signed> {
    let replay = outcome.row.replay();
    let mut receipt = json!({
        "kind": "postern-erasure-receipt",
        "version": 1,
        "number": replay.unwrap_or(1),
        "erasureId": outcome.claim.id,
        "subjectKind": KIND,
        "account": outcome.claim.account,
        "subject": outcome.row.plan["subject"],
        "state": "DONE",
        // Free text is not searched: what mentions the address there may be about a subscriber who has it, too.
        "attestation": "L1",
        "planHash": outcome.row.plan_hash,
        "policyHash": outcome.row.policy_hash,
        "schemaFingerprint": outcome.row.schema_fingerprint,
        "finishedAt": instant_text(outcome.at),
        "steps": steps(outcome.row, outcome.done),
        "statisticsNotedAnew": outcome.noted_anew,
        "remaining": remaining(installation, outcome),
        "recipients": [],
        "keyId": installation.keys.receipt_key_id(),
    });
    if replay.is_some() {
        receipt["replay"] = true.into();
        receipt["replayedAt"] = instant_text(installation.clock.now()).into();
    }
    sign(installation, receipt)
}

fn remaining(installation: &Installation, outcome: &Outcome<'_>) -> Vec<Value> {
    let catalog = &installation.catalog;
    let events = catalog.table("audit_events");
    let record_months = Months::new(catalog.settings.erasure_record_months);
    vec![
        json!({
            "what": "audit_events",
            "why": "who did what stays in the log, under an id that names nobody any more (Art. 5(2) GDPR)",
            "until": events.keep.as_ref().map(until),
        }),
        json!({
            "what": "who asked, in the rows of exports, imports, transfers and erasures",
            "why": "the same id, which names nobody any more; it goes with those rows",
            "until": null,
        }),
        json!({
            "what": "the same address as that of a subscriber, or in free text",
            "why": "a subscriber is another role, and another request",
            "until": null,
        }),
        json!({
            "what": "the record of this erasure, under the token alone",
            "why": "accountability (Art. 5(2) GDPR; 11 CCR 7101)",
            "until": outcome.at.checked_add_months(record_months).map(instant_text),
        }),
        backups(installation, outcome.backups, outcome.at),
    ]
}
