//! `postern erase recipients`: who was given the data, and whether they know that it is erased.

use serde_json::json;

use super::{Context, Outcome, erasure_id};
use crate::cell::instant_text;
use crate::error::Result;
use crate::store::erasure_recipient::Recipient;
use crate::work::erase::recipients::{documents, list};

/// Say who was given the data that an erasure is about, and whether they were told (Art. 19 GDPR)
///
/// They are noted from the disclosures when the erasure begins. It is DONE when each of them has confirmed or is exempt,
/// which `erase report` says.
#[derive(Debug, clap::Args)]
#[command(after_long_help = "Example: postern erase recipients --account Acme --erasure 0198…")]
pub(in crate::cli) struct Recipients {
    /// The account
    #[arg(long, value_name = "NAME_OR_ID")]
    account: String,
    /// The erasure, as `erase plan` or GraphQL names it
    #[arg(long, value_name = "ID")]
    erasure: String,
}

/// Runs the command.
pub(super) async fn run(command: Recipients, context: &Context) -> Result<Outcome> {
    let installation = context.open().await?;
    let viewer = context.viewer_in(&installation, &command.account).await?;
    let id = erasure_id(&installation, &command.erasure)?;
    let recipients = list(&installation, &viewer, id).await?;
    let text = match recipients.is_empty() {
        true => "nobody is to be told".to_owned(),
        false => recipients.iter().map(line).collect::<Vec<_>>().join("\n"),
    };
    let mut told = documents(&recipients);
    for (document, recipient) in told.iter_mut().zip(&recipients) {
        document["id"] = recipient.id.to_string().into();
    }
    context
        .output
        .result(text, &json!({ "erasure": id, "recipients": told }))?;
    Ok(Outcome::Done)
}

/// A recipient for people.
pub(super) fn line(recipient: &Recipient) -> String {
    format!(
        "{} {:<9} by {} {} ({})",
        recipient.id,
        recipient.state.to_uppercase(),
        instant_text(recipient.due_at),
        recipient.recipient,
        recipient.kind.to_uppercase(),
    )
}
