//! `revokeApiKey`.

use futures_util::FutureExt;
use serde::Deserialize;
use uuid::Uuid;

use super::Given;
use super::declare::{Gave, Gives, Input, Mutation};
use super::read::wire;
use crate::api::promises::Promises;
use crate::error::{Code, Result};
use crate::work::delegate::api_key;

pub(super) const REVOKE_API_KEY: Mutation = Mutation {
    name: "revokeApiKey",
    about: "Voids a key at once and for good. Done twice, it is done. Requires: manage on ApiKey.",
    takes: &[Input::id("apiKey", "api_keys", "The key.")],
    columns: None,
    codes: &[Code::Forbidden, Code::InvalidId],
    gives: Gives::row("api_keys", "The key's row; null when nothing was done."),
    is_open: false,
    run: |promises, given| run(promises, given).boxed(),
};

#[derive(Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
struct RevokeApiKey {
    api_key: Uuid,
}

async fn run(promises: &Promises, given: Given<'_>) -> Result<Gave> {
    let viewer = given.viewer()?;
    let input: RevokeApiKey = wire(given.input)?;
    api_key::revoke(&promises.installation, viewer, input.api_key).await?;
    Ok(Gave::row(input.api_key))
}
