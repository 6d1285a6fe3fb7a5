//! Where the routes are joined to the promises below them: bundles, public keys, readiness.

use std::ops::Range;
use std::sync::Arc;

use bytes::Bytes;
use futures_util::future::BoxFuture;
use futures_util::stream::BoxStream;
use futures_util::{FutureExt, StreamExt, TryStreamExt};

use super::download::{Content, Download, Downloads, Wanted};
use super::keys::PublicKeys;
use crate::access::global_id::IdKeys;
use crate::api::joints::given;
use crate::depot::Object;
use crate::error::{Code, Error, Fault, Refusal, Result};
use crate::work::export::{download, link};
use crate::work::identify::Identifier;
use crate::work::installation::Installation;

/// Hands out bundles.
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

    async fn find(&self, wanted: &Wanted) -> Result<Download> {
        let viewer = self.identifier.viewer(&given(&wanted.credentials)).await?;
        let not_found = || Refusal::new(Code::NotFound, "there is no such export");
        let (tag, id) = self.ids.decode(&wanted.id).ok_or_else(not_found)?;
        if tag != self.installation.catalog.table("exports").tag() {
            return Err(not_found().into());
        }
        handed_over(download::open(&self.installation, &viewer, id).await)
    }
}

/// A bundle as a download; one that may not be had as one that is not there.
fn handed_over(opened: Result<download::Bundle>) -> Result<Download> {
    let bundle = opened.map_err(|error| match error {
        Error::Refused(refusal) if refusal.code == Code::InvalidId => {
            Refusal::new(Code::NotFound, "there is no such export").into()
        }
        other => other,
    })?;
    let sha256 = data_encoding::HEXLOWER
        .decode(bundle.sha256.as_bytes())
        .ok()
        .and_then(|bytes| bytes.try_into().ok())
        .ok_or_else(|| Fault::Invariant("an export's digest is no SHA-256".into()))?;
    Ok(Download {
        size: bundle.object.size(),
        sha256,
        filename: bundle.filename,
        content: Box::new(Stored(bundle.object)),
    })
}

impl Downloads for Bundles {
    fn open(&self, wanted: Wanted) -> BoxFuture<'_, Result<Download>> {
        async move { self.find(&wanted).await }.boxed()
    }

    fn open_link(&self, secret: String) -> BoxFuture<'_, Result<Download>> {
        async move { handed_over(link::open(&self.installation, &secret).await) }.boxed()
    }
}

/// A bundle in the depot as a download's content.
struct Stored(Object);

impl Content for Stored {
    fn read(&self, range: Range<u64>) -> BoxStream<'static, std::io::Result<Bytes>> {
        self.0
            .read_range(range)
            .map_err(|error| std::io::Error::other(error.to_string()))
            .boxed()
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
