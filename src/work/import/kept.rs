//! The rejected rows of imports that run as jobs: they lie in the depot, encrypted, for hours, for whoever asked for the
//! import, and are gone with the first erasure in the account, because they may mention anybody.

use uuid::Uuid;

use super::reject_rows::RejectRows;
use super::rejecting::in_memory;
use super::request::may_fetch;
use crate::access::viewer::Viewer;
use crate::cell::{Cell, Kind};
use crate::depot::{Object, ObjectWriter};
use crate::error::{Code, Refusal, Result};
use crate::store::audit::{self, AuditEvent};
use crate::store::expiry::{self, Job};
use crate::store::queue::{self, Claim, Queue};
use crate::work::installation::Installation;
use crate::work::job::IMPORT;
use crate::work::job::objects::{self, remove_all_of};

/// Rejected rows on their way into the depot. Dropped before the end, nothing is left of them.
pub(super) struct Keeping<'a> {
    installation: &'a Installation,
    claim: &'a Claim,
    pub(super) rows: RejectRows<Vec<u8>>,
    /// There with the first row.
    writer: Option<ObjectWriter>,
}

/// A file of rejected rows that lies in the depot.
pub(super) struct Kept {
    pub(super) name: String,
    /// In lower-case hexadecimal.
    pub(super) sha256: String,
}

impl<'a> Keeping<'a> {
    pub(super) fn new(installation: &'a Installation, claim: &'a Claim) -> Result<Keeping<'a>> {
        Ok(Keeping {
            installation,
            claim,
            rows: RejectRows::begin(Vec::new()).map_err(in_memory)?,
            writer: None,
        })
    }

    /// Sends on what has come together.
    pub(super) async fn send(&mut self) -> Result<()> {
        if self.rows.count() == 0 {
            return Ok(());
        }
        let writer = match &mut self.writer {
            Some(writer) => writer,
            none => {
                let name = objects::name(&IMPORT, self.claim);
                none.insert(self.installation.depot.create(&name).await?)
            }
        };
        let bytes = self.rows.take().map_err(in_memory)?;
        writer.write(&bytes).await
    }

    /// Gives the file its name; `None`: nothing was rejected.
    pub(super) async fn finish(mut self) -> Result<Option<Kept>> {
        self.send().await?;
        let Some(writer) = self.writer else {
            return Ok(None);
        };
        let stored = writer.finish().await?;
        Ok(Some(Kept {
            name: objects::name(&IMPORT, self.claim),
            sha256: data_encoding::HEXLOWER.encode(&stored.sha256),
        }))
    }
}

/// A file of rejected rows that may be handed over.
pub struct Rejected {
    /// Reads it, by ranges.
    pub object: Object,
    /// SHA-256 of the whole, in lower-case hexadecimal.
    pub sha256: String,
    /// A file name without personal data.
    pub filename: String,
}

/// Opens the rejected rows of an import for whoever asked for it, and notes that. Errors: `INVALID_ID` for who may not have
/// them, `INVALID_STATE` before the end, `NOT_FOUND` where nothing was rejected, `GONE` behind their time.
pub async fn open(installation: &Installation, viewer: &Viewer, import: Uuid) -> Result<Rejected> {
    may_fetch(installation, viewer, import).await?;
    let columns = [
        ("state", Kind::Text),
        ("rejects_name", Kind::Text),
        ("rejects_sha256", Kind::Text),
        ("expires_at", Kind::Instant),
    ];
    let database = &installation.database;
    let row = queue::read(database, Queue::Imports, viewer.account, import, &columns).await?;
    let Some([Cell::Text(state), name, sha256, expires_at]) = row.as_deref() else {
        return Err(IMPORT.no_such().into());
    };
    if ["queued", "running"].contains(&state.as_str()) {
        let message = "the import is not over; ask for its state";
        return Err(Refusal::new(Code::InvalidState, message).into());
    }
    let Some(expires_at) = expires_at.as_instant() else {
        return Err(Refusal::new(Code::NotFound, "the import has no file of rejected rows").into());
    };
    let gone = || {
        let message = "the rejected rows are gone: their time is over, or somebody was erased meanwhile; run the \
                       import again";
        Refusal::new(Code::Gone, message)
    };
    let (Some(name), Some(sha256)) = (name.as_text(), sha256.as_text()) else {
        return Err(gone().into());
    };
    let now = installation.clock.now();
    if now >= expires_at {
        return Err(gone().into());
    }
    let object = installation.depot.open_object(name).await?.ok_or_else(gone)?;
    let id = installation.new_id();
    let event = AuditEvent::by(viewer, id, now, "import.rejects_downloaded").of(IMPORT.resource, import);
    database
        .write(async |transaction| audit::append(transaction, std::slice::from_ref(&event)).await)
        .await?;
    Ok(Rejected {
        object,
        sha256: sha256.to_owned(),
        filename: format!("postern-import-{import}-rejects.csv"),
    })
}

/// Removes the files whose time is over, in every account; gives how many.
pub async fn remove_due(installation: &Installation) -> Result<usize> {
    remove(installation, None).await
}

/// The same in one account.
pub async fn remove_due_of(installation: &Installation, account: Uuid) -> Result<usize> {
    remove(installation, Some(account)).await
}

async fn remove(installation: &Installation, account: Option<Uuid>) -> Result<usize> {
    let mut removed = 0;
    loop {
        let due = expiry::due_rejects(&installation.database, account, installation.clock.now()).await?;
        if due.is_empty() {
            return Ok(removed);
        }
        for job in due {
            remove_one(installation, job).await?;
            removed += 1;
        }
    }
}

/// First what lies in the depot, then what names it, so that nothing lies there that no row names.
async fn remove_one(installation: &Installation, job: Job) -> Result<()> {
    remove_all_of(installation, &IMPORT, job.0, job.1).await?;
    installation
        .database
        .write(async |transaction| expiry::forget_rejects(transaction, job).await)
        .await
}
