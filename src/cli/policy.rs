//! `postern policy`: is every column and every reference decided, and what was decided.

use chrono::NaiveDate;
use serde_json::json;

use super::Outcome;
use super::context::Context;
use crate::api::schema::Surface;
use crate::catalog::decide::FILE;
use crate::catalog::{Catalog, dictionary};
use crate::error::Result;
use crate::work::installation::{load_catalog, policy_text};

/// Check the policy file, or print what it decides
#[derive(Debug, clap::Subcommand)]
pub(super) enum Policy {
    Check(Check),
    Dictionary(Dictionary),
}

/// Name every column and reference that is undecided, decided twice or decided but missing
///
/// These are the faults on which `serve` refuses to start. Each line names the table and the column and says what to
/// add or to change. Exits with 1 if there is any. Parts of the API whose last day is over are named, too; `serve` starts
/// with them all the same, as time alone must not stop it.
#[derive(Debug, clap::Args)]
#[command(after_long_help = "Example: postern policy check --policy my-policy.toml")]
pub(super) struct Check {}

/// Print the data dictionary: every table and column and what is decided about it, as Markdown
///
/// For the record of processing activities, and for whoever asks what is stored about a person and why.
#[derive(Debug, clap::Args)]
#[command(after_long_help = "Example: postern policy dictionary > dictionary.md")]
pub(super) struct Dictionary {}

/// Runs the command.
pub(super) fn run(command: Policy, context: &Context) -> Result<Outcome> {
    match command {
        Policy::Check(_) => check(context),
        Policy::Dictionary(_) => {
            let catalog = load_catalog(context.config.policy.as_deref())?;
            let text = dictionary::markdown(&catalog);
            context.output.result(
                &text,
                &json!({ "markdown": text, "policyHash": catalog.policy_hash }),
            )?;
            Ok(Outcome::Done)
        }
    }
}

/// A sentence about each part of the API whose last day is over.
fn overdue(catalog: &Catalog, today: NaiveDate) -> Vec<String> {
    let overdue = catalog.deprecations.iter().filter(|it| it.is_overdue(today));
    overdue
        .map(|it| {
            let (place, last) = (&it.place, it.removed_after);
            format!(
                "{FILE}: {place} was to be removed after {last}; remove it and its line in [deprecations]"
            )
        })
        .collect()
}

fn check(context: &Context) -> Result<Outcome> {
    match Catalog::load(&policy_text(context.config.policy.as_deref())?) {
        Ok(catalog) => {
            if let Err(error) = Surface::of(&catalog) {
                let lines = vec![format!("{FILE}: {error}")];
                context.output.result(&lines[0], &json!({ "faults": lines }))?;
                return Ok(Outcome::Refused);
            }
            let overdue = overdue(&catalog, context.config.clock.now().date_naive());
            let tables = catalog.resources().count();
            let columns: usize = catalog.resources().map(|resource| resource.columns.len()).sum();
            let references: usize = catalog
                .resources()
                .map(|resource| resource.references.len())
                .sum();
            let mut text = format!(
                "every column is decided: {tables} tables, {columns} columns, {references} references"
            );
            for line in &overdue {
                text.push('\n');
                text.push_str(line);
            }
            let value = json!({
                "faults": [], "overdue": overdue, "tables": tables, "columns": columns, "references": references,
                "policyHash": catalog.policy_hash,
            });
            context.output.result(text, &value)?;
            Ok(Outcome::Done)
        }
        Err(faults) => {
            let lines: Vec<String> = faults.iter().map(ToString::to_string).collect();
            context
                .output
                .result(lines.join("\n"), &json!({ "faults": lines }))?;
            Ok(Outcome::Refused)
        }
    }
}
