//! Random questions by random viewers.

use std::collections::BTreeSet;

use rand::RngExt;
use rand::rngs::StdRng;
use uuid::Uuid;

use super::naive::key;
use super::world::{World, random_value, value};
use crate::access::grant::{Grant, GroupGrants, Rights, Verb};
use crate::access::permit::{Level, Permitted, read};
use crate::access::viewer::{Principal, Viewer};
use crate::catalog::{Column, Resource};
use crate::cell::{Cell, Kind};
use crate::plan::read::{Child, Comparison, Direction, Filter, Link, Order, Page, Read, Window};

/// Somebody with random rights in one of the accounts.
pub(super) fn viewer(rng: &mut StdRng, world: &World) -> Viewer {
    let account = world.accounts[rng.random_range(0..world.accounts.len())];
    let mut grants = Vec::new();
    for resource in world.filled() {
        for verb in [Verb::Read, Verb::ReadClear, Verb::Export] {
            let lists = match rng.random_range(0..10) {
                0 => continue,
                1..=5 => None,
                _ => Some(some_lists(rng, world)),
            };
            grants.push(Grant {
                resource: resource.name.clone(),
                verb,
                lists,
                max_rows: None,
                max_bundles_per_day: None,
                expires_at: None,
            });
        }
    }
    let group = GroupGrants {
        group: Uuid::nil(),
        name: "random".to_string(),
        built_in: None,
        membership_expires_at: None,
        grants,
    };
    let principal = match rng.random_bool(0.2) {
        true => Principal::Operator(Uuid::nil()),
        false => Principal::User(Uuid::nil()),
    };
    Viewer {
        principal,
        account,
        rights: Rights::of(&world.catalog, &[group], crate::clock::Clock::system().now()),
        as_of: None,
    }
}

/// Some lists of any account: those of the other one must not matter.
fn some_lists(rng: &mut StdRng, world: &World) -> BTreeSet<Uuid> {
    let lists = world.catalog.table("lists");
    world
        .rows(lists.id)
        .iter()
        .filter(|_| rng.random_bool(0.4))
        .filter_map(|row| value(lists, row, "id").as_uuid())
        .collect()
}

/// The question without what the viewer may not ask: hidden columns in filters and orders.
pub(super) fn allowed(world: &World, viewer: &Viewer, mut plan: Read) -> Read {
    if read(&world.catalog, viewer, plan.clone()).is_err() {
        without_conditions(&mut plan);
    }
    plan
}

/// Through the door.
pub(super) fn permit(world: &World, viewer: &Viewer, plan: Read) -> Permitted<Level> {
    read(&world.catalog, viewer, plan).expect("the viewer may ask this")
}

fn without_conditions(plan: &mut Read) {
    plan.filter = None;
    plan.order.clear();
    if let Window::Page(page) = &mut plan.window {
        page.after = None;
        page.before = None;
    }
    for child in &mut plan.children {
        without_conditions(&mut child.read);
    }
}

/// A random question about a random resource.
pub(super) fn question(rng: &mut StdRng, world: &World) -> Read {
    let filled = world.filled();
    let resource = filled[rng.random_range(0..filled.len())];
    let mut plan = level(rng, world, resource, 1);
    if rng.random_bool(0.2) {
        let ids = (0..rng.random_range(0..8))
            .filter_map(|_| some_id(rng, world, resource))
            .collect();
        plan.window = Window::Ids(ids);
    }
    plan
}

fn some_id(rng: &mut StdRng, world: &World, resource: &Resource) -> Option<Uuid> {
    let rows = world.rows(resource.id);
    match rows.is_empty() || rng.random_bool(0.1) {
        true => Some(Uuid::from_u128(rng.random())),
        false => value(resource, &rows[rng.random_range(0..rows.len())], "id").as_uuid(),
    }
}

fn level(rng: &mut StdRng, world: &World, resource: &Resource, depth: usize) -> Read {
    let order = orders(rng, resource);
    let window = Window::Page(page(rng, world, resource, &order));
    Read {
        resource: resource.id,
        columns: resource
            .columns
            .iter()
            .filter(|_| rng.random_bool(0.5))
            .map(|column| column.id)
            .collect(),
        filter: rng.random_bool(0.5).then(|| filter(rng, world, resource, 1)),
        order,
        window,
        count: rng.random_bool(0.4),
        children: match depth < 4 {
            true => (0..rng.random_range(0..3))
                .filter_map(|_| child(rng, world, resource, depth))
                .collect(),
            false => Vec::new(),
        },
    }
}

fn child(rng: &mut StdRng, world: &World, resource: &Resource, depth: usize) -> Option<Child> {
    let filled: Vec<_> = world.filled().iter().map(|resource| resource.id).collect();
    let mut ways: Vec<(Link, &Resource)> = resource
        .references
        .iter()
        .map(|reference| {
            (
                Link::Forward(reference.column),
                world.catalog.get(reference.target),
            )
        })
        .collect();
    ways.extend(
        world
            .catalog
            .inverse(resource.id)
            .map(|(other, reference)| (Link::Back(reference.column), other)),
    );
    ways.extend(resource.matches.iter().map(|matched| {
        let link = Link::Matching {
            upper: matched.column,
            lower: matched.by,
        };
        (link, world.catalog.get(matched.target))
    }));
    ways.retain(|(_, other)| filled.contains(&other.id));
    let (link, other) = (!ways.is_empty()).then(|| ways[rng.random_range(0..ways.len())])?;
    let mut read = level(rng, world, other, depth + 1);
    if let Link::Forward(_) = link {
        read.window = Window::Ids(Vec::new());
        read.count = false;
    }
    Some(Child { link, read })
}

/// Up to two columns that can be ordered by.
fn orders(rng: &mut StdRng, resource: &Resource) -> Vec<Order> {
    let columns: Vec<&Column> = resource
        .columns
        .iter()
        .filter(|column| !column.nullable && !matches!(column.kind, Kind::Json) && column.name != "id")
        .collect();
    let mut order: Vec<Order> = Vec::new();
    for _ in 0..rng.random_range(0..3) {
        if let Some(column) = (!columns.is_empty()).then(|| columns[rng.random_range(0..columns.len())])
            && order.iter().all(|one| one.column != column.id)
        {
            order.push(Order {
                column: column.id,
                descending: rng.random(),
                argument: vec!["orderBy".to_string()],
            });
        }
    }
    order
}

fn page(rng: &mut StdRng, world: &World, resource: &Resource, order: &[Order]) -> Page {
    let rows = world.rows(resource.id);
    let mut cursor = || match rows.is_empty() || rng.random_bool(0.7) {
        true => None,
        false => Some(key(resource, order, &rows[rng.random_range(0..rows.len())])),
    };
    let (after, before) = (cursor(), cursor());
    Page {
        size: [0, 1, 2, 3, 5, 100][rng.random_range(0..6)],
        direction: match rng.random() {
            true => Direction::Forward,
            false => Direction::Backward,
        },
        after,
        before,
    }
}

fn filter(rng: &mut StdRng, world: &World, resource: &Resource, depth: usize) -> Filter {
    let inner = |rng: &mut StdRng| -> Vec<Filter> {
        (0..rng.random_range(0..3))
            .map(|_| filter(rng, world, resource, depth + 1))
            .collect()
    };
    match rng.random_range(0..8) {
        0 if depth < 4 => Filter::And(inner(rng)),
        1 if depth < 4 => Filter::Or(inner(rng)),
        2 if depth < 4 => Filter::Not(Box::new(filter(rng, world, resource, depth + 1))),
        _ => {
            let columns: Vec<&Column> = resource
                .columns
                .iter()
                .filter(|column| column.kind != Kind::Json)
                .collect();
            let column = columns[rng.random_range(0..columns.len())];
            Filter::Compare {
                column: column.id,
                comparison: comparison(rng, world, resource, column),
                argument: vec!["filter".to_string()],
            }
        }
    }
}

fn comparison(rng: &mut StdRng, world: &World, resource: &Resource, column: &Column) -> Comparison {
    let rows = world.rows(resource.id);
    let cell = |rng: &mut StdRng| match rows.is_empty() || rng.random_bool(0.3) {
        true => random_value(rng, column),
        // May be NULL.
        false => rows[rng.random_range(0..rows.len())][usize::from(column.id.0)].clone(),
    };
    match rng.random_range(0..9) {
        0 => Comparison::Equal(cell(rng)),
        1 => Comparison::NotEqual(cell(rng)),
        2 => Comparison::In((0..rng.random_range(0..4)).map(|_| cell(rng)).collect()),
        3 => Comparison::Less(cell(rng)),
        4 => Comparison::LessOrEqual(cell(rng)),
        5 => Comparison::Greater(cell(rng)),
        6 => Comparison::GreaterOrEqual(cell(rng)),
        7 => match cell(rng) {
            Cell::Text(text) => Comparison::StartsWith(text.chars().take(rng.random_range(0..3)).collect()),
            cell => Comparison::Equal(cell),
        },
        _ => Comparison::IsNull(rng.random()),
    }
}
