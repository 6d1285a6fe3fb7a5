//! `cancelErasure`.

use futures_util::FutureExt;
use serde::Deserialize;
use uuid::Uuid;

use super::Given;
use super::declare::{Gave, Gives, Input, Mutation};
use super::read::wire;
use super::shapes::IDEMPOTENCY_KEY;
use crate::api::promises::Promises;
use crate::error::{Code, Result};
use crate::work::erase::plan;

pub(super) const CANCEL_ERASURE: Mutation = Mutation {
    name: "cancelErasure",
    about: "Ends an erasure that has not begun. Requires: erase, or being the one who planned it.",
    takes: &[
        Input::id("erasure", "erasures", "The erasure to end."),
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
struct CancelErasure {
    erasure: Uuid,
    #[serde(rename = "idempotencyKey")]
    _idempotency_key: String,
}

async fn run(promises: &Promises, given: Given<'_>) -> Result<Gave> {
    let viewer = given.viewer()?;
    let input: CancelErasure = wire(given.input)?;
    plan::cancel(&promises.installation, viewer, input.erasure).await?;
    Ok(Gave::row(input.erasure))
}
