//! `resumeErasure`.

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

pub(super) const RESUME_ERASURE: Mutation = Mutation {
    name: "resumeErasure",
    about: "Goes on with an erasure that is paused, where it was; one that goes on already is left alone. Requires: erase on every resource that is touched, in the whole account.",
    takes: &[
        Input::id("erasure", "erasures", "The erasure to go on with."),
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
struct ResumeErasure {
    erasure: Uuid,
    #[serde(rename = "idempotencyKey")]
    _idempotency_key: String,
}

async fn run(promises: &Promises, given: Given<'_>) -> Result<Gave> {
    let viewer = given.viewer()?;
    let input: ResumeErasure = wire(given.input)?;
    pause::resume(&promises.installation, viewer, input.erasure).await?;
    promises.wake.notify_waiters();
    Ok(Gave::row(input.erasure))
}
