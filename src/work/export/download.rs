//! Handing a bundle over: rights are asked again, every download is audited, and what is past its time is gone.

use uuid::Uuid;

use super::request::may_touch;
use crate::access::viewer::Viewer;
use crate::cell::{Cell, Kind};
use crate::depot::Object;
use crate::error::{Code, Refusal, Result};
use crate::store::audit::{self, AuditEvent};
use crate::store::queue::{self, Queue};
use crate::work::installation::Installation;

/// A bundle that may be handed over.
pub struct Bundle {
    /// Reads it, by ranges.
    pub object: Object,
    /// SHA-256 of the whole, in lower-case hexadecimal.
    pub sha256: String,
    /// A file name without personal data.
    pub filename: String,
}

/// Opens a bundle for a viewer. Somebody who may not have it is told that there is none.
pub async fn open(installation: &Installation, viewer: &Viewer, export: Uuid) -> Result<Bundle> {
    may_touch(installation, viewer, export).await?;
    let columns = [
        ("state", Kind::Text),
        ("bundle_name", Kind::Text),
        ("sha256", Kind::Text),
        ("expires_at", Kind::Instant),
    ];
    let row = queue::read(
        &installation.database,
        Queue::Exports,
        viewer.account,
        export,
        &columns,
    )
    .await?;
    let not_ready = || {
        Refusal::new(
            Code::InvalidState,
            "the bundle is not ready; ask for the export's state",
        )
    };
    let gone = || Refusal::new(Code::Gone, "the bundle is past its time; ask for a new export");
    let Some([Cell::Text(state), name, sha256, expires_at]) = row.as_deref() else {
        return Err(not_ready().into());
    };
    match state.as_str() {
        "ready" => {}
        "expired" | "stale" => return Err(gone().into()),
        _ => return Err(not_ready().into()),
    }
    if expires_at
        .as_instant()
        .is_some_and(|end| installation.clock.now() >= end)
    {
        return Err(gone().into());
    }
    let (Some(name), Some(sha256)) = (name.as_text(), sha256.as_text()) else {
        return Err(not_ready().into());
    };
    let object = installation.depot.open_object(name).await?.ok_or_else(gone)?;
    let now = installation.clock.now();
    let event = AuditEvent::by(viewer, installation.new_id(), now, "export.downloaded").of("Export", export);
    installation
        .database
        .write(async |transaction| audit::append(transaction, std::slice::from_ref(&event)).await)
        .await?;
    Ok(Bundle {
        object,
        sha256: sha256.to_owned(),
        filename: format!("postern-export-{export}.zip"),
    })
}
