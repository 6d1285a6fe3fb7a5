//! `requestImport`.

use futures_util::FutureExt;
use serde::Deserialize;
use uuid::Uuid;

use super::Given;
use super::declare::{Gave, Gives, Input, Kind, Mutation};
use super::read::wire;
use super::shapes::IDEMPOTENCY_KEY;
use crate::api::promises::Promises;
use crate::error::{Code, Result};
use crate::work::import::request::{self, ImportRequest};

pub(super) const REQUEST_IMPORT: Mutation = Mutation {
    name: "requestImport",
    about: "Asks for a file to be taken in that was sent to `/uploads`: a ZIP of Mailchimp, a CSV of listmonk, any other CSV with a mapping, or a bundle of this gateway into an account that is empty. What the file is, is found out when the job runs; follow it with `jobProgress`. Requires: write on every Subscriber, asked again when it runs.",
    takes: &[
        Input::id(
            "upload",
            "uploads",
            "The file: the id that `/uploads` answered with. It is gone once it was imported, but not after a dry run.",
        ),
        Input::new(
            "list",
            Kind::Id("lists"),
            "The list that the people go to; left out: as the file says, else one that is named like the file.",
        ),
        Input::optional_text(
            "mapping",
            "What the columns of a CSV mean: the text of a TOML file like examples/import-mapping.toml, at most 65536 characters.",
        ),
        Input::optional_text(
            "fileName",
            "What the file was called where it comes from: a new list is named like it, and a single CSV of Mailchimp is known by it.",
        ),
        Input::new(
            "dryRun",
            Kind::Named("Boolean"),
            "Whether to tell only what would happen, and to write nothing.",
        )
        .required(),
        IDEMPOTENCY_KEY,
    ],
    columns: None,
    codes: &[
        Code::BadUserInput,
        Code::Forbidden,
        Code::IdempotencyKeyReused,
        Code::InvalidFile,
        Code::InvalidId,
        Code::PolicyDrift,
    ],
    gives: Gives::row("imports", "The job; null when nothing was done."),
    is_open: false,
    run: |promises, given| run(promises, given).boxed(),
};

#[derive(Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
struct RequestImport {
    upload: Uuid,
    list: Option<Uuid>,
    mapping: Option<String>,
    file_name: Option<String>,
    dry_run: bool,
    idempotency_key: String,
}

async fn run(promises: &Promises, given: Given<'_>) -> Result<Gave> {
    let viewer = given.viewer()?;
    let input: RequestImport = wire(given.input)?;
    let wanted = ImportRequest {
        upload: input.upload,
        list: input.list,
        mapping: input.mapping,
        file_name: input.file_name,
        dry_run: input.dry_run,
        idempotency_key: input.idempotency_key,
    };
    let id = request::request(&promises.installation, viewer, &wanted).await?;
    promises.wake.notify_waiters();
    Ok(Gave::row(id))
}
