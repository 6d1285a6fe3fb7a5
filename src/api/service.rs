//! What a transport hands in and what it gets back. Each transport (HTTP and the socket) knows this and nothing else
//! of the API.

use std::fmt;
use std::net::IpAddr;
use std::sync::Arc;
use std::time::Duration;

use async_graphql::{Value as ConstValue, Variables};
use futures_util::future::BoxFuture;
use tokio::sync::mpsc::Sender;
use uuid::Uuid;

use super::answer::Answer;
use crate::error::Result;

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
    /// The document; not yet looked at, so it may be anything. Empty where [`Request::document_id`] stands for it.
    pub query: String,
    /// The name of a trusted document, in place of its text.
    pub document_id: Option<String>,
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

/// Somebody who may stay for a while.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Guest {
    /// Who: the same for all connections of one principal.
    pub who: Uuid,
    /// For how long the credentials are good; none for those without an end.
    pub lasts: Option<Duration>,
}

/// How a conversation ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Ending {
    /// Everything was said.
    Complete,
    /// The credentials are no longer good, for anything.
    Expelled,
}

/// Runs operations.
pub trait GraphqlService: Send + Sync + 'static {
    /// One answer to a query or mutation, within the time that an operation may take. Never fails: every failure is
    /// an answer. A mutation under [`Request::queries_only`] is refused with `METHOD_NOT_ALLOWED`, a subscription
    /// with `BAD_REQUEST`. Dropping the future ends the work.
    fn execute(&self, request: Request) -> BoxFuture<'_, Answer>;

    /// Whether somebody may stay. Errors: as for the credentials of any request; nobody stays without.
    fn welcome<'a>(&'a self, credentials: &'a Credentials) -> BoxFuture<'a, Result<Guest>>;

    /// All answers to an operation, one after another: a single one to a query or mutation, one for each event to a
    /// subscription. An answer that was refused is the last one. Dropping the future ends the work.
    fn converse(&self, request: Request, answers: Sender<Answer>) -> BoxFuture<'_, Ending>;
}
