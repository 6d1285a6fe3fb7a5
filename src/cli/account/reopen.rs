//! `postern account reopen`: a closed account is as it was.

use super::{Context, Outcome, standing};
use crate::cli::context::account_named;
use crate::error::Result;
use crate::store::identity;
use crate::work::closing::reopen;

/// Open a closed account again, as long as its days of retrieval last
///
/// Imports that ended when it was closed stay ended. Needs the right to erase everything in the account.
#[derive(Debug, clap::Args)]
#[command(after_long_help = "Example: postern account reopen Acme")]
pub(in crate::cli) struct Reopen {
    /// The account
    #[arg(value_name = "NAME_OR_ID")]
    account: String,
}

/// Runs the command.
pub(super) async fn run(command: Reopen, context: &Context) -> Result<Outcome> {
    let installation = context.open().await?;
    let account = account_named(&installation, &command.account).await?;
    let viewer = context.viewer(&installation, account).await?;
    let known = identity::account(&installation.database, &account.to_string()).await?;
    let name = known.map_or_else(|| command.account.clone(), |(_, name)| name);
    reopen(&installation, &viewer, &name).await?;
    let (text, value) = standing(&name, None, installation.clock.now());
    context.output.result(text, &value)?;
    Ok(Outcome::Done)
}
