//! `confirmErasure`.

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

pub(super) const CONFIRM_ERASURE: Mutation = Mutation {
    name: "confirmErasure",
    about: "Runs an erasure as planned; refused when the plan would now be another, and to whoever planned it where the policy asks for a second person. Requires: erase on every resource that is touched, in the whole account.",
    takes: &[
        Input::id("erasure", "erasures", "The planned erasure."),
        Input::text("planHash", "The `planHash` of the plan that you agree to."),
        IDEMPOTENCY_KEY,
    ],
    columns: None,
    codes: &[
        Code::ApprovalNeeded,
        Code::BadUserInput,
        Code::Forbidden,
        Code::IdempotencyKeyReused,
        Code::InvalidId,
        Code::InvalidState,
        Code::PlanChanged,
        Code::PlanExpired,
        Code::PolicyDrift,
    ],
    gives: Gives::row("erasures", "The job; null when nothing was done."),
    is_open: false,
    run: |promises, given| run(promises, given).boxed(),
};

#[derive(Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
struct ConfirmErasure {
    erasure: Uuid,
    plan_hash: String,
    #[serde(rename = "idempotencyKey")]
    _idempotency_key: String,
}

async fn run(promises: &Promises, given: Given<'_>) -> Result<Gave> {
    let viewer = given.viewer()?;
    let input: ConfirmErasure = wire(given.input)?;
    plan::confirm(&promises.installation, viewer, input.erasure, &input.plan_hash).await?;
    promises.wake.notify_waiters();
    Ok(Gave::row(input.erasure))
}
