//! `disableUser`.

use futures_util::FutureExt;
use serde::Deserialize;
use uuid::Uuid;

use super::Given;
use super::declare::{Gave, Gives, Input, Mutation};
use super::read::wire;
use crate::api::promises::Promises;
use crate::error::{Code, Result};
use crate::work::delegate::user;

pub(super) const DISABLE_USER: Mutation = Mutation {
    name: "disableUser",
    about: "Keeps a user from signing in, until `enableUser`; tokens that are out are refused from the next request on. The last owner stays. For somebody who works for this account alone; you must hold everything that the user's groups grant. Requires: manage on User and GroupMember.",
    takes: &[Input::id("user", "users", "The user.")],
    columns: None,
    codes: &[Code::Forbidden, Code::InvalidId, Code::InvalidState],
    gives: Gives::row("users", "The user; null when nothing was done."),
    is_open: false,
    run: |promises, given| run(promises, given).boxed(),
};

#[derive(Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
struct DisableUser {
    user: Uuid,
}

async fn run(promises: &Promises, given: Given<'_>) -> Result<Gave> {
    let viewer = given.viewer()?;
    let input: DisableUser = wire(given.input)?;
    user::let_in(&promises.installation, viewer, input.user, false).await?;
    Ok(Gave::row(input.user))
}
