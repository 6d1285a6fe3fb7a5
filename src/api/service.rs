//! What a transport hands in and what it gets back. Each transport (HTTP now, the socket later) knows this and
//! nothing else of the API.

use std::fmt;
use std::net::IpAddr;
use std::sync::Arc;

use async_graphql::{Value as ConstValue, Variables};
use futures_util::future::BoxFuture;

use super::answer::Answer;

/// What the asker showed of itself, not yet checked.
#[derive(Clone, Default)]
pub struct Credentials {
    /// The `Authorization` header as it came.
    pub authorization: Option<String>,
    /// The `Postern-Account` header as it came.
    pub account: Option<String>,
}

impl fmt::Debug for Credentials {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        // A token is never written anywhere, not even by a debugging line.
        f.debug_struct("Credentials")
            .field("given", &self.authorization.is_some())
            .finish_non_exhaustive()
    }
}

/// One operation to be run.
#[derive(Debug)]
pub struct Request {
    /// The document; not yet looked at, so it may be anything.
    pub query: String,
    /// Which operation of the document to run.
    pub operation_name: Option<String>,
    /// The variables as they came, not yet coerced.
    pub variables: Variables,
    /// The extensions of the request.
    pub extensions: Option<ConstValue>,
    /// Who asks.
    pub credentials: Credentials,
    /// Whether the transport allows queries only (HTTP GET).
    pub queries_only: bool,
    /// From where, if known.
    pub client: Option<IpAddr>,
    /// The id under which the log has this request.
    pub request_id: Arc<str>,
}

/// Runs queries and mutations.
pub trait GraphqlService: Send + Sync + 'static {
    /// Never fails: every failure is an answer. A mutation under [`Request::queries_only`] is refused with
    /// `METHOD_NOT_ALLOWED`. Dropping the future ends the work.
    fn execute(&self, request: Request) -> BoxFuture<'_, Answer>;
}
