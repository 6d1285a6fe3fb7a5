//! Asking for a bundle, and taking the request back.

use chrono::TimeDelta;
use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};
use uuid::Uuid;

use crate::access::viewer::{Principal, Viewer};
use crate::address::Address;
use crate::catalog::{Catalog, Owner, Resource};
use crate::cell::{Cell, Kind};
use crate::error::{Code, Refusal, Result};
use crate::fail_point::{FailPoint, reach};
use crate::plan::slice::{BundleKind, bundle_columns};
use crate::store::audit::{self, AuditEvent};
use crate::store::queue::{self, Added, Queue};
use crate::store::{Sql, identity};
use crate::work::export::granted::{Granted, ResourceGrant, granted};
use crate::work::installation::Installation;

/// What is wanted.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ExportRequest {
    /// The person; `None`: the whole account.
    pub subscriber: Option<SubscriberChoice>,
    /// What a person's bundle is for; for a whole account [`BundleKind::Account`].
    pub bundle: BundleKind,
    /// Which lanes.
    pub formats: Formats,
    /// 8 to 64 URL-safe characters of the asker's.
    pub idempotency_key: String,
}

/// A subscriber, named in one of two ways.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum SubscriberChoice {
    /// By id.
    Id(Uuid),
    /// By address.
    Email(String),
}

/// Which lanes a bundle has.
#[derive(Copy, Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Formats {
    /// For people.
    pub csv: bool,
    /// Exact.
    pub ndjson: bool,
}

impl Default for Formats {
    fn default() -> Self {
        Formats {
            csv: true,
            ndjson: true,
        }
    }
}

/// What an export's row says is to be done. Holds no address.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct ExportPlan {
    /// For what.
    pub bundle: BundleKind,
    /// The person.
    pub subscriber: Option<Uuid>,
    /// Which lanes.
    pub formats: Formats,
    /// What the asker might export when the bundle was made; empty until then. Whoever may less now, may not fetch it.
    #[serde(default)]
    pub granted: Vec<ResourceGrant>,
}

/// The resources that a bundle of this kind has, in the order of their tables' names.
pub fn resources(catalog: &Catalog, bundle: BundleKind) -> Vec<&Resource> {
    let mut resources: Vec<&Resource> = catalog
        .resources()
        .filter(|resource| resource.owner != Owner::Global)
        .filter(|resource| bundle == BundleKind::Account || !resource.subject.is_empty())
        .filter(|resource| !bundle_columns(resource, bundle).is_empty())
        .collect();
    resources.sort_by(|one, other| one.table.cmp(&other.table));
    resources
}

/// Records a request for a bundle; gives the export's id. Asking again with the same key and input gives the same
/// id.
pub async fn request(installation: &Installation, viewer: &Viewer, wanted: &ExportRequest) -> Result<Uuid> {
    check_idempotency_key(&wanted.idempotency_key)?;
    if !wanted.formats.csv && !wanted.formats.ndjson {
        return Err(Refusal::new(Code::BadUserInput, "name at least one format")
            .at(["formats"])
            .into());
    }
    if granted(&installation.catalog, viewer, wanted.bundle).is_empty() {
        return Err(Refusal::new(Code::Forbidden, "your groups do not let you export anything here").into());
    }
    for resource in resources(&installation.catalog, wanted.bundle) {
        installation.drift.allow(&resource.table)?;
    }
    let subscriber = match &wanted.subscriber {
        None => None,
        Some(choice) => Some(find_subscriber(installation, viewer, choice).await?),
    };
    let plan = ExportPlan {
        bundle: wanted.bundle,
        subscriber,
        formats: wanted.formats,
        granted: Vec::new(),
    };
    let plan = serde_json::to_value(&plan).expect("a plan is plain data");
    // Before the limit, which whoever asks again because no answer came has perhaps reached by asking.
    if let Some(known) = known_job(
        installation,
        viewer,
        Queue::Exports,
        &wanted.idempotency_key,
        &plan,
    )
    .await?
    {
        return Ok(known);
    }
    check_daily_limit(installation, viewer).await?;
    let now = installation.clock.now();
    let id = installation.new_id();
    let columns = job_columns(viewer, id, &wanted.idempotency_key, &plan, "queued", now)
        .into_iter()
        .chain([
            (
                "scope",
                if subscriber.is_some() {
                    "subscriber"
                } else {
                    "account"
                }
                .into(),
            ),
            ("subscriber_id", subscriber.into()),
            ("rows_expected", 0_i64.into()),
            ("rows_done", 0_i64.into()),
            ("bytes_done", 0_i64.into()),
        ])
        .collect::<Vec<_>>();
    let event = AuditEvent::by(viewer, installation.new_id(), now, "export.requested").of("Export", id);
    let id = add_job(installation, viewer, Queue::Exports, id, &columns, &plan, event).await?;
    reach(FailPoint::ExportRequested);
    installation.new_job.notify_one();
    Ok(id)
}

/// The columns that every job's row begins with.
pub fn job_columns(
    viewer: &Viewer,
    id: Uuid,
    idempotency_key: &str,
    plan: &serde_json::Value,
    state: &'static str,
    now: crate::clock::Instant,
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

/// The subscriber's id, when the account has that one.
pub async fn find_subscriber(
    installation: &Installation,
    viewer: &Viewer,
    choice: &SubscriberChoice,
) -> Result<Uuid> {
    let not_found = || {
        Refusal::new(
            Code::SubjectNotFound,
            "there is no such subscriber in this account",
        )
        .at(["subscriber"])
    };
    match choice {
        SubscriberChoice::Email(text) => {
            let address = parse_email(text)?;
            let found =
                identity::subscriber(&installation.database, viewer.account, &address.normalized).await?;
            Ok(found.ok_or_else(not_found)?)
        }
        SubscriberChoice::Id(id) => {
            let found = identity::subscriber_address(&installation.database, viewer.account, *id).await?;
            found.map(|_| *id).ok_or_else(|| not_found().into())
        }
    }
}

/// The address that somebody chose a subscriber by.
pub fn parse_email(text: &str) -> Result<Address, Refusal> {
    Address::parse(text)
        .map_err(|reason| Refusal::new(Code::BadUserInput, reason.to_string()).at(["subscriber", "email"]))
}

async fn check_daily_limit(installation: &Installation, viewer: &Viewer) -> Result<()> {
    let Some(limit) = viewer.rights.max_bundles_per_day else {
        return Ok(());
    };
    let mut sql = Sql::new("SELECT count(*) FROM exports WHERE account_id = ");
    sql.bind(viewer.account)
        .push(" AND created_at > ")
        .bind(installation.clock.now() - TimeDelta::days(1));
    sql.push(" AND (requested_by_id = ").bind(viewer.principal.id());
    sql.push(" OR api_key_id = ")
        .bind(viewer.principal.id())
        .push(")");
    let rows = installation.database.fetch(&sql).await?;
    let made = rows.first().map_or(Ok(0), |row| row.int(0))?;
    if made < limit {
        return Ok(());
    }
    Err(Refusal::new(
        Code::LimitReached,
        format!("your groups allow {limit} bundles a day"),
    )
    .retry_after(3600)
    .into())
}

/// Ends an export that is not finished.
pub async fn cancel(installation: &Installation, viewer: &Viewer, export: Uuid) -> Result<()> {
    may_touch(installation, viewer, export).await?;
    let now = installation.clock.now();
    let event = AuditEvent::by(viewer, installation.new_id(), now, "export.canceled").of("Export", export);
    let canceled = installation
        .database
        .write(async |transaction| {
            let columns = [
                ("state", "canceled".into()),
                ("finished_at", now.into()),
                ("updated_at", now.into()),
            ];
            let states = ["queued", "running"];
            let account = viewer.account;
            let done =
                queue::change_from(transaction, Queue::Exports, account, export, &states, &columns).await?;
            if done {
                audit::append(transaction, std::slice::from_ref(&event)).await?;
            }
            Ok(done)
        })
        .await?;
    if canceled {
        return Ok(());
    }
    Err(Refusal::new(
        Code::InvalidState,
        "the export is finished; there is nothing to cancel",
    )
    .at(["export"])
    .into())
}

/// Whoever asked for an export may end and fetch it, and so may whoever could have asked for all of it.
pub async fn may_touch(installation: &Installation, viewer: &Viewer, export: Uuid) -> Result<ExportPlan> {
    let no_such = || Refusal::new(Code::InvalidId, "there is no such export").at(["export"]);
    let columns = [
        ("plan", Kind::Json),
        ("requested_by_id", Kind::Uuid),
        ("api_key_id", Kind::Uuid),
    ];
    let row = queue::read(
        &installation.database,
        Queue::Exports,
        viewer.account,
        export,
        &columns,
    )
    .await?;
    let row = row.ok_or_else(no_such)?;
    let Cell::Json(plan) = &row[0] else {
        return Err(no_such().into());
    };
    let plan: ExportPlan = serde_json::from_value(plan.clone()).map_err(|_| no_such())?;
    let asked = [&row[1], &row[2]]
        .into_iter()
        .any(|cell| cell.as_uuid() == Some(viewer.principal.id()));
    let now = granted(&installation.catalog, viewer, plan.bundle);
    let may_all = now
        .iter()
        .all(|grant| grant.scope == Granted::All && grant.clear == Granted::All)
        && now.len() == resources(&installation.catalog, plan.bundle).len();
    let may_what_was_taken = plan
        .granted
        .iter()
        .all(|then| now.iter().any(|now| now.covers(then)));
    if may_all || (asked && may_what_was_taken) {
        Ok(plan)
    } else {
        Err(no_such().into())
    }
}
