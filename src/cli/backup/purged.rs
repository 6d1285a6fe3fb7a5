//! `postern backup purged`: a backup is gone.

use serde_json::json;
use uuid::Uuid;

use super::{Context, Outcome};
use crate::access::viewer::Viewer;
use crate::error::{Code, Refusal, Result, quote};
use crate::work::backup::purged;
use crate::work::installation::Installation;

/// Say that a backup is gone
///
/// Say it after every copy of it was removed. Saying it twice changes nothing.
#[derive(Debug, clap::Args)]
#[command(after_long_help = "Example: postern backup purged 0198…")]
pub(in crate::cli) struct Purged {
    /// The backup, as `backup list` names it
    #[arg(value_name = "ID")]
    id: String,
}

/// Runs the command.
pub(super) async fn run(
    command: Purged,
    context: &Context,
    installation: &Installation,
    viewer: &Viewer,
) -> Result<Outcome> {
    let id = Uuid::parse_str(&command.id).map_err(|_| {
        Refusal::new(
            Code::InvalidId,
            format!(
                "{} is no backup's id; see postern backup list",
                quote(&command.id)
            ),
        )
    })?;
    purged(installation, viewer, id).await?;
    context
        .output
        .result(format!("{id} is gone"), &json!({ "id": id, "purged": true }))?;
    Ok(Outcome::Done)
}
