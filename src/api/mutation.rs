//! What the mutations take and who runs them. The inputs are read strictly, one struct for each; what a verb
//! does, and whether the viewer may, is the service's matter.

mod input;

use std::net::IpAddr;

use futures_util::future::BoxFuture;
use uuid::Uuid;

use crate::access::viewer::Viewer;
use crate::clock::Instant;
use crate::error::Result;
use crate::plan::slice::BundleKind;

pub(crate) use input::{Inputs, Wanted};

/// Runs the verbs. A refusal whose code the schema lists for the verb becomes a user error of the payload; every
/// other failure is an error of the field.
pub trait MutationService: Send + Sync + 'static {
    /// A token for an address and a password.
    fn sign_in(&self, input: SignIn) -> BoxFuture<'_, Result<SignedIn>>;

    /// Asks for a bundle; gives the export's id.
    fn request_export<'a>(&'a self, viewer: &'a Viewer, input: RequestExport) -> BoxFuture<'a, Result<Uuid>>;

    /// Ends an export; gives its id.
    fn cancel_export<'a>(&'a self, viewer: &'a Viewer, input: Cancel) -> BoxFuture<'a, Result<Uuid>>;

    /// Plans an erasure; gives its id.
    fn plan_erasure<'a>(&'a self, viewer: &'a Viewer, input: PlanErasure) -> BoxFuture<'a, Result<Uuid>>;

    /// Confirms an erasure; gives its id.
    fn confirm_erasure<'a>(
        &'a self,
        viewer: &'a Viewer,
        input: ConfirmErasure,
    ) -> BoxFuture<'a, Result<Uuid>>;

    /// Ends an erasure that has not begun; gives its id.
    fn cancel_erasure<'a>(&'a self, viewer: &'a Viewer, input: Cancel) -> BoxFuture<'a, Result<Uuid>>;
}

/// What `signIn` takes.
#[derive(Clone, PartialEq, Eq)]
pub struct SignIn {
    /// The address as it was written.
    pub email: String,
    /// The password.
    pub password: String,
    /// Name or id of the account to act in.
    pub account: Option<String>,
    /// From where, for the limit in rate.
    pub client: Option<IpAddr>,
}

impl std::fmt::Debug for SignIn {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("SignIn(redacted)")
    }
}

/// What `signIn` gives.
#[derive(Clone)]
pub struct SignedIn {
    /// The token.
    pub token: String,
    /// Until when it is good.
    pub expires_at: Instant,
}

impl std::fmt::Debug for SignedIn {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "SignedIn(until {})", self.expires_at)
    }
}

/// What `requestExport` takes.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RequestExport {
    /// The person; none for the whole account.
    pub subscriber: Option<SubscriberChoice>,
    /// What the bundle is for.
    pub bundle: BundleKind,
    /// Whether the lane for people is wanted.
    pub csv: bool,
    /// Whether the exact lane is wanted.
    pub ndjson: bool,
    /// The asker's key.
    pub idempotency_key: String,
}

/// A subscriber, named in one of two ways.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum SubscriberChoice {
    /// By id.
    Id(Uuid),
    /// By address, as it was written.
    Email(String),
}

/// What `cancelExport` and `cancelErasure` take.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Cancel {
    /// The job.
    pub job: Uuid,
    /// The asker's key.
    pub idempotency_key: String,
}

/// What `planErasure` takes.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PlanErasure {
    /// The person.
    pub subscriber: SubscriberChoice,
    /// The asker's key.
    pub idempotency_key: String,
}

/// What `confirmErasure` takes.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ConfirmErasure {
    /// The planned erasure.
    pub erasure: Uuid,
    /// The hash of the plan that is agreed to.
    pub plan_hash: String,
    /// The asker's key.
    pub idempotency_key: String,
}
