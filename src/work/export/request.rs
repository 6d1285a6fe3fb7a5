//! Asking for a bundle, and taking the request back.

use serde::{Deserialize, Serialize};
use uuid::Uuid;

use crate::access::grant::Verb;
use crate::access::viewer::Viewer;
use crate::bundle::Lanes;
use crate::cell::{Cell, Kind};
use crate::clock::Instant;
use crate::error::{Code, Refusal, Result};
use crate::fail_point::{FailPoint, reach};
use crate::plan::slice::BundleKind;
use crate::store::audit::AuditEvent;
use crate::store::queue::{self, Queue};
use crate::work::export::granted::{Granted, ResourceGrant, granted};
use crate::work::export::part::{self, ExportPart, resources};
use crate::work::export::volumes::VolumeSize;
use crate::work::installation::Installation;
use crate::work::job::{self, EXPORT, NewJob, add_job, check_idempotency_key, job_columns, known_job};
use crate::work::person::{SubscriberChoice, find_subscriber};

/// What is wanted.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ExportRequest {
    /// The person; `None`: the whole account.
    pub subscriber: Option<SubscriberChoice>,
    /// What a person's bundle is for; for a whole account [`BundleKind::Account`].
    pub bundle: BundleKind,
    /// Which part of the account; all of it where it is about a person.
    pub part: ExportPart,
    /// Only rows that were made or changed since.
    pub since: Option<Instant>,
    /// Without the people whose data may be kept and not used: a bundle for others.
    pub without_restricted: bool,
    /// Which lanes.
    pub formats: Lanes,
    /// About how large one file of the bundle may be.
    pub volume_size: VolumeSize,
    /// 8 to 64 URL-safe characters of the asker's.
    pub idempotency_key: String,
}

/// What an export's row says is to be done. Holds no address.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct ExportPlan {
    /// For what.
    pub bundle: BundleKind,
    /// The person.
    pub subscriber: Option<Uuid>,
    /// Which part of the account.
    #[serde(default)]
    pub part: ExportPart,
    /// Only rows that were made or changed since.
    #[serde(default)]
    pub since: Option<Instant>,
    /// Without the people whose data may be kept and not used.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub without_restricted: bool,
    /// Which lanes.
    pub formats: Lanes,
    /// About how large one file of the bundle may be.
    #[serde(default)]
    pub volume_size: VolumeSize,
    /// What the asker might export when the bundle was made; empty until then. Whoever may less now, may not fetch it.
    #[serde(default)]
    pub granted: Vec<ResourceGrant>,
    /// Who was left out when the bundle was made, as a mark that tells other people from these.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub left_out: Option<String>,
}

/// Records a request for a bundle; gives the export's id. Asking again with the same key and input gives the same
/// id.
pub async fn request(installation: &Installation, viewer: &Viewer, wanted: &ExportRequest) -> Result<Uuid> {
    check_idempotency_key(&wanted.idempotency_key)?;
    if !wanted.formats.are_enough() {
        let message = "name at least one format that holds every value: CSV, JSON or NDJSON";
        return Err(Refusal::new(Code::BadUserInput, message).at(["formats"]).into());
    }
    if wanted.without_restricted && wanted.bundle != BundleKind::Account {
        let message = "a bundle about one person is that person's own, and holds everything";
        return Err(Refusal::new(Code::BadUserInput, message)
            .at(["withoutRestricted"])
            .into());
    }
    let part = part::checked(installation, viewer, wanted.bundle, &wanted.part).await?;
    if granted(&installation.catalog, viewer, wanted.bundle, &part).is_empty() {
        return Err(Refusal::new(Code::Forbidden, "your groups do not let you export anything here").into());
    }
    for resource in resources(&installation.catalog, wanted.bundle, &part) {
        installation.drift.allow(&resource.table)?;
    }
    let subscriber = match &wanted.subscriber {
        None => None,
        // What is not read is not exported either.
        Some(choice) => {
            Some(find_subscriber(installation, viewer, &[Verb::Export, Verb::Read], choice).await?)
        }
    };
    let plan = ExportPlan {
        bundle: wanted.bundle,
        subscriber,
        part,
        since: wanted.since,
        without_restricted: wanted.without_restricted,
        formats: wanted.formats.clone(),
        volume_size: wanted.volume_size,
        granted: Vec::new(),
        left_out: None,
    };
    let part_word = plan.part.word();
    let plan = serde_json::to_value(&plan).expect("a plan is plain data");
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
    let now = installation.clock.now();
    let id = installation.new_id();
    let columns = job_columns(viewer, id, &wanted.idempotency_key, &plan, "queued", now)
        .into_iter()
        .chain([
            (
                "scope",
                match subscriber {
                    Some(_) => "subscriber",
                    None => part_word,
                }
                .into(),
            ),
            ("subscriber_id", subscriber.into()),
            ("rows_done", 0_i64.into()),
            ("bytes_done", 0_i64.into()),
        ])
        .collect::<Vec<_>>();
    let event = AuditEvent::by(viewer, installation.new_id(), now, "export.requested").of("Export", id);
    let job = NewJob {
        id,
        columns: &columns,
        input: &plan,
        event,
        daily: viewer.rights.max_bundles_per_day,
    };
    let id = add_job(installation, viewer, Queue::Exports, job).await?;
    reach(FailPoint::ExportRequested);
    installation.new_job.notify_one();
    Ok(id)
}

/// Ends an export that is not finished.
pub async fn cancel(installation: &Installation, viewer: &Viewer, export: Uuid) -> Result<()> {
    may_touch(installation, viewer, export).await?;
    job::cancel(installation, viewer, &EXPORT, export).await
}

/// Whoever asked for an export may end and fetch it, and so may whoever could have asked for all of it.
pub async fn may_touch(installation: &Installation, viewer: &Viewer, export: Uuid) -> Result<ExportPlan> {
    let no_such = || EXPORT.no_such();
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
    let plan: ExportPlan = serde_json::from_value((**plan).clone()).map_err(|_| no_such())?;
    let asked = [&row[1], &row[2]]
        .into_iter()
        .any(|cell| cell.as_uuid() == Some(viewer.principal.id()));
    let now = granted(&installation.catalog, viewer, plan.bundle, &plan.part);
    let may_all = now
        .iter()
        .all(|grant| grant.scope == Granted::All && grant.clear == Granted::All)
        && now.len() == resources(&installation.catalog, plan.bundle, &plan.part).len();
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
