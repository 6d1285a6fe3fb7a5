//! `postern account status`: whether an account is closed, and what its erasure would do.

use serde_json::Value;

use super::{Context, Outcome, standing};
use crate::cli::context::account_named;
use crate::error::Result;
use crate::store::identity;
use crate::work::closing;
use crate::work::erase::whole::plan_of;

/// Say whether an account is closed, until when it can be carried out, and what its erasure would do
///
/// Counts the rows of each table that would go, those that would be kept, and says what would be kept only while something
/// is open. Needs the right to erase everything in the account.
#[derive(Debug, clap::Args)]
#[command(after_long_help = "Example: postern account status Acme --json")]
pub(in crate::cli) struct Status {
    /// The account
    #[arg(value_name = "NAME_OR_ID")]
    account: String,
}

/// Runs the command.
pub(super) async fn run(command: Status, context: &Context) -> Result<Outcome> {
    let installation = context.open().await?;
    let account = account_named(&installation, &command.account).await?;
    let viewer = context.viewer(&installation, account).await?;
    let known = identity::account(&installation.database, &account.to_string()).await?;
    let name = known.map_or_else(|| command.account.clone(), |(_, name)| name);
    let closed = closing::standing(&installation, &viewer).await?;
    let (text, mut value) = standing(&name, closed, installation.clock.now());
    let mut lines = vec![text];
    if let Some(closed) = closed {
        let plan = plan_of(&installation, account, closed.closed_at).await?;
        let word = |one: &Value, name: &str| one[name].as_str().unwrap_or_default().to_owned();
        for step in plan["steps"].as_array().into_iter().flatten() {
            let rows = step["rows"].as_u64().unwrap_or(0);
            if rows > 0 {
                lines.push(format!(
                    "{rows:>9} {:<24} {}",
                    word(step, "table"),
                    word(step, "action")
                ));
            }
        }
        for warning in plan["warnings"].as_array().into_iter().flatten() {
            let columns = warning["columns"].as_array().into_iter().flatten();
            let columns: Vec<&str> = columns.filter_map(Value::as_str).collect();
            let count = warning["count"].as_u64().unwrap_or(0);
            lines.push(match columns.is_empty() {
                true => format!("note: {} ({count})", word(warning, "message")),
                false => format!(
                    "kept for now: {} ({})",
                    columns.join(", "),
                    word(warning, "message")
                ),
            });
        }
        value["plan"] = plan;
    }
    let text = lines.join("\n");
    context.output.result(text, &value)?;
    Ok(Outcome::Done)
}
