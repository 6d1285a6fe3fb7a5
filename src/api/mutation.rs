//! The mutations. Each is one file that declares what it is called, takes, refuses and gives, and what runs it (but
//! for the deletions of single rows, which are one file together); the
//! types of the schema, the reading of inputs, the payloads and their errors all follow from the declarations.

mod add_grant;
mod add_group_member;
mod cancel_erasure;
mod cancel_export;
mod cancel_import;
mod cancel_transfer;
mod close_account;
mod confirm_erasure;
mod confirm_subscription;
mod create_api_key;
mod create_download_link;
mod create_user_group;
mod declare;
mod delete_user_group;
mod disable_user;
mod enable_user;
mod invite_user;
mod lift_restriction;
mod pause_erasure;
mod plan_erasure;
mod read;
mod release;
mod remove;
mod remove_grant;
mod remove_group_member;
mod remove_user;
mod reopen_account;
mod report_erasure_recipient;
mod request_export;
mod request_import;
mod restrict_processing;
mod resume_erasure;
mod revoke_api_key;
mod rotate_api_key;
mod set_grants;
mod shapes;
mod sign_in;
mod subscribe;
mod suppress;
mod transfer_export;
mod unsubscribe;
mod update_account;
mod update_subscriber;
mod update_subscriber_profile;
mod update_user;
mod update_user_group;
mod withdraw_consent;
mod withdraw_invitation;

use std::net::IpAddr;

use futures_util::future::BoxFuture;
use serde_json::Value;

use crate::access::viewer::{Viewer, account_closed};
use crate::catalog::Catalog;
use crate::error::{Code, Refusal, Result};

pub use declare::{Columns, Extra, Gave, Gives, Input, Kind, Mutation, Part, Shape, Words};
pub(crate) use read::Reader;

/// Every mutation, in the order of the schema; those that delete single rows follow from the policy.
pub fn all(catalog: &Catalog) -> Vec<&'static Mutation> {
    WRITTEN.iter().chain(remove::removals(catalog)).collect()
}

/// The mutations that are written by hand.
static WRITTEN: &[Mutation] = &[
    sign_in::SIGN_IN,
    request_export::REQUEST_EXPORT,
    cancel_export::CANCEL_EXPORT,
    create_download_link::CREATE_DOWNLOAD_LINK,
    transfer_export::TRANSFER_EXPORT,
    cancel_transfer::CANCEL_TRANSFER,
    request_import::REQUEST_IMPORT,
    cancel_import::CANCEL_IMPORT,
    plan_erasure::PLAN_ERASURE,
    confirm_erasure::CONFIRM_ERASURE,
    pause_erasure::PAUSE_ERASURE,
    resume_erasure::RESUME_ERASURE,
    cancel_erasure::CANCEL_ERASURE,
    report_erasure_recipient::REPORT_ERASURE_RECIPIENT,
    update_subscriber::UPDATE_SUBSCRIBER,
    update_subscriber_profile::UPDATE_SUBSCRIBER_PROFILE,
    subscribe::SUBSCRIBE,
    confirm_subscription::CONFIRM_SUBSCRIPTION,
    unsubscribe::UNSUBSCRIBE,
    suppress::SUPPRESS,
    release::RELEASE,
    withdraw_consent::WITHDRAW_CONSENT,
    restrict_processing::RESTRICT_PROCESSING,
    lift_restriction::LIFT_RESTRICTION,
    update_account::UPDATE_ACCOUNT,
    close_account::CLOSE_ACCOUNT,
    reopen_account::REOPEN_ACCOUNT,
    update_user::UPDATE_USER,
    invite_user::INVITE_USER,
    withdraw_invitation::WITHDRAW_INVITATION,
    disable_user::DISABLE_USER,
    enable_user::ENABLE_USER,
    remove_user::REMOVE_USER,
    create_user_group::CREATE_USER_GROUP,
    update_user_group::UPDATE_USER_GROUP,
    delete_user_group::DELETE_USER_GROUP,
    add_group_member::ADD_GROUP_MEMBER,
    remove_group_member::REMOVE_GROUP_MEMBER,
    set_grants::SET_GRANTS,
    add_grant::ADD_GRANT,
    remove_grant::REMOVE_GRANT,
    create_api_key::CREATE_API_KEY,
    rotate_api_key::ROTATE_API_KEY,
    revoke_api_key::REVOKE_API_KEY,
];

/// What is done in a closed account: coming in, carrying its data out, noting what people ask for, whose rights do not end
/// with it, and that those who were given data have erased it, and reopening it. Whatever else changes something is refused
/// there, also what is not made yet.
const IN_CLOSED_ACCOUNT: [&str; 19] = [
    "signIn",
    "requestExport",
    "cancelExport",
    "createDownloadLink",
    "transferExport",
    "cancelTransfer",
    "planErasure",
    "confirmErasure",
    "cancelErasure",
    "pauseErasure",
    "resumeErasure",
    "unsubscribe",
    "suppress",
    "withdrawConsent",
    "restrictProcessing",
    "liftRestriction",
    "reportErasureRecipient",
    "closeAccount",
    "reopenAccount",
];

/// Refuses a mutation that is not for a closed account, where the viewer's is.
pub(super) fn admit(mutation: &Mutation, viewer: Option<&Viewer>) -> Result<(), Refusal> {
    let is_closed = viewer.is_some_and(|viewer| viewer.rights.are_in_closed_account());
    match is_closed && !IN_CLOSED_ACCOUNT.contains(&mutation.name) {
        true => Err(account_closed()),
        false => Ok(()),
    }
}

/// Runs the mutations. A refusal whose code the mutation declares becomes a user error of its payload; every other
/// failure is an error of the field.
pub trait MutationService: Send + Sync + 'static {
    /// Runs one.
    fn run<'a>(&'a self, mutation: &'static Mutation, given: Given<'a>) -> BoxFuture<'a, Result<Gave>>;
}

/// What a mutation is called with.
pub struct Given<'a> {
    /// Which mutation; several may share what runs them.
    pub mutation: &'static Mutation,
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
