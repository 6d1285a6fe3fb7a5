//! `planErasure`.

use futures_util::FutureExt;
use serde::Deserialize;

use super::Given;
use super::declare::{Extra, Gave, Gives, Input, Kind, Mutation, Part};
use super::read::wire;
use super::shapes::{IDEMPOTENCY_KEY, SUBSCRIBER};
use crate::api::promises::Promises;
use crate::error::{Code, Result};
use crate::work::erase::plan::{self, ErasureRequest};
use crate::work::erase::row::read;
use crate::work::erase::warning::of_plan;
use crate::work::person::SubscriberChoice;

pub(super) const PLAN_ERASURE: Mutation = Mutation {
    name: "planErasure",
    about: "Counts what the erasure of one subscriber would do, without doing it. Requires: erase on every resource that is touched, in the whole account.",
    takes: &[
        Input::new("subscriber", Kind::Shape(&SUBSCRIBER), "The person to be erased.").required(),
        IDEMPOTENCY_KEY,
    ],
    columns: None,
    codes: &[
        Code::BadUserInput,
        Code::Forbidden,
        Code::IdempotencyKeyReused,
        Code::InvalidId,
        Code::LegalHold,
        Code::PolicyDrift,
        Code::SubjectNotFound,
    ],
    gives: Gives::row("erasures", "The job; null when nothing was done.").and(&[Part {
        name: "warnings",
        kind: "ErasureWarning",
        about: "What to know before the plan is confirmed, besides its steps; the plan holds it, too. Null when nothing was done.",
    }]),
    is_open: false,
    run: |promises, given| run(promises, given).boxed(),
};

#[derive(Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
struct PlanErasure {
    subscriber: SubscriberChoice,
    idempotency_key: String,
}

async fn run(promises: &Promises, given: Given<'_>) -> Result<Gave> {
    let viewer = given.viewer()?;
    let input: PlanErasure = wire(given.input)?;
    let wanted = ErasureRequest {
        subscriber: input.subscriber,
        idempotency_key: input.idempotency_key,
    };
    let installation = &promises.installation;
    let id = plan::plan(installation, viewer, &wanted).await?;
    let row = read(installation, viewer, id).await?;
    Ok(Gave::row(id).and(Extra::Warnings(of_plan(&row.plan))))
}
