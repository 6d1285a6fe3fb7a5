//! The erasure of one person as ordered steps, made from the catalog alone (D9): children first, the
//! subscriber last. Counts are added by whoever asks the store.

use uuid::Uuid;

use super::slice::Subject;
use super::user::Departing;
use super::whole::Whole;
use crate::catalog::{Catalog, ColumnErase, ColumnId, OnErase, Resource, ResourceId, SubjectPath};

/// Where the ways of steps end.
#[derive(Copy, Clone, Debug, PartialEq, Eq)]
pub enum Root<'a> {
    /// At one person.
    Person(&'a Subject),
    /// At one person who was written again: under these ids, or with the address in any of these spellings.
    Again(&'a [Uuid], &'a [String]),
    /// At these rows.
    Rows(&'a [Uuid]),
    /// At the account itself: all that is its own.
    Account(&'a Whole),
    /// At a user of the installation: what an account has that names the user.
    User(&'a Departing),
}

/// What has steps whose ways end somewhere.
pub trait Rooted {
    /// Where.
    fn root(&self) -> Root<'_>;

    /// Its steps, in order.
    fn steps(&self) -> &[EraseStep];
}

/// What a step does to the rows it finds.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Action {
    /// The rows are deleted.
    Delete,
    /// The rows stay; these columns are changed.
    Change(Vec<(ColumnId, Change)>),
    /// The rows stay as they are, for a reason.
    Keep,
    /// While there is such a row, nothing may be done to the person at all.
    Block,
}

impl Action {
    /// The word in plans, batches and receipts.
    pub fn word(&self) -> &'static str {
        match self {
            Action::Delete => "delete",
            Action::Change(_) => "anonymise",
            Action::Keep => "retain",
            Action::Block => "block",
        }
    }

    /// Whether the rows are left as they are.
    pub fn leaves_rows(&self) -> bool {
        matches!(self, Action::Keep | Action::Block)
    }
}

/// What becomes of a column of a row that stays.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Change {
    /// NULL.
    Null,
    /// `[erased]`.
    Redact,
    /// Cut to the day.
    TruncateDay,
    /// The network part of an IP address.
    TruncateIp,
    /// The person's keyed token.
    Token,
}

/// One step: the rows of one table that are about the person.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct EraseStep {
    /// Which table.
    pub resource: ResourceId,
    /// How its rows are found from the person; a row is found when any of them leads to it.
    pub paths: Vec<SubjectPath>,
    /// What is done to them.
    pub action: Action,
}

/// The steps for one subscriber, one for each table. Deterministic: the same catalog gives the same steps.
///
/// Rows that refer go before the rows that they refer to, because a reference is a way to find them, and because no
/// row may refer to one that is gone. So the subscriber goes last.
pub fn steps(catalog: &Catalog) -> Vec<EraseStep> {
    let mut steps: Vec<EraseStep> = catalog
        .resources()
        .filter(|resource| !resource.subject.is_empty())
        .map(|resource| EraseStep {
            resource: resource.id,
            paths: resource.subject.clone(),
            action: action(catalog, resource),
        })
        .collect();
    order(catalog, &mut steps, catalog.table("subscribers").id);
    steps
}

/// Rows that refer go before the rows that they refer to, and those of `last` after all others.
pub(super) fn order(catalog: &Catalog, steps: &mut [EraseStep], last: ResourceId) {
    steps.sort_by_key(|step| {
        let is_last = step.resource == last;
        (
            is_last,
            std::cmp::Reverse(rank(catalog, step.resource)),
            step.resource,
        )
    });
}

/// How far above the tables without references a table stands: what refers must go before what is referred to.
pub(crate) fn rank(catalog: &Catalog, resource: ResourceId) -> usize {
    fn visit(catalog: &Catalog, resource: ResourceId, seen: &mut Vec<ResourceId>) -> usize {
        if seen.contains(&resource) {
            return 0;
        }
        seen.push(resource);
        let highest = catalog
            .get(resource)
            .references
            .iter()
            .map(|reference| 1 + visit(catalog, reference.target, seen))
            .max();
        seen.pop();
        highest.unwrap_or(0)
    }
    visit(catalog, resource, &mut Vec::new())
}

fn action(catalog: &Catalog, resource: &Resource) -> Action {
    let decided = |is: fn(&OnErase) -> bool| {
        let mut paths = resource.subject.iter();
        paths.any(|path| decision(resource, path).is_some_and(is))
    };
    if decided(|on_erase| *on_erase == OnErase::Block) {
        Action::Block
    } else if decided(|on_erase| matches!(on_erase, OnErase::Retain(_))) {
        Action::Keep
    } else if resource.rows_go {
        Action::Delete
    } else {
        Action::Change(changes(catalog, resource))
    }
}

/// What is decided about the reference by which a row hangs on the person; `None` for the person's own row and
/// for rows found by the address.
fn decision<'a>(resource: &'a Resource, path: &SubjectPath) -> Option<&'a OnErase> {
    let reference = resource.reference(path.reference()?)?;
    Some(&reference.on_erase)
}

/// What becomes of each column of a row that stays: its own strategy, and NULL for every reference on the way to
/// a row that is deleted.
pub fn changes(catalog: &Catalog, resource: &Resource) -> Vec<(ColumnId, Change)> {
    let mut changes = Vec::new();
    for column in &resource.columns {
        let leads_to_a_row_that_goes = resource.reference(column.id).is_some_and(|reference| {
            matches!(reference.on_erase, OnErase::Unlink) && catalog.get(reference.target).rows_go
        });
        let change = match &column.erase {
            _ if leads_to_a_row_that_goes => Some(Change::Null),
            ColumnErase::Null => Some(Change::Null),
            ColumnErase::Redact => Some(Change::Redact),
            ColumnErase::TruncateDay => Some(Change::TruncateDay),
            ColumnErase::TruncateIp => Some(Change::TruncateIp),
            ColumnErase::Token => Some(Change::Token),
            ColumnErase::WithRow | ColumnErase::Retain(_) | ColumnErase::Scan => None,
        };
        if let Some(change) = change {
            changes.push((column.id, change));
        }
    }
    changes
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::catalog::{DEFAULT_POLICY, Path, Step};

    fn catalog() -> Catalog {
        Catalog::load(DEFAULT_POLICY).unwrap_or_else(|faults| panic!("{faults:?}"))
    }

    #[test]
    fn rows_that_refer_go_before_the_rows_they_refer_to() {
        let catalog = catalog();
        let steps = steps(&catalog);
        let place = |id| steps.iter().position(|step| step.resource == id);
        for (at, step) in steps.iter().enumerate() {
            for reference in &catalog.get(step.resource).references {
                if let Some(target) = place(reference.target).filter(|_| reference.target != step.resource) {
                    let (from, to) = (
                        &catalog.get(step.resource).table,
                        &catalog.get(reference.target).table,
                    );
                    assert!(at < target, "{from} refers to {to} and goes after it");
                }
            }
        }
        assert_eq!(catalog.get(steps.last().unwrap().resource).table, "subscribers");
    }

    #[test]
    fn rows_that_stay_lose_every_way_back_to_the_person() {
        let catalog = catalog();
        for step in steps(&catalog) {
            let Action::Change(changes) = &step.action else {
                continue;
            };
            let resource = catalog.get(step.resource);
            for path in &step.paths {
                let SubjectPath::References(Path { steps }) = path else {
                    panic!("{}: found by address", resource.table)
                };
                let Some(Step::Forward { column, target }) = steps.first() else {
                    panic!("{}", resource.table)
                };
                // A way through a row that stays itself ends there: that row's own reference is cut.
                let cut = changes.contains(&(*column, Change::Null)) || !catalog.get(*target).rows_go;
                assert!(cut, "{}.{}", resource.table, resource.column(*column).name);
            }
        }
    }
}
