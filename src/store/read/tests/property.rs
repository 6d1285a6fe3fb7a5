//! Any question of anybody, asked of both stores, and every page of a list, walked in both directions.

use std::sync::atomic::{AtomicUsize, Ordering};

use proptest::prelude::any;
use proptest::test_runner::{Config, TestRunner};
use rand::rngs::StdRng;
use rand::{RngExt, SeedableRng};
use uuid::Uuid;

use super::naive::{List, Naive, tree};
use super::question::{allowed, permit, question, viewer};
use super::world::World;
use crate::access::permit::{Level, Permitted};
use crate::access::viewer::{Principal, Viewer};
use crate::cell::Cell;
use crate::plan::read::{Direction, Page, Read, Window};
use crate::store::database::Database;
use crate::store::read::read;
use crate::store::rows::Rows;
use crate::store::sql::counted;
use crate::store::testing::stores;

fn naive<'a>(world: &'a World, permitted: &Permitted<Level>) -> Naive<'a> {
    Naive {
        world,
        account: permitted.account(),
        operator: matches!(permitted.principal(), Principal::Operator(_)),
    }
}

fn levels(level: &Level) -> u64 {
    1 + level.children.iter().map(|(_, child)| levels(child)).sum::<u64>()
}

/// Rows by ids come in no order.
fn settled(mut list: List, level: &Level) -> List {
    if let Window::Ids(_) = level.window {
        list.rows.sort_by_key(|row| row.id);
    }
    list
}

/// How many rows the question found, on all levels.
async fn check(database: &Database, world: &World, seed: u64) -> usize {
    let mut rng = StdRng::seed_from_u64(seed);
    let viewer = viewer(&mut rng, world);
    let plan = allowed(world, &viewer, question(&mut rng, world));
    let permitted = permit(world, &viewer, plan.clone());
    let (rows, statements) = counted(read(database, &world.catalog, &permitted)).await;
    let rows = rows.unwrap_or_else(|error| panic!("seed {seed}: {error}"));
    let answer = settled(tree(&rows, 0), permitted.plan());
    let expected = settled(
        naive(world, &permitted).list(permitted.plan(), None),
        permitted.plan(),
    );
    assert_eq!(answer, expected, "seed {seed}, {:?}", permitted.plan());
    assert!(
        statements <= levels(permitted.plan()),
        "seed {seed}: {statements} statements"
    );
    walk(database, world, &viewer, plan, rng.random_range(1..5), seed).await;
    number_of_rows(&rows)
}

fn number_of_rows(rows: &Rows) -> usize {
    rows.ids.len() + rows.children.iter().map(number_of_rows).sum::<usize>()
}

/// Page by page, in both directions, every row comes once and in order.
async fn walk(database: &Database, world: &World, viewer: &Viewer, mut plan: Read, size: u16, seed: u64) {
    plan.children.clear();
    for direction in [Direction::Forward, Direction::Backward] {
        let mut page = Page {
            size: u16::MAX,
            direction,
            after: None,
            before: None,
        };
        plan.window = Window::Page(page.clone());
        let whole = permit(world, viewer, plan.clone());
        let expected = naive(world, &whole).list(whole.plan(), None).rows;
        let expected: Vec<Uuid> = expected.iter().map(|row| row.id).collect();
        let mut seen: Vec<Uuid> = Vec::new();
        page.size = size;
        loop {
            plan.window = Window::Page(page.clone());
            let permitted = permit(world, viewer, plan.clone());
            let rows = read(database, &world.catalog, &permitted).await;
            let rows = rows.unwrap_or_else(|error| panic!("seed {seed}: {error}"));
            assert!(rows.ids.len() <= usize::from(size), "seed {seed}");
            let group = &rows.groups[0];
            let (more, edge, place) = match direction {
                Direction::Forward => (group.has_next, rows.ids.len().saturating_sub(1), seen.len()),
                Direction::Backward => (group.has_previous, 0, 0),
            };
            seen.splice(place..place, rows.ids.iter().copied());
            assert!(seen.len() <= expected.len(), "seed {seed}: rows come twice");
            if !more {
                break;
            }
            let mut cursor = rows.key(edge).to_vec();
            cursor.push(Cell::Uuid(rows.ids[edge]));
            match direction {
                Direction::Forward => page.after = Some(cursor),
                Direction::Backward => page.before = Some(cursor),
            }
        }
        assert_eq!(seen, expected, "seed {seed}, {direction:?}");
    }
}

#[test]
fn any_question_of_anybody_is_answered_as_plain_loops_would_and_pages_give_every_row_once() {
    let runtime = tokio::runtime::Runtime::new().expect("a runtime");
    for store in runtime.block_on(stores()) {
        let world = runtime.block_on(World::fill(&store, 7));
        let mut runner = TestRunner::new(Config {
            cases: 300,
            failure_persistence: None,
            max_shrink_iters: 0,
            ..Config::default()
        });
        let found = AtomicUsize::new(0);
        let outcome = runner.run(&any::<u64>(), |seed| {
            let rows = runtime.block_on(check(&store.database, &world, seed));
            found.fetch_add(usize::from(rows > 0), Ordering::Relaxed);
            Ok(())
        });
        outcome.unwrap_or_else(|failure| panic!("{}: {failure}", store.name));
        let found = found.into_inner();
        assert!(
            found > 100,
            "{}: only {found} questions of 300 found rows",
            store.name
        );
    }
}
