//! What happens to rows that outlast their account: they refer to nothing that goes with it, and hold nothing personal
//! that nobody has to keep.

use super::faults::{Faults, PolicyFaultKind as Kind};
use crate::catalog::resource::{Class, Column, ColumnErase, OnErase, Owner, Resource};

/// Checks every table whose reference to the account is retained.
pub(super) fn check(resources: &[Resource], faults: &mut Faults) {
    for resource in resources.iter().filter(|resource| outlasts(resources, resource)) {
        for reference in &resource.references {
            let target = &resources[usize::from(reference.target.0)];
            let goes = match target.owner {
                Owner::Account => !outlasts(resources, target),
                Owner::Members => true,
                Owner::Itself | Owner::Shared | Owner::Global => false,
            };
            if goes && reference.on_erase != OnErase::Unlink {
                let column = &resource.column(reference.column).name;
                faults.reference(
                    Kind::CascadeThroughRetained,
                    &resource.table,
                    column,
                    format_args!("is of rows that outlast the account, and {} goes with it; write `on_erase = \"unlink\"`, or retain {} as well", target.table, target.table),
                );
            }
        }
        for column in resource.columns.iter().filter(|column| stays(resource, column)) {
            faults.column(
                Kind::PersonalDataStays,
                &resource.table,
                &column.name,
                "is personal and erased with its row, but the row outlasts the account; write `erase = \"null\"` or another that changes it, or { retain, from, for, then }",
            );
        }
    }
}

/// Whether rows of a table are kept when their account goes.
fn outlasts(resources: &[Resource], resource: &Resource) -> bool {
    resource.references.iter().any(|reference| {
        let is_to_the_account = resources[usize::from(reference.target.0)].owner == Owner::Itself;
        is_to_the_account && matches!(reference.on_erase, OnErase::Retain(_))
    })
}

/// Whether a column would stay as it is without a reason. Pseudonyms and what is the gateway's own name nobody.
fn stays(resource: &Resource, column: &Column) -> bool {
    let names_nobody = matches!(column.class, Class::None | Class::Pseudonym) || column.internal;
    let is_left = matches!(column.erase, ColumnErase::WithRow);
    is_left && !names_nobody && resource.reference(column.id).is_none()
}
