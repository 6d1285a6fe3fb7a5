//! `postern migrate`: makes or advances the schema.

use serde_json::json;

use super::Outcome;
use super::context::{Context, is_sqlite};
use crate::error::{Code, Refusal, Result, quote};
use crate::store::{Dialect, StoreLock, migrate, row_security};
use crate::work::installation::{advance, connect, load_catalog};

/// Make the schema of the database, or advance it to the version that this program needs
///
/// On PostgreSQL everything lies in the schema `postern`; the database itself must exist and the user must be allowed
/// to create schemas in it. An embedded store is made where there is none, and must not be in use by a gateway.
/// Running it again changes nothing.
///
/// With --reader-role it also puts row-level security up (PostgreSQL): that role reads, and the server itself shows it
/// the rows of one account at a time. A gateway with --reader-database-url then shows nothing to people but what that
/// role is shown. The role must exist and own nothing here.
#[derive(Debug, clap::Args)]
#[command(
    after_long_help = "Example: postern migrate --database-url postgres://postern@localhost/mail\n\
    Example: postern migrate --database-url postgres://postern@localhost/mail --reader-role postern_reader"
)]
pub(super) struct Migrate {
    /// Put row-level security up for this role, in place of another one if there was one
    #[arg(long, value_name = "ROLE")]
    reader_role: Option<String>,
    /// Take row-level security down
    #[arg(long, conflicts_with = "reader_role")]
    no_reader_role: bool,
}

/// Runs the command.
pub(super) async fn run(command: Migrate, context: &Context) -> Result<Outcome> {
    let config = &context.config;
    let wall = command.reader_role.is_some() || command.no_reader_role;
    if wall && is_sqlite(config) {
        let message = "--reader-role and --no-reader-role need PostgreSQL; an embedded store has no roles";
        return Err(Refusal::new(Code::InvalidSetting, message).into());
    }
    let catalog = load_catalog(config.policy.as_deref())?;
    let database = connect(config, is_sqlite(config)).await?;
    // A gateway that runs on the old schema would fail statement by statement.
    let _lock = StoreLock::take(&database, &config.clock)?;
    let versions = advance(&database, &catalog).await?;
    let version = migrate::schema_version(&database).await?;
    let mut text = match versions.as_slice() {
        [] => format!("the schema has version {} already", version.unwrap_or(0)),
        [.., last] => format!("the schema has version {last} now"),
    };
    if let Some(role) = &command.reader_role {
        row_security::raise(&database, &catalog, role).await?;
        text.push_str(&format!(
            "; row-level security is up for the role {}",
            quote(role)
        ));
    }
    if command.no_reader_role {
        text.push_str(match row_security::lower(&database, &catalog).await? {
            Some(_) => "; row-level security is down",
            None => "; row-level security was not up",
        });
    }
    let reader = match database.dialect() {
        Dialect::Postgres => row_security::role(&database).await?,
        Dialect::Sqlite => None,
    };
    let result = json!({ "applied": versions, "version": version, "readerRole": reader });
    context.output.result(text, &result)?;
    database.close().await;
    Ok(Outcome::Done)
}
