//! The taking of a file: streamed, no larger than allowed, checked against the digest that the sender announces. Knows
//! neither what a file is for nor who may send one.
//!
//! There are no cookies, so a form on a stranger's page has nothing to ride on: without `Authorization` nothing is taken.

use std::io;
use std::net::IpAddr;
use std::sync::Arc;
use std::time::Duration;

use bytes::Bytes;
use data_encoding::BASE64;
use futures_util::StreamExt;
use futures_util::future::BoxFuture;
use futures_util::stream::{self, BoxStream};
use poem::http::header::{self, CONTENT_ENCODING, CONTENT_LENGTH, CONTENT_TYPE, HeaderName, HeaderValue};
use poem::http::{HeaderMap, Method, StatusCode};
use poem::{Endpoint, Request, Response};
use serde_json::json;

use super::respond;
use super::server::Limits;
use crate::api::service::Credentials;
use crate::cell::instant_text;
use crate::clock::Instant;
use crate::error::{Code, Error, Refusal, Result};

/// A file that comes in.
pub struct Arriving {
    /// Who sends it.
    pub credentials: Credentials,
    /// From where, if known.
    pub client: Option<IpAddr>,
    /// How many bytes are announced.
    pub length: Option<u64>,
    /// The SHA-256 that is announced.
    pub sha256: Option<[u8; 32]>,
    /// The bytes. An error is that of a sender who went away or was too slow.
    pub content: BoxStream<'static, io::Result<Bytes>>,
}

/// A file that was taken.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Taken {
    /// By which mutations know it.
    pub id: String,
    /// Bytes.
    pub size: u64,
    /// SHA-256, in lower-case hexadecimal.
    pub sha256: String,
    /// Until when it can be used.
    pub expires_at: Instant,
}

/// Takes files from whoever may send them.
pub trait Uploads: Send + Sync + 'static {
    /// Takes one to its end. Errors: `UNAUTHENTICATED`, `FORBIDDEN`, `LIMIT_REACHED`, `BODY_TOO_LARGE`; `BAD_REQUEST` and
    /// `TIMEOUT` for content that broke off, and whatever the storage says. Nothing is left then.
    fn take(&self, arriving: Arriving) -> BoxFuture<'_, Result<Taken>>;
}

/// The route `/uploads`.
pub(super) struct Upload {
    pub(super) uploads: Arc<dyn Uploads>,
    pub(super) limits: Limits,
}

impl Endpoint for Upload {
    type Output = Response;

    async fn call(&self, mut request: Request) -> poem::Result<Response> {
        let request_id = respond::request_id(&request);
        if *request.method() != Method::POST {
            return Ok(respond::method_not_allowed("POST", &request_id));
        }
        let taken = match self.arriving(&mut request) {
            Ok(arriving) => self.uploads.take(arriving).await,
            Err(refusal) => Err(refusal.into()),
        };
        Ok(match taken {
            Ok(taken) => created(&taken),
            Err(error) => refused(error, &request_id),
        })
    }
}

impl Upload {
    fn arriving(&self, request: &mut Request) -> Result<Arriving, Refusal> {
        let headers = request.headers();
        let credentials = respond::credentials(headers)?;
        if headers
            .get(CONTENT_ENCODING)
            .is_some_and(|encoding| encoding != "identity")
        {
            let message =
                "send the file as it is, without Content-Encoding; it may be a ZIP or gzip file itself";
            return Err(Refusal::new(Code::UnsupportedMediaType, message));
        }
        let sha256 = announced(headers)?;
        let length = headers
            .get(CONTENT_LENGTH)
            .and_then(|value| value.to_str().ok()?.parse().ok());
        let client = request.remote_addr().as_socket_addr().map(|address| address.ip());
        let content = request.take_body().into_bytes_stream();
        Ok(Arriving {
            credentials,
            client,
            length,
            sha256,
            content: within(content.boxed(), Duration::from_secs(self.limits.body_seconds)),
        })
    }
}

/// The same bytes; an error where none come for so long.
fn within(
    content: BoxStream<'static, io::Result<Bytes>>,
    pause: Duration,
) -> BoxStream<'static, io::Result<Bytes>> {
    stream::unfold(Some(content), move |content| async move {
        let mut content = content?;
        match tokio::time::timeout(pause, content.next()).await {
            Ok(Some(Ok(bytes))) => Some((Ok(bytes), Some(content))),
            Ok(Some(Err(error))) => Some((Err(error), None)),
            Ok(None) => None,
            Err(_) => Some((Err(io::ErrorKind::TimedOut.into()), None)),
        }
    })
    .boxed()
}

/// The SHA-256 of `Content-Digest` or `Repr-Digest` (RFC 9530), which say the same here, as nothing is encoded. Other
/// algorithms are passed over.
fn announced(headers: &HeaderMap) -> Result<Option<[u8; 32]>, Refusal> {
    let names = ["content-digest", "repr-digest"].map(HeaderName::from_static);
    let mut found = None;
    for name in names {
        let bad = || {
            let message = format!(
                "the header {name} is written like sha-256=:47DEQpj8HBSa+/TImW+5JCeuQeRkm5NMpJWZG3hSuFU=:"
            );
            Refusal::new(Code::BadRequest, message)
        };
        for value in headers.get_all(&name) {
            for member in value.to_str().map_err(|_| bad())?.split(',') {
                let (algorithm, digest) = member.trim().split_once('=').ok_or_else(bad)?;
                if !algorithm.eq_ignore_ascii_case("sha-256") {
                    continue;
                }
                let digest = digest.strip_prefix(':').and_then(|rest| rest.strip_suffix(':'));
                let digest = digest.and_then(|text| BASE64.decode(text.as_bytes()).ok());
                let digest: [u8; 32] = digest.and_then(|bytes| bytes.try_into().ok()).ok_or_else(bad)?;
                if found.is_some_and(|other| other != digest) {
                    return Err(Refusal::new(Code::BadRequest, "the headers announce two digests"));
                }
                found = Some(digest);
            }
        }
    }
    Ok(found)
}

fn created(taken: &Taken) -> Response {
    let body = json!({
        "id": taken.id,
        "size": taken.size,
        "sha256": taken.sha256,
        "expiresAt": instant_text(taken.expires_at),
    });
    let mut response = Response::builder()
        .status(StatusCode::CREATED)
        .body(body.to_string());
    let json = HeaderValue::from_static("application/json");
    response.headers_mut().insert(CONTENT_TYPE, json);
    response
}

/// A part of the file may still be to come, so that the connection cannot be used again.
fn refused(error: Error, request_id: &str) -> Response {
    let is_slow = error.code() == Code::Timeout;
    let mut response = respond::failure(error, request_id);
    if is_slow {
        response.set_status(StatusCode::REQUEST_TIMEOUT);
    }
    let close = HeaderValue::from_static("close");
    response.headers_mut().insert(header::CONNECTION, close);
    response
}

#[cfg(test)]
mod tests {
    use super::*;

    const EMPTY: &str = "sha-256=:47DEQpj8HBSa+/TImW+5JCeuQeRkm5NMpJWZG3hSuFU=:";

    #[test]
    fn a_digest_is_read_from_either_header_and_a_broken_one_is_refused() {
        let digest = [
            0xe3, 0xb0, 0xc4, 0x42, 0x98, 0xfc, 0x1c, 0x14, 0x9a, 0xfb, 0xf4, 0xc8, 0x99, 0x6f, 0xb9, 0x24,
            0x27, 0xae, 0x41, 0xe4, 0x64, 0x9b, 0x93, 0x4c, 0xa4, 0x95, 0x99, 0x1b, 0x78, 0x52, 0xb8, 0x55,
        ];
        let other = format!("sha-512=:AAAA:, {EMPTY}");
        type Headers<'a> = &'a [(&'static str, &'a str)];
        let cases: [(Headers<'_>, Option<Option<[u8; 32]>>); 9] = [
            (&[], Some(None)),
            (&[("content-digest", EMPTY)], Some(Some(digest))),
            (&[("repr-digest", EMPTY)], Some(Some(digest))),
            (&[("repr-digest", &other)], Some(Some(digest))),
            (
                &[("content-digest", EMPTY), ("repr-digest", EMPTY)],
                Some(Some(digest)),
            ),
            (&[("content-digest", "sha-512=:AAAA:")], Some(None)),
            (&[("content-digest", "sha-256=47DE")], None),
            (&[("content-digest", "sha-256=:AAAA:")], None),
            (&[("content-digest", "sha-256")], None),
        ];
        for (given, expected) in cases {
            let mut headers = HeaderMap::new();
            for (name, value) in given {
                headers.append(
                    HeaderName::from_static(name),
                    HeaderValue::from_str(value).unwrap(),
                );
            }
            assert_eq!(announced(&headers).ok(), expected, "{given:?}");
        }
    }
}
