//! `withdrawConsent`.

use futures_util::FutureExt;
use serde::Deserialize;
use uuid::Uuid;

use super::Given;
use super::declare::{Gave, Gives, Input, Mutation};
use super::read::wire;
use crate::api::promises::Promises;
use crate::error::{Code, Result};
use crate::work::subscriber::withdrawal;

pub(super) const WITHDRAW_CONSENT: Mutation = Mutation {
    name: "withdrawConsent",
    about: "Marks one consent as withdrawn, whatever it is for (Art. 7 (3) GDPR); that of a list is withdrawn by `unsubscribe`, too. Done twice, it is done. Requires: write on Consent in the list, or, for one that belongs to no list, in the whole account.",
    takes: &[Input::id("consent", "consents", "The consent.")],
    columns: None,
    codes: &[Code::Forbidden, Code::InvalidId],
    gives: Gives::row("consents", "The consent; null when nothing was done."),
    is_open: false,
    run: |promises, given| run(promises, given).boxed(),
};

#[derive(Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
struct WithdrawConsent {
    consent: Uuid,
}

async fn run(promises: &Promises, given: Given<'_>) -> Result<Gave> {
    let viewer = given.viewer()?;
    let input: WithdrawConsent = wire(given.input)?;
    withdrawal::withdraw(&promises.installation, viewer, input.consent).await?;
    Ok(Gave::row(input.consent))
}
