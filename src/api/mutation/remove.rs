//! `deleteList`, `deleteCampaign` and the like: one for each resource whose rows the policy lets be deleted.

use std::collections::HashMap;
use std::sync::{LazyLock, Mutex, PoisonError};

use futures_util::FutureExt;
use serde::Deserialize;
use serde_json::Value;
use uuid::Uuid;

use super::Given;
use super::declare::{Extra, Gave, Gives, Input, Kind, Mutation, Part};
use super::read::{differs, wire};
use crate::api::promises::Promises;
use crate::api::schema::lower_first;
use crate::catalog::{Catalog, Removal as Decision, Resource};
use crate::error::{Code, Result};
use crate::plan::erase::Action;
use crate::plan::removal;
use crate::work::remove::{RemovalRequest, remove};

/// The mutations that delete single rows, in the order of the catalog.
pub(super) fn removals(catalog: &Catalog) -> Vec<&'static Mutation> {
    catalog
        .resources()
        .filter(|resource| resource.removal == Some(Decision::Delete))
        .map(|resource| declared(catalog, resource))
        .collect()
}

/// What each declares lives as long as the program, as what the others declare does; a policy that is read twice declares
/// it once.
fn declared(catalog: &Catalog, resource: &Resource) -> &'static Mutation {
    static KNOWN: LazyLock<Mutex<HashMap<String, &'static Mutation>>> = LazyLock::new(Mutex::default);
    let about = about(catalog, resource);
    let mut known = KNOWN.lock().unwrap_or_else(PoisonError::into_inner);
    known
        .entry(about.clone())
        .or_insert_with(|| Box::leak(Box::new(declare(resource, about))))
}

fn declare(resource: &Resource, about: String) -> Mutation {
    let table: &'static str = resource.table.clone().leak();
    let name: &'static str = lower_first(&resource.name).leak();
    let takes = vec![
        Input::id(name, table, "What is to go."),
        Input::new(
            "dryRun",
            Kind::Named("Boolean"),
            "Whether to tell only what would go and what would be cut, and do nothing.",
        ),
        Input::new(
            "maxRows",
            Kind::Named("Int"),
            "The most rows that may go or be changed: when it would be more, nothing is done. Left out: as many as the policy allows.",
        ),
    ];
    Mutation {
        name: format!("delete{}", resource.name).leak(),
        about: about.leak(),
        takes: takes.leak(),
        columns: None,
        codes: &[
            Code::Forbidden,
            Code::InvalidId,
            Code::InvalidState,
            Code::LegalHold,
            Code::LimitReached,
            Code::PolicyDrift,
            Code::BadUserInput,
        ],
        gives: Gives::parts(GIVES),
        is_open: false,
        run: |promises, given| run(promises, given).boxed(),
    }
}

const GIVES: &[Part] = &[
    Part {
        name: "deletedId",
        kind: "ID",
        about: "The id that the row had; null when nothing was done, as in a dry run.",
    },
    Part {
        name: "rows",
        kind: "RemovedRows",
        about: "What went or was cut, or in a dry run would be: the row itself is among them. Null when it was refused.",
    },
];

/// What it does, for people: from the policy's own words about the references.
fn about(catalog: &Catalog, resource: &Resource) -> String {
    let steps = removal::steps(catalog, resource.id);
    let names = |is: &dyn Fn(&Action) -> bool| {
        let of = steps.iter().filter(|step| is(&step.action));
        let mut names: Vec<&str> = of.map(|step| catalog.get(step.resource).name.as_str()).collect();
        names.sort_unstable();
        names.dedup();
        names
    };
    let gone = names(&|action| *action == Action::Delete);
    let with: Vec<&str> = gone
        .iter()
        .copied()
        .filter(|name| *name != resource.name)
        .collect();
    let cut = names(&|action| matches!(action, Action::Change(_)));
    let mut about = format!("Deletes a row of {}", resource.name);
    if !with.is_empty() {
        about.push_str(&format!(" with what belongs to it, of {}", with.join(", ")));
    }
    if !cut.is_empty() {
        about.push_str(&format!(
            "; it is taken out of the rows of {} that name it",
            cut.join(", ")
        ));
    }
    about.push_str(&format!(
        ". All of it or nothing; at most {} rows. Requires: delete on {}.",
        catalog.settings.delete_rows,
        gone.join(", ")
    ));
    about
}

async fn run(promises: &Promises, given: Given<'_>) -> Result<Gave> {
    let viewer = given.viewer()?;
    let of = given.mutation.takes.first().ok_or_else(differs)?;
    let Kind::Id(table) = of.kind else {
        return Err(differs().into());
    };
    let mut input = given.input;
    let row = input.get_mut(of.name).map(Value::take).ok_or_else(differs)?;
    let row: Uuid = wire(row)?;
    let Options { dry_run, max_rows } = wire(input)?;
    let dry_run = dry_run.unwrap_or(false);
    let wanted = RemovalRequest {
        table,
        row,
        field: of.name,
        dry_run,
        most: max_rows,
    };
    let rows = remove(&promises.installation, viewer, wanted).await?;
    let deleted = if dry_run {
        Extra::Nothing
    } else {
        Extra::Id(table, row)
    };
    Ok(Gave::default().and(deleted).and(Extra::Removed(rows)))
}

/// The input beside the row.
#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Options {
    dry_run: Option<bool>,
    max_rows: Option<i64>,
}
