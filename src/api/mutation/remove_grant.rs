//! `removeGrant`.

use futures_util::FutureExt;
use serde::Deserialize;
use uuid::Uuid;

use super::Given;
use super::declare::{Gave, Gives, Input, Mutation};
use super::read::wire;
use crate::api::promises::Promises;
use crate::error::{Code, Result};
use crate::work::delegate::grant;

pub(super) const REMOVE_GRANT: Mutation = Mutation {
    name: "removeGrant",
    about: "Takes a right away from a user group of the account's own. Requires: manage on Grant and GrantList.",
    takes: &[Input::id("grant", "grants", "The right.")],
    columns: None,
    codes: &[Code::Forbidden, Code::InvalidId, Code::InvalidState],
    gives: Gives::row("user_groups", "The group; null when nothing was done."),
    is_open: false,
    run: |promises, given| run(promises, given).boxed(),
};

#[derive(Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
struct RemoveGrant {
    grant: Uuid,
}

async fn run(promises: &Promises, given: Given<'_>) -> Result<Gave> {
    let viewer = given.viewer()?;
    let input: RemoveGrant = wire(given.input)?;
    grant::remove(&promises.installation, viewer, input.grant)
        .await
        .map(Gave::row)
}
