//! `updateSubscriberProfile`.

use futures_util::FutureExt;
use serde::Deserialize;
use uuid::Uuid;

use super::Given;
use super::declare::{Gave, Gives, Input, Kind, Mutation, Shape};
use super::read::wire;
use crate::api::promises::Promises;
use crate::error::{Code, Result};
use crate::work::subscriber::values;

pub(super) const UPDATE_SUBSCRIBER_PROFILE: Mutation = Mutation {
    name: "updateSubscriberProfile",
    about: "Gives custom fields of a subscriber on a list their values, by tag; each value must fit its field. Fields that are not named stay. Requires: write on SubscriberProfile and CustomValue, and read on ListField, in the list.",
    takes: &[
        Input::id(
            "subscriberProfile",
            "subscriber_profiles",
            "The subscriber on the list.",
        ),
        Input::new(
            "values",
            Kind::Shape(&CUSTOM_VALUE),
            "The fields with what they are to hold; at most 100.",
        )
        .required()
        .list(),
    ],
    columns: None,
    codes: &[Code::BadUserInput, Code::Forbidden, Code::InvalidId],
    gives: Gives::row(
        "subscriber_profiles",
        "The subscriber on the list; null when nothing was done.",
    ),
    is_open: false,
    run: |promises, given| run(promises, given).boxed(),
};

const CUSTOM_VALUE: Shape = Shape {
    name: "CustomValueInput",
    about: "What a custom field is to hold.",
    one_of: false,
    takes: &[
        Input::text("tag", "The field's tag."),
        Input::text("values", "The values as text, in their order: one, or several where the field takes several; none clears the field.").list(),
    ],
};

#[derive(Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
struct UpdateSubscriberProfile {
    subscriber_profile: Uuid,
    values: Vec<values::Wanted>,
}

async fn run(promises: &Promises, given: Given<'_>) -> Result<Gave> {
    let viewer = given.viewer()?;
    let input: UpdateSubscriberProfile = wire(given.input)?;
    values::update(
        &promises.installation,
        viewer,
        input.subscriber_profile,
        &input.values,
    )
    .await?;
    Ok(Gave::row(input.subscriber_profile))
}
