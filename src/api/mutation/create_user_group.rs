//! `createUserGroup`.

use futures_util::FutureExt;
use serde::Deserialize;

use super::Given;
use super::declare::{Gave, Gives, Input, Mutation};
use super::read::wire;
use crate::api::promises::Promises;
use crate::error::{Code, Result};
use crate::work::delegate::group;

pub(super) const CREATE_USER_GROUP: Mutation = Mutation {
    name: "createUserGroup",
    about: "Makes a user group that grants nothing yet. Requires: manage on UserGroup.",
    takes: &[
        Input::text("name", "The name, unique in the account; at most 100 characters."),
        Input::optional_text("description", "What the group is for."),
    ],
    columns: None,
    codes: &[Code::BadUserInput, Code::Forbidden],
    gives: Gives::row("user_groups", "The group; null when nothing was done."),
    is_open: false,
    run: |promises, given| run(promises, given).boxed(),
};

#[derive(Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
struct CreateUserGroup {
    name: String,
    description: Option<String>,
}

async fn run(promises: &Promises, given: Given<'_>) -> Result<Gave> {
    let viewer = given.viewer()?;
    let input: CreateUserGroup = wire(given.input)?;
    group::create(
        &promises.installation,
        viewer,
        &input.name,
        input.description.as_deref(),
    )
    .await
    .map(Gave::row)
}
