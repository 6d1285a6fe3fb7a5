//! The deletion of one row as ordered steps, made from the catalog alone: what refers to the row goes with it, is cut
//! from it, or forbids it, as the policy says of each reference (`on_erase`). The same steps as an erasure's; only
//! where they start differs.

use uuid::Uuid;

use super::erase::{Action, Change, EraseStep, Root, Rooted, order};
use crate::catalog::{Catalog, ColumnId, OnErase, Path, Reference, Resource, ResourceId, Step, SubjectPath};

/// Rows of one table that are to go, or to become nobody's, and what that does.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Removal {
    /// Of which table.
    pub resource: ResourceId,
    /// Which rows.
    pub rows: Vec<Uuid>,
    /// The steps, in order; the rows themselves are the last.
    pub steps: Vec<EraseStep>,
}

impl Removal {
    /// The deletion of a row.
    pub fn of(catalog: &Catalog, resource: ResourceId, row: Uuid) -> Removal {
        Removal {
            resource,
            rows: vec![row],
            steps: steps(catalog, resource),
        }
    }
}

impl Rooted for Removal {
    fn root(&self) -> Root<'_> {
        Root::Rows(&self.rows)
    }

    fn steps(&self) -> &[EraseStep] {
        &self.steps
    }
}

/// The steps for a row of a table. Deterministic: the same catalog gives the same steps.
///
/// First what forbids the deletion, then the references that are cut, because the way to the rows that have them leads
/// over rows that go; then the rows that go, those that refer before those that they refer to.
pub fn steps(catalog: &Catalog, resource: ResourceId) -> Vec<EraseStep> {
    steps_by(catalog, resource, |reference| reference.within_account)
}

/// The same along these references alone.
pub(super) fn steps_by(
    catalog: &Catalog,
    resource: ResourceId,
    is_followed: impl Fn(&Reference) -> bool,
) -> Vec<EraseStep> {
    let gone = gone(catalog, resource, &is_followed);
    let mut forbidding = Vec::new();
    let mut cut = Vec::new();
    for (target, paths) in &gone {
        for (referring, reference) in catalog.inverse(*target).filter(|(_, one)| is_followed(one)) {
            let action = match reference.on_erase {
                OnErase::Cascade => continue,
                OnErase::Unlink => Action::Change(vec![(reference.column, Change::Null)]),
                // A row that is kept must not lose what it refers to, and nothing stands for a row that is gone.
                OnErase::Block | OnErase::Retain(_) | OnErase::Reassign => Action::Block,
            };
            let list = if action == Action::Block {
                &mut forbidding
            } else {
                &mut cut
            };
            list.push(EraseStep {
                resource: referring.id,
                paths: through(reference, paths),
                action,
            });
        }
    }
    let mut deleted: Vec<EraseStep> = gone
        .into_iter()
        .map(|(resource, paths)| EraseStep {
            resource,
            paths,
            action: Action::Delete,
        })
        .collect();
    order(catalog, &mut deleted, resource);
    cut.sort_by_key(|step| step.resource);
    forbidding.into_iter().chain(cut).chain(deleted).collect()
}

/// The reference by which a step finds rows that are cut or forbid; none for rows that go.
pub fn reference<'a>(catalog: &'a Catalog, step: &EraseStep) -> Option<(&'a Resource, ColumnId)> {
    let refers = matches!(step.action, Action::Change(_) | Action::Block);
    let column = step.paths.first().filter(|_| refers)?.reference()?;
    Some((catalog.get(step.resource), column))
}

/// The way from a row to itself.
pub(super) fn itself() -> SubjectPath {
    SubjectPath::References(Path { steps: Vec::new() })
}

/// The tables whose rows go, each with the ways from a row to the one that is deleted.
fn gone(
    catalog: &Catalog,
    root: ResourceId,
    is_followed: impl Fn(&Reference) -> bool,
) -> Vec<(ResourceId, Vec<SubjectPath>)> {
    let mut gone = vec![(root, vec![itself()])];
    let mut next = vec![root];
    while let Some(target) = next.pop() {
        let known = paths_of(&gone, target);
        for (referring, reference) in catalog.inverse(target) {
            if reference.on_erase != OnErase::Cascade || !is_followed(reference) {
                continue;
            }
            let new: Vec<SubjectPath> = through(reference, &known)
                .into_iter()
                .filter(|path| !paths_of(&gone, referring.id).contains(path))
                .filter(|path| !comes_back(path, referring.id))
                .collect();
            if new.is_empty() {
                continue;
            }
            match gone.iter_mut().find(|(resource, _)| *resource == referring.id) {
                Some((_, paths)) => paths.extend(new),
                None => gone.push((referring.id, new)),
            }
            next.push(referring.id);
        }
    }
    gone
}

fn paths_of(gone: &[(ResourceId, Vec<SubjectPath>)], resource: ResourceId) -> Vec<SubjectPath> {
    let found = gone.iter().find(|(known, _)| *known == resource);
    found.map(|(_, paths)| paths.clone()).unwrap_or_default()
}

/// The ways that begin with a reference and go on by what is known of its target.
fn through(reference: &Reference, known: &[SubjectPath]) -> Vec<SubjectPath> {
    let first = Step::Forward {
        column: reference.column,
        target: reference.target,
    };
    known
        .iter()
        .filter_map(|path| match path {
            SubjectPath::References(Path { steps }) => Some(SubjectPath::References(Path {
                steps: std::iter::once(first).chain(steps.iter().copied()).collect(),
            })),
            SubjectPath::Address(_) => None,
        })
        .collect()
}

/// A way over the table that it begins at would never end.
fn comes_back(path: &SubjectPath, start: ResourceId) -> bool {
    match path {
        SubjectPath::References(Path { steps }) => steps
            .iter()
            .any(|step| matches!(step, Step::Forward { target, .. } if *target == start)),
        SubjectPath::Address(_) => false,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::catalog::{DEFAULT_POLICY, Removal as Decision};

    fn catalog() -> Catalog {
        Catalog::load(DEFAULT_POLICY).unwrap_or_else(|faults| panic!("{faults:?}"))
    }

    fn removable(catalog: &Catalog) -> impl Iterator<Item = &Resource> {
        catalog
            .resources()
            .filter(|resource| resource.removal == Some(Decision::Delete))
    }

    #[test]
    fn every_reference_to_a_row_that_goes_is_followed_cut_or_forbids_it() {
        let catalog = catalog();
        let mut seen = 0;
        for resource in removable(&catalog) {
            let steps = steps(&catalog, resource.id);
            let goes = |id| {
                let mut steps = steps.iter();
                steps.position(|step| step.action == Action::Delete && step.resource == id)
            };
            for (at, step) in steps.iter().enumerate() {
                if step.action != Action::Delete {
                    continue;
                }
                for (referring, reference) in catalog.inverse(step.resource) {
                    if !reference.within_account {
                        continue;
                    }
                    seen += 1;
                    let name = format!("{}.{}", referring.table, referring.column(reference.column).name);
                    if reference.on_erase == OnErase::Cascade {
                        let before = goes(referring.id).is_some_and(|other| other < at);
                        assert!(before, "{name} goes before {}", catalog.get(step.resource).table);
                        continue;
                    }
                    let found = steps.iter().position(|other| {
                        self::reference(&catalog, other)
                            .is_some_and(|(of, column)| of.id == referring.id && column == reference.column)
                    });
                    assert!(found.is_some_and(|other| other < at), "{name}");
                }
            }
            assert_eq!(steps.last().map(|step| step.resource), Some(resource.id));
        }
        assert!(seen > 40, "{seen}");
    }
}
