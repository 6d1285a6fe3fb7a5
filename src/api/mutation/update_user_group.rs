//! `updateUserGroup`.

use futures_util::FutureExt;
use serde::Deserialize;
use uuid::Uuid;

use super::Given;
use super::declare::{Gave, Gives, Input, Mutation};
use super::read::{given_or_null, wire};
use crate::api::promises::Promises;
use crate::error::{Code, Result};
use crate::work::delegate::group;

pub(super) const UPDATE_USER_GROUP: Mutation = Mutation {
    name: "updateUserGroup",
    about: "Gives a user group of the account's own another name or description. Requires: manage on UserGroup.",
    takes: &[
        Input::id("group", "user_groups", "The group."),
        Input::optional_text("name", "The new name; left out or null, it stays."),
        Input::optional_text(
            "description",
            "What the group is for; left out, it stays; null clears it.",
        ),
    ],
    columns: None,
    codes: &[
        Code::BadUserInput,
        Code::Forbidden,
        Code::InvalidId,
        Code::InvalidState,
    ],
    gives: Gives::row("user_groups", "The group; null when nothing was done."),
    is_open: false,
    run: |promises, given| run(promises, given).boxed(),
};

#[derive(Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
struct UpdateUserGroup {
    group: Uuid,
    name: Option<String>,
    #[serde(default, deserialize_with = "given_or_null")]
    description: Option<Option<String>>,
}

async fn run(promises: &Promises, given: Given<'_>) -> Result<Gave> {
    let viewer = given.viewer()?;
    let input: UpdateUserGroup = wire(given.input)?;
    let description = input.description.as_ref().map(Option::as_deref);
    group::update(
        &promises.installation,
        viewer,
        input.group,
        input.name.as_deref(),
        description,
    )
    .await?;
    Ok(Gave::row(input.group))
}
