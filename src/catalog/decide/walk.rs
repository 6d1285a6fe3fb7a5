//! Walks from a row to other rows, as the policy writes them: `profile_id/list_id`,
//! `^subscriber_profiles.subscriber_id/list_id`.

use crate::catalog::resource::{ColumnId, Path, ResourceId, Step};
use crate::catalog::shape::{ReferenceShape, TableShape};
use crate::error::quote;

/// Where a walk leads.
pub(super) struct Walk {
    pub(super) path: Path,
    pub(super) end: ResourceId,
}

/// Follows a walk from the table at `start`; `self` is the walk of no steps.
///
/// # Errors
/// What is wrong with it, to go on after "has a walk".
pub(super) fn follow(shapes: &[TableShape], start: usize, walk: &str) -> Result<Walk, String> {
    let mut at = start;
    let mut steps = Vec::new();
    if walk != "self" {
        for step in walk.split('/') {
            let (next, step) = take(shapes, at, step)?;
            steps.push(step);
            at = next;
        }
    }
    Ok(Walk {
        path: Path { steps },
        end: resource_id(at),
    })
}

fn take(shapes: &[TableShape], at: usize, step: &str) -> Result<(usize, Step), String> {
    match step.strip_prefix('^') {
        Some(back) => take_back(shapes, &shapes[at], back),
        None => take_forward(shapes, &shapes[at], step),
    }
}

fn take_forward(shapes: &[TableShape], here: &TableShape, step: &str) -> Result<(usize, Step), String> {
    let reference = here.references.iter().find(|reference| reference.column == step);
    let reference = reference.ok_or_else(|| format!("{} has no reference {}", here.name, quote(step)))?;
    let target = table(shapes, &reference.table)?;
    let column = column_id(here, step)?;
    Ok((
        target,
        Step::Forward {
            column,
            target: resource_id(target),
        },
    ))
}

fn take_back(shapes: &[TableShape], here: &TableShape, step: &str) -> Result<(usize, Step), String> {
    let Some((name, column)) = step.split_once('.') else {
        return Err(format!(
            "the step ^{} lacks its column; write ^table.column",
            quote(step)
        ));
    };
    let place = table(shapes, name)?;
    let other = &shapes[place];
    let leads_here = |reference: &ReferenceShape| reference.column == column && reference.table == here.name;
    if !other.references.iter().any(leads_here) {
        return Err(format!(
            "{name} has no reference {} to {}",
            quote(column),
            here.name
        ));
    }
    Ok((
        place,
        Step::Back {
            resource: resource_id(place),
            column: column_id(other, column)?,
        },
    ))
}

/// The place of the table of that name.
pub(super) fn table(shapes: &[TableShape], name: &str) -> Result<usize, String> {
    shapes
        .iter()
        .position(|shape| shape.name == name)
        .ok_or_else(|| format!("there is no table {}", quote(name)))
}

/// The id of the column of that name.
pub(super) fn column_id(shape: &TableShape, name: &str) -> Result<ColumnId, String> {
    shape
        .columns
        .iter()
        .position(|column| column.name == name)
        .map(nth_column)
        .ok_or_else(|| format!("{} has no column {}", shape.name, quote(name)))
}

/// The id of the column at that place.
pub(super) fn nth_column(place: usize) -> ColumnId {
    ColumnId(u16::try_from(place).expect("no table has as many columns as a u16 can count"))
}

/// The id of the resource at that place.
pub(super) fn resource_id(place: usize) -> ResourceId {
    ResourceId(u16::try_from(place).expect("there are not as many tables as a u16 can count"))
}
