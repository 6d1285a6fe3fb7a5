//! The person that a job is about, as somebody names them.

use serde::Deserialize;
use uuid::Uuid;

use crate::access::viewer::Viewer;
use crate::address::Address;
use crate::error::{Code, Refusal, Result};
use crate::store::identity;
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

/// The subscriber's id, when the account has that one.
pub async fn find_subscriber(
    installation: &Installation,
    viewer: &Viewer,
    choice: &SubscriberChoice,
) -> Result<Uuid> {
    let not_found = || {
        Refusal::new(
            Code::SubjectNotFound,
            "there is no such subscriber in this account",
        )
        .at(["subscriber"])
    };
    match choice {
        SubscriberChoice::Email(text) => {
            let address = parse_email(text)?;
            let found =
                identity::subscriber(&installation.database, viewer.account, &address.normalized).await?;
            Ok(found.ok_or_else(not_found)?)
        }
        SubscriberChoice::Id(id) => {
            let found = identity::subscriber_address(&installation.database, viewer.account, *id).await?;
            found.map(|_| *id).ok_or_else(|| not_found().into())
        }
    }
}

/// The address that somebody chose a subscriber by.
pub fn parse_email(text: &str) -> Result<Address, Refusal> {
    Address::parse(text)
        .map_err(|reason| Refusal::new(Code::BadUserInput, reason.to_string()).at(["subscriber", "email"]))
}
