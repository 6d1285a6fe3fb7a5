//! `postern account`: the end of a whole account, with the same rights as over GraphQL.

mod close;
mod reopen;
mod status;

use serde_json::{Value, json};

use super::Outcome;
use super::context::Context;
use crate::cell::instant_text;
use crate::clock::Instant;
use crate::error::Result;
use crate::work::closing::Closed;

/// Close an account, reopen it, and see how it stands
#[derive(Debug, clap::Subcommand)]
pub(super) enum Account {
    Close(close::Close),
    Reopen(reopen::Reopen),
    Status(status::Status),
}

/// Runs the command.
pub(super) async fn run(command: Account, context: &Context) -> Result<Outcome> {
    match command {
        Account::Close(command) => close::run(command, context).await,
        Account::Reopen(command) => reopen::run(command, context).await,
        Account::Status(command) => status::run(command, context).await,
    }
}

/// How an account stands: for people, and for programs.
fn standing(name: &str, closed: Option<Closed>, now: Instant) -> (String, Value) {
    let text = match closed {
        None => format!("{name} is open"),
        Some(closed) if closed.erased_from <= now => format!(
            "{name} is closed since {}; its days are over since {}: retention run erases it, if it has not",
            instant_text(closed.closed_at),
            instant_text(closed.erased_from)
        ),
        Some(closed) => format!(
            "{name} is closed since {}; it is erased from {} on, unless it is reopened before",
            instant_text(closed.closed_at),
            instant_text(closed.erased_from)
        ),
    };
    let value = json!({
        "account": name,
        "closedAt": closed.map(|closed| instant_text(closed.closed_at)),
        "erasedFrom": closed.map(|closed| instant_text(closed.erased_from)),
    });
    (text, value)
}
