//! `postern retention`: what is past its clock.

mod run;

use super::Outcome;
use super::context::Context;
use crate::error::Result;

/// See to what is past its clock
#[derive(Debug, clap::Subcommand)]
pub(super) enum Retention {
    Run(run::Run),
}

/// Runs the command.
pub(super) async fn run(command: Retention, context: &Context) -> Result<Outcome> {
    match command {
        Retention::Run(command) => run::run(command, context).await,
    }
}
