//! The counters of lists, which follow the rows, whoever writes.

use proptest::prelude::*;
use proptest::test_runner::{Config, TestRunner};
use uuid::Uuid;

use super::world::{World, catalog};
use crate::cell::Cell;
use crate::store::Sql;
use crate::store::testing::stores;

const STATUSES: [&str; 5] = [
    "subscribed",
    "unsubscribed",
    "cleaned",
    "pending_confirm",
    "complained",
];
const PEOPLE: usize = 6;

/// A change of profiles on two lists.
#[derive(Clone, Debug)]
enum ListChange {
    Join {
        people: Vec<usize>,
        list: usize,
        status: usize,
    },
    SetStatus {
        from: usize,
        to: usize,
    },
    Move {
        person: usize,
        to: usize,
    },
    Leave {
        people: Vec<usize>,
        list: usize,
    },
    Touch,
}

fn list_change() -> impl Strategy<Value = ListChange> {
    let people = || proptest::collection::vec(0..PEOPLE, 1..4);
    let status = || 0..STATUSES.len();
    prop_oneof![
        3 => (people(), 0..2_usize, status()).prop_map(|(people, list, status)| ListChange::Join { people, list, status }),
        1 => (status(), status()).prop_map(|(from, to)| ListChange::SetStatus { from, to }),
        1 => (0..PEOPLE, 0..2_usize).prop_map(|(person, to)| ListChange::Move { person, to }),
        1 => (people(), 0..2_usize).prop_map(|(people, list)| ListChange::Leave { people, list }),
        1 => Just(ListChange::Touch),
    ]
}

async fn change_lists(world: &World<'_>, people: &[Uuid], lists: &[Uuid], change: &ListChange) {
    match change {
        ListChange::Join {
            people: who,
            list,
            status,
        } => {
            let row = |person: &usize| {
                let now = world.now();
                vec![
                    world.new_id().into(),
                    people[*person].into(),
                    lists[*list].into(),
                    STATUSES[*status].into(),
                    now.clone(),
                    now.clone(),
                    now,
                ]
            };
            let columns = [
                "id",
                "subscriber_id",
                "list_id",
                "status",
                "status_changed_at",
                "created_at",
                "updated_at",
            ];
            let rows = who.iter().map(row).collect();
            let key = ["list_id", "subscriber_id"];
            world
                .write(
                    "subscriber_profiles",
                    &columns,
                    rows,
                    &key,
                    &["status", "updated_at"],
                )
                .await
                .unwrap();
        }
        ListChange::SetStatus { from, to } => {
            let mut sql = Sql::new("UPDATE subscriber_profiles SET status = ");
            sql.bind(STATUSES[*to])
                .push(" WHERE status = ")
                .bind(STATUSES[*from])
                .push(" AND account_id = ");
            sql.bind(world.account);
            world.run(sql).await;
        }
        ListChange::Move { person, to } => {
            let mut sql = Sql::new("UPDATE subscriber_profiles SET list_id = ");
            sql.bind(lists[*to])
                .push(" WHERE subscriber_id = ")
                .bind(people[*person]);
            sql.push(" AND NOT EXISTS (SELECT 1 FROM subscriber_profiles AS o WHERE o.subscriber_id = ");
            sql.bind(people[*person])
                .push(" AND o.list_id = ")
                .bind(lists[*to])
                .push(")");
            world.run(sql).await;
        }
        ListChange::Leave { people: who, list } => {
            let mut sql = Sql::new("DELETE FROM subscriber_profiles WHERE list_id = ");
            sql.bind(lists[*list]).push(" AND subscriber_id IN (");
            for (place, person) in who.iter().enumerate() {
                sql.push(if place > 0 { ", " } else { "" }).bind(people[*person]);
            }
            world.run(sql.push(")").clone()).await;
        }
        ListChange::Touch => {
            world
                .run(world.of_account("UPDATE subscriber_profiles SET tags = NULL WHERE"))
                .await
        }
    }
}

#[test]
fn list_counters_equal_a_recount_after_any_changes() {
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()
        .unwrap();
    let catalog = catalog();
    let recount = "count(*), count(*) FILTER (WHERE status = 'subscribed'), \
        count(*) FILTER (WHERE status = 'unsubscribed'), count(*) FILTER (WHERE status = 'cleaned') \
        FROM (SELECT account_id, list_id AS id, status FROM subscriber_profiles) AS p";
    for store in runtime.block_on(stores()) {
        let changes = proptest::collection::vec(list_change(), 1..25);
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
                for change in &changes {
                    change_lists(&world, &people, &lists, change).await;
                }
                for list in lists {
                    let counters =
                        "profile_count, subscribed_count, unsubscribed_count, cleaned_count FROM lists";
                    prop_assert_eq!(
                        world.numbers(counters, list).await,
                        world.numbers(recount, list).await
                    );
                }
                Ok(())
            })
        });
        outcome.unwrap_or_else(|error| panic!("{}: {error}", store.name));
    }
}

#[tokio::test]
async fn a_new_list_starts_at_zero_whatever_its_writer_says() {
    let catalog = catalog();
    for store in stores().await {
        let world = World::found(&store, &catalog).await;
        let words = [
            ("visibility", "public".into()),
            ("opt_in", "single".into()),
            ("status", "active".into()),
        ];
        let counters = [
            ("name", "n".into()),
            ("profile_count", 5_i64.into()),
            ("cleaned_count", 1_i64.into()),
        ];
        let list = world.add("lists", &[&words[..], &counters[..]].concat()).await;
        assert_eq!(
            world
                .numbers("profile_count, cleaned_count FROM lists", list)
                .await,
            [0, 0],
            "{}",
            store.name
        );
    }
}

#[tokio::test]
async fn writers_of_the_same_lists_in_another_order_wait_and_never_block_each_other() {
    let catalog = catalog();
    for store in stores().await {
        let world = World::found(&store, &catalog).await;
        let lists = [world.add_list("One").await, world.add_list("Two").await];
        let columns = [
            "id",
            "subscriber_id",
            "list_id",
            "status",
            "status_changed_at",
            "created_at",
            "updated_at",
        ];
        for round in 0..5 {
            let mut rows = Vec::new();
            for place in 0..4 {
                let person = world.add_subscriber(&format!("{round}-{place}@x.test")).await;
                let now = world.now();
                rows.push(lists.map(|list| {
                    vec![
                        world.new_id().into(),
                        person.into(),
                        list.into(),
                        Cell::from("subscribed"),
                        now.clone(),
                        now.clone(),
                        now.clone(),
                    ]
                }));
            }
            let half = |places: std::ops::Range<usize>, turn: bool| {
                let mut half: Vec<Vec<Cell>> = rows[places].iter().flatten().cloned().collect();
                if turn {
                    half.reverse();
                }
                half
            };
            let (one, two) = tokio::join!(
                world.write("subscriber_profiles", &columns, half(0..2, false), &[], &[]),
                world.write("subscriber_profiles", &columns, half(2..4, true), &[], &[]),
            );
            one.and(two)
                .unwrap_or_else(|error| panic!("{}: {error}", store.name));
        }
        for list in lists {
            assert_eq!(
                world.numbers("profile_count FROM lists", list).await,
                [20],
                "{}",
                store.name
            );
        }
    }
}
