//! `postern erase status`: where an erasure is, and its receipts.

use std::path::{Path, PathBuf};

use serde_json::json;

use super::recipients::line;
use super::{Context, Outcome, erasure_id, many, standing};
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
    #[arg(long, value_name = "ID", required_unless_present = "file")]
    erasure: Option<String>,
    /// Where to save the newest receipt; its signature is saved beside it with `.sig` behind the name
    #[arg(long, value_name = "FILE", conflicts_with = "file")]
    receipt: Option<PathBuf>,
    /// Many instead: what `erase plan --file` wrote to --plans; exits with 1 unless all are done
    #[arg(long, value_name = "PLANS", conflicts_with = "erasure")]
    file: Option<PathBuf>,
    /// For many: the folder for receipts and their signatures, each named after its erasure
    #[arg(long, value_name = "FOLDER", requires = "file")]
    receipts: Option<PathBuf>,
}

/// Runs the command.
pub(super) async fn run(command: Status, context: &Context) -> Result<Outcome> {
    let Some(erasure) = &command.erasure else {
        let wanted = many::status::Wanted {
            account: &command.account,
            file: command.file.as_deref().unwrap_or(Path::new("-")),
            receipts: command.receipts.as_deref(),
        };
        return many::status::run(wanted, context).await;
    };
    let installation = context.open().await?;
    let viewer = context.viewer_in(&installation, &command.account).await?;
    let id = erasure_id(&installation, erasure)?;
    let (row, text, mut value) = standing(&installation, &viewer, id).await?;
    let newest = row.newest_receipt();
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
