//! `rotateApiKey`.

use futures_util::FutureExt;
use serde::Deserialize;
use uuid::Uuid;

use super::Given;
use super::declare::{Extra, Gave, Gives, Input, Mutation, Part};
use super::read::wire;
use crate::api::promises::Promises;
use crate::error::{Code, Result};
use crate::work::delegate::api_key;

pub(super) const ROTATE_API_KEY: Mutation = Mutation {
    name: "rotateApiKey",
    about: "Puts a new key in place of one with the same rights and end; the old one is void at once. You must hold everything that its group grants. Requires: manage on ApiKey.",
    takes: &[Input::id("apiKey", "api_keys", "The key.")],
    columns: None,
    codes: &[Code::Forbidden, Code::InvalidId, Code::InvalidState],
    gives: Gives::row("api_keys", "The key's row; null when nothing was done.").and(&[Part {
        name: "key",
        kind: "String",
        about: "The key itself, shown this once: keep it now.",
    }]),
    is_open: false,
    run: |promises, given| run(promises, given).boxed(),
};

#[derive(Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
struct RotateApiKey {
    api_key: Uuid,
}

async fn run(promises: &Promises, given: Given<'_>) -> Result<Gave> {
    let viewer = given.viewer()?;
    let input: RotateApiKey = wire(given.input)?;
    let shown = api_key::rotate(&promises.installation, viewer, input.api_key).await?;
    Ok(Gave::row(shown.id).and(Extra::Text(shown.key.to_string())))
}
