//! The one way in which this server says no, whatever the route, and the headers that stand on every answer.

use std::sync::Arc;

use poem::http::header::{
    self, CACHE_CONTROL, CONTENT_SECURITY_POLICY, CONTENT_TYPE, HeaderName, HeaderValue, REFERRER_POLICY,
    X_CONTENT_TYPE_OPTIONS, X_FRAME_OPTIONS,
};
use poem::http::{HeaderMap, StatusCode};
use poem::{Request, Response};

use super::accept::Media;
use crate::api::answer::{Answer, GraphqlError, Outcome};
use crate::api::service::Credentials;
use crate::error::{Code, Error, Refusal};

/// The id under which the log has a request.
#[derive(Clone, Debug)]
pub(super) struct RequestId(pub(super) Arc<str>);

pub(super) const REQUEST_ID: HeaderName = HeaderName::from_static("x-request-id");
const ACCOUNT: HeaderName = HeaderName::from_static("postern-account");

/// The request's id; every request has one behind the frame.
pub(super) fn request_id(request: &Request) -> Arc<str> {
    request
        .extensions()
        .get::<RequestId>()
        .map_or_else(|| Arc::from(""), |id| id.0.clone())
}

/// An id of our own.
pub(super) fn new_request_id() -> Arc<str> {
    data_encoding::HEXLOWER.encode(&rand::random::<[u8; 16]>()).into()
}

/// What the asker shows of itself. Two `Authorization` headers are refused: which one counts would be a guess.
pub(super) fn credentials(headers: &HeaderMap) -> Result<Credentials, Refusal> {
    Ok(Credentials {
        authorization: single(headers, &header::AUTHORIZATION)?,
        account: single(headers, &ACCOUNT)?,
    })
}

fn single(headers: &HeaderMap, name: &HeaderName) -> Result<Option<String>, Refusal> {
    let mut values = headers.get_all(name).iter();
    let (first, second) = (values.next(), values.next());
    let refuse = |what: &str| Refusal::new(Code::BadRequest, format!("the header {name} {what}"));
    if second.is_some() {
        return Err(refuse("stands more than once"));
    }
    first
        .map(|value| {
            value
                .to_str()
                .map(str::to_owned)
                .map_err(|_| refuse("holds characters that are not ASCII"))
        })
        .transpose()
}

/// A refusal or fault as an answer of any route but `/graphql`, which has media types to choose from.
pub(super) fn failure(error: Error, request_id: &str) -> Response {
    answer(
        Answer::refused_for(GraphqlError::of(error, request_id), request_id),
        Media::Json,
        Strictness::Status,
    )
}

/// 405 with what would be allowed.
pub(super) fn method_not_allowed(allowed: &'static str, request_id: &str) -> Response {
    let refusal = Refusal::new(Code::MethodNotAllowed, format!("this route takes {allowed}"));
    let mut response = failure(refusal.into(), request_id);
    response
        .headers_mut()
        .insert(header::ALLOW, HeaderValue::from_static(allowed));
    response
}

/// Whether the status of a refusal is its code's, or 200 where an older GraphQL client expects that.
#[derive(Clone, Copy, PartialEq)]
pub(super) enum Strictness {
    /// Always the code's.
    Status,
    /// What is wrong with a document or its variables is 200 under `application/json`.
    OfMedia,
}

/// An answer of the API as a response. The body passes through untouched.
pub(super) fn answer(answer: Answer, media: Media, strictness: Strictness) -> Response {
    let mut response = Response::builder()
        .status(status(answer.outcome, media, strictness))
        .body(answer.body);
    let headers = response.headers_mut();
    headers.insert(CONTENT_TYPE, HeaderValue::from_static(media.content_type()));
    if let Some(seconds) = answer.retry_after_seconds {
        headers.insert(header::RETRY_AFTER, seconds.into());
    }
    if answer.outcome == Outcome::Refused(Code::Unauthenticated) {
        let challenge = HeaderValue::from_static("Bearer error=\"invalid_token\"");
        headers.insert(header::WWW_AUTHENTICATE, challenge);
    }
    response
}

fn status(outcome: Outcome, media: Media, strictness: Strictness) -> StatusCode {
    let code = match outcome {
        Outcome::Executed => return StatusCode::OK,
        Outcome::Refused(code) => code,
    };
    if media == Media::Json && strictness == Strictness::OfMedia && is_about_the_document(code) {
        return StatusCode::OK;
    }
    StatusCode::from_u16(code.http_status()).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR)
}

/// Refusals that the GraphQL-over-HTTP specification counts as answers to a well-formed request. Limits are not
/// among them: a request that is too much is refused as one whatever the media type (ruling 37).
fn is_about_the_document(code: Code) -> bool {
    matches!(
        code,
        Code::ParseFailed
            | Code::ValidationFailed
            | Code::BadUserInput
            | Code::ForbiddenField
            | Code::PageTooLarge
            | Code::InvalidCursor
            | Code::InvalidId
    )
}

/// The headers of every answer; a route that needs others has set them already.
pub(super) fn finish(headers: &mut HeaderMap, request_id: &str) {
    const ALWAYS: [(HeaderName, &str); 6] = [
        (X_CONTENT_TYPE_OPTIONS, "nosniff"),
        (REFERRER_POLICY, "no-referrer"),
        (X_FRAME_OPTIONS, "DENY"),
        (
            CONTENT_SECURITY_POLICY,
            "default-src 'none'; frame-ancestors 'none'",
        ),
        (CACHE_CONTROL, "no-store"),
        (
            HeaderName::from_static("cross-origin-resource-policy"),
            "same-origin",
        ),
    ];
    for (name, value) in ALWAYS {
        headers.entry(name).or_insert(HeaderValue::from_static(value));
    }
    if let Ok(id) = HeaderValue::from_str(request_id) {
        headers.insert(REQUEST_ID, id);
    }
}
