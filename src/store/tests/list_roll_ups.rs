//! The days of lists: who came and who changed, on the days that the rows say, whoever writes.

use std::collections::BTreeMap;

use chrono::{DateTime, DurationRound, TimeDelta};
use proptest::prelude::*;
use proptest::test_runner::{Config, TestRunner};
use uuid::Uuid;

use super::world::{World, catalog};
use crate::cell::Kind;
use crate::clock::Instant;
use crate::store::Sql;
use crate::store::testing::stores;

const STATUSES: [&str; 4] = ["subscribed", "unsubscribed", "cleaned", "pending_confirm"];
const PEOPLE: usize = 6;

/// A number of half days.
type Time = i64;

fn instant(time: Time) -> Instant {
    DateTime::from_timestamp(1_767_225_600 + time * 43_200, 0).unwrap()
}

/// One statement about the profiles on two lists.
#[derive(Clone, Debug)]
enum Change {
    Join {
        people: Vec<usize>,
        list: usize,
        status: usize,
        joined: Time,
        since: Time,
    },
    /// Everybody of one status gets another, and the other way about.
    Swap {
        one: usize,
        other: usize,
        at: Time,
    },
    Move {
        person: usize,
        to: usize,
        at: Time,
    },
    Leave {
        person: usize,
    },
    Touch,
}

fn change() -> impl Strategy<Value = Change> {
    let status = || 0..STATUSES.len();
    let time = || -3..3_i64;
    let people = proptest::collection::vec(0..PEOPLE, 1..4);
    prop_oneof![
        3 => (people, 0..2_usize, status(), time(), time()).prop_map(|(people, list, status, joined, since)| {
            Change::Join { people, list, status, joined, since }
        }),
        2 => (status(), status(), time()).prop_map(|(one, other, at)| Change::Swap { one, other, at }),
        1 => (0..PEOPLE, 0..2_usize, time()).prop_map(|(person, to, at)| Change::Move { person, to, at }),
        1 => (0..PEOPLE).prop_map(|person| Change::Leave { person }),
        1 => Just(Change::Touch),
    ]
}

async fn run(world: &World<'_>, people: &[Uuid], lists: &[Uuid; 2], change: &Change) {
    match change {
        Change::Join {
            people: who,
            list,
            status,
            joined,
            since,
        } => {
            let columns = [
                "id",
                "subscriber_id",
                "list_id",
                "status",
                "status_changed_at",
                "created_at",
                "updated_at",
            ];
            let row = |person: &usize| {
                vec![
                    world.new_id().into(),
                    people[*person].into(),
                    lists[*list].into(),
                    STATUSES[*status].into(),
                    instant(*since).into(),
                    instant(*joined).into(),
                    world.now(),
                ]
            };
            let rows = who.iter().map(row).collect();
            let key = ["list_id", "subscriber_id"];
            let update = ["status", "status_changed_at"];
            world
                .write("subscriber_profiles", &columns, rows, &key, &update)
                .await
                .unwrap();
        }
        Change::Swap { one, other, at } => {
            let (one, other) = (STATUSES[*one], STATUSES[*other]);
            let mut sql = Sql::new("UPDATE subscriber_profiles SET status = CASE status WHEN ");
            sql.bind(one).push(" THEN ").bind(other).push(" ELSE ").bind(one);
            sql.push(" END, status_changed_at = ").bind(instant(*at));
            sql.push(" WHERE status IN (").bind(one).push(", ").bind(other);
            sql.push(") AND account_id = ").bind(world.account);
            world.run(sql).await;
        }
        Change::Move { person, to, at } => {
            let mut sql = Sql::new("UPDATE subscriber_profiles SET list_id = ");
            sql.bind(lists[*to])
                .push(", updated_at = ")
                .bind(instant(*at))
                .push(" WHERE subscriber_id = ")
                .bind(people[*person])
                .push(" AND NOT EXISTS (SELECT 1 FROM subscriber_profiles AS o WHERE o.subscriber_id = ")
                .bind(people[*person])
                .push(" AND o.list_id = ")
                .bind(lists[*to])
                .push(")");
            world.run(sql).await;
        }
        Change::Leave { person } => {
            let mut sql = Sql::new("DELETE FROM subscriber_profiles WHERE subscriber_id = ");
            world.run(sql.bind(people[*person]).clone()).await;
        }
        Change::Touch => {
            let sql = world.of_account("UPDATE subscriber_profiles SET tags = NULL WHERE");
            world.run(sql).await;
        }
    }
}

/// A profile as far as growth goes.
#[derive(Clone, Debug)]
struct Profile {
    list: Uuid,
    status: String,
    since: Instant,
    created: Instant,
    updated: Instant,
}

async fn profiles(world: &World<'_>) -> BTreeMap<Uuid, Profile> {
    let text = "SELECT id, list_id, status, status_changed_at, created_at, updated_at FROM subscriber_profiles WHERE";
    let rows = world.store.database.fetch(&world.of_account(text)).await.unwrap();
    let profile = |row: &crate::store::row::Row| {
        let instant = |place| row.cell(place, Kind::Instant).unwrap().as_instant().unwrap();
        let profile = Profile {
            list: row.uuid(1).unwrap(),
            status: row.text(2).unwrap(),
            since: instant(3),
            created: instant(4),
            updated: instant(5),
        };
        (row.uuid(0).unwrap(), profile)
    };
    rows.iter().map(profile).collect()
}

/// Joined, subscribed, lost, unsubscribed and cleaned, by list and day.
type Days = BTreeMap<(Uuid, Instant), [i64; 5]>;

const LOST: usize = 2;

fn entered(status: &str) -> Option<usize> {
    match status {
        "subscribed" => Some(1),
        "unsubscribed" => Some(3),
        "cleaned" => Some(4),
        _ => None,
    }
}

/// Adds what lies between two states of the profiles.
fn note(days: &mut Days, before: &BTreeMap<Uuid, Profile>, after: &BTreeMap<Uuid, Profile>) {
    let mut add = |list: Uuid, at: Instant, place: Option<usize>| {
        let day = at.duration_trunc(TimeDelta::days(1)).unwrap();
        let counts = days.entry((list, day)).or_default();
        if let Some(place) = place {
            counts[place] += 1;
        }
    };
    for (id, new) in after {
        match before.get(id) {
            None => {
                add(new.list, new.created, Some(0));
                if let Some(place) = entered(&new.status) {
                    add(new.list, new.since, Some(place));
                }
            }
            Some(old) if old.list == new.list && old.status == new.status => {}
            Some(old) => {
                let moved = old.list != new.list;
                let at = if moved { new.updated } else { new.since };
                add(new.list, at, moved.then_some(0));
                add(new.list, at, entered(&new.status));
                add(old.list, at, (old.status == "subscribed").then_some(LOST));
            }
        }
    }
}

async fn days(world: &World<'_>) -> Days {
    let text = "SELECT list_id, starts_at, joined_count, subscribed_count, lost_count, unsubscribed_count, \
                cleaned_count FROM list_days WHERE";
    let rows = world.store.database.fetch(&world.of_account(text)).await.unwrap();
    let day = |row: &crate::store::row::Row| {
        let at = row.cell(1, Kind::Instant).unwrap().as_instant().unwrap();
        let counts = std::array::from_fn(|place| row.int(place + 2).unwrap());
        ((row.uuid(0).unwrap(), at), counts)
    };
    rows.iter().map(day).collect()
}

#[test]
fn days_add_up_every_step_of_a_list_and_deleting_takes_nothing_back() {
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()
        .unwrap();
    let catalog = catalog();
    for store in runtime.block_on(stores()) {
        let changes = proptest::collection::vec(change(), 1..20);
        let mut runner = TestRunner::new(Config {
            cases: 24,
            failure_persistence: None,
            ..Config::default()
        });
        let outcome = runner.run(&changes, |changes| {
            runtime.block_on(async {
                let world = World::found(&store, &catalog).await;
                let lists = [world.add_list("One").await, world.add_list("Two").await];
                let mut people = Vec::new();
                for person in 0..PEOPLE {
                    people.push(world.add_subscriber(&format!("{person}@x.test")).await);
                }
                let mut expected = Days::new();
                let mut before = profiles(&world).await;
                for change in &changes {
                    run(&world, &people, &lists, change).await;
                    let after = profiles(&world).await;
                    note(&mut expected, &before, &after);
                    before = after;
                }
                prop_assert_eq!(days(&world).await, expected);
                Ok(())
            })
        });
        outcome.unwrap_or_else(|error| panic!("{}: {error}", store.name));
    }
}

#[tokio::test]
async fn statuses_that_swap_in_two_orders_at_once_block_nobody() {
    let catalog = catalog();
    for store in stores().await {
        let world = World::found(&store, &catalog).await;
        let lists = [world.add_list("One").await, world.add_list("Two").await];
        let mut people = Vec::new();
        for person in 0..4 {
            people.push(world.add_subscriber(&format!("{person}@x.test")).await);
        }
        for (place, status) in [(0, 0), (1, 1)] {
            for list in 0..2 {
                let join = Change::Join {
                    people: vec![place, place + 2],
                    list,
                    status,
                    joined: 0,
                    since: 0,
                };
                run(&world, &people, &lists, &join).await;
            }
        }
        // What is gained and lost in one statement leaves the list's counters alone, and so the list unlocked.
        let swap = |one, other| Change::Swap { one, other, at: 0 };
        for _ in 0..8 {
            let (one, other) = (swap(0, 1), swap(1, 0));
            tokio::join!(
                run(&world, &people, &lists, &one),
                run(&world, &people, &lists, &other)
            );
        }
        let counts: Vec<[i64; 5]> = days(&world).await.into_values().collect();
        assert_eq!(counts, [[4, 2 + 32, 32, 2 + 32, 0]; 2], "{}", store.name);
    }
}
