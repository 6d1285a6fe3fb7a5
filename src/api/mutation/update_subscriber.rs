//! `updateSubscriber`.

use futures_util::FutureExt;
use serde::Deserialize;
use uuid::Uuid;

use super::Given;
use super::declare::{Columns, Gave, Gives, Input, Kind, Mutation};
use super::read::{columns, wire};
use crate::api::promises::Promises;
use crate::error::{Code, Result};
use crate::work::subscriber::rectify;

const COLUMNS: Columns = Columns {
    table: "subscribers",
    names: rectify::COLUMNS,
};

pub(super) const UPDATE_SUBSCRIBER: Mutation = Mutation {
    name: "updateSubscriber",
    about: "Corrects what is held about a subscriber. Another address reaches every copy of the old one in the rows about that person; it is refused when it is another subscriber's, suppressed or erased. Requires: write on Subscriber in the row's lists; for the address write on everything about people, in the whole account.",
    takes: &[
        Input::id("subscriber", "subscribers", "The subscriber."),
        Input::new(
            "email",
            Kind::Named("EmailAddress"),
            "The right address; left out or null, it stays.",
        ),
    ],
    columns: Some(COLUMNS),
    codes: &[
        Code::AddressUnavailable,
        Code::BadUserInput,
        Code::Forbidden,
        Code::InvalidId,
        Code::InvalidState,
    ],
    gives: Gives::row("subscribers", "The subscriber; null when nothing was done."),
    is_open: false,
    run: |promises, given| run(promises, given).boxed(),
};

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct UpdateSubscriber {
    subscriber: Uuid,
    email: Option<String>,
}

async fn run(promises: &Promises, given: Given<'_>) -> Result<Gave> {
    let viewer = given.viewer()?;
    let installation = &promises.installation;
    let set = columns(COLUMNS, &given.input, &installation.catalog);
    let input: UpdateSubscriber = wire(given.input)?;
    rectify::update(
        installation,
        viewer,
        input.subscriber,
        input.email.as_deref(),
        set,
    )
    .await?;
    Ok(Gave::row(input.subscriber))
}
