//! `postern erase key`: what the platform's own senders recognise erased people by.

use serde_json::json;

use super::{Context, Outcome};
use crate::access::viewer::Principal;
use crate::error::{Code, Refusal, Result};
use crate::work::suppress;

/// Print the key by which the platform's own programs recognise the erased people of one account
///
/// A secret: whoever has it, and the database, can find out whether an address is that of somebody who was erased. Keep it
/// where the platform's passwords are, and never in the database. After a rotation of the suppression key it has another
/// part. How to use it: docs/erase.md, "The platform's own writes".
#[derive(Debug, clap::Args)]
#[command(after_long_help = "Example: postern erase key --account Acme")]
pub(in crate::cli) struct Key {
    /// The account
    #[arg(long, value_name = "NAME_OR_ID")]
    account: String,
}

/// Runs the command.
pub(super) async fn run(command: Key, context: &Context) -> Result<Outcome> {
    let installation = context.open().await?;
    let viewer = context.viewer_in(&installation, &command.account).await?;
    if !matches!(viewer.principal, Principal::Operator(_)) {
        return Err(Refusal::new(Code::Forbidden, "--as: operators alone are given the key").into());
    }
    let key = suppress::platform_key(&installation, &viewer).await?;
    let told = json!({ "suppressionKeys": key.as_str() });
    context.output.result(key.as_str(), &told)?;
    Ok(Outcome::Done)
}
