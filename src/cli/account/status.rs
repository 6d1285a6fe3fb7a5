//! `postern account status`: whether an account is closed, and what its erasure would do.

use super::{Context, Outcome, standing};
use crate::cli::context::account_named;
use crate::error::Result;
use crate::store::identity;
use crate::work::closing;

/// Say whether an account is closed, and until when it can be carried out
///
/// Needs the right to erase everything in the account.
#[derive(Debug, clap::Args)]
#[command(after_long_help = "Example: postern account status Acme --json")]
pub(in crate::cli) struct Status {
    /// The account
    #[arg(value_name = "NAME_OR_ID")]
    account: String,
}

/// Runs the command.
pub(super) async fn run(command: Status, context: &Context) -> Result<Outcome> {
    let installation = context.open().await?;
    let account = account_named(&installation, &command.account).await?;
    let viewer = context.viewer(&installation, account).await?;
    let known = identity::account(&installation.database, &account.to_string()).await?;
    let name = known.map_or_else(|| command.account.clone(), |(_, name)| name);
    let closed = closing::standing(&installation, &viewer).await?;
    let (text, value) = standing(&name, closed);
    context.output.result(text, &value)?;
    Ok(Outcome::Done)
}
