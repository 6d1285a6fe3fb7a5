//! Each reference by which a row hangs on a person is decided in the policy, and what it decides is what happens: another
//! decision has another outcome.

use std::collections::{BTreeMap, BTreeSet};

use postern::catalog::Catalog;

use super::policy::{self, Reference};
use super::worked_out::{Fate, Person, World, differing, fate, judged, people};
use crate::kit::company;
use crate::kit::erasing;
use crate::kit::home::Home;
use crate::kit::rows::{Row, account};

/// The references by which some row hangs on a person.
fn hanging(catalog: &Catalog, rows: &[Row], person: &Person) -> BTreeSet<Reference> {
    let mut about = World::of(catalog, rows).about(person);
    let forbids = |row: &Row| fate(catalog, catalog.table(&row.table)) == Fate::Forbids;
    if about.iter().any(|(row, _)| forbids(row)) {
        // Nothing else shows then.
        about.retain(|(row, _)| forbids(row));
    }
    let mut hanging = BTreeSet::new();
    for (row, ways) in about {
        let resource = catalog.table(&row.table);
        let first = ways.into_iter().filter_map(|path| path.reference());
        hanging.extend(first.map(|column| (row.table.clone(), resource.column(column).name.clone())));
    }
    hanging
}

/// A few people on whom together something hangs by each reference.
fn chosen(catalog: &Catalog, rows: &[Row]) -> Vec<Person> {
    let acme = account(rows, "Acme");
    let mut wanted: BTreeSet<Reference> = policy::references(catalog).into_iter().collect();
    let mut people: Vec<_> = people(rows, &acme)
        .into_iter()
        .map(|person| (hanging(catalog, rows, &person), person))
        .collect();
    let mut chosen = Vec::new();
    while !wanted.is_empty() {
        people.sort_by_key(|(hanging, _)| hanging.intersection(&wanted).count());
        let (hanging, person) = people.pop().expect("there are people");
        let before = wanted.len();
        wanted.retain(|reference| !hanging.contains(reference));
        assert!(wanted.len() < before, "nobody has a row by {wanted:?}");
        chosen.push(person);
    }
    chosen
}

/// Plans and runs an erasure; false when the plan is refused for a hold.
fn erase(home: &Home, policy: Option<&str>, person: &Person) -> bool {
    let settings: Vec<&str> = policy.into_iter().flat_map(|file| ["--policy", file]).collect();
    let planned = erasing::plan(home, &settings, &person.email);
    if planned.code != 0 {
        assert_eq!(planned.failure(), "LEGAL_HOLD");
        return false;
    }
    erasing::confirm(home, &settings, &planned.json()).well();
    true
}

/// Erases people one after another, and holds what is left against what was worked out.
async fn as_worked_out(home: &Home, catalog: &Catalog, policy: Option<&str>, people: &[&Person]) {
    let mut before = home.rows().await;
    for person in people {
        let expected = World::of(catalog, &before).after(person);
        assert_eq!(erase(home, policy, person), expected.is_some(), "{policy:?}");
        let after = home.rows().await;
        let expected = expected.unwrap_or_else(|| judged(catalog, before));
        let found = judged(catalog, after.clone());
        let differing = differing(&expected, &found);
        assert!(
            differing.is_empty(),
            "expected and found under {policy:?}: {differing:?}"
        );
        before = after;
    }
}

#[tokio::test]
async fn each_reference_to_a_person_is_treated_as_decided_and_otherwise_when_decided_otherwise() {
    let catalog = policy::built_in();
    let changed = policy::otherwise(&catalog);
    let decided: BTreeSet<&Reference> = changed.iter().flat_map(|one| one.decisions.keys()).collect();
    assert_eq!(decided, policy::references(&catalog).iter().collect());
    for home in Home::each().await {
        company::found(&home, 40).await;
        // What made-up people have not: a hold, and a mail that is theirs though it went to another address.
        for (table, whose) in [("legal_holds", "ASC"), ("transactional_emails", "DESC")] {
            home.tamper(format!(
                "UPDATE {table} SET subscriber_id = (SELECT s.id FROM subscribers s WHERE s.account_id = {table}.account_id \
                 ORDER BY s.id {whose} LIMIT 1)"
            ))
            .await;
        }
        let rows = home.rows().await;
        let people = chosen(&catalog, &rows);
        for (number, one) in changed.iter().enumerate() {
            let place = home.copy().await;
            let file = place.folder().join(format!("policy-{number}.toml"));
            std::fs::write(&file, &one.text).expect("a policy can be written");
            let mut affected: BTreeMap<&[u8], &Person> = BTreeMap::new();
            for reference in one.decisions.keys() {
                let fates =
                    [&catalog, &one.catalog].map(|catalog| fate(catalog, catalog.table(&reference.0)));
                assert_ne!(
                    fates[0], fates[1],
                    "{reference:?}: both decisions come to the same"
                );
                let mut hangs = people
                    .iter()
                    .filter(|person| hanging(&one.catalog, &rows, person).contains(reference));
                let person = hangs
                    .next()
                    .unwrap_or_else(|| panic!("nobody shows {reference:?}"));
                affected.insert(&person.id, person);
            }
            let affected: Vec<&Person> = affected.into_values().collect();
            as_worked_out(&place, &one.catalog, file.to_str(), &affected).await;
        }
        let all: Vec<&Person> = people.iter().collect();
        as_worked_out(&home, &catalog, None, &all).await;
    }
}
