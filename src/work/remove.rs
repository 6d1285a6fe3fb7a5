//! Deleting one row when somebody asks for it: first what that would do, counted; then all of it in one transaction, as
//! the policy says of each reference. For rows that are no people: those are erased, with a receipt.

use uuid::Uuid;

use super::edit::{Edit, no_such};
use crate::access::grant::Verb;
use crate::access::permit::{self, Permitted};
use crate::access::viewer::Viewer;
use crate::catalog::{Catalog, Removal as Decision, Resource};
use crate::cell::Cell;
use crate::error::{Code, Refusal, Result};
use crate::plan::erase::{Action, EraseStep};
use crate::plan::removal::{Removal, reference};
use crate::store::erase;
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

/// Deletes a row, or counts what that would do. Errors: `FORBIDDEN`; `INVALID_ID`; `INVALID_STATE` while rows refer to it
/// that are kept; `LIMIT_REACHED` when more would go than may.
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
    let found = edit
        .look(
            Verb::Delete,
            wanted.table,
            &[("id", Cell::from(wanted.row))],
            &["id"],
        )
        .await?;
    if found.is_empty() {
        return Err(no_such(&resource.name, &[wanted.field]).into());
    }
    let counted = count(&mut edit, &removal, wanted.field).await?;
    let gone: u64 = counted
        .iter()
        .filter(|rows| rows.reference.is_none())
        .map(|rows| rows.rows)
        .sum();
    if wanted.dry_run {
        return Ok(counted);
    }
    if gone > most {
        let message = format!("{gone} rows would go, and {most} may; look at what they are with `dryRun`");
        return Err(Refusal::new(Code::LimitReached, message)
            .at([wanted.field])
            .into());
    }
    for step in &removal.plan().steps {
        if step.action != Action::Block {
            erase::batch(&mut edit.transaction, catalog, &removal, step, &[], u32::MAX).await?;
        }
    }
    edit.tell_rows("row.deleted", resource.name.clone(), wanted.row, gone);
    edit.commit().await?;
    Ok(counted)
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

/// Counts the rows of each step that has any; refused when one of them forbids the deletion.
async fn count(edit: &mut Edit<'_>, removal: &Permitted<Removal>, field: &str) -> Result<Vec<RemovedRows>> {
    let catalog = edit.installation.catalog.clone();
    let mut counted = Vec::new();
    for step in &removal.plan().steps {
        let rows = erase::count_in(&mut edit.transaction, &catalog, removal, step).await?;
        if rows == 0 {
            continue;
        }
        let resource = catalog.get(step.resource);
        if step.action == Action::Block {
            let message = format!(
                "{rows} {} refer to what would go, and are kept; see to them first",
                resource.plural
            );
            return Err(Refusal::new(Code::InvalidState, message).at([field]).into());
        }
        let reference = cut(&catalog, resource, step);
        // How many rows lose a reference tells of those rows: only those who may read as far are told.
        let reach = edit.viewer.reach(removal.plan().resource, Verb::Delete);
        if reference.is_some() && !edit.viewer.reach(step.resource, Verb::Read).covers(reach) {
            continue;
        }
        counted.push(RemovedRows {
            resource: resource.name.clone(),
            reference,
            rows,
        });
    }
    Ok(counted)
}

/// The field that a step cuts.
fn cut(catalog: &Catalog, resource: &Resource, step: &EraseStep) -> Option<String> {
    let (_, column) = reference(catalog, step)?;
    resource
        .reference(column)
        .map(|reference| reference.field.clone())
}
