//! The ways in which rows go, and at which of them each reference of the schema is at work.

use std::collections::BTreeSet;

use postern::catalog::{Catalog, OnErase, Owner, Removal, ResourceId, Then};

use super::policy::{self, Reference};

/// How rows go.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Way {
    /// With a person who is erased: `decisions`.
    Person,
    /// With a single row that somebody deletes: `writes::removal_otherwise`.
    Deletion,
    /// When their clock has run out: `clocks`.
    Clock,
    /// With the whole account: `accounts`.
    Account,
}

const WAYS: [Way; 4] = [Way::Person, Way::Deletion, Way::Clock, Way::Account];

/// Where the row referred to goes in none of these ways, or only together with the row that refers to it, so that nothing
/// follows from the decision but what the loader makes of it.
const NEVER: [(&str, &str); 10] = [
    (
        "users",
        "a user goes with the last account that knows the user, after all that is the account's",
    ),
    (
        "user_groups",
        "a group is deleted by `deleteUserGroup`, which says itself what goes with it",
    ),
    ("grants", "a grant is taken back by `removeGrant`, with its lists"),
    ("api_keys", "a key is revoked, and stays as long as the account"),
    ("plans", "the platform's own"),
    ("policy_versions", "the platform's own"),
    ("sub_processors", "the platform's own"),
    (
        "exports",
        "its transfers have a clock of their own, for which it waits",
    ),
    (
        "erasures",
        "its recipients have a clock of their own, for which it waits",
    ),
    (
        "invoices",
        "its payments have a clock of their own, for which it waits",
    ),
];

/// The references that are at work when rows go that way.
pub fn by(catalog: &Catalog, way: Way) -> BTreeSet<Reference> {
    let roots = catalog.resources().filter(|resource| match way {
        Way::Person | Way::Account => false,
        Way::Deletion => resource.removal == Some(Removal::Delete),
        Way::Clock => resource
            .keep
            .as_ref()
            .is_some_and(|keep| keep.duration.is_some() && keep.then == Then::Delete),
    });
    match way {
        Way::Person => policy::references(catalog).into_iter().collect(),
        Way::Account => leading_to(catalog, &|target| catalog.get(target).owner == Owner::Itself),
        Way::Deletion | Way::Clock => {
            let gone = with_what_hangs(catalog, roots.map(|resource| resource.id).collect());
            let mut references = leading_to(catalog, &|target| gone.contains(&target));
            if way == Way::Clock {
                references.retain(|reference| !waits(catalog, reference));
            }
            references
        }
    }
}

/// Whether the row referred to stays until the clock of the row that refers to it has run out as well.
pub fn waits(catalog: &Catalog, (table, column): &Reference) -> bool {
    let resource = catalog.table(table);
    let reference = resource.reference(resource.id_of(column)).expect("it is one");
    let has_clock = resource.keep.as_ref().is_some_and(|keep| keep.duration.is_some());
    has_clock && matches!(reference.on_erase, OnErase::Cascade | OnErase::Retain(_))
}

/// These tables, and those whose rows go with rows of them.
fn with_what_hangs(catalog: &Catalog, roots: Vec<ResourceId>) -> BTreeSet<ResourceId> {
    let mut gone = BTreeSet::new();
    let mut next = roots;
    while let Some(target) = next.pop() {
        if gone.insert(target) {
            let hang = catalog.inverse(target);
            let hang = hang.filter(|(_, one)| one.within_account && one.on_erase == OnErase::Cascade);
            next.extend(hang.map(|(resource, _)| resource.id));
        }
    }
    gone
}

fn leading_to(catalog: &Catalog, goes: &dyn Fn(ResourceId) -> bool) -> BTreeSet<Reference> {
    let all = catalog.resources().flat_map(|resource| {
        let references = resource.references.iter();
        references.map(move |reference| (resource, reference))
    });
    all.filter(|(_, reference)| goes(reference.target))
        .map(|(resource, reference)| {
            let column = resource.column(reference.column).name.clone();
            (resource.table.clone(), column)
        })
        .collect()
}

#[test]
fn each_reference_of_the_schema_is_at_work_in_one_of_the_ways_or_it_is_said_why_not() {
    let catalog = policy::built_in();
    let all = leading_to(&catalog, &|_| true);
    assert!(all.len() > 150, "{}", all.len());
    let at_work: BTreeSet<Reference> = WAYS.iter().flat_map(|way| by(&catalog, *way)).collect();
    let never: BTreeSet<&str> = NEVER.iter().map(|(table, _)| *table).collect();
    let mut left = BTreeSet::new();
    for (table, column) in all.difference(&at_work) {
        let resource = catalog.table(table);
        let reference = resource.reference(resource.id_of(column)).expect("it is one");
        let target = catalog.get(reference.target).table.as_str();
        assert!(never.contains(target), "{table}.{column} leads to {target}");
        left.insert(target);
    }
    assert_eq!(left, never, "nothing is excused that is at work");
}
