//! An erasure's row, read for those who may erase.

use serde_json::{Value, json};
use uuid::Uuid;

use super::plan::may_erase;
use crate::access::viewer::{Principal, Viewer};
use crate::cell::{Cell, Kind, instant_text};
use crate::error::{Code, Refusal, Result};
use crate::store::queue::{self, Queue};
use crate::work::installation::Installation;

/// An erasure's row, as far as deciding about it needs.
pub struct ErasureRow {
    /// Where it is.
    pub state: String,
    /// The hash to agree to.
    pub plan_hash: String,
    /// The policy it was planned under.
    pub policy_hash: String,
    /// The schema it was planned under.
    pub schema_fingerprint: String,
    /// When it was planned.
    pub created_at: Option<crate::clock::Instant>,
    /// Until when it can be agreed to.
    pub expires_at: Option<crate::clock::Instant>,
    /// The plan.
    pub plan: Value,
    /// The receipt and its signature, once there is one.
    pub receipt: Option<(Value, Vec<u8>)>,
    /// The second receipt, of the residue sweep, once there is one.
    pub second_receipt: Option<(Value, Vec<u8>)>,
}

impl ErasureRow {
    /// The keyed token of the person, as the plan says it.
    pub fn subject(&self) -> Vec<u8> {
        let text = self.plan["subject"].as_str().unwrap_or_default();
        data_encoding::HEXLOWER
            .decode(text.as_bytes())
            .unwrap_or_default()
    }

    /// The number of the receipt to come, when the erasure is being repeated in a restored database.
    pub fn replay(&self) -> Option<u64> {
        self.plan["replay"]["receipt"].as_u64()
    }

    /// Whether it is the erasure of a whole account.
    fn is_of_account(&self) -> bool {
        self.plan["closedAt"].is_string()
    }

    /// Refuses a viewer who may not stop it: an account's own erasure is what its people were promised when they closed it.
    /// Errors: `FORBIDDEN`.
    pub(super) fn may_stop(&self, viewer: &Viewer) -> Result<(), Refusal> {
        let is_operator = matches!(viewer.principal, Principal::Operator(_));
        if is_operator || !self.is_of_account() {
            return Ok(());
        }
        let message = "the erasure of an account is stopped by operators alone; whoever may erase all of it reopens it instead, \
                       as long as its erasure has not begun";
        Err(Refusal::new(Code::Forbidden, message).at(["erasure"]))
    }

    /// The newest receipt and its signature, once there is one.
    pub fn newest_receipt(&self) -> Option<&(Value, Vec<u8>)> {
        self.second_receipt.as_ref().or(self.receipt.as_ref())
    }

    /// The number of the next receipt: after every one that there was.
    pub fn next_receipt(&self) -> u64 {
        let before = [&self.second_receipt, &self.receipt];
        let numbers = before
            .into_iter()
            .flatten()
            .filter_map(|(receipt, _)| receipt["number"].as_u64());
        numbers.max().unwrap_or(1) + 1
    }

    /// The row as a document for people and programs on the machine.
    pub fn summary(&self, id: Uuid) -> Value {
        json!({
            "erasure": id,
            "state": self.state,
            "planHash": self.plan_hash,
            "expiresAt": self.expires_at.map(instant_text),
            "plan": self.plan,
        })
    }
}

/// Reads an erasure; for those alone who may erase. Others are told that there is none.
pub async fn read(installation: &Installation, viewer: &Viewer, erasure: Uuid) -> Result<ErasureRow> {
    let no_such = || Refusal::new(Code::InvalidId, "there is no such erasure").at(["erasure"]);
    if may_erase(&installation.catalog, viewer).is_err() {
        return Err(no_such().into());
    }
    let columns = [
        ("state", Kind::Text),
        ("plan_hash", Kind::Text),
        ("policy_hash", Kind::Text),
        ("schema_fingerprint", Kind::Text),
        ("expires_at", Kind::Instant),
        ("plan", Kind::Json),
        ("receipt", Kind::Json),
        ("receipt_signature", Kind::Bytes),
        ("second_receipt", Kind::Json),
        ("second_receipt_signature", Kind::Bytes),
        ("created_at", Kind::Instant),
    ];
    let row = queue::read(
        &installation.database,
        Queue::Erasures,
        viewer.account,
        erasure,
        &columns,
    )
    .await?;
    let row = row.ok_or_else(no_such)?;
    let text = |index: usize| row[index].as_text().unwrap_or_default().to_owned();
    let signed = |index: usize| match (&row[index], &row[index + 1]) {
        (Cell::Json(receipt), Cell::Bytes(signature)) => Some(((**receipt).clone(), signature.to_vec())),
        _ => None,
    };
    Ok(ErasureRow {
        state: text(0),
        plan_hash: text(1),
        policy_hash: text(2),
        schema_fingerprint: text(3),
        created_at: row[10].as_instant(),
        expires_at: row[4].as_instant(),
        plan: match &row[5] {
            Cell::Json(plan) => (**plan).clone(),
            _ => Value::Null,
        },
        receipt: signed(6),
        second_receipt: signed(8),
    })
}
