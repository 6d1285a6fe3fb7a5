//! Asking for a bundle to be handed over, and taking the request back.

use reqwest::Url;
use serde::{Deserialize, Serialize};
use uuid::Uuid;
use zeroize::{Zeroize, Zeroizing};

use crate::access::viewer::Viewer;
use crate::cell::{Cell, Kind};
use crate::config::read_target;
use crate::error::{Code, Fault, Refusal, Result};
use crate::fail_point::{FailPoint, reach};
use crate::store::audit::AuditEvent;
use crate::store::queue::{self, Queue};
use crate::work::export::download;
use crate::work::export::request::may_touch;
use crate::work::export::restricted;
use crate::work::installation::Installation;
use crate::work::job::{self, NewJob, TRANSFER, add_job, check_idempotency_key, job_columns, known_job};

/// The longest credential, in characters.
const LONGEST: usize = 8_192;

/// How a bundle is handed to its receiver.
#[derive(Copy, Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Protocol {
    /// Each file is put at the target, or into it where it is a folder.
    Put,
    /// Each file is posted to the target.
    Post,
    /// The file is sent to another Postern, and imported there.
    Postern,
}

impl Protocol {
    /// The word in the store.
    fn word(self) -> &'static str {
        match self {
            Protocol::Put => "put",
            Protocol::Post => "post",
            Protocol::Postern => "postern",
        }
    }
}

/// What is wanted.
pub struct TransferRequest {
    /// The export, which must be ready.
    pub export: Uuid,
    /// Where its bundle goes.
    pub target: String,
    /// How.
    pub protocol: Protocol,
    /// What the receiver wants to be shown as a bearer token.
    pub credential: Option<Zeroizing<String>>,
    /// 8 to 64 URL-safe characters of the asker's.
    pub idempotency_key: String,
}

/// What a transfer's row says is to be done. Holds no secret.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct TransferPlan {
    pub(super) export: Uuid,
    pub(super) protocol: Protocol,
    /// By which a repetition is told from a request with another target or credential.
    mark: String,
}

/// What is sealed until the job ends.
#[derive(Serialize, Deserialize)]
pub(super) struct Confidential {
    /// The whole target.
    pub(super) target: String,
    pub(super) credential: Option<String>,
}

impl Drop for Confidential {
    fn drop(&mut self) {
        self.target.zeroize();
        self.credential.zeroize();
    }
}

/// Records a request; gives the transfer's id. Asking again with the same key and input gives the same id, also when the
/// bundle is gone by then. Errors: `INVALID_ID` for an export that is not the asker's to fetch, `TARGET_NOT_ALLOWED`,
/// `INVALID_STATE` and `GONE` as for a download, `RESTRICTED` for one with somebody's data that may not be used.
pub async fn request(installation: &Installation, viewer: &Viewer, wanted: &TransferRequest) -> Result<Uuid> {
    check_idempotency_key(&wanted.idempotency_key)?;
    check_credential(wanted)?;
    let export = may_touch(installation, viewer, wanted.export).await?;
    let target = read_target(&wanted.target)?;
    check_form(wanted.protocol, &target)?;
    let confidential = Confidential {
        target: target.to_string(),
        credential: wanted.credential.as_deref().cloned(),
    };
    let confidential = serde_json::to_string(&confidential).map(Zeroizing::new);
    let confidential = confidential.map_err(|_| Fault::Invariant("a credential is plain data".into()))?;
    let plan = TransferPlan {
        export: wanted.export,
        protocol: wanted.protocol,
        mark: installation.keys.credential_mark(viewer.account, &confidential),
    };
    let plan = serde_json::to_value(&plan).expect("a plan is plain data");
    let (queue, key) = (Queue::Transfers, &wanted.idempotency_key);
    if let Some(known) = known_job(installation, viewer, queue, key, &plan).await? {
        return Ok(known);
    }
    installation.transferring.targets.allow(&wanted.target)?;
    let ready = download::ready(installation, viewer, wanted.export).await?;
    restricted::may_be_handed_over(installation, viewer, &export).await?;
    check_files(wanted.protocol, &target, ready.files())?;
    let now = installation.clock.now();
    let id = installation.new_id();
    let sealed = installation
        .keys
        .seal_credential(viewer.account, id, &confidential)?;
    let mut columns = job_columns(viewer, id, key, &plan, "queued", now);
    columns.extend([
        ("export_id", wanted.export.into()),
        ("protocol", wanted.protocol.word().into()),
        ("target", shown(&target).into()),
        ("credential_sealed", sealed.into()),
        ("bytes_done", 0_i64.into()),
    ]);
    let event =
        AuditEvent::by(viewer, installation.new_id(), now, "transfer.requested").of(TRANSFER.resource, id);
    let job = NewJob {
        id,
        columns: &columns,
        input: &plan,
        event,
        daily: None,
    };
    let id = add_job(installation, viewer, queue, job).await?;
    reach(FailPoint::TransferRequested);
    installation.new_job.notify_one();
    Ok(id)
}

/// What may be shown of a target: what stands behind the question mark may be a secret.
fn shown(target: &Url) -> String {
    let mut shown = target.clone();
    shown.set_query(None);
    shown.to_string()
}

/// A credential goes into a header.
fn check_credential(wanted: &TransferRequest) -> Result<(), Refusal> {
    let refused = |message: String| Err(Refusal::new(Code::BadUserInput, message).at(["credential"]));
    match &wanted.credential {
        None if wanted.protocol == Protocol::Postern => refused(
            "another Postern wants to be shown a token or an API key; give one as credential".to_owned(),
        ),
        Some(text)
            if text.is_empty() || text.len() > LONGEST || !text.bytes().all(|b| b.is_ascii_graphic()) =>
        {
            refused(format!(
                "a credential has 1 to {LONGEST} characters of ASCII and no blanks; leave out the word Bearer"
            ))
        }
        _ => Ok(()),
    }
}

fn check_form(protocol: Protocol, target: &Url) -> Result<(), Refusal> {
    if protocol == Protocol::Postern && target.query().is_some() {
        let message = "name the other Postern by its address alone, without a question mark";
        return Err(Refusal::new(Code::BadUserInput, message).at(["target"]));
    }
    Ok(())
}

/// Several files need a place for each.
pub(super) fn check_files(protocol: Protocol, target: &Url, files: usize) -> Result<(), Refusal> {
    match protocol {
        Protocol::Put if files > 1 && !target.path().ends_with('/') => {
            let message = format!(
                "the bundle has {files} files, and one would replace the other; name a folder, which ends in /, as the target"
            );
            Err(Refusal::new(Code::BadUserInput, message).at(["target"]))
        }
        Protocol::Postern if files > 1 => {
            let message = format!(
                "the bundle has {files} files, and another Postern takes in a bundle of one alone; ask for an export \
                 with a larger volumeMebibytes"
            );
            Err(Refusal::new(Code::BadUserInput, message).at(["export"]))
        }
        _ => Ok(()),
    }
}

/// Ends a transfer that is not finished; what was sent stays sent. Whoever asked for it may, and whoever may fetch the
/// bundle.
pub async fn cancel(installation: &Installation, viewer: &Viewer, transfer: Uuid) -> Result<()> {
    let columns = [
        ("export_id", Kind::Uuid),
        ("requested_by_id", Kind::Uuid),
        ("api_key_id", Kind::Uuid),
    ];
    let (database, account) = (&installation.database, viewer.account);
    let row = queue::read(database, Queue::Transfers, account, transfer, &columns).await?;
    let row = row.ok_or_else(|| TRANSFER.no_such())?;
    let mut askers = row[1..].iter().filter_map(Cell::as_uuid);
    if !askers.any(|asker| asker == viewer.principal.id()) {
        let export = row[0].as_uuid().ok_or_else(|| TRANSFER.no_such())?;
        may_touch(installation, viewer, export)
            .await
            .map_err(|_| TRANSFER.no_such())?;
    }
    job::cancel(installation, viewer, &TRANSFER, transfer).await
}
