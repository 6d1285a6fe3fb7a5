//! `addGrant`.

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

pub(super) const ADD_GRANT: Mutation = Mutation {
    name: "addGrant",
    about: "Gives a user group of the account's own a right; one on the same resource and verb is replaced. You must hold the verb, and manage, on the resource, as far and as long. Requires: manage on Grant and, for named lists, on GrantList.",
    takes: &[
        Input::id("group", "user_groups", "The group."),
        Input::new("grant", Kind::Shape(&GRANT), "The right.").required(),
    ],
    columns: None,
    codes: &[
        Code::BadUserInput,
        Code::Forbidden,
        Code::InvalidId,
        Code::InvalidState,
    ],
    gives: Gives::row("grants", "The right; null when nothing was done."),
    is_open: false,
    run: |promises, given| run(promises, given).boxed(),
};

#[derive(Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
struct AddGrant {
    group: Uuid,
    grant: GrantInput,
}

async fn run(promises: &Promises, given: Given<'_>) -> Result<Gave> {
    let viewer = given.viewer()?;
    let input: AddGrant = wire(given.input)?;
    grant::add(&promises.installation, viewer, input.group, &input.grant.read()?)
        .await
        .map(Gave::row)
}
