//! Permitted writes.

use super::world::{World, catalog};
use crate::cell::Cell;
use crate::error::{Error, Fault};
use crate::store::Sql;
use crate::store::testing::stores;
use crate::store::write::Written;

const COLUMNS: [&str; 7] = [
    "id",
    "email",
    "email_normalized",
    "status",
    "first_name",
    "created_at",
    "updated_at",
];

fn person(world: &World<'_>, email: &str, name: Option<&str>) -> Vec<Cell> {
    let (now, id) = (world.now(), world.new_id());
    vec![
        id.into(),
        email.into(),
        email.into(),
        "active".into(),
        name.into(),
        now.clone(),
        now,
    ]
}

fn written(inserted: u64, updated: u64, unchanged: u64) -> Written {
    Written {
        inserted,
        updated,
        unchanged,
    }
}

async fn names(world: &World<'_>) -> Vec<Cell> {
    let mut sql = Sql::new("SELECT first_name FROM subscribers WHERE account_id = ");
    sql.bind(world.account).push(" ORDER BY email_normalized");
    let rows = world.store.database.fetch(&sql).await.unwrap();
    rows.iter()
        .map(|row| row.cell(0, crate::cell::Kind::Text).unwrap())
        .collect()
}

#[tokio::test]
async fn rows_that_exist_are_kept_or_updated_where_they_differ() {
    let catalog = catalog();
    for store in stores().await {
        let world = World::found(&store, &catalog).await;
        let key = ["email_normalized"];
        let rows = |names: [Option<&str>; 3]| {
            ["a@x.test", "b@x.test", "c@x.test"]
                .iter()
                .zip(names)
                .map(|(e, n)| person(&world, e, n))
                .collect()
        };
        let keep = world
            .write("subscribers", &COLUMNS, rows([Some("A"), None, None]), &key, &[])
            .await
            .unwrap();
        assert_eq!(keep, written(3, 0, 0), "{}", store.name);
        let again = world
            .write("subscribers", &COLUMNS, rows([Some("Z"), None, None]), &key, &[])
            .await
            .unwrap();
        assert_eq!(again, written(0, 0, 3));
        let update = ["first_name", "updated_at"];
        let rows = [
            rows([Some("A"), Some("B"), None]),
            vec![person(&world, "d@x.test", Some("D"))],
        ]
        .concat();
        let updated = world
            .write("subscribers", &COLUMNS, rows, &key, &update)
            .await
            .unwrap();
        assert_eq!(updated, written(1, 1, 2), "{}", store.name);
        assert_eq!(
            names(&world).await,
            ["A".into(), "B".into(), Cell::Null, "D".into()]
        );
    }
}

#[tokio::test]
async fn a_person_twice_in_one_write_ends_in_one_row_with_the_last_values() {
    let catalog = catalog();
    for store in stores().await {
        let world = World::found(&store, &catalog).await;
        let rows = ["1", "2", "3"]
            .map(|name| person(&world, "a@x.test", Some(name)))
            .to_vec();
        let done = world
            .write(
                "subscribers",
                &COLUMNS,
                rows,
                &["email_normalized"],
                &["first_name"],
            )
            .await
            .unwrap();
        assert_eq!(done, written(1, 2, 0), "{}", store.name);
        assert_eq!(names(&world).await, ["3".into()]);
    }
}

#[tokio::test]
async fn a_conflict_that_was_not_expected_leaves_nothing_half_done() {
    let catalog = catalog();
    for store in stores().await {
        let world = World::found(&store, &catalog).await;
        // Both ways in: a few rows go by INSERT, many by COPY on PostgreSQL.
        for count in [3, 300] {
            let mut rows: Vec<_> = (0..count)
                .map(|n| person(&world, &format!("{n}@x.test"), None))
                .collect();
            rows.push(person(&world, "0@x.test", None));
            let error = world
                .write("subscribers", &COLUMNS, rows, &[], &[])
                .await
                .unwrap_err();
            assert!(
                matches!(error, Error::Fault(Fault::KeyTaken(_))),
                "{}: {error}",
                store.name
            );
            assert_eq!(names(&world).await, []);
        }
    }
}

#[tokio::test]
async fn many_rows_are_written_whole_and_counted() {
    let catalog = catalog();
    for store in stores().await {
        let world = World::found(&store, &catalog).await;
        let list = world.add_list("News").await;
        let people: Vec<_> = (0..1_003)
            .map(|n| person(&world, &format!("{n:04}@x.test"), Some("Zoë 😀")))
            .collect();
        let profiles: Vec<_> = people
            .iter()
            .map(|row| {
                let now = world.now();
                let tags = serde_json::json!(["a", null]);
                vec![
                    world.new_id().into(),
                    row[0].clone(),
                    list.into(),
                    "subscribed".into(),
                    now.clone(),
                    tags.into(),
                    now.clone(),
                    now,
                ]
            })
            .collect();
        let done = world
            .write("subscribers", &COLUMNS, people, &[], &[])
            .await
            .unwrap();
        assert_eq!(done, written(1_003, 0, 0));
        assert_eq!(names(&world).await[1_002], "Zoë 😀".into());
        let columns = [
            "id",
            "subscriber_id",
            "list_id",
            "status",
            "status_changed_at",
            "tags",
            "created_at",
            "updated_at",
        ];
        world
            .write("subscriber_profiles", &columns, profiles, &[], &[])
            .await
            .unwrap();
        assert_eq!(
            world
                .numbers("profile_count, subscribed_count FROM lists", list)
                .await,
            [1_003, 1_003]
        );
    }
}

#[tokio::test]
async fn a_value_of_the_wrong_kind_or_with_a_nul_is_told_before_anything_is_written() {
    let catalog = catalog();
    for store in stores().await {
        let world = World::found(&store, &catalog).await;
        for count in [1, 60] {
            let mut rows: Vec<_> = (0..count)
                .map(|n| person(&world, &format!("{n}@x.test"), None))
                .collect();
            rows[0][4] = Cell::Int(1);
            assert!(
                world
                    .write("subscribers", &COLUMNS, rows.clone(), &[], &[])
                    .await
                    .is_err()
            );
            rows[0][4] = "a\0b".into();
            let error = world
                .write("subscribers", &COLUMNS, rows, &[], &[])
                .await
                .unwrap_err();
            assert_eq!(
                error.code(),
                crate::error::Code::BadUserInput,
                "{} {count}: {error}",
                store.name
            );
            assert_eq!(names(&world).await, []);
        }
    }
}
