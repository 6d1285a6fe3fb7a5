//! `cancelExport`.

use futures_util::FutureExt;
use serde::Deserialize;
use uuid::Uuid;

use super::Given;
use super::declare::{Gave, Gives, Input, Mutation};
use super::read::wire;
use super::shapes::IDEMPOTENCY_KEY;
use crate::api::promises::Promises;
use crate::error::{Code, Result};
use crate::work::export::request;

pub(super) const CANCEL_EXPORT: Mutation = Mutation {
    name: "cancelExport",
    about: "Ends an export that is not finished. Requires: export, or being the one who asked for it.",
    takes: &[
        Input::id("export", "exports", "The export to end."),
        IDEMPOTENCY_KEY,
    ],
    columns: None,
    codes: &[
        Code::BadUserInput,
        Code::Forbidden,
        Code::InvalidId,
        Code::InvalidState,
    ],
    gives: Gives::row("exports", "The job; null when nothing was done."),
    is_open: false,
    run: |promises, given| run(promises, given).boxed(),
};

#[derive(Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
struct CancelExport {
    export: Uuid,
    #[serde(rename = "idempotencyKey")]
    _idempotency_key: String,
}

async fn run(promises: &Promises, given: Given<'_>) -> Result<Gave> {
    let viewer = given.viewer()?;
    let input: CancelExport = wire(given.input)?;
    request::cancel(&promises.installation, viewer, input.export).await?;
    Ok(Gave::row(input.export))
}
