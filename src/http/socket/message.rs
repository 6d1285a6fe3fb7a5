//! The messages of `graphql-transport-ws`: reading what a client says, writing what is said to it. Pure.

use bytes::Bytes;
use serde::Deserialize;
use serde_json::value::RawValue;

use super::close::Close;
use crate::api::answer::{Answer, Outcome};
use crate::http::body::{self, Parameters};

/// The longest id of an operation, in bytes.
const LONGEST_ID: usize = 256;

/// What a client says.
pub(super) enum Said {
    /// Who it is.
    Init(Introduction),
    /// Whether anybody is there.
    Ping,
    /// That it is there.
    Pong,
    /// That it wants an operation run.
    Subscribe {
        /// Its name for the operation.
        id: String,
        /// The operation.
        parameters: Box<Parameters>,
    },
    /// That it wants to hear no more of an operation.
    Complete(String),
}

/// Who a client says it is: what would be headers, because a browser can set none for a socket.
#[derive(Default)]
pub(super) struct Introduction {
    pub(super) authorization: Option<String>,
    pub(super) account: Option<String>,
}

#[derive(Deserialize)]
struct Message<'a> {
    #[serde(rename = "type")]
    kind: String,
    id: Option<String>,
    #[serde(borrow)]
    payload: Option<&'a RawValue>,
}

/// Reads a message. What is none of the protocol's closes the socket.
pub(super) fn read(text: &str) -> Result<Said, Close> {
    let message: Message<'_> =
        serde_json::from_str(text).map_err(|_| Close::bad_message("Invalid message received"))?;
    let payload = message
        .payload
        .map(RawValue::get)
        .filter(|payload| *payload != "null");
    match (message.kind.as_str(), message.id) {
        ("connection_init", _) => introduction(payload).map(Said::Init),
        ("ping", _) => Ok(Said::Ping),
        ("pong", _) => Ok(Said::Pong),
        ("subscribe", Some(id)) if !id.is_empty() && id.len() <= LONGEST_ID => {
            let parameters = payload
                .and_then(|payload| body::from_json(payload.as_bytes()).ok())
                .filter(Parameters::is_an_operation)
                .ok_or(Close::bad_message("Invalid payload of the message subscribe"))?;
            Ok(Said::Subscribe {
                id,
                parameters: Box::new(parameters),
            })
        }
        ("complete", Some(id)) => Ok(Said::Complete(id)),
        _ => Err(Close::bad_message("Invalid message received")),
    }
}

/// The members of the payload are called as the headers are, in any case.
fn introduction(payload: Option<&str>) -> Result<Introduction, Close> {
    let bad = || Close::bad_message("Invalid payload of the message connection_init");
    let Some(payload) = payload else {
        return Ok(Introduction::default());
    };
    let members: serde_json::Map<String, serde_json::Value> =
        serde_json::from_str(payload).map_err(|_| bad())?;
    let mut introduction = Introduction::default();
    for (name, value) in members {
        let place = match name.to_ascii_lowercase().as_str() {
            "authorization" => &mut introduction.authorization,
            "postern-account" => &mut introduction.account,
            _ => continue,
        };
        match value {
            serde_json::Value::Null => {}
            serde_json::Value::String(text) if place.is_none() => *place = Some(text),
            _ => return Err(bad()),
        }
    }
    Ok(introduction)
}

/// `connection_ack`
pub(super) const ACK: &str = r#"{"type":"connection_ack"}"#;

/// `pong`
pub(super) const PONG: &str = r#"{"type":"pong"}"#;

/// An answer: `next` where there is data, `error` where there is none.
pub(super) fn of_answer(id: &str, answer: &Answer) -> String {
    let (kind, payload): (&str, Bytes) = match answer.outcome {
        Outcome::Executed => ("next", answer.body.clone()),
        Outcome::Refused(_) => ("error", answer.errors()),
    };
    let payload = String::from_utf8_lossy(&payload);
    format!(
        r#"{{"id":{},"type":"{kind}","payload":{payload}}}"#,
        serde_json::Value::from(id)
    )
}

/// `complete`
pub(super) fn complete(id: &str) -> String {
    format!(r#"{{"id":{},"type":"complete"}}"#, serde_json::Value::from(id))
}
