//! `removeGroupMember`.

use futures_util::FutureExt;
use serde::Deserialize;
use uuid::Uuid;

use super::Given;
use super::declare::{Gave, Gives, Input, Mutation};
use super::read::wire;
use crate::api::promises::Promises;
use crate::error::{Code, Result};
use crate::work::delegate::member;

pub(super) const REMOVE_GROUP_MEMBER: Mutation = Mutation {
    name: "removeGroupMember",
    about: "Takes a user out of a group; who is no member is out already. The last owner stays. For others than yourself you must hold everything that the group grants. Requires: manage on GroupMember.",
    takes: &[
        Input::id("group", "user_groups", "The group."),
        Input::id("user", "users", "The user."),
    ],
    columns: None,
    codes: &[Code::Forbidden, Code::InvalidId, Code::InvalidState],
    gives: Gives::row("user_groups", "The group; null when nothing was done."),
    is_open: false,
    run: |promises, given| run(promises, given).boxed(),
};

#[derive(Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
struct RemoveGroupMember {
    group: Uuid,
    user: Uuid,
}

async fn run(promises: &Promises, given: Given<'_>) -> Result<Gave> {
    let viewer = given.viewer()?;
    let input: RemoveGroupMember = wire(given.input)?;
    member::remove(&promises.installation, viewer, input.group, input.user).await?;
    Ok(Gave::row(input.group))
}
