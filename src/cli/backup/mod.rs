//! `postern backup`: the register of backups, for whoever makes them. Makes none itself.

mod add;
mod list;
mod purged;

use serde_json::{Value, json};

use super::Outcome;
use super::context::Context;
use super::replay::instant;
use crate::access::viewer::{Principal, Viewer};
use crate::cell::instant_text;
use crate::clock::Instant;
use crate::error::{Code, Refusal, Result};
use crate::store::backup::Backup as Registered;
use crate::work::founding;
use crate::work::installation::Installation;

/// Register backups of the database, so that receipts can say how long they last
#[derive(Debug, clap::Subcommand)]
pub(super) enum Backup {
    Add(add::Add),
    Purged(purged::Purged),
    List(list::List),
}

/// Runs the command.
pub(super) async fn run(command: Backup, context: &Context) -> Result<Outcome> {
    // A register of the installation's own: also where a restored database waits for its erasures to be repeated.
    let installation = context.open_whatever_age().await?;
    let viewer = operator(context, &installation).await?;
    let outcome = match command {
        Backup::Add(command) => add::run(command, context, &installation, &viewer).await?,
        Backup::Purged(command) => purged::run(command, context, &installation, &viewer).await?,
        Backup::List(command) => list::run(&command, context, &installation).await?,
    };
    installation.database.close().await;
    Ok(outcome)
}

/// Who acts; operators alone may.
async fn operator(context: &Context, installation: &Installation) -> Result<Viewer> {
    let platform = founding::platform(installation).await?;
    let viewer = context.viewer(installation, platform.account).await?;
    match viewer.principal {
        Principal::Operator(_) => Ok(viewer),
        _ => Err(Refusal::new(
            Code::Forbidden,
            "--as: operators alone see and change the backups",
        )
        .into()),
    }
}

/// A backup for programs.
fn document(backup: &Registered, now: Instant) -> Value {
    json!({
        "id": backup.id,
        "label": backup.label,
        "location": backup.location,
        "madeAt": instant_text(backup.made_at),
        "purgeAt": instant_text(backup.purge_at),
        "purgedAt": backup.purged_at.map(instant_text),
        "overdue": backup.is_overdue(now),
    })
}

/// A backup for people, on one line.
fn line(backup: &Registered, now: Instant) -> String {
    let end = match backup.purged_at {
        Some(at) => format!("gone since {}", instant_text(at)),
        None if backup.is_overdue(now) => {
            format!("OVERDUE: had to be gone by {}", instant_text(backup.purge_at))
        }
        None => format!("until {}", instant_text(backup.purge_at)),
    };
    let place = backup.location.as_deref().map(|word| format!(" in {word}"));
    format!(
        "{} {} of {}{}, {end}",
        backup.id,
        backup.label,
        instant_text(backup.made_at),
        place.unwrap_or_default()
    )
}
