//! `createDownloadLink`.

use futures_util::FutureExt;
use serde::Deserialize;
use uuid::Uuid;

use super::Given;
use super::declare::{Extra, Gave, Gives, Input, Kind, Mutation, Part};
use super::read::wire;
use crate::api::promises::Promises;
use crate::error::{Code, Result};
use crate::work::export::link;

pub(super) const CREATE_DOWNLOAD_LINK: Mutation = Mutation {
    name: "createDownloadLink",
    about: "A link to a finished bundle, or to one file of it, that needs no header, for a browser. Good for 5 minutes, for that bundle alone, and only as long as you may fetch it. Whoever has it can fetch the bundle: hand it to nobody. Each call makes a new one. Requires: export, or being the one who asked for it.",
    takes: &[
        Input::id("export", "exports", "The export, which must be READY."),
        Input::new(
            "volume",
            Kind::Named("Int"),
            "Which file of a bundle that has several, from 1; the first when left out.",
        ),
    ],
    columns: None,
    codes: &[
        Code::BadUserInput,
        Code::Forbidden,
        Code::InvalidId,
        Code::InvalidState,
        Code::Gone,
    ],
    gives: Gives::parts(&[
        Part {
            name: "url",
            kind: "String",
            about: "Where the bundle is fetched by GET, as a path on this gateway. A secret.",
        },
        Part {
            name: "expiresAt",
            kind: "DateTime",
            about: "Until when a download can be begun.",
        },
    ]),
    is_open: false,
    run: |promises, given| run(promises, given).boxed(),
};

#[derive(Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
struct CreateDownloadLink {
    export: Uuid,
    volume: Option<i32>,
}

async fn run(promises: &Promises, given: Given<'_>) -> Result<Gave> {
    let viewer = given.viewer()?;
    let input: CreateDownloadLink = wire(given.input)?;
    // A number that no file can have is none that it has.
    let volume = u16::try_from(input.volume.unwrap_or(1)).unwrap_or(0);
    let made = link::make(&promises.installation, viewer, input.export, volume).await?;
    Ok(Gave::default()
        .and(Extra::Text(format!("/downloads/{}", made.secret)))
        .and(Extra::Instant(made.expires_at)))
}
