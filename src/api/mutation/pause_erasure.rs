//! `pauseErasure`.

use futures_util::FutureExt;
use serde::Deserialize;
use uuid::Uuid;

use super::Given;
use super::declare::{Gave, Gives, Input, Mutation};
use super::read::wire;
use super::shapes::IDEMPOTENCY_KEY;
use crate::api::promises::Promises;
use crate::error::{Code, Result};
use crate::work::erase::pause;

pub(super) const PAUSE_ERASURE: Mutation = Mutation {
    name: "pauseErasure",
    about: "Stops an erasure that was confirmed before its next batch, until it is resumed; the fence stays up, and the time in which a person has to be answered goes on. Pausing twice is pausing once. Requires: erase on every resource that is touched, in the whole account.",
    takes: &[
        Input::id("erasure", "erasures", "The erasure to stop for a while."),
        IDEMPOTENCY_KEY,
    ],
    columns: None,
    codes: &[
        Code::BadUserInput,
        Code::Forbidden,
        Code::InvalidId,
        Code::InvalidState,
    ],
    gives: Gives::row("erasures", "The job; null when nothing was done."),
    is_open: false,
    run: |promises, given| run(promises, given).boxed(),
};

#[derive(Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
struct PauseErasure {
    erasure: Uuid,
    #[serde(rename = "idempotencyKey")]
    _idempotency_key: String,
}

async fn run(promises: &Promises, given: Given<'_>) -> Result<Gave> {
    let viewer = given.viewer()?;
    let input: PauseErasure = wire(given.input)?;
    pause::pause(&promises.installation, viewer, input.erasure).await?;
    Ok(Gave::row(input.erasure))
}
