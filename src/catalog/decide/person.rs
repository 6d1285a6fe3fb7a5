//! What happens to a person's rows, looked at over all tables: nothing about a person may stay by oversight,
//! and nothing that must stay may go along.

use super::faults::{Faults, PolicyFaultKind as Kind};
use crate::catalog::resource::{ColumnErase, OnErase, Path, Resource, Step, SubjectPath, Then};

/// Sets `rows_go`; afterwards every table knows whether the erasure of a person deletes its rows.
pub(super) fn settle(resources: &mut [Resource], by_address: &[bool]) {
    let goes: Vec<bool> = resources
        .iter()
        .zip(by_address)
        .map(|(resource, by_address)| {
            *by_address
                || resource
                    .subject
                    .iter()
                    .any(|path| cascades(resources, resource, path))
        })
        .collect();
    for (resource, goes) in resources.iter_mut().zip(goes) {
        resource.rows_go = goes;
    }
}

/// Whether every step of the way to the person is a cascade; the person's own row is the way of no steps.
fn cascades(resources: &[Resource], start: &Resource, path: &SubjectPath) -> bool {
    let SubjectPath::References(path) = path else {
        return false;
    };
    steps(resources, start, path).all(|reference| reference.on_erase == OnErase::Cascade)
}

fn steps<'a>(
    resources: &'a [Resource],
    start: &'a Resource,
    path: &'a Path,
) -> impl Iterator<Item = &'a crate::catalog::resource::Reference> {
    let mut at = start;
    path.steps.iter().filter_map(move |step| {
        let (owner, column, next) = match *step {
            Step::Forward { column, target } => (at, column, target),
            Step::Back { resource, column } => (&resources[usize::from(resource.0)], column, resource),
        };
        at = &resources[usize::from(next.0)];
        owner.reference(column)
    })
}

/// Checks every table; `rows_go` is settled.
pub(super) fn check(resources: &[Resource], faults: &mut Faults) {
    for resource in resources {
        subject_is_named(resources, resource, faults);
        person_bundles(resource, faults);
        rows_that_stay(resources, resource, faults);
        orphans(resources, resource, faults);
        retained(resources, resource, faults);
        clock(resource, faults);
    }
}

/// A table that refers to people, or to rows about people, is about people.
fn subject_is_named(resources: &[Resource], resource: &Resource, faults: &mut Faults) {
    if !resource.subject.is_empty() {
        return;
    }
    for reference in &resource.references {
        let target = &resources[usize::from(reference.target.0)];
        if !target.subject.is_empty() {
            let column = &resource.column(reference.column).name;
            let walk = if target.table == "subscribers" {
                column.clone()
            } else {
                format!("{column}/subscriber_id")
            };
            faults.reference(
                Kind::SubjectMissing,
                &resource.table,
                column,
                format_args!("leads to {}, which is about people, but its table names no way to them; add `subject = [\"{walk}\"]`", target.table),
            );
        }
    }
}

fn person_bundles(resource: &Resource, faults: &mut Faults) {
    if !resource.subject.is_empty() {
        return;
    }
    for column in resource
        .columns
        .iter()
        .filter(|column| column.export.access || column.export.portability)
    {
        faults.column(
            Kind::ExportWithoutSubject,
            &resource.table,
            &column.name,
            "is in a person's bundle, but its table is about no person; write `export = [\"account\"]`, or name the table's subject",
        );
    }
}

/// In a row that stays, every personal column is changed. A row that forbids the erasure is never met by one.
fn rows_that_stay(resources: &[Resource], resource: &Resource, faults: &mut Faults) {
    let forbids = |path: &SubjectPath| match path {
        SubjectPath::References(path) => {
            steps(resources, resource, path).any(|reference| reference.on_erase == OnErase::Block)
        }
        SubjectPath::Address(_) => false,
    };
    if resource.subject.is_empty() || resource.rows_go || resource.subject.iter().any(forbids) {
        return;
    }
    for column in &resource.columns {
        let unlinked = resource
            .reference(column.id)
            .is_some_and(|reference| reference.on_erase == OnErase::Unlink);
        if column.class.is_personal() && column.erase == ColumnErase::WithRow && !unlinked {
            faults.column(
                Kind::PersonalDataStays,
                &resource.table,
                &column.name,
                "is personal and erased with its row, but the row stays; write `erase = \"null\"`, `\"redact\"`, `\"truncate_day\"` or `\"token\"`, or let the row go",
            );
        }
    }
}

/// Ways to the person that may be NULL leave rows that no erasure finds (`privacy.md` 3.3, rule 5).
fn orphans(resources: &[Resource], resource: &Resource, faults: &mut Faults) {
    let sure = resource.subject.iter().any(|path| match path {
        SubjectPath::Address(column) => !resource.column(*column).nullable,
        SubjectPath::References(path) => !may_be_null(resources, resource, path),
    });
    let leftover = resource.columns.iter().any(|column| {
        column.class.is_personal()
            && column.erase == ColumnErase::WithRow
            && resource.reference(column.id).is_none()
    });
    if !resource.subject.is_empty() && !sure && leftover && resource.orphans.is_none() {
        faults.table(
            Kind::SubjectMayBeNull,
            &resource.table,
            "has only ways to the person that may be NULL, and personal data that goes with the row; add an `@column` to its subject, or say in `orphans = \"…\"` why such rows need no erasure of their own",
        );
    }
}

fn may_be_null(resources: &[Resource], start: &Resource, path: &Path) -> bool {
    let mut at: &Resource = start;
    path.steps.iter().any(|step| match *step {
        Step::Forward { column, target } => {
            let nullable = at.column(column).nullable;
            at = &resources[usize::from(target.0)];
            nullable
        }
        Step::Back { resource, .. } => {
            at = &resources[usize::from(resource.0)];
            true
        }
    })
}

/// A row that is kept for a reason neither goes with another, nor points at one that goes.
fn retained(resources: &[Resource], resource: &Resource, faults: &mut Faults) {
    let kept_column = resource
        .columns
        .iter()
        .find(|column| matches!(column.erase, ColumnErase::Retain(_)))
        .map(|column| &column.name);
    let kept_reference = resource
        .references
        .iter()
        .find(|reference| matches!(reference.on_erase, OnErase::Retain(_)))
        .map(|reference| &resource.column(reference.column).name);
    let Some(kept) = kept_column.or(kept_reference) else {
        return;
    };
    for reference in &resource.references {
        let target = &resources[usize::from(reference.target.0)];
        let column = &resource.column(reference.column).name;
        match reference.on_erase {
            OnErase::Cascade => faults.reference(
                Kind::CascadeThroughRetained,
                &resource.table,
                column,
                format_args!("cascades into rows that are retained for {kept}; write `on_erase = \"unlink\"` or {{ retain, from, for, then }}"),
            ),
            OnErase::Retain(_) if target.rows_go => faults.reference(
                Kind::CascadeThroughRetained,
                &resource.table,
                column,
                format_args!("is retained, but {}, which it refers to, is deleted; write `on_erase = \"unlink\"`", target.table),
            ),
            OnErase::Retain(_) | OnErase::Unlink | OnErase::Reassign | OnErase::Block => {}
        }
    }
    if resource.rows_go {
        faults.column(
            Kind::CascadeThroughRetained,
            &resource.table,
            kept,
            "is retained, but its row goes with the person; unlink the row from the person, or do not retain the column",
        );
    }
}

/// Personal data has an end, also that of people whom nobody asks to erase.
fn clock(resource: &Resource, faults: &mut Faults) {
    let Some(keep) = &resource.keep else {
        if resource.is_personal() {
            faults.table(
                Kind::KeepMissing,
                &resource.table,
                "holds personal data and has no clock; add `keep = { from = \"created_at\", for = \"24 months\", then = \"delete\" }`",
            );
        }
        return;
    };
    if keep.then != Then::Anonymise {
        return;
    }
    for column in &resource.columns {
        if column.class.is_personal()
            && matches!(
                column.erase,
                ColumnErase::WithRow | ColumnErase::Scan | ColumnErase::Token
            )
        {
            faults.column(
                Kind::KeepDoesNotFit,
                &resource.table,
                &column.name,
                "is to be anonymised when the table's clock runs out, but its erase leaves it as it is; write `then = \"delete\"` in keep, or an erase that changes the value",
            );
        }
    }
}
