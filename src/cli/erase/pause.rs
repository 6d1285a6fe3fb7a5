//! `postern erase pause` and `postern erase resume`.

use super::{Context, Outcome, erasure_id, standing};
use crate::error::Result;
use crate::work::erase::pause;

/// Stop an erasure that was confirmed before its next batch; the fence stays up
///
/// Whoever runs it commits nothing more. The time in which the person has to be answered goes on. Works for the erasure of an
/// account, too, which `account status` names.
#[derive(Debug, clap::Args)]
#[command(after_long_help = "Example: postern erase pause --account Acme 0198…")]
pub(in crate::cli) struct Pause {
    #[command(flatten)]
    which: Which,
}

/// Go on with an erasure that is paused
///
/// A running gateway does the rest, or `erase confirm` with the same hash, which then waits for the receipt.
#[derive(Debug, clap::Args)]
#[command(after_long_help = "Example: postern erase resume --account Acme 0198…")]
pub(in crate::cli) struct Resume {
    #[command(flatten)]
    which: Which,
}

#[derive(Debug, clap::Args)]
struct Which {
    /// The account
    #[arg(long, value_name = "NAME_OR_ID")]
    account: String,
    /// The erasure, as `erase plan` or GraphQL names it
    #[arg(value_name = "ERASURE")]
    erasure: String,
}

/// Runs `erase pause`.
pub(super) async fn pause(command: Pause, context: &Context) -> Result<Outcome> {
    let Which { account, erasure } = command.which;
    let installation = context.open().await?;
    let viewer = context.viewer_in(&installation, &account).await?;
    let id = erasure_id(&installation, &erasure)?;
    pause::pause(&installation, &viewer, id).await?;
    let (_, text, value) = standing(&installation, &viewer, id).await?;
    context.output.result(text, &value)?;
    Ok(Outcome::Done)
}

/// Runs `erase resume`.
pub(super) async fn resume(command: Resume, context: &Context) -> Result<Outcome> {
    let Which { account, erasure } = command.which;
    let installation = context.open().await?;
    let viewer = context.viewer_in(&installation, &account).await?;
    let id = erasure_id(&installation, &erasure)?;
    pause::resume(&installation, &viewer, id).await?;
    let (_, text, value) = standing(&installation, &viewer, id).await?;
    context.output.result(text, &value)?;
    Ok(Outcome::Done)
}
