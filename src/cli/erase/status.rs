//! `postern erase status`: where an erasure is, and its receipts.

use std::path::PathBuf;

use serde_json::json;

use super::recipients::line;
use super::{Context, Outcome, erasure_id, standing};
use crate::cli::new_file;
use crate::error::{Code, Refusal, Result};
use crate::work::erase::recipients;

/// Say where an erasure is and who has not confirmed it yet; save its receipt if there is one
#[derive(Debug, clap::Args)]
#[command(
    after_long_help = "Example: postern erase status --account Acme --erasure 0198… --receipt ana.json"
)]
pub(in crate::cli) struct Status {
    /// The account
    #[arg(long, value_name = "NAME_OR_ID")]
    account: String,
    /// The erasure, as `erase plan` or GraphQL names it
    #[arg(long, value_name = "ID")]
    erasure: String,
    /// Where to save the newest receipt; its signature is saved beside it with `.sig` behind the name
    #[arg(long, value_name = "FILE")]
    receipt: Option<PathBuf>,
}

/// Runs the command.
pub(super) async fn run(command: Status, context: &Context) -> Result<Outcome> {
    let installation = context.open().await?;
    let viewer = context.viewer_in(&installation, &command.account).await?;
    let id = erasure_id(&installation, &command.erasure)?;
    let (row, text, mut value) = standing(&installation, &viewer, id).await?;
    let newest = row.second_receipt.as_ref().or(row.receipt.as_ref());
    value["receipt"] = json!(newest.map(|(receipt, _)| receipt));
    if let Some(path) = &command.receipt {
        let (receipt, signature) = newest
            .ok_or_else(|| Refusal::new(Code::InvalidState, "--receipt: the erasure has no receipt yet"))?;
        new_file::write(path, receipt, signature)?;
    }
    let recipients = recipients::list(&installation, &viewer, id).await?;
    value["recipients"] = recipients::documents(&recipients).into();
    let open = recipients.iter().filter(|one| one.is_open()).map(line);
    let lines: Vec<String> = std::iter::once(text).chain(open).collect();
    context.output.result(lines.join("\n"), &value)?;
    Ok(Outcome::Done)
}
