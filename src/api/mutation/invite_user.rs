//! `inviteUser`.

use futures_util::FutureExt;
use serde::Deserialize;
use uuid::Uuid;

use super::Given;
use super::declare::{Gave, Gives, Input, Kind, Mutation};
use super::read::{instant, wire};
use crate::api::promises::Promises;
use crate::clock::Instant;
use crate::error::{Code, Result};
use crate::work::invitation;

pub(super) const INVITE_USER: Mutation = Mutation {
    name: "inviteUser",
    about: "Invites a person to a group of the account, whether or not the address is known to anybody: you are told nothing of it before the person comes in. That happens when the person signs in, by an identity provider that vouches for the address or as a user of this installation, and names the account. Who is invited already gets the new end and as many days again. You must hold everything that the group grants, as long. Requires: manage on Invitation and GroupMember, read_clear on User.",
    takes: &[
        Input::new("email", Kind::Named("EmailAddress"), "The address of the person.").required(),
        Input::id("group", "user_groups", "The group to join."),
        Input::new(
            "membershipExpiresAt",
            Kind::Named("DateTime"),
            "When the membership will end; left out: never.",
        ),
    ],
    columns: None,
    codes: &[
        Code::BadUserInput,
        Code::Forbidden,
        Code::InvalidId,
        Code::InvalidState,
    ],
    gives: Gives::row("invitations", "The invitation; null when nothing was done."),
    is_open: false,
    run: |promises, given| run(promises, given).boxed(),
};

#[derive(Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
struct InviteUser {
    email: String,
    group: Uuid,
    #[serde(default, deserialize_with = "instant")]
    membership_expires_at: Option<Instant>,
}

async fn run(promises: &Promises, given: Given<'_>) -> Result<Gave> {
    let viewer = given.viewer()?;
    let input: InviteUser = wire(given.input)?;
    let InviteUser {
        email,
        group,
        membership_expires_at,
    } = input;
    invitation::invite(
        &promises.installation,
        viewer,
        group,
        &email,
        membership_expires_at,
    )
    .await
    .map(Gave::row)
}
