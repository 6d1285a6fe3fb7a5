//! `removeUser`.

use futures_util::FutureExt;
use serde::Deserialize;
use uuid::Uuid;

use super::Given;
use super::declare::{Extra, Gave, Gives, Input, Mutation, Part};
use super::read::wire;
use crate::api::promises::Promises;
use crate::error::{Code, Result};
use crate::work::delegate::user;

pub(super) const REMOVE_USER: Mutation = Mutation {
    name: "removeUser",
    about: "Takes a user out of all groups of the account. The last owner stays. For others than yourself you must hold everything that the groups grant. Requires: manage on GroupMember.",
    takes: &[Input::id("user", "users", "The user.")],
    columns: None,
    codes: &[Code::Forbidden, Code::InvalidId, Code::InvalidState],
    gives: Gives::parts(&[Part {
        name: "removedId",
        kind: "ID",
        about: "The id of the user, whom the account sees no more; null when nothing was done.",
    }]),
    is_open: false,
    run: |promises, given| run(promises, given).boxed(),
};

#[derive(Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
struct RemoveUser {
    user: Uuid,
}

async fn run(promises: &Promises, given: Given<'_>) -> Result<Gave> {
    let viewer = given.viewer()?;
    let input: RemoveUser = wire(given.input)?;
    user::remove(&promises.installation, viewer, input.user).await?;
    Ok(Gave::default().and(Extra::Id("users", input.user)))
}
