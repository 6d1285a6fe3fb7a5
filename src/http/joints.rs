//! Where the routes are joined to the promises below them: bundles, uploads, public keys, readiness.

use std::ops::Range;
use std::sync::Arc;

use bytes::Bytes;
use futures_util::future::BoxFuture;
use futures_util::stream::BoxStream;
use futures_util::{FutureExt, StreamExt, TryStreamExt};
use uuid::Uuid;

use super::download::{Content, Download, Downloads, Wanted};
use super::keys::PublicKeys;
use super::upload::{Arriving, Taken, Uploads};
use crate::access::global_id::IdKeys;
use crate::access::viewer::Viewer;
use crate::api::joints::given;
use crate::depot::Object;
use crate::error::{Code, Error, Fault, Refusal, Result};
use crate::work::export::{download, link};
use crate::work::identify::Identifier;
use crate::work::import::kept;
use crate::work::installation::Installation;
use crate::work::job::{EXPORT, IMPORT, JobKind};
use crate::work::upload;

/// Hands out bundles, and what imports rejected.
pub struct Bundles {
    installation: Installation,
    identifier: Arc<Identifier>,
    ids: IdKeys,
}

impl Bundles {
    /// The bundles of an installation.
    pub fn new(installation: Installation, identifier: Arc<Identifier>) -> Bundles {
        let ids = installation.keys.id_keys();
        Bundles {
            installation,
            identifier,
            ids,
        }
    }

    /// Who asks, and the row of that table that the path names. What it names otherwise is not there.
    async fn asked(&self, wanted: &Wanted, kind: &JobKind) -> Result<(Arc<Viewer>, Uuid)> {
        let viewer = self.identifier.viewer(&given(&wanted.credentials)).await?;
        let (tag, id) = self.ids.decode(&wanted.id).ok_or_else(|| not_found(kind))?;
        if tag != self.installation.catalog.table(kind.queue.table()).tag() {
            return Err(not_found(kind).into());
        }
        Ok((viewer, id))
    }

    async fn bundle(&self, wanted: &Wanted) -> Result<Download> {
        let (viewer, id) = self.asked(wanted, &EXPORT).await?;
        // Not as a number may stand: `+1` and `01` are other addresses of the same file.
        let volume = wanted.volume.parse().unwrap_or(0);
        if volume.to_string() != wanted.volume {
            return Err(not_found(&EXPORT).into());
        }
        bundle(download::open(&self.installation, &viewer, id, volume).await)
    }

    async fn rejects(&self, wanted: &Wanted) -> Result<Download> {
        let (viewer, id) = self.asked(wanted, &IMPORT).await?;
        let rejected = kept::open(&self.installation, &viewer, id).await;
        let rejected = rejected.map_err(|error| hidden(error, &IMPORT))?;
        handed_over(
            rejected.object,
            &rejected.sha256,
            rejected.filename,
            "text/csv; charset=utf-8",
        )
    }
}

fn not_found(kind: &JobKind) -> Refusal {
    Refusal::new(Code::NotFound, format!("there is no such {}", kind.word))
}

/// What may not be had is not there.
fn hidden(error: Error, kind: &JobKind) -> Error {
    match error {
        Error::Refused(refusal) if refusal.code == Code::InvalidId => not_found(kind).into(),
        other => other,
    }
}

fn bundle(opened: Result<download::Bundle>) -> Result<Download> {
    let bundle = opened.map_err(|error| hidden(error, &EXPORT))?;
    handed_over(bundle.object, &bundle.sha256, bundle.filename, "application/zip")
}

/// An object as a download. `sha256`: in lower-case hexadecimal.
fn handed_over(
    object: Object,
    sha256: &str,
    filename: String,
    content_type: &'static str,
) -> Result<Download> {
    let sha256 = data_encoding::HEXLOWER
        .decode(sha256.as_bytes())
        .ok()
        .and_then(|bytes| bytes.try_into().ok())
        .ok_or_else(|| Fault::Invariant("a digest is no SHA-256".into()))?;
    Ok(Download {
        size: object.size(),
        sha256,
        filename,
        content_type,
        content: Box::new(Stored(object)),
    })
}

impl Downloads for Bundles {
    fn open(&self, wanted: Wanted) -> BoxFuture<'_, Result<Download>> {
        async move { self.bundle(&wanted).await }.boxed()
    }

    fn open_rejects(&self, wanted: Wanted) -> BoxFuture<'_, Result<Download>> {
        async move { self.rejects(&wanted).await }.boxed()
    }

    fn open_link(&self, secret: String) -> BoxFuture<'_, Result<Download>> {
        async move { bundle(link::open(&self.installation, &secret).await) }.boxed()
    }
}

/// An object of the depot as a download's content.
struct Stored(Object);

impl Content for Stored {
    fn read(&self, range: Range<u64>) -> BoxStream<'static, std::io::Result<Bytes>> {
        self.0
            .read_range(range)
            .map_err(|error| std::io::Error::other(error.to_string()))
            .boxed()
    }
}

/// Takes files into the depot.
pub struct Arrivals {
    installation: Installation,
    identifier: Arc<Identifier>,
    ids: IdKeys,
}

impl Arrivals {
    /// The uploads of an installation.
    pub fn new(installation: Installation, identifier: Arc<Identifier>) -> Arrivals {
        let ids = installation.keys.id_keys();
        Arrivals {
            installation,
            identifier,
            ids,
        }
    }

    async fn receive(&self, arriving: Arriving) -> Result<Taken> {
        let viewer = self.identifier.viewer(&given(&arriving.credentials)).await?;
        upload::may_import(&self.installation, &viewer)?;
        let limit = upload::limit(&self.installation);
        if arriving.length.is_some_and(|length| length > limit) {
            return Err(upload::too_large(limit).into());
        }
        let arrival = upload::begin(&self.installation, &viewer).await?;
        // A task of its own: the sender may go away at any moment, and what came in has to be removed then.
        let (content, sha256) = (arriving.content, arriving.sha256);
        let task = tokio::spawn(async move { fill(arrival, content, sha256).await });
        let whole = task
            .await
            .map_err(|_| Fault::Invariant("the taking of an upload panicked".into()))??;
        let tag = self.installation.catalog.table("uploads").tag();
        Ok(Taken {
            id: self.ids.encode(tag, whole.id),
            size: whole.size,
            sha256: whole.sha256,
            expires_at: whole.expires_at,
        })
    }
}

async fn fill(
    mut arrival: upload::Arrival,
    mut content: BoxStream<'static, std::io::Result<Bytes>>,
    sha256: Option<[u8; 32]>,
) -> Result<upload::Upload> {
    while let Some(piece) = content.next().await {
        let written = match piece {
            Ok(bytes) => arrival.write(&bytes).await,
            Err(error) => Err(broken_off(&error).into()),
        };
        if let Err(error) = written {
            arrival.abort().await;
            return Err(error);
        }
    }
    arrival.finish(sha256).await
}

fn broken_off(error: &std::io::Error) -> Refusal {
    match error.kind() {
        std::io::ErrorKind::TimedOut => Refusal::new(Code::Timeout, "the file took too long to arrive"),
        _ => Refusal::new(Code::BadRequest, "the file ended before its announced length"),
    }
}

impl Uploads for Arrivals {
    fn take(&self, arriving: Arriving) -> BoxFuture<'_, Result<Taken>> {
        self.receive(arriving).boxed()
    }
}

/// The ring's public keys.
pub struct RingKeys(pub Installation);

impl PublicKeys for RingKeys {
    fn jwks(&self) -> Bytes {
        self.0.keys.token_jwks(self.0.clock.now()).to_string().into()
    }

    fn signing_keys(&self) -> Bytes {
        // The newest first, because a reader that takes one key takes the first.
        match self.0.keys.receipt_public_keys() {
            Ok(keys) => keys
                .iter()
                .rev()
                .map(|key| key.pem.as_str())
                .collect::<String>()
                .into(),
            Err(error) => {
                tracing::error!(%error, "the public keys cannot be written");
                Bytes::new()
            }
        }
    }
}
