//! Handing a bundle over: rights are asked again, every download is audited, and what is past its time is gone.

use uuid::Uuid;

use super::request::may_touch;
use crate::access::viewer::Viewer;
use crate::cell::{Cell, Kind};
use crate::clock::Instant;
use crate::depot::Object;
use crate::error::{Code, Refusal, Result};
use crate::store::audit::{self, AuditEvent};
use crate::store::queue::{self, Queue};
use crate::work::installation::Installation;
use crate::work::job::objects;

/// A bundle that may be handed over, or one file of it.
pub struct Bundle {
    /// Reads it, by ranges.
    pub object: Object,
    /// SHA-256 of all of it, in lower-case hexadecimal.
    pub sha256: String,
    /// A file name without personal data.
    pub filename: String,
}

/// A bundle that lies ready for a viewer.
pub struct Ready {
    /// The name of the bundle's first object in the depot.
    name: String,
    /// SHA-256 of each file, in lower-case hexadecimal.
    sha256: Vec<String>,
    /// Until when it lies there.
    pub expires_at: Option<Instant>,
}

/// Looks whether a viewer may fetch a bundle now. Somebody who may not have it is told that there is none.
pub async fn ready(installation: &Installation, viewer: &Viewer, export: Uuid) -> Result<Ready> {
    may_touch(installation, viewer, export).await?;
    let columns = [
        ("state", Kind::Text),
        ("bundle_name", Kind::Text),
        ("sha256", Kind::Text),
        ("volumes", Kind::Json),
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
    let Some([Cell::Text(state), name, sha256, volumes, expires_at]) = row.as_deref() else {
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
    let sums: Option<Vec<String>> = match (sha256, volumes) {
        (Cell::Text(sha256), _) => Some(vec![sha256.to_string()]),
        (_, Cell::Json(volumes)) => volumes.as_array().and_then(|volumes| {
            let sums = volumes.iter().map(|volume| volume["sha256"].as_str());
            sums.map(|sum| sum.map(str::to_owned)).collect()
        }),
        _ => None,
    };
    let (Some(name), Some(sha256)) = (name.as_text(), sums) else {
        return Err(not_ready().into());
    };
    Ok(Ready {
        name: name.to_owned(),
        sha256,
        expires_at: expires_at.as_instant(),
    })
}

fn gone() -> Refusal {
    Refusal::new(Code::Gone, "the bundle is past its time; ask for a new export")
}

impl Ready {
    /// How many files the bundle has.
    pub fn files(&self) -> usize {
        self.sha256.len()
    }

    /// Opens one file, the first with number 1. Whoever hands it over notes that.
    pub(in crate::work) async fn file(
        &self,
        installation: &Installation,
        export: Uuid,
        volume: usize,
    ) -> Result<Bundle> {
        let no_such = || Refusal::new(Code::NotFound, format!("the bundle has {} files", self.files()));
        let sha256 = self.sum_of(volume).ok_or_else(no_such)?.to_owned();
        let object = installation
            .depot
            .open_object(&objects::volume(&self.name, volume))
            .await?
            .ok_or_else(gone)?;
        Ok(Bundle {
            object,
            sha256,
            filename: objects::volume(&format!("postern-export-{export}.zip"), volume),
        })
    }

    /// The sum of the file with that number, from 1, if there is one.
    pub(super) fn sum_of(&self, volume: usize) -> Option<&str> {
        let sum = volume.checked_sub(1).and_then(|place| self.sha256.get(place));
        sum.map(String::as_str)
    }
}

/// Opens one file of a bundle for a viewer, the first with number 1, and notes that. No connection to the database is
/// held while it is read.
pub async fn open(
    installation: &Installation,
    viewer: &Viewer,
    export: Uuid,
    volume: usize,
) -> Result<Bundle> {
    let ready = ready(installation, viewer, export).await?;
    let bundle = ready.file(installation, export, volume).await?;
    note(installation, viewer, export, "export.downloaded").await?;
    Ok(bundle)
}

/// Notes that one file of a bundle leaves the gateway.
pub(in crate::work) async fn note(
    installation: &Installation,
    viewer: &Viewer,
    export: Uuid,
    action: &'static str,
) -> Result<()> {
    let now = installation.clock.now();
    let event = AuditEvent::by(viewer, installation.new_id(), now, action).of("Export", export);
    installation
        .database
        .write(async |transaction| audit::append(transaction, std::slice::from_ref(&event)).await)
        .await
}
