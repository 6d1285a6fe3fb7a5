//! `postern erase rewrite`: write the tables anew, so that nothing of the erased is left in their files.

use serde_json::json;

use super::{Context, Outcome};
use crate::access::viewer::Principal;
use crate::cli::progress::Bar;
use crate::error::{Code, Refusal, Result};
use crate::work::erase::attest::{Rewritten, attest_without_backups, rewrite};
use crate::work::founding;

/// Write the tables anew from which people were erased, so that nothing of them is left on the disk
///
/// What is deleted stays in a database's files until something is written over it. This writes the tables and their indexes
/// anew, and gives each erasure that is searched through (L2) a further receipt that says so (L3). Whoever uses a table waits
/// meanwhile, and as much room is needed as the largest table has: do it in hours in which nobody minds. When no backup
/// from before is left, as the register of backups and the policy's `backup_days` say, a last receipt says that, too (L4);
/// a running gateway does this once a day. Exits with 1 if a table was left: it
/// belongs to another role, which has to do it, or others used it for too long.
#[derive(Debug, clap::Args)]
#[command(after_long_help = "Example: postern erase rewrite")]
pub(in crate::cli) struct Rewrite {}

/// Runs the command.
pub(super) async fn run(_: Rewrite, context: &Context) -> Result<Outcome> {
    let installation = context.open().await?;
    // It is about the whole installation, and not about somebody: operators alone do it.
    let home = founding::platform(&installation).await?.account;
    let viewer = context.viewer(&installation, home).await?;
    if !matches!(viewer.principal, Principal::Operator(_)) {
        return Err(Refusal::new(Code::Forbidden, "--as: operators alone write tables anew").into());
    }
    let bar = Bar::new(&context.output, "tables");
    let done = rewrite(&installation, &bar).await;
    bar.end();
    let Rewritten {
        tables,
        not_ours,
        busy,
        noted,
        erasures,
    } = done?;
    let without_backups = attest_without_backups(&installation).await?;
    let mut text = format!(
        "{} tables are written anew, which attests {erasures} erasures; of {without_backups} no backup is left either",
        tables.len()
    );
    if !not_ours.is_empty() {
        text.push_str(&format!(
            "\nother roles own {}; let them run VACUUM FULL, or run this as one of them",
            not_ours.join(", ")
        ));
    }
    if !busy.is_empty() {
        text.push_str(&format!(
            "\nothers used {} for too long; run this again later",
            busy.join(", ")
        ));
    }
    if !noted.is_empty() {
        text.push_str(&format!(
            "\nsome erasures stay at L1: other roles own {}, whose statistics may hold values of the erased; let those roles \
             run ANALYZE",
            noted.join(", ")
        ));
    }
    let value = json!({
        "tables": tables,
        "notOurs": not_ours,
        "busy": busy,
        "statisticsNotOurs": noted,
        "erasures": erasures,
        "withoutBackups": without_backups,
    });
    context.output.result(text, &value)?;
    Ok(match not_ours.is_empty() && busy.is_empty() {
        true => Outcome::Done,
        false => Outcome::Refused,
    })
}
