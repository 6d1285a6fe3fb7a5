//! `cancelTransfer`.

use futures_util::FutureExt;
use serde::Deserialize;
use uuid::Uuid;

use super::Given;
use super::declare::{Gave, Gives, Input, Mutation};
use super::read::wire;
use super::shapes::IDEMPOTENCY_KEY;
use crate::api::promises::Promises;
use crate::error::{Code, Result};
use crate::work::transfer::request;

pub(super) const CANCEL_TRANSFER: Mutation = Mutation {
    name: "cancelTransfer",
    about: "Ends a transfer that is not finished; what the receiver has taken by then it keeps. Requires: being allowed to fetch the bundle, or being the one who asked for it.",
    takes: &[
        Input::id("transfer", "transfers", "The transfer to end."),
        IDEMPOTENCY_KEY,
    ],
    columns: None,
    codes: &[
        Code::BadUserInput,
        Code::Forbidden,
        Code::InvalidId,
        Code::InvalidState,
    ],
    gives: Gives::row("transfers", "The job; null when nothing was done."),
    is_open: false,
    run: |promises, given| run(promises, given).boxed(),
};

#[derive(Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
struct CancelTransfer {
    transfer: Uuid,
    #[serde(rename = "idempotencyKey")]
    _idempotency_key: String,
}

async fn run(promises: &Promises, given: Given<'_>) -> Result<Gave> {
    let viewer = given.viewer()?;
    let input: CancelTransfer = wire(given.input)?;
    request::cancel(&promises.installation, viewer, input.transfer).await?;
    Ok(Gave::row(input.transfer))
}
