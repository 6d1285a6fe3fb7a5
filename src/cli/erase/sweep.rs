//! `postern erase sweep`: look for what erasures left behind.

use serde_json::json;

use super::{Context, Outcome};
use crate::access::viewer::Principal;
use crate::cli::context::account_named;
use crate::error::{Code, Refusal, Result};
use crate::work::erase::due::sweep_due;
use crate::work::founding;

/// Search every text for people whose erasure was not swept yet, or left something
///
/// Erasures in small accounts are swept at once; in large ones this is the second step, after which a second receipt
/// says that the person is mentioned nowhere. A running gateway does it once a day. Exits with 1 if an erasure is not
/// clean, or if another process is sweeping it.
#[derive(Debug, clap::Args)]
#[command(after_long_help = "Example: postern erase sweep --account Acme")]
pub(in crate::cli) struct Sweep {
    /// The account [default: all of them]
    #[arg(long, value_name = "NAME_OR_ID")]
    account: Option<String>,
}

/// Runs the command.
pub(super) async fn run(command: Sweep, context: &Context) -> Result<Outcome> {
    let installation = context.open().await?;
    let account = match &command.account {
        Some(name) => Some(account_named(&installation, name).await?),
        None => None,
    };
    // The sweep works for the installation, not for somebody: operators alone begin it.
    let home = match account {
        Some(account) => account,
        None => founding::platform(&installation).await?.account,
    };
    let viewer = context.viewer(&installation, home).await?;
    if !matches!(viewer.principal, Principal::Operator(_)) {
        return Err(Refusal::new(Code::Forbidden, "--as: operators alone sweep for residue").into());
    }
    let (clean, residue) = sweep_due(&installation, account).await?;
    let text = format!("{clean} erasures are clean now, {residue} left something");
    context
        .output
        .result(text, &json!({ "clean": clean, "residueFound": residue }))?;
    Ok(if residue == 0 {
        Outcome::Done
    } else {
        Outcome::Refused
    })
}
