//! `postern backup list`: which backups there are, and which outlive their day.

use serde_json::json;

use super::{Context, Outcome, document, line};
use crate::error::Result;
use crate::store::backup::{self, Backup};
use crate::work::installation::Installation;

/// List the registered backups
///
/// With --check it exits with 1 if a backup is still there though it had to be gone.
#[derive(Debug, clap::Args)]
#[command(after_long_help = "Example: postern backup list --check")]
pub(in crate::cli) struct List {
    /// Exit with 1 if a backup outlives the day on which it had to be gone
    #[arg(long)]
    check: bool,
    /// Also those that are gone
    #[arg(long)]
    all: bool,
}

/// Runs the command.
pub(super) async fn run(command: &List, context: &Context, installation: &Installation) -> Result<Outcome> {
    let now = installation.clock.now();
    let backups: Vec<Backup> = match command.all {
        true => backup::all(&installation.database).await?,
        false => backup::kept(&installation.database).await?,
    };
    let overdue = backups.iter().filter(|backup| backup.is_overdue(now)).count();
    let mut lines: Vec<String> = backups.iter().map(|backup| line(backup, now)).collect();
    if lines.is_empty() {
        lines.push("no backup is registered".to_owned());
    }
    let listed = backups.iter().map(|backup| document(backup, now));
    let value = json!({ "backups": listed.collect::<Vec<_>>(), "overdue": overdue });
    context.output.result(lines.join("\n"), &value)?;
    Ok(if command.check && overdue > 0 {
        Outcome::Refused
    } else {
        Outcome::Done
    })
}
