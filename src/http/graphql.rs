//! GraphQL over HTTP, after its specification: POST with JSON, GET for queries, media types, statuses. Knows
//! nothing of what the documents mean.
//!
//! There are no cookies, so a form on a stranger's page has nothing to ride on; the media type of a POST must be
//! JSON all the same, and no list of operations is taken.

use std::sync::Arc;
use std::time::Duration;

use poem::http::header::{self, HeaderValue};
use poem::http::{Method, StatusCode};
use poem::{Endpoint, Request, Response};

use super::accept::{self, Media};
use super::body::{self, Parameters};
use super::respond::{self, Strictness};
use super::server::Limits;
use crate::api::answer::{Answer, Outcome};
use crate::api::service::{GraphqlService, Request as Operation};
use crate::error::{Code, Refusal};

/// The route `/graphql`.
pub(super) struct Graphql {
    pub(super) service: Arc<dyn GraphqlService>,
    pub(super) limits: Limits,
}

impl Endpoint for Graphql {
    type Output = Response;

    async fn call(&self, request: Request) -> poem::Result<Response> {
        let request_id = respond::request_id(&request);
        if !matches!(*request.method(), Method::GET | Method::POST) {
            return Ok(respond::method_not_allowed("GET, POST", &request_id));
        }
        let Some(media) = accept::choose(request.headers()) else {
            let message = "answers are application/graphql-response+json or application/json";
            return Ok(respond::failure(
                Refusal::new(Code::NotAcceptable, message).into(),
                &request_id,
            ));
        };
        Ok(match self.read(request, request_id.clone()).await {
            Ok(operation) => executed(self.service.execute(operation).await, media),
            Err(refusal) => unread(refusal, media, &request_id),
        })
    }
}

impl Graphql {
    async fn read(&self, mut request: Request, request_id: Arc<str>) -> Result<Operation, Refusal> {
        let credentials = respond::credentials(request.headers())?;
        let client = request.remote_addr().as_socket_addr().map(|address| address.ip());
        let queries_only = *request.method() == Method::GET;
        let mut parameters = if queries_only {
            body::from_query_string(&request)?
        } else {
            body::check_headers(request.headers(), self.limits.body_bytes)?;
            let time = Duration::from_secs(self.limits.body_seconds);
            let bytes = body::read(request.take_body(), self.limits.body_bytes, time).await?;
            body::from_json(&bytes)?
        };
        let extensions = parameters.extensions();
        let document_id = parameters.document_id(extensions.as_ref());
        let Parameters {
            query,
            operation_name,
            variables,
            ..
        } = parameters;
        if query.is_none() && document_id.is_none() {
            return Err(Refusal::new(Code::BadRequest, "the parameter query is missing"));
        }
        Ok(Operation {
            document_id: document_id.filter(|_| query.is_none()),
            query: query.unwrap_or_default(),
            operation_name,
            variables: variables.unwrap_or_default(),
            extensions,
            credentials,
            queries_only,
            client,
            request_id,
        })
    }
}

fn executed(answer: Answer, media: Media) -> Response {
    let is_mutation_by_get = answer.outcome == Outcome::Refused(Code::MethodNotAllowed);
    let mut response = respond::answer(answer, media, Strictness::OfMedia);
    if is_mutation_by_get {
        response
            .headers_mut()
            .insert(header::ALLOW, HeaderValue::from_static("POST"));
    }
    response
}

/// A request that could not be read to its end. Where a part of it is still to come, the connection cannot be
/// used again.
fn unread(refusal: Refusal, media: Media, request_id: &str) -> Response {
    let code = refusal.code;
    let answer = Answer::refused_for(refusal.into(), request_id);
    let mut response = respond::answer(answer, media, Strictness::Status);
    if code == Code::Timeout {
        response.set_status(StatusCode::REQUEST_TIMEOUT);
    }
    if matches!(
        code,
        Code::Timeout | Code::BodyTooLarge | Code::UnsupportedMediaType
    ) {
        response
            .headers_mut()
            .insert(header::CONNECTION, HeaderValue::from_static("close"));
    }
    response
}
