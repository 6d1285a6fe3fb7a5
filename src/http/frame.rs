//! What stands around every route: the request's id, the last net for panics, the headers of every answer and
//! one line in the log.
//!
//! The log gets method, route, status and duration; never a header, a query string or a body, and of the path
//! only the route that it matched.

use std::panic::AssertUnwindSafe;
use std::sync::Arc;
use std::time::Instant;

use futures_util::FutureExt;
use poem::http::StatusCode;
use poem::{Endpoint, IntoResponse, Request, Response};

use super::cors::Origins;
use super::respond::{self, REQUEST_ID, RequestId};
use crate::error::{Code, Fault, Refusal};

/// All routes with the frame around them. Never fails.
pub(super) struct Frame<E> {
    pub(super) routes: E,
    pub(super) origins: Arc<Origins>,
}

impl<E: Endpoint> Endpoint for Frame<E> {
    type Output = Response;

    async fn call(&self, mut request: Request) -> poem::Result<Response> {
        let started = Instant::now();
        let id = id_of(&request);
        let route = route(request.uri().path());
        let method = request.method().clone();
        request.extensions_mut().insert(RequestId(id.clone()));
        let origin = self.origins.allowed(request.headers());
        let preflight = origin.as_ref().and_then(|_| self.origins.preflight(&request));
        let mut response = match preflight {
            Some(response) => response,
            None => self.routed(request, &id).await,
        };
        self.origins.finish(response.headers_mut(), origin);
        respond::finish(response.headers_mut(), &id);
        let status = response.status().as_u16();
        let microseconds = u64::try_from(started.elapsed().as_micros()).unwrap_or(u64::MAX);
        tracing::info!(%method, route, status, microseconds, request_id = &*id, "request");
        Ok(response)
    }
}

impl<E: Endpoint> Frame<E> {
    async fn routed(&self, request: Request, id: &str) -> Response {
        // What a route shares with others (pools, caches) keeps its own invariants; a panic leaves them whole.
        match AssertUnwindSafe(self.routes.call(request)).catch_unwind().await {
            Ok(Ok(output)) => output.into_response(),
            Ok(Err(error)) => unrouted(error.status(), id),
            Err(_) => {
                let fault = Fault::Invariant("a request handler panicked; see standard error".into());
                respond::failure(fault.into(), id)
            }
        }
    }
}

/// The id that a proxy gave, where it is a plain one, else one of our own.
fn id_of(request: &Request) -> Arc<str> {
    let is_plain = |id: &&str| {
        (8..=64).contains(&id.len())
            && id
                .bytes()
                .all(|byte| byte.is_ascii_alphanumeric() || byte == b'-')
    };
    let given = request
        .headers()
        .get(REQUEST_ID)
        .and_then(|value| value.to_str().ok())
        .filter(is_plain);
    match given {
        Some(given) => given.into(),
        None => respond::new_request_id(),
    }
}

fn route(path: &str) -> &'static str {
    match path {
        "/" => "/",
        "/graphql" => "/graphql",
        "/graphql/ws" => "/graphql/ws",
        "/uploads" => "/uploads",
        "/health/live" => "/health/live",
        "/health/ready" => "/health/ready",
        _ if path.starts_with("/exports/") => "/exports/{id}/bundle",
        _ if path.starts_with("/imports/") => "/imports/{id}/rejects",
        _ if path.starts_with("/downloads/") => "/downloads/{link}",
        _ if path.starts_with("/.well-known/") => "/.well-known/*",
        _ => "other",
    }
}

/// What poem itself refuses: a path without route, or a request that it cannot take apart.
fn unrouted(status: StatusCode, id: &str) -> Response {
    let refusal = match status {
        StatusCode::NOT_FOUND => Refusal::new(Code::NotFound, "there is nothing under this path"),
        status if status.is_client_error() => Refusal::new(Code::BadRequest, "the request is malformed"),
        _ => {
            let fault = Fault::Invariant(format!("a route failed with status {status}"));
            return respond::failure(fault.into(), id);
        }
    };
    respond::failure(refusal.into(), id)
}
