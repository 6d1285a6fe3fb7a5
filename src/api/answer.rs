//! Answers on the wire: the errors and extensions of a GraphQL response, and what of them the HTTP layer needs
//! to know. The data itself is written elsewhere and passes through untouched.
//!
//! Knows no media types and no headers but the ones that an answer asks for.

use std::sync::Arc;

use async_graphql::Pos;
use bytes::Bytes;
use serde::Serialize;
use serde::ser::{SerializeMap, SerializeSeq, Serializer};

use crate::access::rate::Throttle;
use crate::error::{Code, Error, Fault, Refusal};

/// The most errors that one answer names; the rest are left out.
pub const MOST_ERRORS: usize = 20;

/// One step of a path in the response.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(untagged)]
pub enum Step {
    /// A response key.
    Key(Arc<str>),
    /// A place in a list, from zero.
    Index(usize),
}

/// An error as the asker sees it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct GraphqlError {
    /// What is wrong.
    pub refusal: Refusal,
    /// Where in the document.
    pub locations: Vec<Pos>,
    /// Where in the response.
    pub path: Vec<Step>,
}

impl GraphqlError {
    /// An error without a place.
    pub fn new(code: Code, message: impl Into<String>) -> Self {
        Refusal::new(code, message).into()
    }

    /// A fault of ours: the text goes to the log together with the id, the asker gets the id alone.
    pub fn of_fault(fault: &Fault, request_id: &str) -> Self {
        tracing::error!(request_id, error = %fault, "a request met a fault");
        let message = match fault.code() {
            Code::DependencyUnavailable => "the database is away or busy; try again",
            Code::StorageFull => "the storage is full",
            _ => "a fault of ours; the log has it under the request id",
        };
        GraphqlError::new(fault.code(), message)
    }

    /// Any failure, with faults turned into their id.
    pub fn of(error: Error, request_id: &str) -> Self {
        match error {
            Error::Refused(refusal) => refusal.into(),
            Error::Fault(fault) => GraphqlError::of_fault(&fault, request_id),
        }
    }

    /// The same, pointing at one more place of the document.
    pub fn at(mut self, place: Pos) -> Self {
        // A place that nobody knows is the default, line 0; the specification wants lines from one.
        if place.line > 0 {
            self.locations.push(place);
        }
        self
    }

    /// The same, pointing at a place of the response.
    pub fn on(mut self, path: Vec<Step>) -> Self {
        self.path = path;
        self
    }

    /// Its code.
    pub fn code(&self) -> Code {
        self.refusal.code
    }
}

impl From<Refusal> for GraphqlError {
    fn from(refusal: Refusal) -> Self {
        GraphqlError {
            refusal,
            locations: Vec::new(),
            path: Vec::new(),
        }
    }
}

/// What a request was reckoned to cost, what it did cost, and what it may.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
pub struct Cost {
    /// Before execution, from page sizes and weights.
    pub requested: u64,
    /// After it.
    pub actual: u64,
    /// The most that one request may cost.
    pub limit: u64,
    /// What the asker may spend from now on; none where there is no limit in rate.
    #[serde(rename = "throttleStatus", skip_serializing_if = "Option::is_none")]
    pub throttle: Option<Throttle>,
}

/// What stands beside the data.
#[derive(Clone, Debug, Default)]
pub struct Extensions {
    /// What the request cost.
    pub cost: Option<Cost>,
    /// Response paths, without places in lists, of what a rule hid from this answer.
    pub withheld: Vec<Vec<Arc<str>>>,
}

impl Extensions {
    fn is_empty(&self) -> bool {
        self.cost.is_none() && self.withheld.is_empty()
    }
}

impl Serialize for Extensions {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut map = serializer.serialize_map(None)?;
        if let Some(cost) = &self.cost {
            map.serialize_entry("cost", cost)?;
        }
        if !self.withheld.is_empty() {
            map.serialize_entry("withheld", &self.withheld)?;
        }
        map.end()
    }
}

/// What kind of answer it is, from which the HTTP status follows.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Outcome {
    /// Execution yielded data, perhaps partial, perhaps null; the body has a `data` key.
    Executed,
    /// Refused before execution; the body has no `data` key. The code is that of the first error.
    Refused(Code),
}

/// A response, ready to be sent.
#[derive(Clone, Debug)]
pub struct Answer {
    /// What kind it is.
    pub outcome: Outcome,
    /// The JSON.
    pub body: Bytes,
    /// When trying again may succeed.
    pub retry_after_seconds: Option<u64>,
}

impl Answer {
    /// An answer with data; `body` was finished by [`finish`].
    pub fn executed(body: impl Into<Bytes>) -> Self {
        Answer {
            outcome: Outcome::Executed,
            body: body.into(),
            retry_after_seconds: None,
        }
    }

    /// A request error: errors and no `data` key.
    pub fn refused(errors: &[GraphqlError], request_id: &str) -> Self {
        let first = errors.first();
        let mut body = Vec::with_capacity(256);
        body.extend_from_slice(REFUSED);
        write_errors(&mut body, errors, request_id);
        body.push(b'}');
        Answer {
            outcome: Outcome::Refused(first.map_or(Code::Internal, GraphqlError::code)),
            body: body.into(),
            retry_after_seconds: first.and_then(|error| error.refusal.retry_after_seconds),
        }
    }

    /// The list of errors alone, of an answer that was refused; such an answer holds nothing else.
    pub fn errors(&self) -> Bytes {
        let end = self.body.len().saturating_sub(1);
        match self.outcome {
            Outcome::Refused(_) if end >= REFUSED.len() => self.body.slice(REFUSED.len()..end),
            _ => Bytes::from_static(b"[]"),
        }
    }

    /// The same for one error.
    pub fn refused_for(error: GraphqlError, request_id: &str) -> Self {
        Answer::refused(&[error], request_id)
    }
}

/// What a body without data begins with; the list of errors follows, and nothing else.
const REFUSED: &[u8] = b"{\"errors\":";

/// What a body with data begins with; the data itself follows, then [`finish`].
pub const BEGINNING: &[u8] = b"{\"data\":";

/// Writes what comes after the data.
pub fn finish(body: &mut Vec<u8>, errors: &[GraphqlError], extensions: &Extensions, request_id: &str) {
    if !errors.is_empty() {
        body.extend_from_slice(b",\"errors\":");
        write_errors(body, errors, request_id);
    }
    if !extensions.is_empty() {
        body.extend_from_slice(b",\"extensions\":");
        write_json(body, extensions);
    }
    body.push(b'}');
}

fn write_errors(body: &mut Vec<u8>, errors: &[GraphqlError], request_id: &str) {
    write_json(body, &Errors { errors, request_id });
}

fn write_json(body: &mut Vec<u8>, value: &impl Serialize) {
    let written = body.len();
    if let Err(error) = serde_json::to_writer(&mut *body, value) {
        // Writing into memory does not fail, and no map here has keys that are no strings.
        tracing::error!(%error, "part of an answer could not be written as JSON");
        body.truncate(written);
        body.extend_from_slice(b"null");
    }
}

struct Errors<'a> {
    errors: &'a [GraphqlError],
    request_id: &'a str,
}

impl Serialize for Errors<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut list = serializer.serialize_seq(None)?;
        for error in self.errors.iter().take(MOST_ERRORS) {
            let request_id = self.request_id;
            list.serialize_element(&OneError { error, request_id })?;
        }
        list.end()
    }
}

struct OneError<'a> {
    error: &'a GraphqlError,
    request_id: &'a str,
}

impl Serialize for OneError<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        #[derive(Serialize)]
        struct Place {
            line: usize,
            column: usize,
        }
        let OneError { error, .. } = self;
        let mut map = serializer.serialize_map(None)?;
        map.serialize_entry("message", &error.refusal.message)?;
        if !error.locations.is_empty() {
            let places = error.locations.iter().map(|at| Place {
                line: at.line,
                column: at.column,
            });
            map.serialize_entry("locations", &places.collect::<Vec<_>>())?;
        }
        if !error.path.is_empty() {
            map.serialize_entry("path", &error.path)?;
        }
        map.serialize_entry("extensions", &ErrorExtensions(self))?;
        map.end()
    }
}

struct ErrorExtensions<'a>(&'a OneError<'a>);

impl Serialize for ErrorExtensions<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let OneError { error, request_id } = self.0;
        let mut map = serializer.serialize_map(None)?;
        map.serialize_entry("code", error.code().as_str())?;
        if !error.refusal.field.is_empty() {
            map.serialize_entry("field", &error.refusal.field)?;
        }
        if let Some(seconds) = error.refusal.retry_after_seconds {
            map.serialize_entry("retryAfter", &seconds)?;
        }
        if error.code().http_status() >= 500 && !request_id.is_empty() {
            map.serialize_entry("requestId", request_id)?;
        }
        map.end()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_request_error_has_no_data_key_and_names_code_place_and_field() {
        let refusal = Refusal::new(Code::RateLimited, "too many \"requests\"").at(["input", "first"]);
        let error = GraphqlError::from(refusal.retry_after(7)).at(Pos { line: 2, column: 3 });
        let answer = Answer::refused_for(error, "r-1");
        assert_eq!(answer.outcome, Outcome::Refused(Code::RateLimited));
        assert_eq!(answer.retry_after_seconds, Some(7));
        assert_eq!(
            String::from_utf8_lossy(&answer.body),
            concat!(
                r#"{"errors":[{"message":"too many \"requests\"","locations":[{"line":2,"column":3}],"#,
                r#""extensions":{"code":"RATE_LIMITED","field":["input","first"],"retryAfter":7}}]}"#
            )
        );
    }

    #[test]
    fn data_is_followed_by_errors_and_extensions() {
        let mut body = BEGINNING.to_vec();
        body.extend_from_slice(b"{\"a\":null}");
        let path = vec![Step::Key("a".into()), Step::Index(0)];
        let errors = [GraphqlError::of_fault(&Fault::Store("SELECT secret".into()), "r-2").on(path)];
        let extensions = Extensions {
            cost: Some(Cost {
                requested: 2,
                actual: 1,
                limit: 5,
                throttle: None,
            }),
            withheld: vec![vec!["a".into(), "b".into()]],
        };
        finish(&mut body, &errors, &extensions, "r-2");
        let text = String::from_utf8(body).unwrap();
        assert!(!text.contains("SELECT"));
        let json: serde_json::Value = serde_json::from_str(&text).unwrap();
        assert_eq!(json["errors"][0]["extensions"]["requestId"], "r-2");
        assert_eq!(json["errors"][0]["path"], serde_json::json!(["a", 0]));
        assert_eq!(json["extensions"]["withheld"], serde_json::json!([["a", "b"]]));
        assert_eq!(json["extensions"]["cost"]["requested"], 2);
    }

    #[test]
    fn an_answer_names_twenty_errors_at_most() {
        let errors = vec![GraphqlError::new(Code::ValidationFailed, "no"); 2_000];
        let json: serde_json::Value = serde_json::from_slice(&Answer::refused(&errors, "r").body).unwrap();
        assert_eq!(json["errors"].as_array().unwrap().len(), MOST_ERRORS);
    }
}
