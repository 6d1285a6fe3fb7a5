//! `reportErasureRecipient`.

use futures_util::FutureExt;
use serde::Deserialize;
use uuid::Uuid;

use super::Given;
use super::declare::{Gave, Gives, Input, Kind, Mutation, Words};
use super::read::wire;
use crate::api::promises::Promises;
use crate::error::{Code, Result};
use crate::work::erase::recipients::{Report, report};

pub(super) const REPORT_ERASURE_RECIPIENT: Mutation = Mutation {
    name: "reportErasureRecipient",
    about: "Reports what became of somebody who was given data that is erased (Art. 19 GDPR). With the last one who has confirmed or is exempt the erasure is DONE, and has a further receipt. Reporting twice is reporting once. Requires: erase on every resource that is touched, in the whole account.",
    takes: &[
        Input::id("recipient", "erasure_recipients", "The recipient."),
        Input::new("state", Kind::Words(&STATE), "What became of it.").required(),
        Input::optional_text(
            "reason",
            "Why an EXEMPT recipient need not be told, without personal data; for no other state.",
        ),
    ],
    columns: None,
    codes: &[
        Code::BadUserInput,
        Code::Forbidden,
        Code::InvalidId,
        Code::InvalidState,
    ],
    gives: Gives::row("erasure_recipients", "The recipient; null when nothing was done."),
    is_open: false,
    run: |promises, given| run(promises, given).boxed(),
};

const STATE: Words = Words {
    name: "ReportedRecipientState",
    about: "What can be reported of somebody who was given data that is erased.",
    words: &[
        ("TOLD", "It was told, and has not answered."),
        ("CONFIRMED", "It has erased the data."),
        (
            "EXEMPT",
            "Telling it is impossible, or a disproportionate effort (Art. 19 GDPR).",
        ),
    ],
};

#[derive(Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
struct ReportErasureRecipient {
    recipient: Uuid,
    state: String,
    reason: Option<String>,
}

async fn run(promises: &Promises, given: Given<'_>) -> Result<Gave> {
    let viewer = given.viewer()?;
    let input: ReportErasureRecipient = wire(given.input)?;
    let said = Report::read(&input.state, input.reason.as_deref())?;
    report(&promises.installation, viewer, input.recipient, &said).await?;
    promises.wake.notify_waiters();
    Ok(Gave::row(input.recipient))
}
