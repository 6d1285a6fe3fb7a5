//! `updateAccount`.

use futures_util::FutureExt;

use super::Given;
use super::declare::{Columns, Gave, Gives, Mutation};
use super::read::columns;
use crate::api::promises::Promises;
use crate::error::{Code, Result};
use crate::work::account;

const COLUMNS: Columns = Columns {
    table: "accounts",
    names: account::COLUMNS,
};

pub(super) const UPDATE_ACCOUNT: Mutation = Mutation {
    name: "updateAccount",
    about: "Changes what the account that you act in says of itself. Requires: write on Account.",
    takes: &[],
    columns: Some(COLUMNS),
    codes: &[Code::BadUserInput, Code::Forbidden],
    gives: Gives::row("accounts", "The account; null when nothing was done."),
    is_open: false,
    run: |promises, given| run(promises, given).boxed(),
};

async fn run(promises: &Promises, given: Given<'_>) -> Result<Gave> {
    let viewer = given.viewer()?;
    let installation = &promises.installation;
    let set = columns(COLUMNS, &given.input, &installation.catalog);
    account::update(installation, viewer, set).await?;
    Ok(Gave::row(viewer.account))
}
