//! `liftRestriction`.

use futures_util::FutureExt;
use serde::Deserialize;
use uuid::Uuid;

use super::Given;
use super::declare::{Gave, Gives, Input, Mutation};
use super::read::wire;
use crate::api::promises::Promises;
use crate::error::{Code, Result};
use crate::work::restriction;

pub(super) const LIFT_RESTRICTION: Mutation = Mutation {
    name: "liftRestriction",
    about: "Lets a person's data be used again; the restriction stays as the proof that it was kept. The person is to be told before (Art. 18 (3) GDPR). Done twice, it is done. Requires: write on ProcessingRestriction.",
    takes: &[Input::id(
        "restriction",
        "processing_restrictions",
        "The restriction.",
    )],
    columns: None,
    codes: &[Code::Forbidden, Code::InvalidId],
    gives: Gives::row(
        "processing_restrictions",
        "The restriction; null when nothing was done.",
    ),
    is_open: false,
    run: |promises, given| run(promises, given).boxed(),
};

#[derive(Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
struct LiftRestriction {
    restriction: Uuid,
}

async fn run(promises: &Promises, given: Given<'_>) -> Result<Gave> {
    let viewer = given.viewer()?;
    let input: LiftRestriction = wire(given.input)?;
    restriction::lift(&promises.installation, viewer, input.restriction).await?;
    Ok(Gave::row(input.restriction))
}
