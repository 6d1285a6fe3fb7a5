//! `postern retention run`: delete or anonymise what is past its clock.

use serde_json::json;
use uuid::Uuid;

use super::{Context, Outcome};
use crate::access::viewer::Principal;
use crate::cli::context::account_named;
use crate::cli::progress::Bar;
use crate::error::{Code, Refusal, Result};
use crate::store::identity;
use crate::work::erase::whole::due::{Became, Extent, see_to};
use crate::work::retain::retain;
use crate::work::{founding, upkeep};

/// Delete or anonymise the rows that are past their clock, and erase closed accounts that are due
///
/// How long rows of a table are kept, from when, and what happens then stands in the policy file (`keep`). Rows about
/// people who may not be erased for now stay, as do rows that something still needs. It can be stopped at any moment and
/// run again; a running gateway does it once a day. An account is erased when its days of retrieval are over, and what an
/// erasure kept for a while goes when it is free. Exits with 1 if something could not be seen to.
#[derive(Debug, clap::Args)]
#[command(after_long_help = "Example: postern retention run --dry-run --account Acme")]
pub(in crate::cli) struct Run {
    /// The account [default: all of them]
    #[arg(long, value_name = "NAME_OR_ID")]
    account: Option<String>,
    /// Count what is due, and change nothing
    #[arg(long)]
    dry_run: bool,
}

/// Runs the command.
pub(super) async fn run(command: Run, context: &Context) -> Result<Outcome> {
    let installation = context.open().await?;
    let known = identity::accounts(&installation.database).await?;
    let chosen = match &command.account {
        Some(name) => Some(account_named(&installation, name).await?),
        None => None,
    };
    let home = match chosen {
        Some(account) => account,
        None => founding::platform(&installation).await?.account,
    };
    let viewer = context.viewer(&installation, home).await?;
    if !matches!(viewer.principal, Principal::Operator(_)) {
        return Err(Refusal::new(
            Code::Forbidden,
            "--as: operators alone see to what is past its clock",
        )
        .into());
    }
    let accounts: Vec<_> = known
        .iter()
        .map(|(id, _)| *id)
        .filter(|id| chosen.is_none_or(|chosen| chosen == *id))
        .collect();
    upkeep::look_for_drift(&installation).await?;
    if !command.dry_run {
        upkeep::expire(&installation).await?;
    }
    let bar = Bar::new(&context.output, "tables");
    let outcome = retain(&installation, &accounts, command.dry_run, &bar).await;
    bar.end();
    let extent = match command.dry_run {
        true => Extent::DryRun,
        false => Extent::Run,
    };
    let ended = see_to(&installation, &accounts, extent).await?;
    let name = |account: Uuid| {
        let of = known.iter().find(|(id, _)| *id == account);
        of.map_or_else(|| account.to_string(), |(_, name)| name.clone())
    };
    let mut lines: Vec<String> = outcome
        .retired
        .iter()
        .map(|one| {
            let word = match (one.action, command.dry_run) {
                (action, true) => format!("to {action}"),
                ("anonymise", false) => "anonymised".to_owned(),
                (_, false) => "deleted".to_owned(),
            };
            format!("{}: {} {} {word}", name(one.account), one.due, one.table)
        })
        .collect();
    lines.extend(outcome.failed.iter().map(|failed| {
        let (account, error) = (name(failed.account), failed.error.code().as_str());
        format!("{account}: {} not seen to: {error}", failed.table)
    }));
    lines.extend(ended.accounts.iter().map(|(account, became)| {
        let word = match became {
            Became::Due => "to be erased, as it was closed",
            Became::Begun => "its erasure has begun",
            Became::Erased => "erased, as it was closed",
            Became::Partial => "erased, as it was closed, but for what is kept",
            Became::Continued => "what its erasure had kept is free, and gone",
            Became::Removed => "nothing of it is left",
        };
        format!("{}: {word}", name(*account))
    }));
    lines.extend(ended.failed.iter().map(|(account, error)| {
        format!(
            "{}: closed, and not erased: {}: {error}",
            name(*account),
            error.code().as_str()
        )
    }));
    let text = match lines.is_empty() {
        true => "nothing is past its clock".to_owned(),
        false => lines.join("\n"),
    };
    let closed: Vec<_> = ended
        .accounts
        .iter()
        .map(|(account, became)| json!({ "account": account, "became": became.word() }))
        .collect();
    let not_ended = ended.failed.iter().map(
        |(account, error)| json!({ "account": account, "table": "accounts", "code": error.code().as_str() }),
    );
    let failed: Vec<_> = outcome
        .failed
        .iter()
        .map(|one| json!({ "account": one.account, "table": one.table, "code": one.error.code().as_str() }))
        .chain(not_ended)
        .collect();
    let rows: Vec<_> = outcome
        .retired
        .iter()
        .map(|one| {
            json!({
                "account": one.account,
                "table": one.table,
                "action": one.action,
                "due": one.due,
                "rows": one.rows,
            })
        })
        .collect();
    context.output.result(
        text,
        &json!({ "dryRun": command.dry_run, "retired": rows, "closed": closed, "failed": failed }),
    )?;
    Ok(if outcome.failed.is_empty() && ended.failed.is_empty() {
        Outcome::Done
    } else {
        Outcome::Refused
    })
}
