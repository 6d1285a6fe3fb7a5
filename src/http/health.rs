//! Whether the process lives and whether it should get requests. Knows no component, only their names.

use std::sync::Arc;

use futures_util::future::BoxFuture;
use poem::http::header::{CONTENT_TYPE, HeaderValue};
use poem::http::{Method, StatusCode};
use poem::{Endpoint, Request, Response};

use super::respond;
use crate::error::Code;

/// How a component is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum State {
    /// It works.
    Fine,
    /// A part of it does not; requests are still welcome.
    Degraded(Code),
    /// It does not work, so no requests should come.
    Down(Code),
}

/// A component and how it is.
#[derive(Clone, Debug)]
pub struct Check {
    /// Such as `store`.
    pub component: &'static str,
    /// How it is.
    pub state: State,
}

/// Looks at the components. Answers within a second or two, whatever they do.
pub trait Readiness: Send + Sync + 'static {
    /// All components, the same ones each time.
    fn check(&self) -> BoxFuture<'_, Vec<Check>>;
}

/// The route `/health/live`: answered as long as there is anybody to answer.
pub(super) struct Live;

impl Endpoint for Live {
    type Output = Response;

    async fn call(&self, request: Request) -> poem::Result<Response> {
        if !is_reading(&request) {
            return Ok(respond::method_not_allowed(
                "GET, HEAD",
                &respond::request_id(&request),
            ));
        }
        Ok(json(StatusCode::OK, &serde_json::json!({ "status": "live" })))
    }
}

/// The route `/health/ready`.
pub(super) struct Ready {
    pub(super) readiness: Arc<dyn Readiness>,
}

impl Endpoint for Ready {
    type Output = Response;

    async fn call(&self, request: Request) -> poem::Result<Response> {
        if !is_reading(&request) {
            return Ok(respond::method_not_allowed(
                "GET, HEAD",
                &respond::request_id(&request),
            ));
        }
        let checks = self.readiness.check().await;
        let is_down = checks.iter().any(|check| matches!(check.state, State::Down(_)));
        let is_fine = checks.iter().all(|check| check.state == State::Fine);
        let (status, word) = match (is_down, is_fine) {
            (true, _) => (StatusCode::SERVICE_UNAVAILABLE, "down"),
            (false, true) => (StatusCode::OK, "ready"),
            (false, false) => (StatusCode::OK, "degraded"),
        };
        let checks: Vec<_> = checks.iter().map(describe).collect();
        Ok(json(
            status,
            &serde_json::json!({ "status": word, "checks": checks }),
        ))
    }
}

fn describe(check: &Check) -> serde_json::Value {
    let (state, code) = match check.state {
        State::Fine => ("fine", None),
        State::Degraded(code) => ("degraded", Some(code.as_str())),
        State::Down(code) => ("down", Some(code.as_str())),
    };
    serde_json::json!({ "component": check.component, "state": state, "code": code })
}

pub(super) fn is_reading(request: &Request) -> bool {
    matches!(*request.method(), Method::GET | Method::HEAD)
}

fn json(status: StatusCode, body: &serde_json::Value) -> Response {
    let mut response = Response::builder().status(status).body(body.to_string());
    response.headers_mut().insert(
        CONTENT_TYPE,
        HeaderValue::from_static("application/json; charset=utf-8"),
    );
    response
}
