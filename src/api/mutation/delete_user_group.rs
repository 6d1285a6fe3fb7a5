//! `deleteUserGroup`.

use futures_util::FutureExt;
use serde::Deserialize;
use uuid::Uuid;

use super::Given;
use super::declare::{Extra, Gave, Gives, Input, Mutation, Part};
use super::read::wire;
use crate::api::promises::Promises;
use crate::error::{Code, Result};
use crate::work::delegate::group;

pub(super) const DELETE_USER_GROUP: Mutation = Mutation {
    name: "deleteUserGroup",
    about: "Deletes a user group of the account's own with its grants, memberships and invitations. A group that API keys have the rights of stays. Requires: manage on UserGroup, Grant, GrantList, GroupMember, Invitation and ApiKey.",
    takes: &[Input::id("group", "user_groups", "The group.")],
    columns: None,
    codes: &[Code::Forbidden, Code::InvalidId, Code::InvalidState],
    gives: Gives::parts(&[Part {
        name: "deletedId",
        kind: "ID",
        about: "The id that the group had; null when nothing was done.",
    }]),
    is_open: false,
    run: |promises, given| run(promises, given).boxed(),
};

#[derive(Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
struct DeleteUserGroup {
    group: Uuid,
}

async fn run(promises: &Promises, given: Given<'_>) -> Result<Gave> {
    let viewer = given.viewer()?;
    let input: DeleteUserGroup = wire(given.input)?;
    group::delete(&promises.installation, viewer, input.group).await?;
    Ok(Gave::default().and(Extra::Id("user_groups", input.group)))
}
