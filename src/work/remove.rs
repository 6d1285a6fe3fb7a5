//! Deleting one row when somebody asks for it: first what that would do, counted; then all of it in one transaction, as
//! the policy says of each reference. For rows that are no people: those are erased, with a receipt.

use uuid::Uuid;

use super::edit::{Edit, no_such};
use crate::access::grant::Verb;
use crate::access::permit::{self, Permitted};
use crate::access::viewer::Viewer;
use crate::catalog::{Catalog, Removal as Decision, Resource};
use crate::cell::Cell;
use crate::error::{Code, Error, Refusal, Result};
use crate::plan::erase::{Action, EraseStep};
use crate::plan::removal::{Removal, reference};
use crate::store::{Transaction, erase};
use crate::work::installation::Installation;

/// What somebody wants deleted.
#[derive(Clone, Copy, Debug)]
pub struct RemovalRequest<'a> {
    /// Of which table; the policy says that its rows are deleted.
    pub table: &'a str,
    /// Which row.
    pub row: Uuid,
    /// Where the row is named in the asker's input.
    pub field: &'a str,
    /// Only count.
    pub dry_run: bool,
    /// The most rows that may go; none: what the settings allow.
    pub most: Option<i64>,
}

/// Rows of one table that go with the row, or that lose their reference to what goes.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RemovedRows {
    /// The GraphQL type.
    pub resource: String,
    /// The field that is cut; none where the rows go.
    pub reference: Option<String>,
    /// How many.
    pub rows: u64,
}

const PROFILES: &str = "subscriber_profiles";

/// Deletes a row, or counts what that would do. Errors: `FORBIDDEN`; `INVALID_ID`; `INVALID_STATE` while rows refer to it
/// that are kept or in use; `LEGAL_HOLD`; `LIMIT_REACHED` when more rows would go or be changed than may.
pub async fn remove(
    installation: &Installation,
    viewer: &Viewer,
    wanted: RemovalRequest<'_>,
) -> Result<Vec<RemovedRows>> {
    let catalog = &installation.catalog;
    let resource = catalog.table(wanted.table);
    if let Some(Decision::Kept(why)) = &resource.removal {
        return Err(Refusal::new(
            Code::InvalidState,
            format!("single {} are not deleted: {why}", resource.plural),
        )
        .into());
    }
    let most = most(installation, wanted.most)?;
    let removal = permit::remove(catalog, viewer, Removal::of(catalog, resource.id, wanted.row))?;
    let mut edit = Edit::begin(installation, viewer).await?;
    let column = match wanted.table {
        PROFILES => "status",
        _ => "id",
    };
    let key = [("id", Cell::from(wanted.row))];
    let found = edit.look(Verb::Delete, wanted.table, &key, &[column]).await?;
    let row = found
        .first()
        .ok_or_else(|| no_such(&resource.name, &[wanted.field]))?;
    refuse_no(wanted.table, &row[0]).map_err(|refusal| refusal.at([wanted.field]))?;
    for step in &removal.plan().steps {
        // What is not as this program knows it is nothing to delete from (ruling 9).
        installation.drift.allow(&catalog.get(step.resource).table)?;
        refuse(&mut edit, &removal, step)
            .await
            .map_err(|error| at(error, wanted.field))?;
    }
    let mut all = Vec::new();
    let mut total = 0;
    for step in removal
        .plan()
        .steps
        .iter()
        .filter(|step| step.action != Action::Block)
    {
        let transaction = &mut edit.transaction;
        // One more than may go is enough to know.
        let limit = u32::try_from(most - total).unwrap_or(u32::MAX).saturating_add(1);
        let rows = match wanted.dry_run {
            true => erase::count_up_to(transaction, catalog, &removal, step, COUNTED).await?,
            false => up_to(transaction, catalog, &removal, step, limit).await?,
        };
        if wanted.dry_run {
            all.extend(told(&edit, &removal, step, rows));
            continue;
        }
        total += rows;
        if total > most {
            let message =
                format!("more than {most} rows would go or be changed; look at what they are with `dryRun`");
            return Err(Refusal::new(Code::LimitReached, message)
                .at([wanted.field])
                .into());
        }
        all.extend(told(&edit, &removal, step, rows));
    }
    if !wanted.dry_run {
        edit.tell_rows("row.deleted", resource.name.clone(), wanted.row, total);
        edit.commit().await?;
    }
    Ok(all)
}

/// Does all rows of a step, or as many as `limit`; gives how many it did.
async fn up_to(
    transaction: &mut Transaction,
    catalog: &Catalog,
    removal: &Permitted<Removal>,
    step: &EraseStep,
    limit: u32,
) -> Result<u64> {
    let mut rows = 0;
    loop {
        let left = limit.saturating_sub(u32::try_from(rows).unwrap_or(u32::MAX));
        let batch = erase::batch(transaction, catalog, removal, step, &[], left).await?;
        rows += batch.rows;
        if batch.is_last || rows >= u64::from(limit) {
            return Ok(rows);
        }
    }
}

/// A dry run counts no further than this, step by step.
const COUNTED: u32 = 1_000_000;

/// States of a profile in which the person has said no, or cannot be reached: with the row, nobody would know.
const SAYS_NO: [&str; 3] = ["unsubscribed", "complained", "cleaned"];

/// Refuses a profile that says no: the next sign-up or import would put the person back.
fn refuse_no(table: &str, status: &Cell) -> Result<(), Refusal> {
    let says_no = status.as_text().is_some_and(|status| SAYS_NO.contains(&status));
    if table != PROFILES || !says_no {
        return Ok(());
    }
    let message =
        "the person is off this list, and the profile is what keeps it so; erase the person to take it away";
    Err(Refusal::new(Code::InvalidState, message))
}

/// Refuses a deletion because of rows that a step finds.
async fn refuse(edit: &mut Edit<'_>, removal: &Permitted<Removal>, step: &EraseStep) -> Result<()> {
    let catalog = edit.installation.catalog.clone();
    let plural = &catalog.get(step.resource).plural;
    let transaction = &mut edit.transaction;
    if step.action == Action::Block {
        if erase::count_up_to(transaction, &catalog, removal, step, 1).await? > 0 {
            let message = format!("{plural} refer to what would go, and are kept; see to them first");
            return Err(Refusal::new(Code::InvalidState, message).into());
        }
        return Ok(());
    }
    if erase::finds_in_use(transaction, &catalog, removal, step).await? {
        let message = format!("{plural} that are to be sent, or under way, need it; cancel them first");
        return Err(Refusal::new(Code::InvalidState, message).into());
    }
    if step.action == Action::Delete && erase::finds_held(transaction, &catalog, removal, step).await? {
        let message = format!("{plural} that would go are about somebody who may not be erased for now");
        return Err(Refusal::new(Code::LegalHold, message).into());
    }
    Ok(())
}

fn at(error: Error, field: &str) -> Error {
    match error {
        Error::Refused(refusal) => refusal.at([field]).into(),
        fault => fault,
    }
}

/// How many rows may go: as many as the asker says, and as the settings allow.
fn most(installation: &Installation, wanted: Option<i64>) -> Result<u64, Refusal> {
    let allowed = u64::from(installation.catalog.settings.delete_rows);
    match wanted.map(u64::try_from) {
        None => Ok(allowed),
        Some(Ok(most)) if most > 0 => Ok(most.min(allowed)),
        Some(_) => Err(Refusal::new(
            Code::BadUserInput,
            "at least the row itself would go; write 1 or more",
        )
        .at(["maxRows"])),
    }
}

/// What the asker is told of the rows of a step. How many rows lose a reference tells of those rows: only who may read as
/// far is told.
fn told(edit: &Edit<'_>, removal: &Permitted<Removal>, step: &EraseStep, rows: u64) -> Option<RemovedRows> {
    let catalog = &edit.installation.catalog;
    let resource = catalog.get(step.resource);
    let reference = cut(catalog, resource, step);
    let reach = edit.viewer.reach(removal.plan().resource, Verb::Delete);
    let may_know = reference.is_none() || edit.viewer.reach(step.resource, Verb::Read).covers(reach);
    (rows > 0 && may_know).then(|| RemovedRows {
        resource: resource.name.clone(),
        reference,
        rows,
    })
}

/// The field that a step cuts.
fn cut(catalog: &Catalog, resource: &Resource, step: &EraseStep) -> Option<String> {
    let (_, column) = reference(catalog, step)?;
    resource
        .reference(column)
        .map(|reference| reference.field.clone())
}
