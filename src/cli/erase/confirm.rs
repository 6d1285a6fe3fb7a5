//! `postern erase confirm`: agree to a plan, run it here, keep the receipt.

use std::path::PathBuf;
use std::time::Duration;

use super::{Context, Outcome, erasure_id, standing};
use crate::cli::new_file;
use crate::error::{Code, Refusal, Result};
use crate::store::queue::{self, Queue};
use crate::work::erase::plan::confirm;
use crate::work::worker;

/// How long it waits before it looks again, when a gateway runs the erasure.
const PAUSE: Duration = Duration::from_millis(200);

/// Agree to a plan by its hash, erase, and save the signed receipt
///
/// The hash says which plan is meant: if the policy or the schema has changed since, nothing is done. The erasure runs
/// in this process, or in a gateway that took it up first. PARTIAL: the person is gone, and whoever was given the data is
/// still to be told, see `erase recipients`. Exits with 1 if it ends otherwise than DONE or PARTIAL; what is left is then in
/// the receipt. The receipt's signature is saved beside it, with `.sig` behind the name.
#[derive(Debug, clap::Args)]
#[command(
    after_long_help = "Example: postern erase confirm --account Acme --erasure 0198… --plan-hash sha256:4f… --receipt ana.json"
)]
pub(in crate::cli) struct Confirm {
    /// The account
    #[arg(long, value_name = "NAME_OR_ID")]
    account: String,
    /// The erasure, as `erase plan` or GraphQL names it
    #[arg(long, value_name = "ID")]
    erasure: String,
    /// The hash of the plan that is agreed to
    #[arg(long, value_name = "HASH")]
    plan_hash: String,
    /// Where to save the receipt
    #[arg(long, value_name = "FILE")]
    receipt: Option<PathBuf>,
}

/// Runs the command.
pub(super) async fn run(command: Confirm, context: &Context) -> Result<Outcome> {
    let installation = context.open().await?;
    let viewer = context.viewer_in(&installation, &command.account).await?;
    let id = erasure_id(&installation, &command.erasure)?;
    if let Some(path) = &command.receipt {
        // Before the work: what is erased cannot be erased again for a receipt. What was begun is thrown away.
        new_file::NewFile::begin(path)?;
    }
    confirm(&installation, &viewer, id, &command.plan_hash).await?;
    let (row, text, value) = loop {
        let job = (viewer.account, id);
        match queue::claim_this(&installation.database, Queue::Erasures, job, installation.terms()).await? {
            Some(claim) => worker::run(&installation, &claim).await?,
            None => tokio::time::sleep(PAUSE).await,
        }
        let (row, text, value) = standing(&installation, &viewer, id).await?;
        if !["confirmed", "fenced", "running", "verifying"].contains(&row.state.as_str()) {
            break (row, text, value);
        }
    };
    let mut lines = vec![text];
    match (
        &command.receipt,
        row.second_receipt.as_ref().or(row.receipt.as_ref()),
    ) {
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
                "the erasure ended as {} and has no receipt",
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
