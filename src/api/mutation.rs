//! The mutations. Each is one file that declares what it is called, takes, refuses and gives, and what runs it; the
//! types of the schema, the reading of inputs, the payloads and their errors all follow from the declarations.

mod cancel_erasure;
mod cancel_export;
mod confirm_erasure;
mod declare;
mod plan_erasure;
mod read;
mod request_export;
mod shapes;
mod sign_in;

use std::net::IpAddr;

use futures_util::future::BoxFuture;
use serde_json::Value;

use crate::access::viewer::Viewer;
use crate::error::{Code, Refusal, Result};

pub use declare::{Columns, Extra, Gave, Gives, Input, Kind, Mutation, Part, Shape, Words};
pub(crate) use read::Reader;

/// Every mutation, in the order of the schema.
pub static ALL: &[Mutation] = &[
    sign_in::SIGN_IN,
    request_export::REQUEST_EXPORT,
    cancel_export::CANCEL_EXPORT,
    plan_erasure::PLAN_ERASURE,
    confirm_erasure::CONFIRM_ERASURE,
    cancel_erasure::CANCEL_ERASURE,
];

/// Runs the mutations. A refusal whose code the mutation declares becomes a user error of its payload; every other
/// failure is an error of the field.
pub trait MutationService: Send + Sync + 'static {
    /// Runs one.
    fn run<'a>(&'a self, mutation: &'static Mutation, given: Given<'a>) -> BoxFuture<'a, Result<Gave>>;
}

/// What a mutation is called with.
pub struct Given<'a> {
    /// Who asks; none only where the mutation is open to everybody.
    pub viewer: Option<&'a Viewer>,
    /// From where, if known.
    pub client: Option<IpAddr>,
    /// The input as the schema says, with ids opened.
    pub input: Value,
}

impl<'a> Given<'a> {
    /// Who asks.
    pub fn viewer(&self) -> Result<&'a Viewer, Refusal> {
        self.viewer
            .ok_or_else(|| Refusal::new(Code::Unauthenticated, "sign in first"))
    }
}
