//! Which web pages of other origins may ask, and how a browser is told (CORS). None may unless a setting names them.
//!
//! No credentials are ever sent by a browser on its own here, since there are no cookies; so an origin that is allowed
//! may only use what it was given itself.

use poem::http::header::{
    ACCESS_CONTROL_ALLOW_HEADERS, ACCESS_CONTROL_ALLOW_METHODS, ACCESS_CONTROL_ALLOW_ORIGIN,
    ACCESS_CONTROL_EXPOSE_HEADERS, ACCESS_CONTROL_MAX_AGE, ACCESS_CONTROL_REQUEST_METHOD, HOST, HeaderValue,
    ORIGIN, VARY,
};
use poem::http::{HeaderMap, Method, StatusCode};
use poem::{Request, Response};

/// The origins that may ask.
#[derive(Debug)]
pub(super) struct Origins {
    named: Vec<String>,
    all: bool,
}

impl Origins {
    /// These, in lower case, or `*` for all.
    pub(super) fn new(named: Vec<String>) -> Origins {
        let all = named.iter().any(|origin| origin == "*");
        Origins { named, all }
    }

    /// The origin of the page that asks, where it is one of those allowed.
    pub(super) fn allowed(&self, headers: &HeaderMap) -> Option<HeaderValue> {
        let origin = headers.get(ORIGIN)?;
        let text = origin.to_str().ok()?;
        let is_named = || self.named.iter().any(|named| named.eq_ignore_ascii_case(text));
        (self.all || is_named()).then(|| origin.clone())
    }

    /// Whether a WebSocket may be opened: a browser asks nobody before it opens one, so whether the page may is for
    /// us to say. What is no browser sends no origin; a page of our own has the origin that the request went to.
    pub(super) fn may_open_socket(&self, headers: &HeaderMap) -> bool {
        let Some(origin) = headers.get(ORIGIN) else {
            return true;
        };
        let host = headers.get(HOST).and_then(|host| host.to_str().ok());
        let is_own = origin
            .to_str()
            .ok()
            .and_then(|origin| origin.split_once("://"))
            .is_some_and(|(_, of)| host.is_some_and(|host| host.eq_ignore_ascii_case(of)));
        is_own || self.allowed(headers).is_some()
    }

    /// The answer to a browser that asks whether a page may send its request; none where it is another request.
    pub(super) fn preflight(&self, request: &Request) -> Option<Response> {
        let is_preflight = *request.method() == Method::OPTIONS
            && request.headers().contains_key(ACCESS_CONTROL_REQUEST_METHOD);
        if !is_preflight {
            return None;
        }
        let mut response = Response::builder().status(StatusCode::NO_CONTENT).finish();
        let headers = response.headers_mut();
        for (name, value) in [
            (ACCESS_CONTROL_ALLOW_METHODS, "GET, HEAD, POST"),
            (
                ACCESS_CONTROL_ALLOW_HEADERS,
                "authorization, content-type, postern-account, range, if-range, x-request-id",
            ),
            (ACCESS_CONTROL_MAX_AGE, "600"),
        ] {
            headers.insert(name, HeaderValue::from_static(value));
        }
        Some(response)
    }

    /// The headers that an answer needs so that the page may read it.
    pub(super) fn finish(&self, headers: &mut HeaderMap, origin: Option<HeaderValue>) {
        if self.named.is_empty() {
            return;
        }
        headers.append(VARY, HeaderValue::from_static("origin"));
        if let Some(origin) = origin {
            headers.insert(ACCESS_CONTROL_ALLOW_ORIGIN, origin);
            headers.insert(
                ACCESS_CONTROL_EXPOSE_HEADERS,
                HeaderValue::from_static(
                    "content-disposition, content-range, etag, retry-after, x-request-id",
                ),
            );
        }
    }
}
