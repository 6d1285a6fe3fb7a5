//! `postern erase report`: what became of somebody who was given the data.

use serde_json::json;

use super::{Context, Outcome, id_of};
use crate::error::{Code, Refusal, Result, quote};
use crate::work::erase::recipients::{self, report};

/// Report that somebody who was given the data was told, has confirmed its erasure, or is exempt
///
/// When the last of them has confirmed or is exempt, the erasure is DONE, with a further receipt, which
/// `erase status --receipt` saves. Somebody who is OVERDUE can still confirm.
#[derive(Debug, clap::Args)]
#[command(
    after_long_help = "Example: postern erase report --account Acme --recipient 0198… --state confirmed"
)]
pub(in crate::cli) struct Report {
    /// The account
    #[arg(long, value_name = "NAME_OR_ID")]
    account: String,
    /// The recipient, as `erase recipients` or GraphQL names it
    #[arg(long, value_name = "ID")]
    recipient: String,
    /// What became of it
    #[arg(long, value_parser = ["told", "confirmed", "exempt"])]
    state: String,
    /// Why it need not be told: it is impossible, or a disproportionate effort
    #[arg(long, value_name = "TEXT", required_if_eq("state", "exempt"))]
    reason: Option<String>,
}

/// Runs the command.
pub(super) async fn run(command: Report, context: &Context) -> Result<Outcome> {
    let installation = context.open().await?;
    let viewer = context.viewer_in(&installation, &command.account).await?;
    let id = id_of(&installation, "ErasureRecipient", &command.recipient).ok_or_else(|| {
        let message = format!("--recipient: {} is no recipient's id", quote(&command.recipient));
        Refusal::new(Code::InvalidId, message)
    })?;
    let word = command.state.to_uppercase();
    let said = recipients::Report::read(&word, command.reason.as_deref())?;
    report(&installation, &viewer, id, &said).await?;
    context.output.result(
        format!("{id} {word}"),
        &json!({ "recipient": id, "reported": word }),
    )?;
    Ok(Outcome::Done)
}
