//! `createApiKey`.

use futures_util::FutureExt;
use serde::Deserialize;
use uuid::Uuid;

use super::Given;
use super::declare::{Extra, Gave, Gives, Input, Kind, Mutation, Part};
use super::read::{instant, wire};
use crate::api::promises::Promises;
use crate::clock::Instant;
use crate::error::{Code, Result};
use crate::work::delegate::api_key::{self, NewKey};

pub(super) const CREATE_API_KEY: Mutation = Mutation {
    name: "createApiKey",
    about: "Makes a key for a program, with the rights of a group. You must hold everything that the group grants, as long. Requires: manage on ApiKey.",
    takes: &[
        Input::text("name", "The name of the key."),
        Input::optional_text("description", "What the key is used for."),
        Input::id("group", "user_groups", "The group whose rights the key has."),
        Input::new(
            "expiresAt",
            Kind::Named("DateTime"),
            "When the key ends; left out: never.",
        ),
    ],
    columns: None,
    codes: &[Code::BadUserInput, Code::Forbidden, Code::InvalidId],
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
struct CreateApiKey {
    name: String,
    description: Option<String>,
    group: Uuid,
    #[serde(default, deserialize_with = "instant")]
    expires_at: Option<Instant>,
}

async fn run(promises: &Promises, given: Given<'_>) -> Result<Gave> {
    let viewer = given.viewer()?;
    let input: CreateApiKey = wire(given.input)?;
    let wanted = NewKey {
        name: input.name,
        description: input.description,
        group: input.group,
        expires_at: input.expires_at,
    };
    let shown = api_key::create(&promises.installation, viewer, &wanted).await?;
    Ok(Gave::row(shown.id).and(Extra::Text(shown.key.to_string())))
}
