//! The request for a WebSocket (RFC 6455, section 4.2) and the answer to it. Knows which protocol is spoken here, and
//! nothing of what is said in it.

use poem::http::header::{
    CONNECTION, HeaderName, HeaderValue, SEC_WEBSOCKET_ACCEPT, SEC_WEBSOCKET_KEY, SEC_WEBSOCKET_PROTOCOL,
    SEC_WEBSOCKET_VERSION, UPGRADE,
};
use poem::http::{HeaderMap, StatusCode};
use poem::{Request, Response};
use tokio_tungstenite::tungstenite::handshake::derive_accept_key;

use crate::error::{Code, Refusal};

/// The protocol that is spoken.
const PROTOCOL: &str = "graphql-transport-ws";

/// A request for a WebSocket that can be granted.
pub(super) struct Handshake {
    accept: String,
    /// The protocol that is agreed on. When ours is not among those offered, the first of them: the socket is then
    /// opened only to be closed with the code that says so, which a refused handshake could not.
    protocol: Option<String>,
}

/// Reads the request, a GET. Errors: `UPGRADE_REQUIRED`.
pub(super) fn read(request: &Request) -> Result<Handshake, Refusal> {
    let headers = request.headers();
    let key = headers.get(SEC_WEBSOCKET_KEY).filter(|key| key.len() == 24);
    let is_upgrade = names(headers, &UPGRADE).any(|name| name.eq_ignore_ascii_case("websocket"))
        && names(headers, &CONNECTION).any(|name| name.eq_ignore_ascii_case("upgrade"))
        && headers
            .get(SEC_WEBSOCKET_VERSION)
            .is_some_and(|version| version == "13");
    let (Some(key), true) = (key, is_upgrade) else {
        let message = format!("this route is for WebSockets, version 13, with the protocol {PROTOCOL}");
        return Err(Refusal::new(Code::UpgradeRequired, message));
    };
    let mut offered = names(headers, &SEC_WEBSOCKET_PROTOCOL);
    let first = offered.next();
    let protocol = match first {
        Some(first) if first == PROTOCOL || !offered.any(|name| name == PROTOCOL) => Some(first.to_owned()),
        Some(_) => Some(PROTOCOL.to_owned()),
        None => None,
    };
    Ok(Handshake {
        accept: derive_accept_key(key.as_bytes()),
        protocol,
    })
}

/// The words of a header that holds a list of them.
fn names<'a>(headers: &'a HeaderMap, name: &HeaderName) -> impl Iterator<Item = &'a str> {
    headers
        .get_all(name)
        .into_iter()
        .filter_map(|value| value.to_str().ok())
        .flat_map(|value| value.split(','))
        .map(str::trim)
        .filter(|name| !name.is_empty())
}

/// The headers of an answer to a request for no WebSocket.
pub(super) fn say_what_is_needed(headers: &mut HeaderMap) {
    headers.insert(UPGRADE, HeaderValue::from_static("websocket"));
    headers.insert(CONNECTION, HeaderValue::from_static("upgrade"));
    headers.insert(SEC_WEBSOCKET_VERSION, HeaderValue::from_static("13"));
}

impl Handshake {
    /// Whether both speak the same protocol.
    pub(super) fn speaks(&self) -> bool {
        self.protocol.as_deref() == Some(PROTOCOL)
    }

    /// The answer that makes the connection a WebSocket.
    pub(super) fn response(self) -> Response {
        let mut response = Response::builder()
            .status(StatusCode::SWITCHING_PROTOCOLS)
            .finish();
        let headers = response.headers_mut();
        headers.insert(CONNECTION, HeaderValue::from_static("upgrade"));
        headers.insert(UPGRADE, HeaderValue::from_static("websocket"));
        let texts = [
            (SEC_WEBSOCKET_ACCEPT, Some(self.accept)),
            (SEC_WEBSOCKET_PROTOCOL, self.protocol),
        ];
        for (name, text) in texts {
            if let Some(value) = text.and_then(|text| HeaderValue::from_str(&text).ok()) {
                headers.insert(name, value);
            }
        }
        response
    }
}
