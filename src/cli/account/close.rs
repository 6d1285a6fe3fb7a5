//! `postern account close`: nothing is changed any more, and the days of retrieval begin.

use super::{Context, Outcome, standing};
use crate::cli::context::account_named;
use crate::error::Result;
use crate::store::identity;
use crate::work::closing::close;

/// Close an account: it can be carried out for a while, and is then erased
///
/// From now on nothing of the account is changed, its imports end, and those alone come in who may export. After the
/// policy's `retrieval_days` the next `retention run` erases it; until then `account reopen` opens it again. Needs the
/// right to erase everything in the account.
#[derive(Debug, clap::Args)]
#[command(after_long_help = "Example: postern account close Acme")]
pub(in crate::cli) struct Close {
    /// The account
    #[arg(value_name = "NAME_OR_ID")]
    account: String,
}

/// Runs the command.
pub(super) async fn run(command: Close, context: &Context) -> Result<Outcome> {
    let installation = context.open().await?;
    let account = account_named(&installation, &command.account).await?;
    let viewer = context.viewer(&installation, account).await?;
    let known = identity::account(&installation.database, &account.to_string()).await?;
    let name = known.map_or_else(|| command.account.clone(), |(_, name)| name);
    let closed = close(&installation, &viewer, &name).await?;
    let (text, value) = standing(&name, Some(closed), installation.clock.now());
    context.output.result(text, &value)?;
    Ok(Outcome::Done)
}
