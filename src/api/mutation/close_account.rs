//! `closeAccount`.

use futures_util::FutureExt;
use serde::Deserialize;

use super::Given;
use super::declare::{Extra, Gave, Gives, Input, Mutation, Part};
use super::read::wire;
use crate::api::promises::Promises;
use crate::error::{Code, Result};
use crate::work::closing;

pub(super) const NAME: Input = Input::text(
    "name",
    "The name of the account that you act in, so that no other is meant by mistake.",
);

pub(super) const CLOSE_ACCOUNT: Mutation = Mutation {
    name: "closeAccount",
    about: "Closes the account that you act in: nothing of it can be changed any more, imports under way end, and it can be carried out by those who may export. When the days of retrieval are over it is erased, with a receipt; until then it can be reopened. Closing it again changes nothing. Requires: erase on everything in the account.",
    takes: &[NAME],
    columns: None,
    codes: &[Code::BadUserInput, Code::Forbidden, Code::InvalidState],
    gives: Gives::row("accounts", "The account; null when nothing was done.").and(&[Part {
        name: "erasedFrom",
        kind: "DateTime",
        about: "When the account is erased, unless it is reopened before; null when nothing was done.",
    }]),
    is_open: false,
    run: |promises, given| run(promises, given).boxed(),
};

#[derive(Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub(super) struct Named {
    pub(super) name: String,
}

async fn run(promises: &Promises, given: Given<'_>) -> Result<Gave> {
    let viewer = given.viewer()?;
    let input: Named = wire(given.input)?;
    let closed = closing::close(&promises.installation, viewer, &input.name).await?;
    Ok(Gave::row(viewer.account).and(Extra::Instant(closed.erased_from)))
}
