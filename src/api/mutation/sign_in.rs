//! `signIn`.

use futures_util::FutureExt;
use serde::Deserialize;

use super::Given;
use super::declare::{Extra, Gave, Gives, Input, Kind, Mutation, Part};
use super::read::wire;
use crate::api::promises::Promises;
use crate::error::{Code, Result};

pub(super) const SIGN_IN: Mutation = Mutation {
    name: "signIn",
    about: "A short-lived token for an address and a password. The same answer for an unknown user and a wrong password; limited in rate. In a closed account for those alone who may export. Requires: nothing.",
    takes: &[
        Input::new("email", Kind::Named("EmailAddress"), "The user's address.").required(),
        Input::text("password", "The user's password, at most 1,000 bytes."),
        Input::optional_text(
            "account",
            "The name or id of the account to act in; needed by users of several accounts.",
        ),
    ],
    columns: None,
    codes: &[
        Code::Unauthenticated,
        Code::RateLimited,
        Code::AccountRequired,
        Code::AccountClosed,
        Code::BadUserInput,
    ],
    gives: Gives::parts(&[
        Part {
            name: "token",
            kind: "String",
            about: "The token, for the header `Authorization: Bearer`.",
        },
        Part {
            name: "expiresAt",
            kind: "DateTime",
            about: "Until when it is good.",
        },
    ]),
    is_open: true,
    run: |promises, given| run(promises, given).boxed(),
};

#[derive(Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
struct SignIn {
    email: String,
    password: String,
    account: Option<String>,
}

async fn run(promises: &Promises, given: Given<'_>) -> Result<Gave> {
    let input: SignIn = wire(given.input)?;
    let signed = promises
        .desk
        .sign_in(
            &input.email,
            &input.password,
            input.account.as_deref(),
            given.client,
        )
        .await?;
    Ok(Gave::default()
        .and(Extra::Text(signed.token))
        .and(Extra::Instant(signed.expires_at)))
}
