//! `confirmSubscription`.

use futures_util::FutureExt;
use serde::Deserialize;

use super::Given;
use super::declare::{Gave, Gives, Input, Mutation};
use super::read::wire;
use crate::api::promises::Promises;
use crate::error::{Code, Result};
use crate::work::subscriber::subscription::{self, Proof};

pub(super) const CONFIRM_SUBSCRIPTION: Mutation = Mutation {
    name: "confirmSubscription",
    about: "Confirms a sign-up by the token that `subscribe` gave. Requires: write on Subscriber, SubscriberProfile and Consent in the list.",
    takes: &[
        Input::text("token", "The token of the sign-up."),
        Input::optional_text("purpose", "What the consent is for; newsletter when left out."),
        Input::optional_text(
            "textVersion",
            "The version of the text that the person was shown.",
        ),
        Input::optional_text("statement", "The text that the person was shown."),
        Input::optional_text("ipAddress", "The IP address that the person did it from."),
        Input::optional_text("userAgent", "What the person's browser said of itself."),
    ],
    columns: None,
    codes: &[
        Code::BadUserInput,
        Code::Forbidden,
        Code::InvalidState,
        Code::Suppressed,
    ],
    gives: Gives::row(
        "subscriber_profiles",
        "The person on the list; null when nothing was done.",
    ),
    is_open: false,
    run: |promises, given| run(promises, given).boxed(),
};

#[derive(Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
struct ConfirmSubscription {
    token: String,
    purpose: Option<String>,
    text_version: Option<String>,
    statement: Option<String>,
    ip_address: Option<String>,
    user_agent: Option<String>,
}

async fn run(promises: &Promises, given: Given<'_>) -> Result<Gave> {
    let viewer = given.viewer()?;
    let input: ConfirmSubscription = wire(given.input)?;
    let proof = Proof {
        purpose: input.purpose,
        text_version: input.text_version,
        statement: input.statement,
        ip_address: input.ip_address,
        user_agent: input.user_agent,
    };
    subscription::confirm(&promises.installation, viewer, &input.token, &proof)
        .await
        .map(Gave::row)
}
