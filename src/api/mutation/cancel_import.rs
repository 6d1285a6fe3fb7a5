//! `cancelImport`.

use futures_util::FutureExt;
use serde::Deserialize;
use uuid::Uuid;

use super::Given;
use super::declare::{Gave, Gives, Input, Mutation};
use super::read::wire;
use super::shapes::IDEMPOTENCY_KEY;
use crate::api::promises::Promises;
use crate::error::{Code, Result};
use crate::work::import::request;

pub(super) const CANCEL_IMPORT: Mutation = Mutation {
    name: "cancelImport",
    about: "Ends an import that is not finished; the rows that it has taken stay. Requires: write on every Subscriber, or being the one who asked for it.",
    takes: &[
        Input::id("import", "imports", "The import to end."),
        IDEMPOTENCY_KEY,
    ],
    columns: None,
    codes: &[
        Code::BadUserInput,
        Code::Forbidden,
        Code::InvalidId,
        Code::InvalidState,
    ],
    gives: Gives::row("imports", "The job; null when nothing was done."),
    is_open: false,
    run: |promises, given| run(promises, given).boxed(),
};

#[derive(Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
struct CancelImport {
    import: Uuid,
    #[serde(rename = "idempotencyKey")]
    _idempotency_key: String,
}

async fn run(promises: &Promises, given: Given<'_>) -> Result<Gave> {
    let viewer = given.viewer()?;
    let input: CancelImport = wire(given.input)?;
    request::cancel(&promises.installation, viewer, input.import).await?;
    Ok(Gave::row(input.import))
}
