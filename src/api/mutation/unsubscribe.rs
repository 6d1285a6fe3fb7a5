//! `unsubscribe`.

use futures_util::FutureExt;
use serde::Deserialize;
use uuid::Uuid;

use super::Given;
use super::declare::{Gave, Gives, Input, Kind, Mutation};
use super::read::wire;
use super::shapes::SUBSCRIBER;
use crate::api::promises::Promises;
use crate::error::{Code, Result};
use crate::work::person::SubscriberChoice;
use crate::work::subscriber::leaving::{self, Leaving};

pub(super) const UNSUBSCRIBE: Mutation = Mutation {
    name: "unsubscribe",
    about: "Takes a person off a list, notes it, and marks the consent for the list as withdrawn. Done twice, it is done. Requires: write on SubscriberProfile, Unsubscribe and Consent in the list.",
    takes: &[
        Input::id("list", "lists", "The list."),
        Input::new("subscriber", Kind::Shape(&SUBSCRIBER), "Who leaves it.").required(),
        Input::new("method", Kind::Named("UnsubscribeMethod"), "The way it came in.")
            .required()
            .or("API"),
        Input::optional_text("reason", "Why, in the person's words."),
        Input::new(
            "campaign",
            Kind::Id("campaigns"),
            "The campaign that the person left by, one sent to the list.",
        ),
        Input::optional_text("ipAddress", "The IP address that the person did it from."),
        Input::optional_text("userAgent", "What the person's browser said of itself."),
    ],
    columns: None,
    codes: &[
        Code::BadUserInput,
        Code::Forbidden,
        Code::InvalidId,
        Code::InvalidState,
        Code::SubjectNotFound,
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
struct Unsubscribe {
    list: Uuid,
    subscriber: SubscriberChoice,
    method: String,
    reason: Option<String>,
    campaign: Option<Uuid>,
    ip_address: Option<String>,
    user_agent: Option<String>,
}

async fn run(promises: &Promises, given: Given<'_>) -> Result<Gave> {
    let viewer = given.viewer()?;
    let input: Unsubscribe = wire(given.input)?;
    let wanted = Leaving {
        list: input.list,
        subscriber: input.subscriber,
        method: input.method.to_ascii_lowercase(),
        reason: input.reason,
        campaign: input.campaign,
        ip_address: input.ip_address,
        user_agent: input.user_agent,
    };
    leaving::unsubscribe(&promises.installation, viewer, &wanted)
        .await
        .map(Gave::row)
}
