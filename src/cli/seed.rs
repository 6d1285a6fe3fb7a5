//! `postern seed`: made-up data of realistic shape.

use serde_json::json;

use super::Outcome;
use super::context::Context;
use super::progress::Bar;
use crate::error::Result;
use crate::work::seed::{Options, seed};

/// Fill an installation with made-up accounts, people and a year of mail
///
/// Sizes, rates and oddities are those of real platforms: a few large lists and many small ones, people in several
/// accounts, scanners that click every link, addresses in many scripts. The same seed at the same --now gives the same
/// data. Refused where an account of one of the made-up names exists.
///
/// All of it is one transaction: stopped half-way, it leaves nothing behind and can be repeated. Until it ends, others
/// who share the database wait. An embedded store needs twice the room meanwhile, for its log.
#[derive(Debug, clap::Args)]
#[command(after_long_help = "Example: postern seed --subscribers 100000 --seed 1")]
pub(super) struct Seed {
    /// About how many subscribers, in all accounts together
    #[arg(long, value_name = "N", default_value_t = 10_000, value_parser = clap::value_parser!(u64).range(1..=100_000_000))]
    subscribers: u64,
    /// What everything is drawn from
    #[arg(long, value_name = "N", default_value_t = 1)]
    seed: u64,
}

/// Runs the command.
pub(super) async fn run(command: Seed, context: &Context) -> Result<Outcome> {
    let installation = context.open_or_make().await?;
    let bar = Bar::new(&context.output, "subscribers");
    let options = Options {
        subscribers: command.subscribers,
        seed: command.seed,
    };
    let report = seed(&installation, options, &bar).await?;
    bar.end();
    let mut lines: Vec<String> = report
        .accounts
        .iter()
        .map(|(name, subscribers)| format!("{name}: {subscribers} subscribers"))
        .collect();
    lines.extend(
        report
            .rows
            .iter()
            .map(|(table, rows)| format!("{rows:>10} {table}")),
    );
    context.output.result(lines.join("\n"), &json!({
        "accounts": report.accounts.iter().map(|(name, subscribers)| json!({ "name": name, "subscribers": subscribers })).collect::<Vec<_>>(),
        "rows": report.rows,
    }))?;
    installation.database.close().await;
    Ok(Outcome::Done)
}
