//! `postern audit`: the log of who did and read what.

mod export;
mod verify;

use uuid::Uuid;

use super::Outcome;
use super::context::Context;
use crate::access::viewer::Principal;
use crate::error::{Code, Refusal, Result};
use crate::work::installation::Installation;

/// Check the log of who did and read what
#[derive(Debug, clap::Subcommand)]
pub(super) enum Audit {
    Verify(verify::Verify),
    Export(export::Export),
}

/// Runs the command.
pub(super) async fn run(command: Audit, context: &Context) -> Result<Outcome> {
    match command {
        Audit::Verify(command) => verify::run(command, context).await,
        Audit::Export(command) => export::run(command, context).await,
    }
}

/// Refuses who is no operator: what these commands do is done for the installation, not for somebody.
async fn operators_alone(context: &Context, installation: &Installation, account: Uuid) -> Result<()> {
    let viewer = context.viewer(installation, account).await?;
    match viewer.principal {
        Principal::Operator(_) => Ok(()),
        _ => {
            let message = "--as: operators alone check and carry out the audit log";
            Err(Refusal::new(Code::Forbidden, message).into())
        }
    }
}
