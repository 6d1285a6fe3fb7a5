//! `subscribe`.

use futures_util::FutureExt;
use serde::Deserialize;
use uuid::Uuid;

use super::Given;
use super::declare::{Extra, Gave, Gives, Input, Kind, Mutation, Part};
use super::read::wire;
use super::shapes::{PROOF, ProofInput};
use crate::api::promises::Promises;
use crate::error::{Code, Result};
use crate::work::subscriber::subscription::{self, SignUp};

pub(super) const SUBSCRIBE: Mutation = Mutation {
    name: "subscribe",
    about: "Signs a person up for a list. Where the list asks for a confirmation, and for everybody who left it before, the person is subscribed only by `confirmSubscription`. An address that is suppressed is refused; so is that of a person who was erased, unless the list asks for a confirmation: then nothing about the person is stored before the person confirms, and `subscriberProfile` is null. Requires: read on List, and write on Subscriber, SubscriberProfile and Consent, in the list.",
    takes: &[
        Input::id("list", "lists", "The list."),
        Input::new("email", Kind::Named("EmailAddress"), "The person's address.").required(),
        Input::optional_text("firstName", "First name, for somebody who is new to the account."),
        Input::optional_text("lastName", "Last name, for somebody who is new to the account."),
        PROOF[0],
        PROOF[1],
        PROOF[2],
        PROOF[3],
        PROOF[4],
    ],
    columns: None,
    codes: &[Code::BadUserInput, Code::Forbidden, Code::InvalidId, Code::InvalidState, Code::Suppressed],
    gives: Gives::row("subscriber_profiles", "The person on the list; null when nothing was done.").and(&[Part {
        name: "confirmationToken",
        kind: "String",
        about: "What the person confirms the sign-up with, good for 30 days, unless the policy says otherwise: put it into the link of the mail that you send. It is sealed, and longer the more the sign-up says. Null when nothing is to be confirmed.",
    }]),
    is_open: false,
    run: |promises, given| run(promises, given).boxed(),
};

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Subscribe {
    list: Uuid,
    email: String,
    first_name: Option<String>,
    last_name: Option<String>,
    #[serde(flatten)]
    proof: ProofInput,
}

async fn run(promises: &Promises, given: Given<'_>) -> Result<Gave> {
    let viewer = given.viewer()?;
    let input: Subscribe = wire(given.input)?;
    let wanted = SignUp {
        list: input.list,
        email: input.email,
        first_name: input.first_name,
        last_name: input.last_name,
        proof: input.proof.read(),
    };
    let signed_up = subscription::subscribe(&promises.installation, viewer, &wanted).await?;
    let token = signed_up.token.map_or(Extra::Nothing, Extra::Text);
    Ok(Gave::row(signed_up.profile).and(token))
}
