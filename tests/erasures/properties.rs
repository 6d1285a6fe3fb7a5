//! What holds of erasures whatever the data, the order, the size of a batch and whoever else is erased at the same time.

use std::collections::BTreeSet;

use postern::catalog::{Catalog, ColumnErase};
use rand::rngs::ChaCha8Rng;
use rand::seq::SliceRandom as _;
use rand::{RngExt as _, SeedableRng as _};

use super::policy;
use super::worked_out::{Person, World, differing, judged, people};
use crate::kit::erasing::{confirm, erase, plan};
use crate::kit::home::Home;
use crate::kit::rows::{Row, account, comparable, counters};

/// Made-up worlds, each of another seed.
const WORLDS: [u64; 2] = [11, 12];

/// People who are erased in each.
const ERASED: usize = 4;

/// All that can be compared between two installations: an erasure's fence has an id and a time of its own.
fn left(rows: &[Row]) -> Vec<Row> {
    let mut left = comparable(rows.to_vec());
    for row in left.iter_mut().filter(|row| row.table == "suppression_tokens") {
        let own = ["id", "erasure_id", "created_at"];
        row.cells.retain(|(name, _)| !own.contains(&name.as_str()));
    }
    left.sort();
    left
}

/// Texts that are searched for mentions are as they were, where they mention nobody of these.
fn texts_stay(catalog: &Catalog, before: &[Row], after: &[Row], erased: &[Person]) {
    for row in before {
        let Some(resource) = catalog.by_table(&row.table).filter(|_| !row.is_history()) else {
            continue;
        };
        let mentioned: BTreeSet<&str> = erased
            .iter()
            .flat_map(|person| row.mentions(&person.email))
            .collect();
        let same = |other: &&Row| {
            other.table == row.table && other.account() == row.account() && other.cell("id") == row.cell("id")
        };
        let searched = resource
            .columns
            .iter()
            .filter(|column| column.erase == ColumnErase::Scan);
        for column in searched.filter(|column| !mentioned.contains(column.name.as_str())) {
            if let Some(after) = after.iter().find(same) {
                assert_eq!(
                    row.cell(&column.name),
                    after.cell(&column.name),
                    "{}.{}",
                    row.table,
                    column.name
                );
            }
        }
    }
}

/// Erases people one after another; nothing but what the policy says of each changes.
async fn in_turn(home: &Home, catalog: &Catalog, erased: &[Person], batch: &str) -> Vec<Row> {
    let mut before = home.rows().await;
    for person in erased {
        let expected = World::of(catalog, &before)
            .after(person)
            .expect("nothing holds the person");
        erase(home, &["--erasure-batch", batch], &person.email);
        let after = home.rows().await;
        let differing = differing(&expected, &judged(catalog, after.clone()));
        assert!(differing.is_empty(), "expected and found: {differing:?}");
        assert_eq!(
            counters(&before, &person.account),
            counters(&after, &person.account)
        );
        before = after;
    }
    before
}

/// Erases people all at once, each in a process of its own.
fn at_once(home: &Home, erased: &[Person], batch: &str) {
    let settings = ["--erasure-batch", batch];
    let plans: Vec<_> = erased
        .iter()
        .map(|person| plan(home, &settings, &person.email).well().json())
        .collect();
    std::thread::scope(|scope| {
        for planned in &plans {
            scope.spawn(move || confirm(home, &settings, planned).well());
        }
    });
}

/// Whom nothing holds, in an order that follows from the seed.
fn drawn(catalog: &Catalog, rows: &[Row], random: &mut ChaCha8Rng) -> Vec<Person> {
    let world = World::of(catalog, rows);
    let mut people = people(rows, &account(rows, "Acme"));
    people.shuffle(random);
    people.retain(|person| world.after(person).is_some());
    people.truncate(ERASED);
    people
}

#[tokio::test(flavor = "multi_thread")]
async fn neither_order_nor_batches_nor_company_change_what_an_erasure_leaves_and_doing_it_again_changes_nothing()
 {
    let catalog = policy::built_in();
    for seed in WORLDS {
        for place in Home::each().await {
            let mut random = ChaCha8Rng::seed_from_u64(seed);
            place.run(&["migrate"]).well();
            place
                .run(&["seed", "--subscribers", "24", "--seed", &seed.to_string()])
                .well();
            let other = place.copy().await;
            let before = place.rows().await;
            let mut erased = drawn(&catalog, &before, &mut random);
            assert_eq!(erased.len(), ERASED);
            let after = in_turn(&place, &catalog, &erased, "1000").await;
            texts_stay(&catalog, &before, &after, &erased);
            erased.shuffle(&mut random);
            let batch = random.random_range(1..8_u32);
            at_once(&other, &erased, &batch.to_string());
            let beside = other.rows().await;
            let differing = differing(&left(&after), &left(&beside));
            assert!(
                differing.is_empty(),
                "seed {seed}, batches of {batch}: {differing:?}"
            );
            for person in &erased {
                let again = plan(&other, &[], &person.email);
                assert_eq!(again.with_code(1).failure(), "SUBJECT_NOT_FOUND");
            }
            other.run(&["erase", "sweep"]).well();
            other.run(&["replay", "--from", "2000-01-01T00:00:00Z"]).well();
            assert!(left(&other.rows().await) == left(&beside));
        }
    }
}
