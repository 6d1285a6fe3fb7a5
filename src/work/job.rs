//! The row that an export or an erasure begins as: who asked, with which key, for what; asked twice, it is one job.
//!
//! Must not know what the job does.

use sha2::{Digest, Sha256};
use uuid::Uuid;

use crate::access::viewer::{Principal, Viewer};
use crate::cell::Cell;
use crate::clock::Instant;
use crate::error::{Code, Refusal, Result};
use crate::store::audit::{self, AuditEvent};
use crate::store::queue::{self, Added, Claim, Queue};
use crate::work::installation::Installation;

/// The columns that every job's row begins with.
pub fn job_columns(
    viewer: &Viewer,
    id: Uuid,
    idempotency_key: &str,
    plan: &serde_json::Value,
    state: &'static str,
    now: Instant,
) -> Vec<(&'static str, Cell)> {
    let (user, key) = match viewer.principal {
        Principal::User(id) | Principal::Operator(id) => (Some(id), None),
        Principal::ApiKey(id) => (None, Some(id)),
    };
    vec![
        ("id", id.into()),
        ("requested_by_id", user.into()),
        ("api_key_id", key.into()),
        (
            "principal",
            serde_json::to_value(viewer.principal)
                .expect("a principal is plain data")
                .into(),
        ),
        ("plan", plan.clone().into()),
        ("idempotency_key", idempotency_key.into()),
        ("input_hash", input_hash(plan).into()),
        ("state", state.into()),
        ("claim_number", 0_i64.into()),
        ("attempts", 0_i64.into()),
        ("created_at", now.into()),
        ("updated_at", now.into()),
    ]
}

/// Adds a job and its audit event in one transaction, so that a crash in between leaves neither.
pub async fn add_job(
    installation: &Installation,
    viewer: &Viewer,
    queue: Queue,
    id: Uuid,
    columns: &[(&str, Cell)],
    input: &serde_json::Value,
    event: AuditEvent,
) -> Result<Uuid> {
    let added = installation
        .database
        .write(async |transaction| {
            let added = queue::add(transaction, queue, viewer.account, columns).await?;
            if added == Added::New {
                audit::append(transaction, std::slice::from_ref(&event)).await?;
            }
            Ok(added)
        })
        .await?;
    Ok(same_job(added, input)?.unwrap_or(id))
}

/// The job that the same asker made before with the same key and input.
pub async fn known_job(
    installation: &Installation,
    viewer: &Viewer,
    queue: Queue,
    idempotency_key: &str,
    input: &serde_json::Value,
) -> Result<Option<Uuid>> {
    let asker = match viewer.principal {
        Principal::User(id) | Principal::Operator(id) => ("requested_by_id", id.into()),
        Principal::ApiKey(id) => ("api_key_id", id.into()),
    };
    let known = queue::known(
        &installation.database,
        queue,
        viewer.account,
        asker,
        idempotency_key,
    )
    .await?;
    Ok(same_job(known.unwrap_or(Added::New), input)?)
}

/// The job that is there already, if it is one; refused when it was made with other input.
fn same_job(added: Added, input: &serde_json::Value) -> Result<Option<Uuid>, Refusal> {
    match added {
        Added::New => Ok(None),
        Added::Known {
            id,
            input_hash: known,
        } if known == input_hash(input) => Ok(Some(id)),
        Added::Known { .. } => Err(Refusal::new(
            Code::IdempotencyKeyReused,
            "this idempotency key was used with other input; choose a new one",
        )
        .at(["idempotencyKey"])),
    }
}

/// SHA-256 of the canonical input.
pub fn input_hash(input: &serde_json::Value) -> Vec<u8> {
    let canonical = serde_json_canonicalizer::to_vec(input).expect("plain data has a canonical form");
    Sha256::digest(canonical).to_vec()
}

/// 8 to 64 characters that need no escaping in a URL.
pub fn check_idempotency_key(key: &str) -> Result<(), Refusal> {
    let fits = (8..=64).contains(&key.len())
        && key
            .bytes()
            .all(|b| b.is_ascii_alphanumeric() || b == b'-' || b == b'_');
    if fits {
        return Ok(());
    }
    Err(Refusal::new(
        Code::BadUserInput,
        "an idempotency key has 8 to 64 characters of A-Z, a-z, 0-9, - and _",
    )
    .at(["idempotencyKey"]))
}

/// Ends a job as its row says now, with the event about it, in one transaction. False, and nothing is written, when
/// another worker has the job by now, or when it is in none of these states, if any are named.
pub async fn finish(
    installation: &Installation,
    claim: &Claim,
    states: &[&str],
    columns: &[(&str, Cell)],
    event: &AuditEvent,
) -> Result<bool> {
    installation
        .database
        .write(async |transaction| {
            let held = queue::change_if(transaction, claim, states, columns).await?;
            if held {
                audit::append(transaction, std::slice::from_ref(event)).await?;
            }
            Ok(held)
        })
        .await
}
