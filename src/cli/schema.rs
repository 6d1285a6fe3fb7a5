//! `postern schema`: the contract as text, and whether the evidence in `schema/` is what the code says.

use std::path::{Path, PathBuf};

use serde_json::json;
use uuid::Uuid;

use super::Outcome;
use super::context::Context;
use super::new_file::NewFile;
use crate::access::permit;
use crate::access::viewer::Viewer;
use crate::api::contract::{access_matrix, sdl};
use crate::api::schema::Surface;
use crate::bundle::json_schema;
use crate::catalog::Catalog;
use crate::error::{Code, Fault, Refusal, Result};
use crate::plan::slice::{BundleKind, Part, Walk};
use crate::store::Dialect;
use crate::store::draft::{all_tables, draft};
use crate::work::export::part::{ExportPart, resources};
use crate::work::export::table::table;
use crate::work::installation::load_catalog;

/// Print the GraphQL schema, draft a table, check and refresh the evidence in schema/
#[derive(Debug, clap::Subcommand)]
pub(super) enum Schema {
    Print(Print),
    Check(Check),
    Write(Write),
    Draft(Draft),
}

/// Print the GraphQL schema as SDL
#[derive(Debug, clap::Args)]
#[command(after_long_help = "Example: postern schema print > gateway.graphql")]
pub(super) struct Print {}

/// Say which files of the evidence are stale or missing; exits with 1 if any is
///
/// The evidence is what the code makes of entities and policy, written down so that a change of either is seen and
/// read by somebody: the SDL, the access matrix, the tables of both stores, the JSON Schemas of bundles.
#[derive(Debug, clap::Args)]
#[command(after_long_help = "Example: postern schema check --folder schema")]
pub(super) struct Check {
    /// The folder of the evidence
    #[arg(long, value_name = "DIR", default_value = "schema")]
    folder: PathBuf,
}

/// Write the evidence anew; says which files changed
#[derive(Debug, clap::Args)]
#[command(after_long_help = "Example: postern schema write && git diff schema")]
pub(super) struct Write {
    /// The folder of the evidence
    #[arg(long, value_name = "DIR", default_value = "schema")]
    folder: PathBuf,
}

/// Print the SQL that makes the table of an entity: the draft of a migration
#[derive(Debug, clap::Args)]
#[command(after_long_help = "Example: postern schema draft lists --store postgres")]
pub(super) struct Draft {
    /// The table's name
    #[arg(value_name = "TABLE")]
    table: String,
    /// For which store
    #[arg(long, value_enum)]
    store: Store,
}

#[derive(Copy, Clone, Debug, PartialEq, Eq, clap::ValueEnum)]
enum Store {
    /// The embedded store
    Sqlite,
    /// PostgreSQL
    Postgres,
}

/// Runs the command.
pub(super) fn run(command: Schema, context: &Context) -> Result<Outcome> {
    let catalog = load_catalog(context.config.policy.as_deref())?;
    match command {
        Schema::Print(_) => {
            let text = sdl_of(&catalog)?;
            context.output.result(&text, &json!({ "sdl": text }))?;
            Ok(Outcome::Done)
        }
        Schema::Draft(command) => {
            let dialect = match command.store {
                Store::Sqlite => Dialect::Sqlite,
                Store::Postgres => Dialect::Postgres,
            };
            let text = draft(&command.table, dialect)?;
            context.output.result(&text, &json!({ "sql": text }))?;
            Ok(Outcome::Done)
        }
        Schema::Check(command) => check(context, &evidence(&catalog)?, &command.folder),
        Schema::Write(command) => write(context, &evidence(&catalog)?, &command.folder),
    }
}

fn sdl_of(catalog: &Catalog) -> Result<String> {
    Ok(sdl(Surface::of(catalog)?.types()))
}

/// Every file of the evidence, by its path below the folder.
fn evidence(catalog: &Catalog) -> Result<Vec<(String, String)>> {
    let mut files = vec![
        ("access.txt".to_owned(), access_matrix(catalog)),
        ("gateway.graphql".to_owned(), sdl_of(catalog)?),
        ("tables/postgres.sql".to_owned(), all_tables(Dialect::Postgres)),
        ("tables/sqlite.sql".to_owned(), all_tables(Dialect::Sqlite)),
    ];
    let viewer = Viewer::at_the_machine(catalog, Uuid::nil(), Uuid::nil());
    for resource in resources(catalog, BundleKind::Account, &ExportPart::Whole) {
        let walk = Walk {
            resource: resource.id,
            bundle: BundleKind::Account,
            subject: None,
            part: Part::All,
            since: None,
            without_restricted: None,
        };
        let permitted = permit::walk(catalog, &viewer, walk)?;
        let schema = json_schema(&table(catalog, permitted.plan(), &[]));
        let text =
            serde_json::to_string_pretty(&schema).map_err(|error| Fault::Invariant(error.to_string()))?;
        files.push((
            format!("bundle/{}.schema.json", resource.table),
            format!("{text}\n"),
        ));
    }
    Ok(files)
}

fn stale(files: &[(String, String)], folder: &Path) -> Result<Vec<String>> {
    if !folder.is_dir() {
        let message = format!("--folder: there is no folder {}", folder.display());
        return Err(Refusal::new(Code::InvalidSetting, message).into());
    }
    let is_stale = |(name, text): &&(String, String)| {
        std::fs::read_to_string(folder.join(name)).map_or(true, |written| written != *text)
    };
    Ok(files
        .iter()
        .filter(is_stale)
        .map(|(name, _)| name.clone())
        .collect())
}

fn check(context: &Context, files: &[(String, String)], folder: &Path) -> Result<Outcome> {
    let mut stale = stale(files, folder)?;
    stale.extend(left_over(files, folder));
    let text = match stale.is_empty() {
        true => format!("{} files are fresh", files.len()),
        false => format!(
            "stale: {}; refresh them with postern schema write",
            stale.join(", ")
        ),
    };
    context
        .output
        .result(text, &json!({ "files": files.len(), "stale": stale }))?;
    Ok(if stale.is_empty() {
        Outcome::Done
    } else {
        Outcome::Refused
    })
}

/// Schemas of bundles of tables that are no more.
fn left_over(files: &[(String, String)], folder: &Path) -> Vec<String> {
    let entries = std::fs::read_dir(folder.join("bundle"))
        .into_iter()
        .flatten()
        .flatten();
    let names = entries
        .filter_map(|entry| entry.file_name().into_string().ok())
        .map(|name| format!("bundle/{name}"));
    names
        .filter(|name| !files.iter().any(|(known, _)| known == name))
        .collect()
}

fn write(context: &Context, files: &[(String, String)], folder: &Path) -> Result<Outcome> {
    let changed = stale(files, folder)?;
    for (name, text) in files.iter().filter(|(name, _)| changed.contains(name)) {
        let path = folder.join(name);
        if let Some(parent) = path.parent() {
            std::fs::create_dir_all(parent)
                .map_err(|error| Fault::io(format!("make the folder {}", parent.display()), error))?;
        }
        let mut file = NewFile::begin(&path)?;
        file.write(text.as_bytes())?;
        file.keep()?;
    }
    let left = left_over(files, folder);
    for name in &left {
        std::fs::remove_file(folder.join(name))
            .map_err(|error| Fault::io(format!("remove {name}"), error))?;
    }
    let text = match changed.len() + left.len() {
        0 => "nothing has changed".to_owned(),
        _ => format!("changed: {}", [changed.as_slice(), &left].concat().join(", ")),
    };
    context
        .output
        .result(text, &json!({ "changed": changed, "removed": left }))?;
    Ok(Outcome::Done)
}
