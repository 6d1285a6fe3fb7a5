//! The download of a bundle, by credentials or by a link, or of the rows that an import rejected: whole or in part, resumable, never cached. Knows neither what a bundle is nor who
//! may have it; that is asked anew for every request.

use std::net::IpAddr;
use std::ops::Range;
use std::sync::Arc;

use bytes::Bytes;
use data_encoding::{BASE64, HEXLOWER};
use futures_util::future::BoxFuture;
use futures_util::stream::BoxStream;
use poem::http::header::{
    ACCEPT_RANGES, CONTENT_DISPOSITION, CONTENT_LENGTH, CONTENT_RANGE, CONTENT_TYPE, ETAG, HeaderName,
    HeaderValue, IF_NONE_MATCH, IF_RANGE, RANGE,
};
use poem::http::{HeaderMap, Method, StatusCode};
use poem::{Body, Endpoint, Request, Response};

use super::range::{self, Part};
use super::respond;
use crate::api::service::Credentials;
use crate::error::{Code, Refusal, Result};

/// Who asks for which download.
#[derive(Debug)]
pub struct Wanted {
    /// The id as it stands in the path; anything.
    pub id: String,
    /// Which file, as it stands in the path; anything.
    pub volume: String,
    /// Who asks.
    pub credentials: Credentials,
    /// From where, if known.
    pub client: Option<IpAddr>,
    /// The id under which the log has this request.
    pub request_id: Arc<str>,
}

/// A file that may be downloaded by the one who asked.
pub struct Download {
    /// Bytes.
    pub size: u64,
    /// Of all bytes; also the entity tag.
    pub sha256: [u8; 32],
    /// The name to save it under.
    pub filename: String,
    /// What it is.
    pub content_type: &'static str,
    /// Where the bytes come from.
    pub content: Box<dyn Content>,
}

/// The bytes of a file.
pub trait Content: Send + Sync {
    /// The bytes of the range, which lies in the file, in pieces. An error ends the connection, so that the
    /// asker sees that something is missing.
    fn read(&self, range: Range<u64>) -> BoxStream<'static, std::io::Result<Bytes>>;
}

/// Opens downloads after checking the asker's rights, as they are now.
pub trait Downloads: Send + Sync + 'static {
    /// Errors: `UNAUTHENTICATED`; `NOT_FOUND` for what does not exist or may not be seen; `GONE` for what is
    /// past its time; faults of the storage.
    fn open(&self, wanted: Wanted) -> BoxFuture<'_, Result<Download>>;

    /// Opens the rows that an import rejected; errors as above.
    fn open_rejects(&self, wanted: Wanted) -> BoxFuture<'_, Result<Download>>;

    /// Opens what a short-lived link leads to. Errors: `NOT_FOUND` for what is no link, or one whose maker may no longer
    /// fetch it; `GONE` for one that is past its time; faults of the storage.
    fn open_link(&self, secret: String) -> BoxFuture<'_, Result<Download>>;
}

/// The routes `/exports/{id}/bundle`, `/exports/{id}/bundle/{volume}` and `/imports/{id}/rejects`.
pub(super) struct OfJob {
    pub(super) downloads: Arc<dyn Downloads>,
    pub(super) open: fn(&dyn Downloads, Wanted) -> BoxFuture<'_, Result<Download>>,
}

impl Endpoint for OfJob {
    type Output = Response;

    async fn call(&self, request: Request) -> poem::Result<Response> {
        let request_id = respond::request_id(&request);
        if !matches!(*request.method(), Method::GET | Method::HEAD) {
            return Ok(respond::method_not_allowed("GET, HEAD", &request_id));
        }
        let credentials = match respond::credentials(request.headers()) {
            Ok(credentials) => credentials,
            Err(refusal) => return Ok(respond::failure(refusal.into(), &request_id)),
        };
        let wanted = Wanted {
            id: request.raw_path_param("id").unwrap_or_default().to_owned(),
            volume: request.raw_path_param("volume").unwrap_or("1").to_owned(),
            credentials,
            client: request.remote_addr().as_socket_addr().map(|address| address.ip()),
            request_id: request_id.clone(),
        };
        Ok(match (self.open)(&*self.downloads, wanted).await {
            Ok(download) => give(&download, &request, &request_id),
            Err(error) => respond::failure(error, &request_id),
        })
    }
}

/// The route `/downloads/{link}`. The link itself is the credential: no other is looked at.
pub(super) struct Link {
    pub(super) downloads: Arc<dyn Downloads>,
}

impl Endpoint for Link {
    type Output = Response;

    async fn call(&self, request: Request) -> poem::Result<Response> {
        let request_id = respond::request_id(&request);
        if !matches!(*request.method(), Method::GET | Method::HEAD) {
            return Ok(respond::method_not_allowed("GET, HEAD", &request_id));
        }
        let secret = request.raw_path_param("link").unwrap_or_default().to_owned();
        Ok(match self.downloads.open_link(secret).await {
            Ok(download) => give(&download, &request, &request_id),
            Err(error) => respond::failure(error, &request_id),
        })
    }
}

fn give(download: &Download, request: &Request, request_id: &str) -> Response {
    let header = |name| {
        request
            .headers()
            .get(name)
            .and_then(|value: &HeaderValue| value.to_str().ok())
    };
    let etag = format!("\"{}\"", HEXLOWER.encode(&download.sha256));
    if range::is_known(header(IF_NONE_MATCH), &etag) {
        let mut response = Response::builder().status(StatusCode::NOT_MODIFIED).finish();
        put(response.headers_mut(), ETAG, &etag);
        return response;
    }
    let is_get = *request.method() == Method::GET;
    let part = match range::wanted(
        header(RANGE).filter(|_| is_get),
        header(IF_RANGE),
        &etag,
        download.size,
    ) {
        Part::Whole => None,
        Part::Some(part) => Some(part),
        Part::Unsatisfiable => {
            let refusal = Refusal::new(Code::RangeNotSatisfiable, "the file has no such range of bytes");
            let mut response = respond::failure(refusal.into(), request_id);
            put(
                response.headers_mut(),
                CONTENT_RANGE,
                &format!("bytes */{}", download.size),
            );
            return response;
        }
    };
    let bytes = part.clone().unwrap_or(0..download.size);
    let body = match is_get {
        true => Body::from_bytes_stream(download.content.read(bytes.clone())),
        false => Body::empty(),
    };
    let mut response = Response::builder().body(body);
    describe(response.headers_mut(), download, &etag);
    if part.is_some() {
        response.set_status(StatusCode::PARTIAL_CONTENT);
        let range = format!(
            "bytes {}-{}/{}",
            bytes.start,
            bytes.end.saturating_sub(1),
            download.size
        );
        put(response.headers_mut(), CONTENT_RANGE, &range);
    }
    response
        .headers_mut()
        .insert(CONTENT_LENGTH, (bytes.end - bytes.start).into());
    response
}

fn describe(headers: &mut HeaderMap, download: &Download, etag: &str) {
    headers.insert(CONTENT_TYPE, HeaderValue::from_static(download.content_type));
    headers.insert(ACCEPT_RANGES, HeaderValue::from_static("bytes"));
    put(headers, ETAG, etag);
    put(headers, CONTENT_DISPOSITION, &disposition(&download.filename));
    let digest = format!("sha-256=:{}:", BASE64.encode(&download.sha256));
    put(headers, HeaderName::from_static("repr-digest"), &digest);
}

fn put(headers: &mut HeaderMap, name: HeaderName, value: &str) {
    match HeaderValue::from_str(value) {
        Ok(value) => {
            headers.insert(name, value);
        }
        Err(_) => tracing::warn!(%name, "a header of a download was left out"),
    }
}

/// The name twice: plain for old clients, and exact, percent-encoded, after RFC 6266.
fn disposition(filename: &str) -> String {
    let is_plain = |c: char| c.is_ascii_alphanumeric() || matches!(c, '.' | '-' | '_' | ' ');
    let plain: String = filename
        .chars()
        .map(|c| if is_plain(c) { c } else { '_' })
        .collect();
    let mut exact = String::with_capacity(filename.len());
    for byte in filename.bytes() {
        match byte {
            b'A'..=b'Z' | b'a'..=b'z' | b'0'..=b'9' | b'.' | b'-' | b'_' => exact.push(char::from(byte)),
            other => exact.push_str(&format!("%{other:02X}")),
        }
    }
    format!("attachment; filename=\"{plain}\"; filename*=UTF-8''{exact}")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_filename_cannot_break_out_of_its_header() {
        assert_eq!(
            disposition("Bündel \"x\"\r\n.zip"),
            "attachment; filename=\"B_ndel _x___.zip\"; filename*=UTF-8''B%C3%BCndel%20%22x%22%0D%0A.zip"
        );
    }
}
