//! `withdrawInvitation`.

use futures_util::FutureExt;
use serde::Deserialize;
use uuid::Uuid;

use super::Given;
use super::declare::{Extra, Gave, Gives, Input, Mutation, Part};
use super::read::wire;
use crate::api::promises::Promises;
use crate::error::{Code, Result};
use crate::work::invitation;

pub(super) const WITHDRAW_INVITATION: Mutation = Mutation {
    name: "withdrawInvitation",
    about: "Takes an invitation back. Who has come in by it stays. Requires: manage on Invitation.",
    takes: &[Input::id("invitation", "invitations", "The invitation.")],
    columns: None,
    codes: &[Code::Forbidden, Code::InvalidId],
    gives: Gives::parts(&[Part {
        name: "withdrawnId",
        kind: "ID",
        about: "The id that the invitation had; null when nothing was done.",
    }]),
    is_open: false,
    run: |promises, given| run(promises, given).boxed(),
};

#[derive(Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
struct WithdrawInvitation {
    invitation: Uuid,
}

async fn run(promises: &Promises, given: Given<'_>) -> Result<Gave> {
    let viewer = given.viewer()?;
    let input: WithdrawInvitation = wire(given.input)?;
    invitation::withdraw(&promises.installation, viewer, input.invitation).await?;
    Ok(Gave::default().and(Extra::Id("invitations", input.invitation)))
}
