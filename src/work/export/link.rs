//! Short-lived links to a bundle, for what cannot send a header, as a browser that saves a file. Rights are asked when
//! a link is made and each time it is used: it gives nobody more than whoever made it has at that moment.

use chrono::TimeDelta;
use uuid::Uuid;

use super::download::{self, Bundle};
use crate::access::viewer::Viewer;
use crate::clock::Instant;
use crate::error::{Code, Refusal, Result};
use crate::keys::DownloadLink;
use crate::store::audit::{self, AuditEvent};
use crate::work::identify::viewer_again;
use crate::work::installation::Installation;

/// How long a link is good, in minutes. A download that has begun may take longer.
pub const MINUTES: i64 = 5;

/// A link that was made. Its secret is in nobody's log.
pub struct Made {
    /// What stands behind `/downloads/`.
    pub secret: String,
    /// Until when it is good.
    pub expires_at: Instant,
}

/// Makes a link to one file of a bundle that the viewer may fetch, and notes that.
pub async fn make(installation: &Installation, viewer: &Viewer, export: Uuid, volume: u16) -> Result<Made> {
    let ready = download::ready(installation, viewer, export).await?;
    if ready.sum_of(usize::from(volume)).is_none() {
        let message = format!("the bundle has {} files", ready.files());
        return Err(Refusal::new(Code::BadUserInput, message).at(["volume"]).into());
    }
    let now = installation.clock.now();
    let latest = now + TimeDelta::minutes(MINUTES);
    let link = DownloadLink {
        principal: viewer.principal,
        account: viewer.account,
        export,
        volume,
        expires_at: ready.expires_at.map_or(latest, |end| end.min(latest)),
    };
    let event = AuditEvent::by(viewer, installation.new_id(), now, "export.linked").of("Export", export);
    installation
        .database
        .write(async |transaction| audit::append(transaction, std::slice::from_ref(&event)).await)
        .await?;
    Ok(Made {
        secret: installation.keys.download_secret(&link),
        expires_at: link.expires_at,
    })
}

/// Opens the bundle that a link leads to, with the rights that whoever made it has now.
pub async fn open(installation: &Installation, secret: &str) -> Result<Bundle> {
    let nothing = || Refusal::new(Code::NotFound, "there is nothing under this link");
    let link = installation.keys.read_download(secret).ok_or_else(nothing)?;
    if installation.clock.now() >= link.expires_at {
        return Err(Refusal::new(Code::Gone, "the link is past its time; make a new one").into());
    }
    let viewer = viewer_again(
        &installation.database,
        &installation.catalog,
        link.principal,
        link.account,
        installation.clock,
    )
    .await?;
    let viewer = viewer.ok_or_else(nothing)?;
    download::open(installation, &viewer, link.export, usize::from(link.volume)).await
}
