//! The erasure of a whole account as ordered steps, made from the catalog alone: what refers to the account goes or is
//! kept as the policy says of that reference (`on_erase` of `account_id`), and the account's own row stays for what is
//! kept, without what names anybody. The same steps as an erasure's; only where they start differs.

use std::collections::BTreeMap;

use uuid::Uuid;

use super::erase::{Action, Change, EraseStep, order};
use super::removal::itself;
use crate::catalog::{
    Catalog, ColumnErase, ColumnId, HoldId, OnErase, Owner, Path, Reference, Resource, Retain, Step,
    SubjectPath,
};

/// What tells that all this was done: kept for its own time, and no reason to call an erasure unfinished.
const RECORDS: [&str; 5] = [
    "erasures",
    "erasure_batches",
    "erasure_recipients",
    "audit_events",
    "audit_seals",
];

/// A whole account.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Whole {
    /// The users who were its members when it ended. Those go that no other account knows.
    pub users: Vec<Uuid>,
    /// The erasure's own row, which tells of it.
    pub erasure: Uuid,
    /// What stands in the place of the account's name.
    pub token: Vec<u8>,
}

/// The steps, one or two for each table. Deterministic: the same catalog gives the same steps.
///
/// First what forbids it all, then each table before those that it refers to; the account's own row is the last.
pub fn steps(catalog: &Catalog) -> Vec<EraseStep> {
    let mut forbidding = Vec::new();
    let mut steps = Vec::new();
    for resource in catalog.resources() {
        forbidding.extend(blocks(catalog, resource));
        let (path, actions) = match resource.owner {
            Owner::Account if retained(catalog, resource).is_some() => {
                (by_account(catalog, resource), kept_actions(catalog, resource))
            }
            Owner::Account => (by_account(catalog, resource), vec![Action::Delete]),
            Owner::Members => (by_membership(catalog), vec![Action::Delete]),
            Owner::Itself => (itself(), kept_actions(catalog, resource)),
            Owner::Shared | Owner::Global => continue,
        };
        steps.extend(actions.into_iter().map(|action| EraseStep {
            resource: resource.id,
            paths: vec![path.clone()],
            action,
        }));
    }
    order(catalog, &mut steps, catalog.table("accounts").id);
    forbidding.into_iter().chain(steps).collect()
}

/// Why rows of a table outlast the account, how long and from when; `None`: they go with it. What hangs on a row that is
/// kept is kept with it.
pub fn retained<'a>(catalog: &'a Catalog, resource: &'a Resource) -> Option<&'a Retain> {
    let own = resource
        .references
        .iter()
        .find_map(|reference| match &reference.on_erase {
            OnErase::Retain(retain) if is_to_the_account(catalog, reference) => Some(retain),
            _ => None,
        });
    own.or_else(|| {
        let mut hangs_on = resource.references.iter().filter(|reference| {
            let is_part = reference.within_account && reference.on_erase == OnErase::Cascade;
            is_part && reference.target != resource.id && !resource.column(reference.column).nullable
        });
        hangs_on.find_map(|reference| retained(catalog, catalog.get(reference.target)))
    })
}

/// Whether rows of a table are the record of the erasure, not a part of the account that is left.
pub fn is_record(resource: &Resource) -> bool {
    RECORDS.contains(&resource.table.as_str())
}

fn is_to_the_account(catalog: &Catalog, reference: &Reference) -> bool {
    catalog.get(reference.target).owner == Owner::Itself
}

/// Rows that forbid the end of what they refer to: a legal hold.
fn blocks(catalog: &Catalog, resource: &Resource) -> Vec<EraseStep> {
    let blocking = resource.references.iter().filter(|reference| {
        let target = catalog.get(reference.target);
        let goes = target.owner == Owner::Itself || retained(catalog, target).is_none();
        reference.on_erase == OnErase::Block && goes
    });
    blocking
        .map(|reference| EraseStep {
            resource: resource.id,
            paths: vec![forward(reference)],
            action: Action::Block,
        })
        .collect()
}

/// What is done to rows that are kept: nothing, where nothing of them is to go. What is held goes by a step of its own.
fn kept_actions(catalog: &Catalog, resource: &Resource) -> Vec<Action> {
    let mut by_hold: BTreeMap<Option<HoldId>, Vec<(ColumnId, Change)>> = BTreeMap::new();
    for change in changes(catalog, resource) {
        let hold = resource.column(change.0).held_by;
        by_hold.entry(hold).or_default().push(change);
    }
    match by_hold.is_empty() {
        true => vec![Action::Keep],
        false => by_hold.into_values().map(Action::Change).collect(),
    }
}

/// What keeps the columns of a step as they are while it is open.
pub fn hold(catalog: &Catalog, step: &EraseStep) -> Option<HoldId> {
    match &step.action {
        Action::Change(changes) => {
            let (column, _) = changes.first()?;
            catalog.column(step.resource, *column).held_by
        }
        Action::Delete | Action::Keep | Action::Block => None,
    }
}

/// What becomes of the columns of a row that is kept: its own strategy, and NULL for every reference to what goes.
fn changes(catalog: &Catalog, resource: &Resource) -> Vec<(ColumnId, Change)> {
    let of = |column: &crate::catalog::Column| {
        let leads_to_what_goes = resource
            .reference(column.id)
            .is_some_and(|reference| reference.on_erase == OnErase::Unlink && goes(catalog, reference));
        match &column.erase {
            _ if leads_to_what_goes => Some(Change::Null),
            ColumnErase::Null => Some(Change::Null),
            ColumnErase::Redact => Some(Change::Redact),
            ColumnErase::TruncateDay => Some(Change::TruncateDay),
            ColumnErase::TruncateIp => Some(Change::TruncateIp),
            ColumnErase::Token => Some(Change::Token),
            ColumnErase::WithRow | ColumnErase::Retain(_) | ColumnErase::Scan => None,
        }
    };
    let all = resource.columns.iter();
    all.filter_map(|column| Some((column.id, of(column)?))).collect()
}

/// Whether what a reference leads to goes with the account.
fn goes(catalog: &Catalog, reference: &Reference) -> bool {
    let target = catalog.get(reference.target);
    match target.owner {
        Owner::Account => retained(catalog, target).is_none(),
        Owner::Members => true,
        Owner::Itself | Owner::Shared | Owner::Global => false,
    }
}

fn forward(reference: &Reference) -> SubjectPath {
    SubjectPath::References(Path {
        steps: vec![Step::Forward {
            column: reference.column,
            target: reference.target,
        }],
    })
}

fn by_account(catalog: &Catalog, resource: &Resource) -> SubjectPath {
    let mut references = resource.references.iter();
    let own = references.find(|reference| is_to_the_account(catalog, reference));
    own.map_or_else(itself, forward)
}

/// From a user to the memberships.
fn by_membership(catalog: &Catalog) -> SubjectPath {
    let members = catalog.table("group_members");
    SubjectPath::References(Path {
        steps: vec![Step::Back {
            resource: members.id,
            column: members.id_of("user_id"),
        }],
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::catalog::DEFAULT_POLICY;

    fn catalog() -> Catalog {
        Catalog::load(DEFAULT_POLICY).unwrap_or_else(|faults| panic!("{faults:?}"))
    }

    #[test]
    fn every_table_of_an_account_has_its_step_after_all_that_refer_to_it() {
        let catalog = catalog();
        let steps = steps(&catalog);
        let place = |id| {
            let mut steps = steps.iter();
            steps.position(|step| step.resource == id && step.action != Action::Block)
        };
        let mut seen = 0;
        for resource in catalog.resources() {
            let is_shared = matches!(resource.owner, Owner::Shared | Owner::Global);
            assert_ne!(place(resource.id).is_some(), is_shared, "{}", resource.table);
            for reference in &resource.references {
                let target = catalog.get(reference.target);
                assert_ne!(
                    reference.target, resource.id,
                    "{} refers to itself",
                    resource.table
                );
                if let (Some(from), Some(to)) = (place(resource.id), place(target.id)) {
                    assert!(from < to, "{} goes after {}", resource.table, target.table);
                    seen += 1;
                }
            }
        }
        assert!(seen > 100, "{seen}");
        assert_eq!(steps.first().map(|step| &step.action), Some(&Action::Block));
        assert_eq!(
            steps.last().map(|step| step.resource),
            Some(catalog.table("accounts").id)
        );
    }

    #[test]
    fn what_is_kept_refers_to_nothing_that_goes_and_holds_nothing_personal_that_nobody_needs() {
        let catalog = catalog();
        let mut kept = Vec::new();
        for step in steps(&catalog) {
            let resource = catalog.get(step.resource);
            let changes = match &step.action {
                Action::Delete | Action::Block => continue,
                Action::Change(changes) => changes.as_slice(),
                Action::Keep => &[],
            };
            kept.push(resource.table.as_str());
            if hold(&catalog, &step).is_some() {
                let is_a_reference = |(column, _): &(ColumnId, Change)| resource.reference(*column).is_some();
                assert!(
                    !changes.iter().any(is_a_reference),
                    "{}: no reference is held",
                    resource.table
                );
                continue;
            }
            for reference in &resource.references {
                let is_cut = changes.contains(&(reference.column, Change::Null));
                let column = &resource.column(reference.column).name;
                assert_eq!(goes(&catalog, reference), is_cut, "{}.{column}", resource.table);
            }
        }
        kept.sort_unstable();
        kept.dedup();
        let expected = [
            "accounts",
            "audit_events",
            "audit_seals",
            "erasure_batches",
            "erasure_recipients",
            "erasures",
            "invoices",
            "payments",
        ];
        assert_eq!(kept, expected);
    }
}
