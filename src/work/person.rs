//! The person that a job is about, as somebody names them.

use serde::Deserialize;
use uuid::Uuid;

use crate::access::grant::Verb;
use crate::access::viewer::Viewer;
use crate::address::Address;
use crate::cell::Cell;
use crate::error::{Code, Refusal, Result};
use crate::work::edit::Edit;
use crate::work::installation::Installation;

/// A subscriber, named in one of two ways.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "camelCase")]
pub enum SubscriberChoice {
    /// By id.
    Id(Uuid),
    /// By address.
    Email(String),
}

/// The id of the subscriber, among those to whom the viewer may do all of `verbs`: any other is one that the account
/// does not have. Whoever may do something to people may name them by address, as the people who ask for it do.
/// Errors: `SUBJECT_NOT_FOUND`, and `FORBIDDEN` where a verb reaches nobody.
pub async fn find_subscriber(
    installation: &Installation,
    viewer: &Viewer,
    verbs: &[Verb],
    choice: &SubscriberChoice,
) -> Result<Uuid> {
    let key = match choice {
        SubscriberChoice::Email(text) => ("email_normalized", parse_email(text)?.normalized.into()),
        SubscriberChoice::Id(id) => ("id", Cell::from(*id)),
    };
    let mut edit = Edit::begin_for_a_person(installation, viewer).await?;
    let mut found = None;
    for verb in verbs {
        let rows = edit
            .look(*verb, "subscribers", std::slice::from_ref(&key), &["id"])
            .await?;
        found = rows.first().and_then(|row| row[0].as_uuid());
        if found.is_none() {
            break;
        }
    }
    found.ok_or_else(|| {
        let message = "there is no such subscriber in this account";
        Refusal::new(Code::SubjectNotFound, message)
            .at(["subscriber"])
            .into()
    })
}

/// The address that somebody chose a subscriber by.
pub fn parse_email(text: &str) -> Result<Address, Refusal> {
    Address::parse(text)
        .map_err(|reason| Refusal::new(Code::BadUserInput, reason.to_string()).at(["subscriber", "email"]))
}
