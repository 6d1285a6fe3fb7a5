//! `postern erase confirm`: agree to a plan, run it here, keep the receipt.

use std::path::{Path, PathBuf};
use std::time::Duration;

use serde_json::Value;
use uuid::Uuid;

use super::{Context, Outcome, erasure_id, many, standing};
use crate::access::viewer::Viewer;
use crate::cli::new_file;
use crate::error::{Code, Refusal, Result};
use crate::store::queue::{self, Queue};
use crate::work::erase::plan::confirm;
use crate::work::erase::row::{ErasureRow, read};
use crate::work::installation::Installation;
use crate::work::worker;

/// How long it waits before it looks again, when a gateway runs the erasure.
const PAUSE: Duration = Duration::from_millis(200);

/// Agree to a plan by its hash, erase, and save the signed receipt
///
/// The hash says which plan is meant: if the policy or the schema has changed since, nothing is done. The erasure runs
/// in this process, or in a gateway that took it up first. PARTIAL: the person is gone, and whoever was given the data is
/// still to be told, see `erase recipients`. Exits with 1 if it ends otherwise than DONE or PARTIAL; what is left is then in
/// the receipt. The receipt's signature is saved beside it, with `.sig` behind the name.
///
/// For many, all plans of the file are agreed to first, then run one after another; run again, it goes on. A plan that is too
/// old, or was agreed to with another hash, is told and keeps no other from being done.
#[derive(Debug, clap::Args)]
#[command(
    after_long_help = "Example: postern erase confirm --account Acme --erasure 0198… --plan-hash sha256:4f… --receipt ana.json"
)]
pub(in crate::cli) struct Confirm {
    /// The account
    #[arg(long, value_name = "NAME_OR_ID")]
    account: String,
    /// The erasure, as `erase plan` or GraphQL names it
    #[arg(long, value_name = "ID", required_unless_present = "file")]
    erasure: Option<String>,
    /// The hash of the plan that is agreed to
    #[arg(long, value_name = "HASH", required_unless_present = "file")]
    plan_hash: Option<String>,
    /// Where to save the receipt
    #[arg(long, value_name = "FILE", conflicts_with = "file")]
    receipt: Option<PathBuf>,
    /// Many instead: what `erase plan --file` wrote to --plans
    #[arg(long, value_name = "PLANS", conflicts_with_all = ["erasure", "plan_hash"])]
    file: Option<PathBuf>,
    /// For many: the folder for receipts and their signatures, each named after its erasure
    #[arg(long, value_name = "FOLDER", requires = "file")]
    receipts: Option<PathBuf>,
}

/// Runs the command.
pub(super) async fn run(command: Confirm, context: &Context) -> Result<Outcome> {
    let (Some(erasure), Some(plan_hash)) = (&command.erasure, &command.plan_hash) else {
        let wanted = many::confirm::Wanted {
            account: &command.account,
            file: command.file.as_deref().unwrap_or(Path::new("-")),
            receipts: command.receipts.as_deref(),
        };
        return many::confirm::run(wanted, context).await;
    };
    let installation = context.open().await?;
    let viewer = context.viewer_in(&installation, &command.account).await?;
    let id = erasure_id(&installation, erasure)?;
    if let Some(path) = &command.receipt {
        // Before the work: what is erased cannot be erased again for a receipt. What was begun is thrown away.
        new_file::NewFile::begin(path)?;
    }
    confirm(&installation, &viewer, id, plan_hash).await?;
    let (row, text, value) = run_to_end(&installation, &viewer, id).await?;
    let mut lines = vec![text];
    match (&command.receipt, row.newest_receipt()) {
        (Some(path), Some((receipt, signature))) => {
            let beside = new_file::write(path, receipt, signature)?;
            lines.push(format!(
                "receipt    {}\nsignature  {}",
                path.display(),
                beside.display()
            ));
        }
        (Some(_), None) => {
            let message = format!(
                "the erasure stands at {} and has no receipt",
                row.state.to_uppercase()
            );
            return Err(Refusal::new(Code::InvalidState, message).into());
        }
        (None, _) => {}
    }
    context.output.result(lines.join("\n"), &value)?;
    Ok(match row.state.as_str() {
        "done" | "partial" => Outcome::Done,
        _ => Outcome::Refused,
    })
}

/// Runs an erasure that was agreed to here, or waits for the gateway that runs it, until it has ended or is paused.
pub(super) async fn run_to_end(
    installation: &Installation,
    viewer: &Viewer,
    id: Uuid,
) -> Result<(ErasureRow, String, Value)> {
    loop {
        let standing = standing(installation, viewer, id).await?;
        if !["confirmed", "fenced", "running", "verifying"].contains(&standing.0.state.as_str()) {
            return Ok(standing);
        }
        let job = (viewer.account, id);
        match queue::claim_this(&installation.database, Queue::Erasures, job, installation.terms()).await? {
            Some(claim) => {
                let outcome = worker::run(installation, &claim).await;
                // Whoever pauses it takes it out of our hands, which is no failure.
                if outcome.is_err() && read(installation, viewer, id).await?.state != "paused" {
                    outcome?;
                }
            }
            None => tokio::time::sleep(PAUSE).await,
        }
    }
}
