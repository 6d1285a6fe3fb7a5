//! Walks give every row of a bundle once, in order, masked, and as many as were counted.

use proptest::prelude::any;
use proptest::test_runner::{Config, TestRunner};
use rand::rngs::StdRng;
use rand::{RngExt, SeedableRng};
use uuid::Uuid;

use super::naive::Naive;
use super::question::viewer;
use super::world::{Row, World, value};
use crate::access::permit::{Permitted, PermittedWalk, walk};
use crate::access::viewer::Principal;
use crate::catalog::{ColumnId, Resource};
use crate::cell::Cell;
use crate::clock::Instant;
use crate::plan::slice::{BundleKind, Part, Subject, Walk, campaign_column, change_columns};
use crate::store::slice::{SliceLimit, slices};
use crate::store::testing::{TestStore, stores};

fn plan(rng: &mut StdRng, world: &World) -> Walk {
    let filled = world.filled();
    let subscribers = world.catalog.table("subscribers");
    let people = world.rows(subscribers.id);
    let person = &people[rng.random_range(0..people.len())];
    let subject = Subject {
        subscriber: value(subscribers, person, "id").as_uuid().expect("an id"),
        address: value(subscribers, person, "email_normalized")
            .as_text()
            .expect("an address")
            .to_string(),
    };
    Walk {
        resource: filled[rng.random_range(0..filled.len())].id,
        bundle: [BundleKind::Account, BundleKind::Access, BundleKind::Portability][rng.random_range(0..3)],
        subject: rng.random_bool(0.6).then_some(subject),
        part: part(rng, world),
        since: rng.random_bool(0.3).then(|| some_instant(rng, world)).flatten(),
        without_restricted: rng.random_bool(0.4).then(|| some_instant(rng, world)).flatten(),
    }
}

/// Mostly the whole; else a list or a campaign that some account has.
fn part(rng: &mut StdRng, world: &World) -> Part {
    let mut id = |table: &str| {
        let resource = world.catalog.table(table);
        let rows = world.rows(resource.id);
        let row = rows.get(rng.random_range(0..rows.len().max(1)))?;
        value(resource, row, "id").as_uuid()
    };
    let (list, campaign) = (id("lists"), id("campaigns"));
    match rng.random_range(0..4) {
        0 => list.map_or(Part::All, Part::List),
        1 => campaign.map_or(Part::All, Part::Campaign),
        _ => Part::All,
    }
}

/// When some row was made.
fn some_instant(rng: &mut StdRng, world: &World) -> Option<Instant> {
    let resource = world.catalog.table("subscribers");
    let rows = world.rows(resource.id);
    let row = &rows[rng.random_range(0..rows.len())];
    value(resource, row, "updated_at").as_instant()
}

/// Whether a row belongs to the part of the account that is wanted, and was made or changed since.
fn is_of_part(world: &World, resource: &Resource, row: &Row, walk: &Walk) -> bool {
    let named = |column: ColumnId| value(resource, row, &resource.column(column).name);
    let of_campaign = match walk.part {
        Part::Campaign(campaign) => campaign_column(&world.catalog, resource)
            .is_some_and(|column| named(column).as_uuid() == Some(campaign)),
        Part::All | Part::List(_) => true,
    };
    let instants = change_columns(resource);
    let is_since = walk.since.is_none_or(|since| {
        let mut changes = instants.iter().filter_map(|column| named(*column).as_instant());
        instants.is_empty() || changes.any(|at| at >= since)
    });
    of_campaign && is_since
}

/// The people of an account whose data may be kept and not used at a moment.
fn restricted(world: &World, account: Uuid, now: Instant) -> Vec<Subject> {
    let resource = world.catalog.table("processing_restrictions");
    let subscribers = world.catalog.table("subscribers");
    let holds = |row: &&Row| {
        let at = |name: &str| value(resource, row, name).as_instant();
        value(resource, row, "account_id") == &Cell::Uuid(account)
            && at("starts_at").is_some_and(|at| at <= now)
            && at("ends_at").is_none_or(|at| at > now)
            && at("lifted_at").is_none()
    };
    let people = world.rows(resource.id).iter().filter(holds).filter_map(|row| {
        let id = value(resource, row, "subscriber_id").as_uuid()?;
        let found = world.rows(subscribers.id).iter().find(|person| {
            value(subscribers, person, "id").as_uuid() == Some(id)
                && value(subscribers, person, "account_id") == &Cell::Uuid(account)
        })?;
        let address = value(subscribers, found, "email_normalized").as_text()?;
        Some(Subject {
            subscriber: id,
            address: address.to_string(),
        })
    });
    people.collect()
}

fn expected(world: &World, permitted: &Permitted<PermittedWalk>) -> Vec<(Uuid, Vec<Cell>)> {
    let plan = permitted.plan();
    let resource = world.catalog.get(plan.walk.resource);
    let naive = Naive {
        world,
        account: permitted.account(),
        operator: matches!(permitted.principal(), Principal::Operator(_)),
    };
    let restricted = plan
        .walk
        .without_restricted
        .map(|now| restricted(world, permitted.account(), now))
        .unwrap_or_default();
    let is_wanted = |row: &&Row| {
        naive.is_visible(resource, row, &plan.scope)
            && naive.is_large_enough(resource, row, &plan.cells, &plan.clear)
            && is_of_part(world, resource, row, &plan.walk)
            && !restricted
                .iter()
                .any(|person| naive.is_about(resource, row, person))
            && plan
                .walk
                .subject
                .as_ref()
                .is_none_or(|subject| naive.is_about(resource, row, subject))
    };
    let mut rows: Vec<(Uuid, Vec<Cell>)> = world
        .rows(resource.id)
        .iter()
        .filter(is_wanted)
        .map(|row| {
            let clear = naive.is_in(resource, row, &plan.clear);
            let cells = plan
                .columns
                .iter()
                .map(|shown| naive.shown(resource, resource.column(shown.column), row, shown.show, clear))
                .collect();
            (value(resource, row, "id").as_uuid().expect("an id"), cells)
        })
        .collect();
    rows.sort_by_key(|(id, _)| *id);
    rows
}

async fn check(store: &TestStore, world: &World, seed: u64) {
    let mut rng = StdRng::seed_from_u64(seed);
    let viewer = viewer(&mut rng, world);
    let Ok(permitted) = walk(&world.catalog, &viewer, plan(&mut rng, world)) else {
        return;
    };
    let limit = SliceLimit {
        rows: rng.random_range(1..9),
        bytes: rng.random_range(1..4_000),
    };
    let mut snapshot = store
        .database
        .snapshot(permitted.account())
        .await
        .expect("a snapshot");
    let mut slices = slices(&mut snapshot, &world.catalog, &permitted);
    let counted = slices.expected().await.expect("a number");
    let mut found = Vec::new();
    while let Some(rows) = slices.next(limit).await.expect("a slice") {
        assert!(rows.len() <= usize::from(limit.rows), "seed {seed}");
        let but_one = &rows.cells[..rows.cells.len() - rows.width];
        let bytes: usize = but_one.iter().map(Cell::memory).sum();
        assert!(bytes < limit.bytes, "seed {seed}");
        found.extend(rows.rows().map(|(id, cells)| (id, cells.to_vec())));
    }
    assert_eq!(
        found,
        expected(world, &permitted),
        "seed {seed}, {:?}",
        permitted.plan()
    );
    assert_eq!(counted, found.len() as u64, "seed {seed}");
}

#[test]
fn a_walk_gives_each_row_of_the_bundle_once_and_as_many_as_were_counted() {
    let runtime = tokio::runtime::Runtime::new().expect("a runtime");
    for store in runtime.block_on(stores()) {
        let world = runtime.block_on(World::fill(&store, 11));
        let mut runner = TestRunner::new(Config {
            cases: 200,
            failure_persistence: None,
            max_shrink_iters: 0,
            ..Config::default()
        });
        let outcome = runner.run(&any::<u64>(), |seed| {
            runtime.block_on(check(&store, &world, seed));
            Ok(())
        });
        outcome.unwrap_or_else(|failure| panic!("{}: {failure}", store.name));
    }
}
