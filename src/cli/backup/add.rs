//! `postern backup add`: a backup was made.

use super::{Context, Outcome, document, instant, line};
use crate::access::viewer::Viewer;
use crate::error::Result;
use crate::work::backup::{NewBackup, add};
use crate::work::installation::Installation;

/// Register a backup that was made
///
/// Say it in the script that makes the backup. Receipts of later erasures list it with the day on which it has to be
/// gone, and a gateway warns when it outlives that day.
#[derive(Debug, clap::Args)]
#[command(
    after_long_help = "Example: postern backup add --label nightly-2026-03-01 --made-at 2026-03-01T02:00:00Z"
)]
pub(in crate::cli) struct Add {
    /// What it is called; no personal data
    #[arg(long, value_name = "TEXT")]
    label: String,
    /// When it was made, RFC 3339
    #[arg(long, value_name = "INSTANT")]
    made_at: String,
    /// When it has to be gone, RFC 3339 [default: `backup_days` of the policy later]
    #[arg(long, value_name = "INSTANT")]
    purge_at: Option<String>,
    /// Where it lies, in a word
    #[arg(long, value_name = "WORD")]
    location: Option<String>,
}

/// Runs the command.
pub(super) async fn run(
    command: Add,
    context: &Context,
    installation: &Installation,
    viewer: &Viewer,
) -> Result<Outcome> {
    let purge_at = command.purge_at.as_deref();
    let wanted = NewBackup {
        label: command.label,
        location: command.location,
        made_at: instant("--made-at", &command.made_at)?,
        purge_at: purge_at.map(|text| instant("--purge-at", text)).transpose()?,
    };
    let backup = add(installation, viewer, wanted).await?;
    let now = installation.clock.now();
    context
        .output
        .result(line(&backup, now), &document(&backup, now))?;
    Ok(Outcome::Done)
}
