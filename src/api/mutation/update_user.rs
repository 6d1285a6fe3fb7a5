//! `updateUser`.

use futures_util::FutureExt;
use serde::Deserialize;
use uuid::Uuid;

use super::Given;
use super::declare::{Columns, Gave, Gives, Input, Kind, Mutation};
use super::read::{columns, wire};
use crate::api::promises::Promises;
use crate::error::{Code, Result};
use crate::work::user;

const COLUMNS: Columns = Columns {
    table: "users",
    names: user::COLUMNS,
};

pub(super) const UPDATE_USER: Mutation = Mutation {
    name: "updateUser",
    about: "Changes how a user is addressed. Requires: nothing for yourself; else manage on User, for somebody who works for this account alone.",
    takes: &[Input::new("user", Kind::Id("users"), "Who; left out: yourself.")],
    columns: Some(COLUMNS),
    codes: &[Code::BadUserInput, Code::Forbidden, Code::InvalidId],
    gives: Gives::row(
        "users",
        "The user; null when nothing was done, or when you may not read users.",
    ),
    is_open: false,
    run: |promises, given| run(promises, given).boxed(),
};

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct UpdateUser {
    user: Option<Uuid>,
}

async fn run(promises: &Promises, given: Given<'_>) -> Result<Gave> {
    let viewer = given.viewer()?;
    let installation = &promises.installation;
    let set = columns(COLUMNS, &given.input, &installation.catalog);
    let input: UpdateUser = wire(given.input)?;
    user::update(installation, viewer, input.user, set)
        .await
        .map(Gave::row)
}
