//! The parameters of GraphQL over HTTP, from a body or a query string, within limits. Knows no GraphQL.

use std::time::Duration;

use async_graphql::{Value as ConstValue, Variables};
use bytes::Bytes;
use poem::error::ReadBodyError;
use poem::http::HeaderMap;
use poem::http::header::{CONTENT_ENCODING, CONTENT_LENGTH, CONTENT_TYPE};
use serde::Deserialize;

use crate::error::{Code, Refusal};

/// The parameters, by the names of the specification.
#[derive(Debug, Default, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct Parameters {
    pub(super) query: Option<String>,
    document_id: Option<String>,
    pub(super) operation_name: Option<String>,
    pub(super) variables: Option<Variables>,
    extensions: Option<Variables>,
}

impl Parameters {
    pub(super) fn extensions(&mut self) -> Option<ConstValue> {
        self.extensions.take().map(Variables::into_value)
    }

    /// Whether there is a document in it, or its name.
    pub(super) fn is_an_operation(&self) -> bool {
        self.query.is_some() || self.document_id.is_some() || self.extensions.is_some()
    }

    /// The name of a document that is known to the gateway: by the parameter of the specification's appendix, or as
    /// clients say it that know persisted queries.
    pub(super) fn document_id(&mut self, extensions: Option<&ConstValue>) -> Option<String> {
        let member = |value: &ConstValue, name: &str| match value {
            ConstValue::Object(fields) => fields.get(name).cloned(),
            _ => None,
        };
        let persisted = extensions
            .and_then(|extensions| member(extensions, "persistedQuery"))
            .and_then(|persisted| member(&persisted, "sha256Hash"));
        match (self.document_id.take(), persisted) {
            (Some(id), _) => Some(id),
            (None, Some(ConstValue::String(hash))) => Some(hash),
            (None, _) => None,
        }
    }
}

/// The same in a query string, where objects are JSON texts.
#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
struct Encoded {
    query: Option<String>,
    document_id: Option<String>,
    operation_name: Option<String>,
    variables: Option<String>,
    extensions: Option<String>,
}

fn bad(message: &str) -> Refusal {
    Refusal::new(Code::BadRequest, message)
}

/// Whether the body is announced as JSON in UTF-8, not compressed, and no larger than the limit; before a byte
/// of it is read.
pub(super) fn check_headers(headers: &HeaderMap, limit: usize) -> Result<(), Refusal> {
    let unsupported = |message: &str| Err(Refusal::new(Code::UnsupportedMediaType, message));
    let announced = headers
        .get(CONTENT_TYPE)
        .and_then(|value| value.to_str().ok())
        .unwrap_or_default();
    let mut parts = announced.split(';').map(str::trim);
    if !parts
        .next()
        .is_some_and(|name| name.eq_ignore_ascii_case("application/json"))
    {
        return unsupported("the body must be application/json");
    }
    let other_charset = parts.filter_map(|part| part.split_once('=')).any(|(key, value)| {
        key.trim().eq_ignore_ascii_case("charset") && !value.trim_matches('"').eq_ignore_ascii_case("utf-8")
    });
    if other_charset {
        return unsupported("the body must be in UTF-8");
    }
    if headers
        .get(CONTENT_ENCODING)
        .is_some_and(|encoding| encoding != "identity")
    {
        return unsupported("the body must not be compressed");
    }
    let length = headers
        .get(CONTENT_LENGTH)
        .and_then(|value| value.to_str().ok()?.parse::<u64>().ok());
    match length {
        Some(length) if length > limit as u64 => Err(too_large(limit)),
        _ => Ok(()),
    }
}

fn too_large(limit: usize) -> Refusal {
    Refusal::new(
        Code::BodyTooLarge,
        format!("the body is larger than {limit} bytes"),
    )
}

/// Reads the body, but no more of it than the limit and for no longer than the time allowed.
pub(super) async fn read(body: poem::Body, limit: usize, time: Duration) -> Result<Bytes, Refusal> {
    match tokio::time::timeout(time, body.into_bytes_limit(limit)).await {
        Ok(Ok(bytes)) => Ok(bytes),
        Ok(Err(ReadBodyError::PayloadTooLarge)) => Err(too_large(limit)),
        Ok(Err(_)) => Err(bad("the body ended before its announced length")),
        Err(_) => Err(Refusal::new(Code::Timeout, "the body took too long to arrive")),
    }
}

/// The parameters of a POST.
pub(super) fn from_json(body: &[u8]) -> Result<Parameters, Refusal> {
    match body.iter().find(|byte| !byte.is_ascii_whitespace()) {
        Some(b'{') => {}
        Some(b'[') => {
            return Err(Refusal::new(
                Code::BatchingRefused,
                "send one operation per request, not a list",
            ));
        }
        _ => return Err(bad("the body is not a JSON object")),
    }
    serde_json::from_slice(body).map_err(|error| {
        if error.is_data() {
            bad("query and operationName are text, variables and extensions are objects, and none stands twice")
        } else {
            let (line, column) = (error.line(), error.column());
            bad(&format!("the body is not JSON: see line {line}, column {column}"))
        }
    })
}

/// The parameters of a GET.
pub(super) fn from_query_string(request: &poem::Request) -> Result<Parameters, Refusal> {
    let encoded: Encoded = request
        .params()
        .map_err(|_| bad("the query string is malformed, or a parameter stands twice"))?;
    Ok(Parameters {
        query: encoded.query,
        document_id: encoded.document_id,
        operation_name: encoded.operation_name.filter(|name| !name.is_empty()),
        variables: object(encoded.variables.as_deref(), "variables")?,
        extensions: object(encoded.extensions.as_deref(), "extensions")?,
    })
}

fn object(text: Option<&str>, name: &str) -> Result<Option<Variables>, Refusal> {
    match text {
        None | Some("") => Ok(None),
        Some(text) => {
            serde_json::from_str(text).map_err(|_| bad(&format!("the parameter {name} is not a JSON object")))
        }
    }
}
