//! The receipts of an account's erasure: what is gone, what stays, why and until when, without personal data, signed as
//! a person's.

use serde_json::{Value, json};

use super::kept::Kept;
use crate::cell::instant_text;
use crate::clock::Instant;
use crate::error::Result;
use crate::store::backup::Backup;
use crate::store::erasure_recipient::Recipient;
use crate::store::queue::Claim;
use crate::work::erase::receipt::{Signed, backups, sign, steps};
use crate::work::erase::recipients::{documents, is_any_open};
use crate::work::erase::row::ErasureRow;
use crate::work::installation::Installation;

/// What receipts call the members who stay.
const USERS: &str = "users";

/// What a receipt is made of.
pub(super) struct Outcome<'a> {
    /// The erasure.
    pub(super) claim: &'a Claim,
    /// Its row.
    pub(super) row: &'a ErasureRow,
    /// What is kept.
    pub(super) kept: &'a [Kept],
    /// Members who stay, as another account knows them.
    pub(super) users_left: u64,
    /// The registered backups that are still there.
    pub(super) backups: &'a [Backup],
    /// Who was given data of the account.
    pub(super) recipients: &'a [Recipient],
    /// When it was finished so far.
    pub(super) at: Instant,
}

/// The first receipt; `done`: rows by step.
pub(super) fn first(installation: &Installation, outcome: &Outcome<'_>, done: &[u64]) -> Result<Signed> {
    let replay = outcome.row.replay();
    let mut receipt = document(installation, outcome, replay.unwrap_or(1));
    receipt["steps"] = steps(outcome.row, done).into();
    if replay.is_some() {
        receipt["replay"] = true.into();
        receipt["replayedAt"] = instant_text(installation.clock.now()).into();
    }
    sign(installation, receipt)
}

/// How many members were left as of the first receipt: whose erasure it was does not remember them any more.
pub(super) fn users_left(row: &ErasureRow) -> u64 {
    let remaining = row
        .receipt
        .as_ref()
        .and_then(|(receipt, _)| receipt["remaining"].as_array());
    let mut users = remaining.into_iter().flatten().filter(|one| one["what"] == USERS);
    users.next().and_then(|one| one["rows"].as_u64()).unwrap_or(0)
}

/// A later receipt: of all that was done since the first one, by table.
pub(super) fn later(
    installation: &Installation,
    outcome: &Outcome<'_>,
    done: &[(String, u64)],
) -> Result<Signed> {
    let mut receipt = document(installation, outcome, outcome.row.next_receipt());
    let done = done
        .iter()
        .map(|(table, rows)| json!({ "table": table, "done": rows }));
    receipt["doneSinceFirst"] = done.collect::<Vec<_>>().into();
    sign(installation, receipt)
}

fn document(installation: &Installation, outcome: &Outcome<'_>, number: u64) -> Value {
    let is_done = outcome.kept.iter().all(|one| one.is_record) && !is_any_open(outcome.recipients);
    let mut remaining: Vec<Value> = outcome.kept.iter().map(Kept::document).collect();
    remaining.push(json!({
        "what": "accounts",
        "rows": 1,
        "why": "the row that the others belong to, without what names anybody but for what is listed; it goes with the last of them",
        "until": null,
    }));
    if outcome.users_left > 0 {
        remaining.push(json!({
            "what": USERS,
            "rows": outcome.users_left,
            "why": "another account knows them, too",
            "until": null,
        }));
    }
    remaining.push(backups(installation, outcome.backups, outcome.at));
    json!({
        "kind": "postern-erasure-receipt",
        "version": 1,
        "number": number,
        "erasureId": outcome.claim.id,
        "account": outcome.claim.account,
        "subject": outcome.row.plan["subject"],
        "closedAt": outcome.row.plan["closedAt"],
        "state": if is_done { "DONE" } else { "PARTIAL" },
        // Nothing of the account is left to be searched but what is listed.
        "attestation": "L1",
        "planHash": outcome.row.plan_hash,
        "policyHash": outcome.row.policy_hash,
        "schemaFingerprint": outcome.row.schema_fingerprint,
        "finishedAt": instant_text(outcome.at),
        "remaining": remaining,
        "recipients": documents(outcome.recipients),
        "keyId": installation.keys.receipt_key_id(),
    })
}
