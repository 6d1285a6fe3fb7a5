//! `setGrants`.

use futures_util::FutureExt;
use serde::Deserialize;
use uuid::Uuid;

use super::Given;
use super::declare::{Gave, Gives, Input, Kind, Mutation};
use super::read::wire;
use super::shapes::{GRANT, GrantInput};
use crate::api::promises::Promises;
use crate::error::{Code, Result};
use crate::work::delegate::grant;

pub(super) const SET_GRANTS: Mutation = Mutation {
    name: "setGrants",
    about: "Gives a user group of the account's own these rights and no others. You must hold each verb, and manage, on its resource, as far and as long. Requires: manage on Grant and GrantList.",
    takes: &[
        Input::id("group", "user_groups", "The group."),
        Input::new(
            "grants",
            Kind::Shape(&GRANT),
            "The rights; none leaves the group without any.",
        )
        .required()
        .list(),
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
struct SetGrants {
    group: Uuid,
    grants: Vec<GrantInput>,
}

async fn run(promises: &Promises, given: Given<'_>) -> Result<Gave> {
    let viewer = given.viewer()?;
    let input: SetGrants = wire(given.input)?;
    let grants = input
        .grants
        .into_iter()
        .map(GrantInput::read)
        .collect::<Result<Vec<_>>>()?;
    grant::set(&promises.installation, viewer, input.group, &grants).await?;
    Ok(Gave::row(input.group))
}
