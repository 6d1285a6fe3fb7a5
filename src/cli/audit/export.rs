//! `postern audit export`: an account's log with its seals, for who has no database.

use std::path::PathBuf;

use serde_json::json;

use super::{Context, Outcome, operators_alone};
use crate::cli::context::account_named;
use crate::cli::new_file::NewFile;
use crate::cli::progress::Bar;
use crate::error::Result;
use crate::work::audit::carry::carry_out;

/// Bytes that are gathered before they are written.
const BUFFER: usize = 256 * 1024;

/// Write an account's log and its seals to a file that strangers can check
///
/// One JSON object a line: a seal, then its events with their digests, at the end the events that wait for a seal.
/// `postern audit verify --file` checks it without an installation; docs/audit.md says how to do so without Postern.
#[derive(Debug, clap::Args)]
#[command(after_long_help = "Example: postern audit export --account Acme -o acme-log.ndjson")]
pub(in crate::cli) struct Export {
    /// The account
    #[arg(long, value_name = "NAME_OR_ID")]
    account: String,
    /// Where to write; a file that is there is replaced
    #[arg(short, long, value_name = "FILE")]
    output: PathBuf,
}

/// Runs the command.
pub(super) async fn run(command: Export, context: &Context) -> Result<Outcome> {
    let installation = context.open().await?;
    let account = account_named(&installation, &command.account).await?;
    operators_alone(context, &installation, account).await?;
    let mut file = NewFile::begin(&command.output)?;
    let mut waiting = Vec::with_capacity(BUFFER);
    let bar = Bar::new(&context.output, "events");
    let (seals, events) = carry_out(&installation.database, account, &bar, |line| {
        waiting.extend_from_slice(line);
        if waiting.len() >= BUFFER {
            file.write(&waiting)?;
            waiting.clear();
        }
        Ok(())
    })
    .await?;
    file.write(&waiting)?;
    file.keep()?;
    bar.end();
    let text = format!("{}: {events} events in {seals} seals", command.output.display());
    context.output.result(
        text,
        &json!({ "file": command.output, "events": events, "seals": seals }),
    )?;
    Ok(Outcome::Done)
}
