//! `postern replay`: makes a restored database forget again whom it had forgotten.

use serde_json::json;

use super::Outcome;
use super::context::Context;
use super::progress::Bar;
use crate::access::viewer::Principal;
use crate::cell::instant_text;
use crate::clock::Instant;
use crate::error::{Code, Refusal, Result, quote};
use crate::work::erase::replay::{Became, Replayed, Wanted, replay};
use crate::work::founding;

/// Repeat the erasures that a restored database knows nothing of
///
/// A database that was restored from a backup holds people who were erased since. It is not served, and no command
/// touches its accounts, until this has erased them again, by the ledger that lies beside the bundles (--depot). Running
/// it twice, or stopping it half-way, harms nothing. With --from it also looks again at erasures that the database knows,
/// as after a single table was restored. Exits with 1 if a person is still mentioned somewhere; the receipt says where.
#[derive(Debug, clap::Args)]
#[command(after_long_help = "Example: postern replay\n\
    Example: postern replay --from 2026-03-01T00:00:00Z --dry-run --json")]
pub(super) struct Replay {
    /// Look again at all erasures since then as well, RFC 3339: when the backup was made
    #[arg(long, value_name = "INSTANT")]
    from: Option<String>,
    /// Say which erasures would be looked at; change nothing
    #[arg(long)]
    dry_run: bool,
    /// Serve the database though it is older than the ledger goes back, or the depot has no ledger: people who were erased
    /// may be in it
    #[arg(long)]
    despite_gap: bool,
}

/// Runs the command.
pub(super) async fn run(command: Replay, context: &Context) -> Result<Outcome> {
    let wanted = Wanted {
        from: command
            .from
            .as_deref()
            .map(|text| instant("--from", text))
            .transpose()?,
        dry_run: command.dry_run,
        despite_gap: command.despite_gap,
    };
    let installation = context.open_whatever_age().await?;
    let platform = founding::platform(&installation).await?;
    let viewer = context.viewer(&installation, platform.account).await?;
    if !matches!(viewer.principal, Principal::Operator(_)) {
        return Err(Refusal::new(Code::Forbidden, "--as: operators alone repeat erasures").into());
    }
    let bar = Bar::new(&context.output, "erasures");
    let done = replay(&installation, wanted, &bar).await?;
    bar.end();
    show(context, &done, wanted.dry_run)?;
    installation.database.close().await;
    let residue = count(&done, Became::ResidueFound);
    Ok(if residue == 0 {
        Outcome::Done
    } else {
        Outcome::Refused
    })
}

fn show(context: &Context, done: &Replayed, dry_run: bool) -> Result<()> {
    let standing = &done.standing;
    let mut lines = vec![match (standing.is_missing, standing.is_older()) {
        (true, _) => format!(
            "the depot had no ledger, and the database is of generation {}",
            standing.generation
        ),
        (false, true) => format!(
            "the database was of generation {}, the ledger is of {}",
            standing.generation, standing.head
        ),
        (false, false) => format!(
            "the database is as new as the ledger, generation {}",
            standing.head
        ),
    }];
    let counts = [
        (Became::Due, "would be repeated or looked at again"),
        (Became::Repeated, "repeated"),
        (Became::NobodyThere, "fenced again; nobody was there"),
        (Became::KnownAlready, "known already; nobody was there"),
        (Became::NoAccount, "of accounts that are not in this database"),
        (Became::ResidueFound, "repeated, and something was left"),
    ];
    for (became, words) in counts {
        let number = count(done, became);
        if number > 0 {
            lines.push(format!("{number:>9} {words}"));
        }
    }
    if done.erasures.is_empty() {
        lines.push("nothing is to be repeated".to_owned());
    }
    if dry_run {
        lines.push("nothing was changed: this was a dry run".to_owned());
    }
    let erasures = done.erasures.iter().map(|(entry, became)| {
        json!({
            "erasure": entry.erasure,
            "account": entry.account,
            "finishedAt": instant_text(entry.finished_at),
            "outcome": became.word(),
        })
    });
    let value = json!({
        "dryRun": dry_run,
        "generation": standing.generation,
        "ledgerGeneration": standing.head,
        "wasOlder": standing.is_older(),
        "erasures": erasures.collect::<Vec<_>>(),
    });
    context.output.result(lines.join("\n"), &value)
}

fn count(done: &Replayed, became: Became) -> usize {
    done.erasures.iter().filter(|(_, other)| *other == became).count()
}

/// A moment as somebody wrote it behind a flag.
pub(super) fn instant(flag: &str, text: &str) -> Result<Instant, Refusal> {
    let parsed = chrono::DateTime::parse_from_rfc3339(text);
    parsed.map(|at| at.to_utc()).map_err(|_| {
        Refusal::new(
            Code::InvalidSetting,
            format!(
                "{flag}: {} is no instant; write it like 2026-03-01T09:00:00Z",
                quote(text)
            ),
        )
    })
}
