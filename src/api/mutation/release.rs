//! `release`.

use futures_util::FutureExt;
use serde::Deserialize;

use super::Given;
use super::declare::{Extra, Gave, Gives, Input, Kind, Mutation, Part, Shape};
use super::read::wire;
use crate::api::promises::Promises;
use crate::error::{Code, Result};
use crate::work::suppress::{self, EntryChoice};

pub(super) const RELEASE: Mutation = Mutation {
    name: "release",
    about: "Takes an address off the account's list of those that must not be mailed. Where an erasure keeps it from being mailed, it stays so. Requires: write on SuppressionEntry.",
    takes: &[Input::new("entry", Kind::Shape(&SUPPRESSION), "The entry.").required()],
    columns: None,
    codes: &[
        Code::BadUserInput,
        Code::Forbidden,
        Code::InvalidId,
        Code::NotFound,
    ],
    gives: Gives::parts(&[Part {
        name: "releasedId",
        kind: "ID",
        about: "The id that the entry had; null when nothing was done.",
    }]),
    is_open: false,
    run: |promises, given| run(promises, given).boxed(),
};

const SUPPRESSION: Shape = Shape {
    name: "SuppressionInput",
    about: "Which entry: exactly one of these.",
    one_of: true,
    takes: &[
        Input::new("id", Kind::Id("suppression_entries"), "By global id."),
        Input::new("email", Kind::Named("EmailAddress"), "By address."),
    ],
};

#[derive(Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
struct Release {
    entry: EntryChoice,
}

async fn run(promises: &Promises, given: Given<'_>) -> Result<Gave> {
    let viewer = given.viewer()?;
    let input: Release = wire(given.input)?;
    let id = suppress::release(&promises.installation, viewer, &input.entry).await?;
    Ok(Gave::default().and(Extra::Id("suppression_entries", id)))
}
