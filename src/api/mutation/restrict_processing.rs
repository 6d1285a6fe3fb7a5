//! `restrictProcessing`.

use futures_util::FutureExt;
use serde::Deserialize;

use super::Given;
use super::declare::{Gave, Gives, Input, Kind, Mutation};
use super::read::{instant, wire};
use super::shapes::SUBSCRIBER;
use crate::api::promises::Promises;
use crate::clock::Instant;
use crate::error::{Code, Result};
use crate::work::person::SubscriberChoice;
use crate::work::restriction::{self, Wanted};

pub(super) const RESTRICT_PROCESSING: Mutation = Mutation {
    name: "restrictProcessing",
    about: "Notes that a person's data is kept and not used (Art. 18 and 21 GDPR), from now on: the person is mailed by nobody who asks the database, in no bundle that is handed to others, and not overwritten by an import. One of that kind and purpose that holds already gets the new reason and end. Requires: write on ProcessingRestriction, and read on the subscriber.",
    takes: &[
        Input::new("subscriber", Kind::Shape(&SUBSCRIBER), "Whose data.").required(),
        Input::new(
            "kind",
            Kind::Named("RestrictionKind"),
            "What was asked for: RESTRICTED by Art. 18, OBJECTION by Art. 21, DISPUTE while it is checked whether the data is right.",
        )
        .required(),
        Input::optional_text(
            "purpose",
            "What the data may not be used for, in words for people; left out: an OBJECTION is to direct marketing, and everything else is to all use. Whatever it says, nothing uses the data.",
        ),
        Input::optional_text(
            "reason",
            "Why, in the person's words. Must be given for an OBJECTION to anything but direct marketing, which is weighed.",
        ),
        Input::new(
            "until",
            Kind::Named("DateTime"),
            "Until when; left out: until it is lifted.",
        ),
    ],
    columns: None,
    codes: &[Code::BadUserInput, Code::Forbidden, Code::SubjectNotFound],
    gives: Gives::row(
        "processing_restrictions",
        "The restriction; null when nothing was done.",
    ),
    is_open: false,
    run: |promises, given| run(promises, given).boxed(),
};

#[derive(Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
struct RestrictProcessing {
    subscriber: SubscriberChoice,
    kind: String,
    purpose: Option<String>,
    reason: Option<String>,
    #[serde(default, deserialize_with = "instant")]
    until: Option<Instant>,
}

async fn run(promises: &Promises, given: Given<'_>) -> Result<Gave> {
    let viewer = given.viewer()?;
    let input: RestrictProcessing = wire(given.input)?;
    let wanted = Wanted {
        subscriber: input.subscriber,
        kind: input.kind.to_ascii_lowercase(),
        purpose: input.purpose,
        reason: input.reason,
        until: input.until,
    };
    restriction::restrict(&promises.installation, viewer, &wanted)
        .await
        .map(Gave::row)
}
