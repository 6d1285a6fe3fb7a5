//! `postern erase sweep`: look for what erasures left behind, and for erased people who were written again.

use serde_json::json;

use super::{Context, Outcome};
use crate::access::viewer::Principal;
use crate::cli::context::account_named;
use crate::error::{Code, Refusal, Result};
use crate::work::erase::due::sweep_due;
use crate::work::erase::past::{KeptAway, Look, keep_away};
use crate::work::founding;

/// Search every text for people whose erasure was not swept yet, or left something
///
/// Erasures in small accounts are swept at once; in large ones this is the second step, after which a second receipt
/// says that the person is mentioned nowhere. Before that, rows are removed in which the platform has written an erased
/// person again, past Postern. A running gateway does both once a day, and looks at what is new every few minutes. Exits
/// with 1 if an erasure is not clean, or if somebody waits whom a legal hold names or whose erasure has not ended.
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
    let kept = keep_away(&installation, account, Look::Everything).await?;
    let (clean, residue) = sweep_due(&installation, account).await?;
    let KeptAway {
        people,
        rows,
        waiting,
    } = kept;
    let text = format!(
        "{clean} erasures are clean now, {residue} left something; {rows} rows that were written past a fence are gone, \
         {waiting} people wait"
    );
    let written_again = json!({ "people": people, "rows": rows, "waiting": waiting });
    let told = json!({ "clean": clean, "residueFound": residue, "writtenAgain": written_again });
    context.output.result(text, &told)?;
    Ok(if residue == 0 && waiting == 0 {
        Outcome::Done
    } else {
        Outcome::Refused
    })
}
