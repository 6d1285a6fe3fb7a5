//! `suppress`.

use futures_util::FutureExt;
use serde::Deserialize;

use super::Given;
use super::declare::{Gave, Gives, Input, Kind, Mutation};
use super::read::{instant, wire};
use crate::api::promises::Promises;
use crate::clock::Instant;
use crate::error::{Code, Result};
use crate::work::suppress::{self, Suppression};

pub(super) const SUPPRESS: Mutation = Mutation {
    name: "suppress",
    about: "Puts an address on the account's list of those that must not be mailed; one that is on it gets the new reason, comment and end. Requires: write on SuppressionEntry.",
    takes: &[
        Input::new("email", Kind::Named("EmailAddress"), "The address.").required(),
        Input::new("reason", Kind::Named("SuppressionReason"), "Why.")
            .required()
            .or("MANUAL"),
        Input::optional_text("comment", "What is to be remembered about it."),
        Input::new(
            "expiresAt",
            Kind::Named("DateTime"),
            "Until when; left out: for good.",
        ),
    ],
    columns: None,
    codes: &[Code::BadUserInput, Code::Forbidden, Code::Suppressed],
    gives: Gives::row("suppression_entries", "The entry; null when nothing was done."),
    is_open: false,
    run: |promises, given| run(promises, given).boxed(),
};

#[derive(Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
struct Suppress {
    email: String,
    reason: String,
    comment: Option<String>,
    #[serde(default, deserialize_with = "instant")]
    expires_at: Option<Instant>,
}

async fn run(promises: &Promises, given: Given<'_>) -> Result<Gave> {
    let viewer = given.viewer()?;
    let input: Suppress = wire(given.input)?;
    let wanted = Suppression {
        email: input.email,
        reason: input.reason.to_ascii_lowercase(),
        comment: input.comment,
        expires_at: input.expires_at,
    };
    suppress::suppress(&promises.installation, viewer, &wanted)
        .await
        .map(Gave::row)
}
