//! `confirmSubscription`.

use futures_util::FutureExt;
use serde::Deserialize;

use super::Given;
use super::declare::{Gave, Gives, Input, Mutation};
use super::read::wire;
use super::shapes::{PROOF, ProofInput};
use crate::api::promises::Promises;
use crate::error::{Code, Result};
use crate::work::subscriber::subscription;

pub(super) const CONFIRM_SUBSCRIPTION: Mutation = Mutation {
    name: "confirmSubscription",
    about: "Confirms a sign-up by the token that `subscribe` gave. A person who was erased comes back by it: what kept the person out of the account is lifted, and the person, the place on the list and the consent are made at once. Answers `INVALID_STATE` when the token has been used or is too old, and when the person was erased since. Requires: write on Subscriber, SubscriberProfile and Consent in the list.",
    takes: &[
        Input::text("token", "The token of the sign-up."),
        PROOF[0],
        PROOF[1],
        PROOF[2],
        PROOF[3],
        PROOF[4],
    ],
    columns: None,
    codes: &[
        Code::BadUserInput,
        Code::Forbidden,
        Code::InvalidState,
        Code::Suppressed,
    ],
    gives: Gives::row(
        "subscriber_profiles",
        "The person on the list; null when nothing was done.",
    ),
    is_open: false,
    run: |promises, given| run(promises, given).boxed(),
};

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct ConfirmSubscription {
    token: String,
    #[serde(flatten)]
    proof: ProofInput,
}

async fn run(promises: &Promises, given: Given<'_>) -> Result<Gave> {
    let viewer = given.viewer()?;
    let input: ConfirmSubscription = wire(given.input)?;
    let proof = input.proof.read();
    subscription::confirm(&promises.installation, viewer, &input.token, &proof)
        .await
        .map(Gave::row)
}
