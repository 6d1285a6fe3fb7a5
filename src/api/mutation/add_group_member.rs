//! `addGroupMember`.

use futures_util::FutureExt;
use serde::Deserialize;
use uuid::Uuid;

use super::Given;
use super::declare::{Gave, Gives, Input, Kind, Mutation};
use super::read::{instant, wire};
use crate::api::promises::Promises;
use crate::clock::Instant;
use crate::error::{Code, Result};
use crate::work::delegate::member;

pub(super) const ADD_GROUP_MEMBER: Mutation = Mutation {
    name: "addGroupMember",
    about: "Makes a user of the account a member of a group, perhaps for a time; who is a member already gets the new end. You must hold everything that the group grants, as long. Requires: manage on GroupMember, read on User.",
    takes: &[
        Input::id("group", "user_groups", "The group."),
        Input::id("user", "users", "The user."),
        Input::new(
            "expiresAt",
            Kind::Named("DateTime"),
            "When the membership ends; left out: never.",
        ),
    ],
    columns: None,
    codes: &[
        Code::BadUserInput,
        Code::Forbidden,
        Code::InvalidId,
        Code::InvalidState,
    ],
    gives: Gives::row("group_members", "The membership; null when nothing was done."),
    is_open: false,
    run: |promises, given| run(promises, given).boxed(),
};

#[derive(Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
struct AddGroupMember {
    group: Uuid,
    user: Uuid,
    #[serde(default, deserialize_with = "instant")]
    expires_at: Option<Instant>,
}

async fn run(promises: &Promises, given: Given<'_>) -> Result<Gave> {
    let viewer = given.viewer()?;
    let input: AddGroupMember = wire(given.input)?;
    member::add(
        &promises.installation,
        viewer,
        input.group,
        input.user,
        input.expires_at,
    )
    .await
    .map(Gave::row)
}
