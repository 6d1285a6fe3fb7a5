//! `reopenAccount`.

use futures_util::FutureExt;

use super::Given;
use super::close_account::{NAME, Named};
use super::declare::{Gave, Gives, Mutation};
use super::read::wire;
use crate::api::promises::Promises;
use crate::error::{Code, Result};
use crate::work::closing;

pub(super) const REOPEN_ACCOUNT: Mutation = Mutation {
    name: "reopenAccount",
    about: "Opens a closed account again, as long as its days of retrieval last. Imports that ended when it was closed stay ended. An account that is open stays so. Requires: erase on everything in the account.",
    takes: &[NAME],
    columns: None,
    codes: &[Code::BadUserInput, Code::Forbidden, Code::InvalidState],
    gives: Gives::row("accounts", "The account; null when nothing was done."),
    is_open: false,
    run: |promises, given| run(promises, given).boxed(),
};

async fn run(promises: &Promises, given: Given<'_>) -> Result<Gave> {
    let viewer = given.viewer()?;
    let input: Named = wire(given.input)?;
    closing::reopen(&promises.installation, viewer, &input.name).await?;
    Ok(Gave::row(viewer.account))
}
