//! What exports, transfers, imports and erasures have in common: the row that a job begins as, with who asked, with which key, for
//! what; asked twice, it is one job; its attempts, its end, and what it leaves in the depot.
//!
//! Must not know what the job does.

pub mod attempt;
pub mod objects;

use chrono::TimeDelta;
use sha2::{Digest, Sha256};
use uuid::Uuid;

use crate::access::viewer::{Principal, Viewer};
use crate::cell::Cell;
use crate::clock::Instant;
use crate::error::{Code, Fault, Refusal, Result};
use crate::store::audit::{self, AuditEvent};
use crate::store::queue::{self, Added, Asker, Claim, Queue};
use crate::work::identify::viewer_again;
use crate::work::installation::Installation;

/// A kind of job that begins queued, and can be canceled.
#[derive(Debug)]
pub struct JobKind {
    /// What it is called in messages, and the field of a mutation that names one.
    pub word: &'static str,
    /// Its GraphQL type.
    pub resource: &'static str,
    /// Its table.
    pub queue: Queue,
    /// Where its objects lie in the depot.
    pub folder: &'static str,
    /// How their names end.
    pub ending: &'static str,
    /// Columns that are emptied when it ends, however it does.
    pub forgets: &'static [&'static str],
    /// What is noted when it was canceled.
    pub canceled: &'static str,
    /// What is noted when it has failed.
    pub failed: &'static str,
}

/// Exports.
pub const EXPORT: JobKind = JobKind {
    word: "export",
    resource: "Export",
    queue: Queue::Exports,
    folder: "exports",
    ending: "zip",
    forgets: &[],
    canceled: "export.canceled",
    failed: "export.failed",
};

/// Imports.
pub const IMPORT: JobKind = JobKind {
    word: "import",
    resource: "Import",
    queue: Queue::Imports,
    folder: "imports",
    ending: "csv",
    forgets: &[],
    canceled: "import.canceled",
    failed: "import.failed",
};

/// Transfers. They store nothing.
pub const TRANSFER: JobKind = JobKind {
    word: "transfer",
    resource: "Transfer",
    queue: Queue::Transfers,
    folder: "transfers",
    ending: "none",
    forgets: &["credential_sealed"],
    canceled: "transfer.canceled",
    failed: "transfer.failed",
};

impl JobKind {
    /// What somebody is told whose id names no job within reach.
    pub fn no_such(&self) -> Refusal {
        Refusal::new(Code::InvalidId, format!("there is no such {}", self.word)).at([self.word])
    }

    fn forgotten(&self) -> impl Iterator<Item = (&'static str, Cell)> {
        self.forgets.iter().map(|column| (*column, Cell::Null))
    }
}

/// The state in which a job is its worker's to change and to end: neither asked for anew, nor canceled.
pub const RUNNING: &[&str] = &["running"];

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

/// A job that is to be added.
pub struct NewJob<'a> {
    /// Its id.
    pub id: Uuid,
    /// The columns of its row.
    pub columns: &'a [(&'static str, Cell)],
    /// What it is made with, by which a repetition is told from another request.
    pub input: &'a serde_json::Value,
    /// What is noted of it.
    pub event: AuditEvent,
    /// How many the same asker may make in a day; `None`: any number.
    pub daily: Option<i64>,
}

/// Adds a job and its audit event in one transaction, so that a crash in between leaves neither. The daily limit is
/// looked at in it, too: however many requests come at once, no more are taken than it allows. Whoever asks again with
/// the same key is given the job that is there, whatever the limit says: perhaps no answer came.
pub async fn add_job(
    installation: &Installation,
    viewer: &Viewer,
    queue: Queue,
    job: NewJob<'_>,
) -> Result<Uuid> {
    let (account, asker) = (viewer.account, asker(viewer));
    let added = installation
        .database
        .write(async |transaction| {
            if job.daily.is_some() {
                queue::queue_up(transaction, account, asker).await?;
            }
            let added = queue::add(transaction, queue, account, asker, job.columns).await?;
            if added == Added::New {
                if let Some(limit) = job.daily {
                    let since = job.event.at - TimeDelta::days(1);
                    let made = queue::made_since(transaction, queue, account, asker, since).await?;
                    within(limit, made)?;
                }
                audit::append(transaction, std::slice::from_ref(&job.event)).await?;
            }
            Ok(added)
        })
        .await?;
    Ok(same_job(added, job.input)?.unwrap_or(job.id))
}

fn within(limit: i64, made: i64) -> Result<(), Refusal> {
    if made <= limit {
        return Ok(());
    }
    let message = format!("your groups allow {limit} bundles a day");
    Err(Refusal::new(Code::LimitReached, message).retry_after(3600))
}

fn asker(viewer: &Viewer) -> Asker {
    match viewer.principal {
        Principal::User(id) | Principal::Operator(id) => ("requested_by_id", id),
        Principal::ApiKey(id) => ("api_key_id", id),
    }
}

/// The job that the same asker made before with the same key and input.
pub async fn known_job(
    installation: &Installation,
    viewer: &Viewer,
    queue: Queue,
    idempotency_key: &str,
    input: &serde_json::Value,
) -> Result<Option<Uuid>> {
    let (database, account) = (&installation.database, viewer.account);
    let known = queue::known(database, queue, account, asker(viewer), idempotency_key).await?;
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

/// Who asked for a job, with the rights of now. Errors: `FORBIDDEN` when that one may no longer come in.
pub async fn asker_again(
    installation: &Installation,
    kind: &JobKind,
    claim: &Claim,
    principal: &serde_json::Value,
) -> Result<Viewer> {
    let principal: Principal = serde_json::from_value(principal.clone())
        .map_err(|_| Fault::Invariant(format!("the principal of an {} cannot be read", kind.word)))?;
    let viewer = viewer_again(
        &installation.database,
        &installation.catalog,
        principal,
        claim.account,
        installation.clock,
    )
    .await?;
    let gone = || {
        let message = format!("who asked for the {} may no longer come in", kind.word);
        Refusal::new(Code::Forbidden, message)
    };
    Ok(viewer.ok_or_else(gone)?)
}

/// Ends a job that is not finished, for somebody who may. Errors: `INVALID_STATE`.
pub async fn cancel(installation: &Installation, viewer: &Viewer, kind: &JobKind, job: Uuid) -> Result<()> {
    let now = installation.clock.now();
    let event = AuditEvent::by(viewer, installation.new_id(), now, kind.canceled).of(kind.resource, job);
    let canceled = installation
        .database
        .write(async |transaction| {
            let mut columns = vec![
                ("state", "canceled".into()),
                ("finished_at", now.into()),
                ("updated_at", now.into()),
            ];
            columns.extend(kind.forgotten());
            let (states, account) = (["queued", "running"], viewer.account);
            let done = queue::change_from(transaction, kind.queue, account, job, &states, &columns).await?;
            if done {
                audit::append(transaction, std::slice::from_ref(&event)).await?;
            }
            Ok(done)
        })
        .await?;
    if canceled {
        return Ok(());
    }
    let message = format!("the {} is finished; there is nothing to cancel", kind.word);
    Err(Refusal::new(Code::InvalidState, message).at([kind.word]).into())
}

/// Ends a job that has failed, unless it is no longer ours; `columns` besides those that every job has.
pub async fn fail(
    installation: &Installation,
    kind: &JobKind,
    claim: &Claim,
    code: Code,
    columns: &[(&'static str, Cell)],
) -> Result<()> {
    let now = installation.clock.now();
    let mut all = vec![
        ("state", "failed".into()),
        ("error_code", code.as_str().into()),
        ("finished_at", now.into()),
        ("lease_until", Cell::Null),
        ("updated_at", now.into()),
    ];
    all.extend(kind.forgotten());
    all.retain(|(name, _)| !columns.iter().any(|(other, _)| other == name));
    all.extend(columns.iter().cloned());
    let mut event = AuditEvent::by_system(claim.account, installation.new_id(), now, kind.failed)
        .of(kind.resource, claim.id);
    event.outcome = "failed";
    event.error_code = Some(code.as_str());
    finish(installation, claim, RUNNING, &all, &event).await.map(drop)
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
