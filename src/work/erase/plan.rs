//! Planning an erasure, agreeing to it, and taking it back. A plan says what would be done to how many rows, and its
//! hash is what is agreed to; nothing is changed before.

use chrono::TimeDelta;
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};
use sha2::{Digest, Sha256};
use uuid::Uuid;

use super::listed::listed;
use super::row::read;
use super::{approval, warning};
use crate::access::grant::Verb;
use crate::access::permit::{self, Erasure, Permitted};
use crate::access::viewer::Viewer;
use crate::catalog::{Catalog, Resource};
use crate::cell::Cell;
use crate::error::{Code, Fault, Refusal, Result};
use crate::fail_point::{FailPoint, reach};
use crate::plan::erase::{Action, Rooted, steps};
use crate::plan::slice::Subject;
use crate::store::audit::{self, AuditEvent};
use crate::store::erase::count;
use crate::store::queue::{self, Queue};
use crate::store::{fence, identity, pause};
use crate::work::installation::Installation;
use crate::work::job::{NewJob, add_job, check_idempotency_key, job_columns, known_job};
use crate::work::person::{SubscriberChoice, find_subscriber, parse_email};

/// What is to be planned.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ErasureRequest {
    /// The person.
    pub subscriber: SubscriberChoice,
    /// 8 to 64 URL-safe characters of the asker's.
    pub idempotency_key: String,
}

/// Who is to be erased, sealed with the ring's key for as long as the erasure needs it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Sealed {
    /// The subscriber's id.
    pub subscriber: Uuid,
    /// The normalised address.
    pub normalized: String,
    /// The address as it was written.
    pub original: String,
}

impl Sealed {
    /// Somebody who is not there, and whose address is not known.
    pub(super) fn absent(subscriber: Uuid) -> Sealed {
        Sealed {
            subscriber,
            normalized: String::new(),
            original: String::new(),
        }
    }

    /// Whether there is somebody, with an address to look for.
    pub(super) fn is_there(&self) -> bool {
        !self.normalized.is_empty()
    }

    /// As plans and the store know a person.
    pub fn subject(&self) -> Subject {
        Subject {
            subscriber: self.subscriber,
            address: self.normalized.clone(),
        }
    }
}

/// The steps of an erasure that a viewer may run; refused when any of them is out of reach.
pub fn permitted(
    catalog: &Catalog,
    viewer: &Viewer,
    subject: Subject,
) -> Result<Permitted<Erasure>, Refusal> {
    permit::erase(catalog, viewer, subject, steps(catalog))
}

/// Refuses a viewer who may not erase, whoever it were.
pub(super) fn may_erase(catalog: &Catalog, viewer: &Viewer) -> Result<(), Refusal> {
    let nobody = Subject {
        subscriber: Uuid::nil(),
        address: String::new(),
    };
    permitted(catalog, viewer, nobody).map(drop)
}

/// Records a plan; gives the erasure's id.
pub async fn plan(installation: &Installation, viewer: &Viewer, wanted: &ErasureRequest) -> Result<Uuid> {
    check_idempotency_key(&wanted.idempotency_key)?;
    let catalog = &installation.catalog;
    // Whoever may not erase learns nothing about who is there.
    may_erase(catalog, viewer)?;
    // Before the person is looked for, who may be gone by now: by this very erasure.
    let input = input(installation, viewer, &wanted.subscriber)?;
    let key = &wanted.idempotency_key;
    if let Some(known) = known_job(installation, viewer, Queue::Erasures, key, &input).await? {
        return Ok(known);
    }
    check_drift(installation)?;
    let subscriber = find_subscriber(installation, viewer, &[Verb::Erase], &wanted.subscriber).await?;
    let person = identity::subscriber_addresses(&installation.database, viewer.account, subscriber).await?;
    let (original, normalized) = person.ok_or_else(|| {
        Refusal::new(
            Code::SubjectNotFound,
            "there is no such subscriber in this account",
        )
    })?;
    let sealed = Sealed {
        subscriber,
        normalized,
        original,
    };
    let erasure = permitted(catalog, viewer, sealed.subject())?;
    refuse_held(installation, &erasure).await?;
    let id = installation.new_id();
    let now = installation.clock.now();
    let (_, token) = installation
        .keys
        .suppression_token(viewer.account, &sealed.normalized);
    let mut document = document(installation, &erasure, &token).await?;
    if let Some(planner) = approval::planner(installation, viewer).await? {
        document["plannedBy"] = planner;
    }
    let rows: u64 = document["steps"]
        .as_array()
        .into_iter()
        .flatten()
        .filter_map(|step| step["rows"].as_u64())
        .sum();
    let hash = hash(&document);
    let text = serde_json::to_string(&sealed).map_err(|error| Fault::Invariant(error.to_string()))?;
    let expires_at = now + TimeDelta::hours(i64::from(catalog.settings.plan_hours));
    let columns: Vec<(&str, Cell)> = job_columns(viewer, id, &wanted.idempotency_key, &input, "planned", now)
        .into_iter()
        .filter(|(name, _)| *name != "plan")
        .chain([
            ("plan", document.into()),
            ("subject_token", token.to_vec().into()),
            (
                "subject_sealed",
                installation.keys.seal_subject(viewer.account, id, &text)?.into(),
            ),
            ("subscriber_id", subscriber.into()),
            ("plan_hash", hash.into()),
            ("policy_hash", catalog.policy_hash.as_str().into()),
            ("schema_fingerprint", catalog.schema_fingerprint.as_str().into()),
            ("step_number", 0_i64.into()),
            ("rows_planned", i64::try_from(rows).unwrap_or(i64::MAX).into()),
            ("rows_done", 0_i64.into()),
            ("expires_at", expires_at.into()),
        ])
        .collect();
    let event = AuditEvent::by(viewer, installation.new_id(), now, "erasure.planned")
        .of("Erasure", id)
        .rows(rows);
    let job = NewJob {
        id,
        columns: &columns,
        input: &input,
        event,
        daily: None,
    };
    let id = add_job(installation, viewer, Queue::Erasures, job).await?;
    reach(FailPoint::ErasurePlanned);
    Ok(id)
}

/// Refuses while a row names the person whose reference the policy decides `block`: a legal hold.
pub(super) async fn refuse_held(installation: &Installation, erasure: &Permitted<impl Rooted>) -> Result<()> {
    let catalog = &installation.catalog;
    let blocking = erasure.plan().steps().iter();
    for step in blocking.filter(|step| step.action == Action::Block) {
        if count(&installation.database, catalog, erasure, step, &[]).await? > 0 {
            let message = format!(
                "the person may not be erased while {} name the person; release them first",
                catalog.get(step.resource).plural
            );
            return Err(Refusal::new(Code::LegalHold, message).at(["subscriber"]).into());
        }
    }
    Ok(())
}

/// What was asked for, in a form that can be compared when the person is gone: the keyed token of the words that
/// named the person, an address or an id.
fn input(installation: &Installation, viewer: &Viewer, choice: &SubscriberChoice) -> Result<Value, Refusal> {
    let words = match choice {
        SubscriberChoice::Email(text) => parse_email(text)?.normalized,
        SubscriberChoice::Id(id) => id.to_string(),
    };
    let (_, token) = installation.keys.suppression_token(viewer.account, &words);
    Ok(json!({ "subscriber": data_encoding::HEXLOWER.encode(&token) }))
}

/// What an erasure would do, as a document without personal data.
pub(super) async fn document(
    installation: &Installation,
    erasure: &Permitted<Erasure>,
    token: &[u8],
) -> Result<Value> {
    let catalog = &installation.catalog;
    let listed = listed(installation, erasure, &erasure.plan().steps, token).await?;
    let warnings = warning::of_person(installation, erasure, &listed).await?;
    Ok(json!({
        "kind": "postern-erasure-plan",
        "version": 1,
        "account": erasure.account(),
        "subject": data_encoding::HEXLOWER.encode(token),
        "policyHash": catalog.policy_hash,
        "schemaFingerprint": catalog.schema_fingerprint,
        "steps": listed,
        "searched": searched(catalog),
        "warnings": warnings,
    }))
}

/// The columns that are searched for mentions of the person, and redacted.
fn searched(catalog: &Catalog) -> Vec<String> {
    let scanned = |resource: &Resource| {
        let columns = resource
            .columns
            .iter()
            .filter(|column| column.erase == crate::catalog::ColumnErase::Scan);
        columns
            .map(|column| format!("{}.{}", resource.table, column.name))
            .collect::<Vec<_>>()
    };
    catalog.resources().flat_map(scanned).collect()
}

/// `sha256:…` over the canonical form of a plan.
pub fn hash(document: &Value) -> String {
    let canonical = serde_json_canonicalizer::to_vec(document).expect("a plan is plain data");
    format!(
        "sha256:{}",
        data_encoding::HEXLOWER.encode(&Sha256::digest(canonical))
    )
}

/// Agrees to a plan by its hash; the erasure then runs.
pub async fn confirm(
    installation: &Installation,
    viewer: &Viewer,
    erasure: Uuid,
    plan_hash: &str,
) -> Result<()> {
    let row = read(installation, viewer, erasure).await?;
    if row.plan_hash != plan_hash {
        return Err(Refusal::new(
            Code::PlanChanged,
            "the hash is not that of this plan; look at the plan again",
        )
        .at(["planHash"])
        .into());
    }
    // Agreeing twice is agreeing once.
    let agreed = [
        "confirmed",
        "fenced",
        "running",
        "paused",
        "verifying",
        "done",
        "partial",
        "residue_found",
    ];
    if agreed.contains(&row.state.as_str()) {
        return Ok(());
    }
    approval::check(installation, viewer, &row.plan).await?;
    let now = installation.clock.now();
    if row.expires_at.is_some_and(|end| now >= end) {
        return Err(Refusal::new(Code::PlanExpired, "the plan is too old; plan the erasure again").into());
    }
    if let Some(planned_at) = row.created_at
        && fence::is_lifted_since(&installation.database, viewer.account, &row.subject(), planned_at).await?
    {
        let message =
            "the person has come back by the own word since the plan was made; plan the erasure again";
        return Err(Refusal::new(Code::PlanChanged, message).into());
    }
    let catalog = &installation.catalog;
    if row.policy_hash != catalog.policy_hash || row.schema_fingerprint != catalog.schema_fingerprint {
        let message = "the policy or the schema has changed since the plan was made; plan the erasure again";
        return Err(Refusal::new(Code::PlanChanged, message).into());
    }
    check_drift(installation)?;
    let columns = [
        ("state", "confirmed".into()),
        ("confirmed_at", now.into()),
        ("updated_at", now.into()),
    ];
    let event =
        AuditEvent::by(viewer, installation.new_id(), now, "erasure.confirmed").of("Erasure", erasure);
    change(
        installation,
        viewer,
        erasure,
        &columns,
        &event,
        "the erasure cannot be confirmed in this state",
    )
    .await?;
    reach(FailPoint::ErasureConfirmed);
    installation.new_job.notify_one();
    Ok(())
}

/// An erasure goes through every table: none may have drifted (ruling 9).
pub(super) fn check_drift(installation: &Installation) -> Result<(), Refusal> {
    let mut resources = installation.catalog.resources();
    resources.try_for_each(|resource| installation.drift.allow(&resource.table))
}

/// Takes a plan back that was not confirmed, or not begun, also while it is paused.
pub async fn cancel(installation: &Installation, viewer: &Viewer, erasure: Uuid) -> Result<()> {
    read(installation, viewer, erasure).await?.may_stop(viewer)?;
    let now = installation.clock.now();
    let columns = [
        ("state", "canceled".into()),
        ("subject_sealed", Cell::Null),
        ("subscriber_id", Cell::Null),
        ("finished_at", now.into()),
        ("updated_at", now.into()),
    ];
    let event = AuditEvent::by(viewer, installation.new_id(), now, "erasure.canceled").of("Erasure", erasure);
    change(
        installation,
        viewer,
        erasure,
        &columns,
        &event,
        "the erasure has begun and cannot be taken back",
    )
    .await
}

async fn change(
    installation: &Installation,
    viewer: &Viewer,
    erasure: Uuid,
    columns: &[(&str, Cell)],
    event: &AuditEvent,
    otherwise: &'static str,
) -> Result<()> {
    let is_canceled = event.action == "erasure.canceled";
    let done = installation
        .database
        .write(async |transaction| {
            let account = viewer.account;
            if !is_canceled {
                // Whoever erases the whole account sees it as promised, or it is too late to agree to.
                fence::request_lock(transaction, account).await?;
            }
            let states: &[&str] = match is_canceled {
                true if pause::is_before_fence(transaction, account, erasure).await? => &["paused"],
                true => &["planned", "confirmed"],
                false => &["planned"],
            };
            let done =
                queue::change_from(transaction, Queue::Erasures, account, erasure, states, columns).await?;
            if done {
                audit::append(transaction, std::slice::from_ref(event)).await?;
            }
            Ok(done)
        })
        .await?;
    if done {
        Ok(())
    } else {
        Err(Refusal::new(Code::InvalidState, otherwise).at(["erasure"]).into())
    }
}
