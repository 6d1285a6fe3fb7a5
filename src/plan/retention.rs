//! Which rows are past their clock, from the catalog alone: a table's `keep`, worked back from now. Rows that refer come
//! before those that they refer to.

use chrono::Days;
use uuid::Uuid;

use super::erase::{Action, Change, EraseStep, changes, rank};
use super::removal::{Removal, itself, steps};
use crate::catalog::{Catalog, ColumnId, OnErase, Resource, ResourceId, SubjectPath, Then};
use crate::cell::Cell;
use crate::clock::Instant;

/// The rows of one table that are past their clock.
#[derive(Clone, Debug, PartialEq)]
pub struct Due {
    /// Which table.
    pub resource: ResourceId,
    /// The column that the clock runs from.
    pub from: ColumnId,
    /// They are due whose clock began before.
    pub before: Instant,
    /// When that is asked.
    pub now: Instant,
    /// Only those with these values.
    pub only: Vec<(ColumnId, Cell)>,
    /// Rows of tables with a clock of their own that would go with them: while one is not due, its parent stays.
    pub young: Vec<Young>,
    /// What is done to them.
    pub action: Action,
}

/// Rows that go with those that they refer to, and have a clock of their own.
#[derive(Clone, Debug, PartialEq)]
pub struct Young {
    /// Of which table.
    pub resource: ResourceId,
    /// The column that refers to the row that is due.
    pub by: ColumnId,
    /// The column that their clock runs from.
    pub from: ColumnId,
    /// They are not due whose clock began then or later.
    pub before: Instant,
}

impl Due {
    /// What is done to these rows of those that are due, and to what hangs on them.
    pub fn of(&self, catalog: &Catalog, rows: Vec<Uuid>) -> Removal {
        let steps = match &self.action {
            Action::Change(_) => vec![EraseStep {
                resource: self.resource,
                paths: vec![itself()],
                action: self.action.clone(),
            }],
            Action::Delete | Action::Keep | Action::Block => steps(catalog, self.resource),
        };
        Removal {
            resource: self.resource,
            rows,
            steps,
        }
    }
}

/// What of which table is due at `now`. Not among them: the seals of the audit log, and uploads, which are files, and end
/// with them.
pub fn due(catalog: &Catalog, now: Instant) -> Vec<Due> {
    let mut due: Vec<Due> = catalog
        .resources()
        .filter(|resource| !["audit_seals", "uploads"].contains(&resource.table.as_str()))
        .filter_map(|resource| past(catalog, resource, now))
        .collect();
    due.extend(unconfirmed(catalog, now));
    due.sort_by_key(|due| (std::cmp::Reverse(rank(catalog, due.resource)), due.resource));
    due
}

fn past(catalog: &Catalog, resource: &Resource, now: Instant) -> Option<Due> {
    let keep = resource.keep.as_ref()?;
    let before = keep.duration?.began_before(now)?;
    let action = match keep.then {
        Then::Delete => Action::Delete,
        Then::Anonymise => Action::Change(nobodys(catalog, resource)),
    };
    Some(Due {
        resource: resource.id,
        from: resource.id_of(&keep.from),
        before,
        now,
        only: Vec::new(),
        young: young(catalog, resource, now),
        action,
    })
}

/// What becomes of the columns of a row that is nobody's any more: what an erasure makes of them, and no way leads to the
/// person, not even over rows whose own clock runs longer.
fn nobodys(catalog: &Catalog, resource: &Resource) -> Vec<(ColumnId, Change)> {
    let mut all = changes(catalog, resource);
    for column in resource.subject.iter().filter_map(SubjectPath::reference) {
        let is_open = !all.iter().any(|(known, _)| *known == column);
        if is_open && resource.column(column).nullable {
            all.push((column, Change::Null));
        }
    }
    all
}

fn young(catalog: &Catalog, resource: &Resource, now: Instant) -> Vec<Young> {
    let goes_along = catalog
        .inverse(resource.id)
        .filter(|(_, reference)| reference.within_account && reference.on_erase == OnErase::Cascade);
    goes_along
        .filter_map(|(referring, reference)| {
            let keep = referring.keep.as_ref()?;
            Some(Young {
                resource: referring.id,
                by: reference.column,
                from: referring.id_of(&keep.from),
                before: keep.duration?.began_before(now)?,
            })
        })
        .collect()
}

/// People who were asked whether they want to be on a list, and never said so.
fn unconfirmed(catalog: &Catalog, now: Instant) -> Option<Due> {
    let profiles = catalog.table("subscriber_profiles");
    let days = Days::new(catalog.settings.unconfirmed_days.into());
    Some(Due {
        resource: profiles.id,
        from: profiles.id_of("status_changed_at"),
        before: now.checked_sub_days(days)?,
        now,
        // Who left the list before said no: that is not forgotten.
        only: vec![
            (profiles.id_of("status"), "pending_confirm".into()),
            (profiles.id_of("opted_out_at"), Cell::Null),
        ],
        young: Vec::new(),
        action: Action::Delete,
    })
}
