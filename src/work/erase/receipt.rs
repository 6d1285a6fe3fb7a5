//! The receipt of an erasure: what is gone, what stays, why and until when, without personal data; canonical JSON
//! (RFC 8785), signed with the ring's receipt key (`privacy.md` 3.3, step 7, and 4.5).

use chrono::{Months, TimeDelta};
use serde_json::{Value, json};

use super::recipients::{documents, is_any_open};
use super::row::ErasureRow;
use super::sweep::Swept;
use crate::access::permit::{Erasure, Permitted};
use crate::catalog::{Keep, Then};
use crate::cell::instant_text;
use crate::clock::Instant;
use crate::error::{Fault, Result};
use crate::plan::erase::Action;
use crate::store::backup::Backup;
use crate::store::erasure_recipient::Recipient;
use crate::store::queue::Claim;
use crate::work::installation::Installation;

/// What a receipt is made of.
pub struct Outcome<'a> {
    /// The erasure.
    pub claim: &'a Claim,
    /// Its row.
    pub row: &'a ErasureRow,
    /// Its steps.
    pub erasure: &'a Permitted<Erasure>,
    /// Rows done, by step.
    pub done: &'a [u64],
    /// Bundles that were removed from the depot.
    pub bundles: u64,
    /// Whether the person is also a user of the account.
    pub is_also_a_user: bool,
    /// The sweep, when it was done at once.
    pub swept: Option<&'a Swept>,
    /// The registered backups that are still there.
    pub backups: &'a [Backup],
    /// Who was given the person's data.
    pub recipients: &'a [Recipient],
    /// When it was finished.
    pub at: Instant,
}

/// A receipt and the signature over its canonical bytes.
pub struct Signed {
    /// The receipt.
    pub receipt: Value,
    /// Ed25519 over the canonical form.
    pub signature: Vec<u8>,
}

/// Makes and signs the receipt of an erasure.
pub fn make(installation: &Installation, outcome: &Outcome<'_>) -> Result<Signed> {
    let level = match outcome.swept {
        Some(swept) => swept.level(),
        None => "L1",
    };
    let state = state(outcome.swept, outcome.recipients).to_uppercase();
    let replay = outcome.row.replay();
    let mut receipt = json!({
        "kind": "postern-erasure-receipt",
        "version": 1,
        "number": replay.unwrap_or(1),
        "erasureId": outcome.claim.id,
        "account": outcome.claim.account,
        "subject": outcome.row.plan["subject"],
        "state": state,
        "attestation": level,
        "planHash": outcome.row.plan_hash,
        "policyHash": outcome.row.policy_hash,
        "schemaFingerprint": outcome.row.schema_fingerprint,
        "finishedAt": instant_text(outcome.at),
        "steps": steps(outcome.row, outcome.done),
        "bundlesRemoved": outcome.bundles,
        "sweep": outcome.swept.map(Swept::document),
        "remaining": remaining(installation, outcome),
        "recipients": documents(outcome.recipients),
        "keyId": installation.keys.receipt_key_id(),
    });
    if replay.is_some() {
        receipt["replay"] = true.into();
        receipt["replayedAt"] = instant_text(installation.clock.now()).into();
    }
    sign(installation, receipt)
}

/// Where an erasure is whose rows are gone: not DONE while the person is mentioned, or while somebody who was given the data
/// has not confirmed its erasure.
pub(super) fn state(swept: Option<&Swept>, recipients: &[Recipient]) -> &'static str {
    match swept.is_none_or(|swept| swept.residue.is_empty()) {
        false => "residue_found",
        true if is_any_open(recipients) => "partial",
        true => "done",
    }
}

/// The steps as they were planned, each with what became of it; `done`: rows by step.
pub(super) fn steps(row: &ErasureRow, done: &[u64]) -> Vec<Value> {
    let planned = row.plan["steps"].as_array().cloned().unwrap_or_default();
    planned
        .iter()
        .zip(done)
        .map(|(step, done)| {
            let planned = step["rows"].as_u64().unwrap_or(0);
            json!({
                "table": step["table"],
                "found": step["found"],
                "action": step["action"],
                "columns": step["columns"],
                "planned": planned,
                "done": done,
                "drift": i64::try_from(*done).unwrap_or(0) - i64::try_from(planned).unwrap_or(0),
                "left": 0,
            })
        })
        .collect()
}

/// Makes and signs a later receipt: that of a sweep done since.
pub fn make_second(
    installation: &Installation,
    claim: &Claim,
    row: &ErasureRow,
    (swept, recipients): (&Swept, &[Recipient]),
    at: Instant,
) -> Result<Signed> {
    let receipt = json!({
        "kind": "postern-erasure-receipt",
        "version": 1,
        "number": row.next_receipt(),
        "erasureId": claim.id,
        "account": claim.account,
        "subject": row.plan["subject"],
        "state": state(Some(swept), recipients).to_uppercase(),
        "attestation": swept.level(),
        "planHash": row.plan_hash,
        "finishedAt": instant_text(at),
        "sweep": swept.document(),
        "recipients": documents(recipients),
        "keyId": installation.keys.receipt_key_id(),
    });
    sign(installation, receipt)
}

pub(super) fn sign(installation: &Installation, receipt: Value) -> Result<Signed> {
    let bytes = canonical(&receipt)?;
    let signature = installation.keys.sign_receipt(&bytes).to_vec();
    Ok(Signed { receipt, signature })
}

/// The bytes that a receipt's signature is over.
pub fn canonical(receipt: &Value) -> Result<Vec<u8>> {
    serde_json_canonicalizer::to_vec(receipt)
        .map_err(|error| Fault::Invariant(format!("canonical JSON: {error}")).into())
}

/// What stays, why and until when.
fn remaining(installation: &Installation, outcome: &Outcome<'_>) -> Vec<Value> {
    let catalog = &installation.catalog;
    let mut remaining = vec![json!({
        "what": "the keyed token of the address",
        "why": "so that nobody writes the person again (Art. 21(3) GDPR)",
        "until": null,
    })];
    for (step, done) in outcome.erasure.plan().steps.iter().zip(outcome.done) {
        let resource = catalog.get(step.resource);
        if *done == 0 || matches!(step.action, Action::Delete) {
            continue;
        }
        let why = match step.action {
            Action::Keep => "retained as the policy says",
            Action::Change(_) | Action::Delete | Action::Block => {
                "anonymised rows, so that totals stay right"
            }
        };
        remaining.push(json!({
            "what": resource.table,
            "rows": done,
            "why": why,
            "until": resource.keep.as_ref().map(until),
        }));
    }
    let record_until = outcome
        .at
        .checked_add_months(Months::new(catalog.settings.erasure_record_months));
    remaining.push(json!({
        "what": "the record of this erasure, under the token alone",
        "why": "accountability (Art. 5(2) GDPR; 11 CCR 7101)",
        "until": record_until.map(instant_text),
    }));
    if outcome.is_also_a_user {
        remaining.push(json!({
            "what": "users",
            "why": "the person is also a user of the account, which is another role and another request",
            "until": null,
        }));
    }
    remaining.push(backups(installation, outcome.backups, outcome.at));
    remaining
}

/// The backups in which the person still is, and when the last of them has to be gone; where none is registered, as
/// the policy promises it.
pub(super) fn backups(installation: &Installation, registered: &[Backup], at: Instant) -> Value {
    let before = registered.iter().filter(|backup| backup.made_at < at);
    let listed: Vec<Value> = before
        .clone()
        .map(|backup| {
            json!({
                "id": backup.id,
                "madeAt": instant_text(backup.made_at),
                "purgeAt": instant_text(backup.purge_at),
            })
        })
        .collect();
    let days = TimeDelta::days(i64::from(installation.catalog.settings.backup_days));
    let until = before.map(|backup| backup.purge_at).max().unwrap_or(at + days);
    json!({
        "what": "backups made before",
        "why": "they cannot be changed; a restored one repeats this erasure before it serves",
        "until": instant_text(until),
        "backups": listed,
    })
}

pub(super) fn until(keep: &Keep) -> Value {
    let then = match keep.then {
        Then::Delete => "deleted",
        Then::Anonymise => "anonymised",
    };
    match &keep.duration {
        None => json!(format!("as long as the account exists; then {then}")),
        Some(duration) => json!(format!(
            "{} months and {} days after {}; then {then}",
            duration.months, duration.days, keep.from
        )),
    }
}
