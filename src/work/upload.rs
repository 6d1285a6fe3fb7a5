//! Files that people send in to be imported: streamed into the depot, encrypted, no larger than the policy says, bound to
//! who sent them, and gone when their time is over.
//!
//! The row is there before the first byte, and says that the file is whole after the last: an object without a row is
//! nobody's. Must not know what is in a file.

use std::collections::HashSet;

use chrono::TimeDelta;
use data_encoding::HEXLOWER;
use uuid::Uuid;

use crate::access::permit;
use crate::access::viewer::{Principal, Viewer};
use crate::depot::{Object, ObjectWriter};
use crate::error::{Code, Refusal, Result};
use crate::plan::write::Write;
use crate::store::audit::{self, AuditEvent};
use crate::store::upload;
use crate::work::installation::Installation;

pub use crate::store::upload::Upload;

const FOLDER: &str = "uploads";

fn name_of(account: Uuid, id: Uuid) -> String {
    format!("{FOLDER}/{account}/{id}")
}

/// The most bytes of one file.
pub fn limit(installation: &Installation) -> u64 {
    u64::from(installation.catalog.settings.upload_mebibytes) << 20
}

/// A file that comes in. Dropped before its end, it leaves a row that counts until its time is over; [`Arrival::abort`]
/// leaves nothing.
pub struct Arrival {
    installation: Installation,
    viewer: Viewer,
    id: Uuid,
    writer: ObjectWriter,
    received: u64,
    expires_at: crate::clock::Instant,
}

/// Begins to take a file from somebody who may import. Errors: `FORBIDDEN`, and `LIMIT_REACHED` for whoever has too many.
pub async fn begin(installation: &Installation, viewer: &Viewer) -> Result<Arrival> {
    may_import(installation, viewer)?;
    let settings = &installation.catalog.settings;
    let now = installation.clock.now();
    let (id, expires_at) = (
        installation.new_id(),
        now + TimeDelta::hours(i64::from(settings.upload_hours)),
    );
    let most = i64::from(settings.open_uploads);
    let of = (viewer.account, id);
    let begun = installation
        .database
        .write(async |transaction| {
            upload::begin(transaction, of, viewer.principal, (now, expires_at), most).await
        })
        .await?;
    if !begun {
        let message =
            format!("you have {most} uploads already; import them, or wait until their time is over");
        return Err(Refusal::new(Code::LimitReached, message).into());
    }
    let writer = match installation.depot.create(&name_of(viewer.account, id)).await {
        Ok(writer) => writer,
        Err(error) => {
            forget(installation, viewer.account, id).await?;
            return Err(error);
        }
    };
    Ok(Arrival {
        installation: installation.clone(),
        viewer: viewer.clone(),
        id,
        writer,
        received: 0,
        expires_at,
    })
}

/// Refuses whoever may not import: the right is that to write every subscriber of the account.
pub fn may_import(installation: &Installation, viewer: &Viewer) -> Result<(), Refusal> {
    let catalog = &installation.catalog;
    let nothing = Write::of(catalog, "subscribers", &["id"], Vec::new(), &[]);
    permit::write(catalog, viewer, nothing).map(drop)
}

impl Arrival {
    /// Takes some bytes. Errors: `BODY_TOO_LARGE` beyond the limit; abort then.
    pub async fn write(&mut self, bytes: &[u8]) -> Result<()> {
        self.received += bytes.len() as u64;
        let limit = limit(&self.installation);
        if self.received > limit {
            return Err(too_large(limit).into());
        }
        self.writer.write(bytes).await
    }

    /// The file is whole. `expected`: the SHA-256 that the sender announced; another one is refused, and nothing left.
    pub async fn finish(self, expected: Option<[u8; 32]>) -> Result<Upload> {
        let Arrival {
            installation,
            viewer,
            id,
            writer,
            expires_at,
            ..
        } = self;
        let account = viewer.account;
        let stored = match writer.finish().await {
            Ok(stored) => stored,
            Err(error) => {
                forget(&installation, account, id).await?;
                return Err(error);
            }
        };
        if expected.is_some_and(|expected| expected != stored.sha256) {
            remove(&installation, account, id).await?;
            let message = "the file's SHA-256 is not the one that the header announces; send it again";
            return Err(Refusal::new(Code::BadRequest, message).into());
        }
        let whole = Upload {
            id,
            size: stored.byte_count,
            sha256: HEXLOWER.encode(&stored.sha256),
            expires_at,
        };
        let now = installation.clock.now();
        let event = AuditEvent::by(&viewer, installation.new_id(), now, "upload.finished").of("Upload", id);
        let is_there = installation
            .database
            .write(async |transaction| {
                let is_there = upload::complete(transaction, account, &whole).await?;
                if is_there {
                    audit::append(transaction, std::slice::from_ref(&event)).await?;
                }
                Ok(is_there)
            })
            .await?;
        if is_there {
            return Ok(whole);
        }
        installation.depot.delete(&name_of(account, id)).await?;
        Err(Refusal::new(Code::Timeout, "the file took longer to arrive than it may stay").into())
    }

    /// Gives the file up, and leaves nothing of it.
    pub async fn abort(self) {
        let (account, id) = (self.viewer.account, self.id);
        self.writer.abort().await;
        if let Err(error) = forget(&self.installation, account, id).await {
            tracing::warn!(%error, "the row of an upload that was given up stays until its time is over");
        }
    }
}

/// What somebody is told whose file is too large.
pub fn too_large(limit: u64) -> Refusal {
    Refusal::new(Code::BodyTooLarge, format!("an upload has at most {limit} bytes"))
}

/// A whole file that the viewer sent; anybody else's looks as if it did not exist.
pub async fn find(installation: &Installation, viewer: &Viewer, id: Uuid) -> Result<Option<Upload>> {
    of_sender(installation, viewer.account, viewer.principal, id).await
}

/// The same, of whom a job says that sent it.
pub async fn of_sender(
    installation: &Installation,
    account: Uuid,
    principal: Principal,
    id: Uuid,
) -> Result<Option<Upload>> {
    let now = installation.clock.now();
    upload::of_sender(&installation.database, account, id, principal, now).await
}

/// Opens a file to be read; `None` when it is gone.
pub async fn open(installation: &Installation, account: Uuid, id: Uuid) -> Result<Option<Object>> {
    installation.depot.open_object(&name_of(account, id)).await
}

/// Removes a file: first what lies in the depot, then the row, so that nothing lies there that no row names.
pub async fn remove(installation: &Installation, account: Uuid, id: Uuid) -> Result<()> {
    let name = name_of(account, id);
    installation.depot.delete(&name).await?;
    for unfinished in installation
        .depot
        .unfinished(&format!("{FOLDER}/{account}"))
        .await?
    {
        if unfinished.name == name {
            installation.depot.remove_unfinished(&unfinished).await?;
        }
    }
    forget(installation, account, id).await
}

/// Removes everything of an account that lies in the depot; its rows go otherwise.
pub async fn remove_all(installation: &Installation, account: Uuid) -> Result<()> {
    let (depot, folder) = (&installation.depot, format!("{FOLDER}/{account}"));
    for unfinished in depot.unfinished(&folder).await? {
        depot.remove_unfinished(&unfinished).await?;
    }
    for object in depot.list(&folder).await? {
        depot.delete(&object).await?;
    }
    Ok(())
}

async fn forget(installation: &Installation, account: Uuid, id: Uuid) -> Result<()> {
    installation
        .database
        .write(async |transaction| upload::remove(transaction, account, id).await)
        .await
}

/// Removes the files whose time is over; gives how many.
pub async fn expire(installation: &Installation) -> Result<usize> {
    let due = upload::due(&installation.database, installation.clock.now()).await?;
    for (account, id) in &due {
        remove(installation, *account, *id).await?;
    }
    Ok(due.len())
}

/// Removes what lies in the depot and no row names. For the start.
pub async fn remove_void(installation: &Installation) -> Result<()> {
    let objects = installation.depot.list(FOLDER).await?;
    if objects.is_empty() {
        return Ok(());
    }
    // The rows after the objects: what comes in since then is in the rows.
    let rows = upload::all(&installation.database).await?;
    let named: HashSet<String> = rows
        .into_iter()
        .map(|(account, id)| name_of(account, id))
        .collect();
    for object in objects.iter().filter(|object| !named.contains(*object)) {
        installation.depot.delete(object).await?;
    }
    Ok(())
}
