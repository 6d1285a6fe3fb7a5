//! The public keys, for whoever checks a token or a signature. Knows no secret keys.

use std::sync::Arc;

use bytes::Bytes;
use poem::http::header::{CACHE_CONTROL, CONTENT_TYPE, HeaderValue};
use poem::{Endpoint, Request, Response};

use super::health::is_reading;
use super::respond;

/// The public keys as they are now; rotation changes them while the server runs.
pub trait PublicKeys: Send + Sync + 'static {
    /// The keys that check tokens, as a JSON Web Key Set.
    fn jwks(&self) -> Bytes;

    /// The keys that check bundles and receipts, past ones with them, as PEM.
    fn signing_keys(&self) -> Bytes;
}

/// Which of the two documents a route gives.
#[derive(Clone, Copy)]
pub(super) enum Document {
    Jwks,
    SigningKeys,
}

/// The routes under `/.well-known`.
pub(super) struct WellKnown {
    pub(super) keys: Arc<dyn PublicKeys>,
    pub(super) document: Document,
}

impl Endpoint for WellKnown {
    type Output = Response;

    async fn call(&self, request: Request) -> poem::Result<Response> {
        if !is_reading(&request) {
            return Ok(respond::method_not_allowed(
                "GET, HEAD",
                &respond::request_id(&request),
            ));
        }
        let (body, content_type) = match self.document {
            Document::Jwks => (self.keys.jwks(), "application/jwk-set+json"),
            Document::SigningKeys => (self.keys.signing_keys(), "application/x-pem-file"),
        };
        let mut response = Response::builder().body(body);
        let headers = response.headers_mut();
        headers.insert(CONTENT_TYPE, HeaderValue::from_static(content_type));
        // Short, so that a rotation is seen soon, and long enough to spare the server.
        headers.insert(CACHE_CONTROL, HeaderValue::from_static("public, max-age=300"));
        Ok(response)
    }
}
