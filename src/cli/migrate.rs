//! `postern migrate`: makes or advances the schema.

use serde_json::json;

use super::Outcome;
use super::context::{Context, is_sqlite};
use crate::error::Result;
use crate::store::{StoreLock, migrate};
use crate::work::installation::connect;

/// Make the schema of the database, or advance it to the version that this program needs
///
/// On PostgreSQL everything lies in the schema `postern`; the database itself must exist and the user must be allowed
/// to create schemas in it. An embedded store is made where there is none, and must not be in use by a gateway.
/// Running it again changes nothing.
#[derive(Debug, clap::Args)]
#[command(after_long_help = "Example: postern migrate --database-url postgres://postern@localhost/mail")]
pub(super) struct Migrate {}

/// Runs the command.
pub(super) async fn run(_: Migrate, context: &Context) -> Result<Outcome> {
    let database = connect(&context.config, is_sqlite(&context.config)).await?;
    // A gateway that runs on the old schema would fail statement by statement.
    let _lock = StoreLock::take(&database, &context.config.clock)?;
    let versions = migrate::migrate(&database).await?;
    let version = migrate::schema_version(&database).await?;
    let text = match versions.as_slice() {
        [] => format!("the schema has version {} already", version.unwrap_or(0)),
        [.., last] => format!("the schema has version {last} now"),
    };
    context
        .output
        .result(text, &json!({ "applied": versions, "version": version }))?;
    database.close().await;
    Ok(Outcome::Done)
}
