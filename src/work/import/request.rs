//! Asking for an upload to be taken in, taking the request back, and who may have what came of it.

use serde::{Deserialize, Serialize};
use uuid::Uuid;

use super::Mapping;
use crate::access::permit;
use crate::access::viewer::Viewer;
use crate::cell::{Cell, Kind};
use crate::error::{Code, Error, Refusal, Result};
use crate::fail_point::{FailPoint, reach};
use crate::plan::write::Write;
use crate::store::audit::AuditEvent;
use crate::store::import::{ListKey, Lookup};
use crate::store::queue::{self, Queue};
use crate::work::installation::Installation;
use crate::work::job::{self, IMPORT, NewJob, add_job, check_idempotency_key, job_columns, known_job};
use crate::work::upload::{self, may_import};

/// The most characters of a mapping.
const LONGEST_MAPPING: usize = 64 * 1024;

/// The most characters of a file's name.
const LONGEST_NAME: usize = 255;

/// Every import writes these tables, or may.
pub(super) const TABLES: [&str; 7] = [
    "consents",
    "list_fields",
    "lists",
    "profile_values",
    "subscriber_profiles",
    "subscribers",
    "unsubscribes",
];

/// What is wanted.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct ImportRequest {
    /// The file, which the asker has sent.
    pub upload: Uuid,
    /// The list that its people go to; else as the file says, else named like the file.
    pub list: Option<Uuid>,
    /// What the columns of a CSV mean, as TOML.
    pub mapping: Option<String>,
    /// What the file was called where it comes from.
    pub file_name: Option<String>,
    /// Tell what would happen, and write nothing.
    pub dry_run: bool,
    /// 8 to 64 URL-safe characters of the asker's.
    pub idempotency_key: String,
}

/// What an import's row says is to be done.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct ImportPlan {
    pub(super) upload: Uuid,
    pub(super) list: Option<Uuid>,
    pub(super) mapping: Option<String>,
    pub(super) file_name: Option<String>,
    pub(super) dry_run: bool,
}

/// Records a request; gives the import's id. Asking again with the same key and input gives the same id, also when the
/// file is gone by then. Errors: `FORBIDDEN`, `INVALID_ID` for an upload or a list that is not the asker's to name,
/// `INVALID_FILE` for a mapping that does not hold together.
pub async fn request(installation: &Installation, viewer: &Viewer, wanted: &ImportRequest) -> Result<Uuid> {
    check_idempotency_key(&wanted.idempotency_key)?;
    may_import(installation, viewer)?;
    for table in TABLES {
        installation.drift.allow(table)?;
    }
    check_name(wanted.file_name.as_deref())?;
    if let Some(mapping) = &wanted.mapping {
        check_mapping(mapping)?;
    }
    let plan = ImportPlan {
        upload: wanted.upload,
        list: wanted.list,
        mapping: wanted.mapping.clone(),
        file_name: wanted.file_name.clone(),
        dry_run: wanted.dry_run,
    };
    let plan = serde_json::to_value(&plan).expect("a plan is plain data");
    let (queue, key) = (Queue::Imports, &wanted.idempotency_key);
    if let Some(known) = known_job(installation, viewer, queue, key, &plan).await? {
        return Ok(known);
    }
    if upload::find(installation, viewer, wanted.upload).await?.is_none() {
        let message = "there is no such upload, or its time is over; send the file again";
        return Err(Refusal::new(Code::InvalidId, message).at(["upload"]).into());
    }
    if let Some(list) = wanted.list {
        is_there(installation, viewer, list).await?;
    }
    let now = installation.clock.now();
    let id = installation.new_id();
    let mut columns = job_columns(viewer, id, key, &plan, "queued", now);
    columns.extend([
        ("upload_id", wanted.upload.into()),
        ("list_id", wanted.list.into()),
        ("is_dry_run", wanted.dry_run.into()),
    ]);
    columns.extend(super::follow::Counts::default().columns());
    let event =
        AuditEvent::by(viewer, installation.new_id(), now, "import.requested").of(IMPORT.resource, id);
    let job = NewJob {
        id,
        columns: &columns,
        input: &plan,
        event,
        daily: None,
    };
    let id = add_job(installation, viewer, queue, job).await?;
    reach(FailPoint::ImportRequested);
    installation.new_job.notify_one();
    Ok(id)
}

fn check_mapping(text: &str) -> Result<()> {
    if text.chars().count() > LONGEST_MAPPING {
        let message = format!("a mapping has at most {LONGEST_MAPPING} characters");
        return Err(Refusal::new(Code::BadUserInput, message).at(["mapping"]).into());
    }
    match Mapping::parse(text, "given") {
        Ok(_) => Ok(()),
        Err(Error::Refused(refusal)) => Err(refusal.at(["mapping"]).into()),
        Err(fault) => Err(fault),
    }
}

fn check_name(name: Option<&str>) -> Result<(), Refusal> {
    let fits = |name: &str| {
        let length = name.chars().count();
        (1..=LONGEST_NAME).contains(&length)
            && !name.contains(['/', '\\'])
            && !name.contains(char::is_control)
    };
    if name.is_none_or(fits) {
        return Ok(());
    }
    let message =
        format!("a file's name has 1 to {LONGEST_NAME} characters, no slash and no control character");
    Err(Refusal::new(Code::BadUserInput, message).at(["fileName"]))
}

async fn is_there(installation: &Installation, viewer: &Viewer, list: Uuid) -> Result<()> {
    let catalog = &installation.catalog;
    let right = permit::write(
        catalog,
        viewer,
        Write::of(catalog, "subscribers", &["id"], Vec::new(), &[]),
    )?;
    let lookup = Lookup::new(catalog, &right, false)?;
    let found = installation
        .database
        .write(async |transaction| lookup.lists(transaction, &ListKey::Id(list)).await)
        .await?;
    if found.is_empty() {
        return Err(Refusal::new(Code::InvalidId, "there is no such list")
            .at(["list"])
            .into());
    }
    Ok(())
}

/// Ends an import that is not finished; what it has committed stays. Whoever asked for it may, and whoever may import.
pub async fn cancel(installation: &Installation, viewer: &Viewer, import: Uuid) -> Result<()> {
    let asked = asked(installation, viewer, import).await?;
    if !asked && may_import(installation, viewer).is_err() {
        return Err(IMPORT.no_such().into());
    }
    job::cancel(installation, viewer, &IMPORT, import).await
}

/// Whoever asked for an import may fetch the rows that it rejected, as long as that one may import.
pub(super) async fn may_fetch(installation: &Installation, viewer: &Viewer, import: Uuid) -> Result<()> {
    let asked = asked(installation, viewer, import).await?;
    if !asked || may_import(installation, viewer).is_err() {
        return Err(IMPORT.no_such().into());
    }
    Ok(())
}

/// Whether the viewer asked for an import of the account. Errors: `INVALID_ID` when there is none.
async fn asked(installation: &Installation, viewer: &Viewer, import: Uuid) -> Result<bool> {
    let columns = [("requested_by_id", Kind::Uuid), ("api_key_id", Kind::Uuid)];
    let (database, account) = (&installation.database, viewer.account);
    let row = queue::read(database, Queue::Imports, account, import, &columns).await?;
    let row = row.ok_or_else(|| IMPORT.no_such())?;
    Ok(row
        .iter()
        .filter_map(Cell::as_uuid)
        .any(|asker| asker == viewer.principal.id()))
}
