//! `postern erase`: erasures for scripts, with the same rights as over GraphQL.

mod confirm;
mod key;
mod many;
mod pause;
mod plan;
mod recipients;
mod report;
mod rewrite;
mod status;
mod sweep;

use serde_json::{Value, json};
use uuid::Uuid;

use super::Outcome;
use super::context::Context;
use crate::access::viewer::Viewer;
use crate::cell::{Cell, Kind};
use crate::error::{Code, Refusal, Result, quote};
use crate::store::queue::{self, Queue};
use crate::work::erase::row::{ErasureRow, read};
use crate::work::installation::Installation;

/// Erase a person, or many from a file: plan, confirm the plan by its hash, keep the receipt
#[derive(Debug, clap::Subcommand)]
pub(super) enum Erase {
    Plan(plan::Plan),
    Confirm(confirm::Confirm),
    Pause(pause::Pause),
    Resume(pause::Resume),
    Status(status::Status),
    Recipients(recipients::Recipients),
    Report(report::Report),
    Sweep(sweep::Sweep),
    Rewrite(rewrite::Rewrite),
    Key(key::Key),
}

/// Runs the command.
pub(super) async fn run(command: Erase, context: &Context) -> Result<Outcome> {
    match command {
        Erase::Plan(command) => plan::run(command, context).await,
        Erase::Confirm(command) => confirm::run(command, context).await,
        Erase::Pause(command) => pause::pause(command, context).await,
        Erase::Resume(command) => pause::resume(command, context).await,
        Erase::Status(command) => status::run(command, context).await,
        Erase::Recipients(command) => recipients::run(command, context).await,
        Erase::Report(command) => report::run(command, context).await,
        Erase::Sweep(command) => sweep::run(command, context).await,
        Erase::Rewrite(command) => rewrite::run(command, context).await,
        Erase::Key(command) => key::run(command, context).await,
    }
}

/// The id of an erasure, as `erase plan` prints it or as GraphQL gives it.
fn erasure_id(installation: &Installation, text: &str) -> Result<Uuid> {
    let id = id_of(installation, "Erasure", text);
    Ok(id.ok_or_else(|| {
        let message = format!("--erasure: {} is no erasure's id", quote(text));
        Refusal::new(Code::InvalidId, message)
    })?)
}

/// The id of a row of that type, as commands print it or as GraphQL gives it.
fn id_of(installation: &Installation, name: &str, text: &str) -> Option<Uuid> {
    if let Ok(id) = Uuid::parse_str(text) {
        return Some(id);
    }
    let tag = installation.catalog.by_name(name).map(|resource| resource.tag());
    let (found, id) = installation.keys.id_keys().decode(text)?;
    (Some(found) == tag).then_some(id)
}

/// An erasure as it is now: for people, and for programs.
async fn standing(
    installation: &Installation,
    viewer: &Viewer,
    erasure: Uuid,
) -> Result<(ErasureRow, String, Value)> {
    let row = read(installation, viewer, erasure).await?;
    let columns = [
        ("rows_planned", Kind::Int),
        ("rows_done", Kind::Int),
        ("error_code", Kind::Text),
    ];
    let more = queue::read(
        &installation.database,
        Queue::Erasures,
        viewer.account,
        erasure,
        &columns,
    )
    .await?;
    let more = more.unwrap_or_default();
    let number = |index: usize| more.get(index).and_then(Cell::as_int).unwrap_or(0);
    let error = more.get(2).and_then(Cell::as_text);
    let mut text = format!(
        "{erasure} {}: {} of {} rows",
        row.state.to_uppercase(),
        number(1),
        number(0)
    );
    if let Some(code) = error {
        text.push_str(&format!(", {code}"));
    }
    let mut value = row.summary(erasure);
    value["state"] = row.state.to_uppercase().into();
    value["rowsPlanned"] = number(0).into();
    value["rowsDone"] = number(1).into();
    value["errorCode"] = json!(error);
    Ok((row, text, value))
}
