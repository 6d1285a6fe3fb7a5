//! Use of the API by operation and day, whoever writes.

use chrono::DateTime;

use super::world::{World, catalog};
use crate::cell::Cell;
use crate::clock::Instant;
use crate::store::testing::stores;

fn instant(half_days: i64) -> Instant {
    DateTime::from_timestamp(1_767_225_600 + half_days * 43_200, 0).unwrap()
}

#[tokio::test]
async fn use_of_the_api_is_added_up_by_operation_and_day_and_outlives_its_rows() {
    let catalog = catalog();
    for store in stores().await {
        let world = World::found(&store, &catalog).await;
        let usage = |operation: &str, half_days: i64, requests: i64| {
            vec![
                ("id", world.new_id().into()),
                ("period_start", instant(half_days).into()),
                ("operation", operation.into()),
                ("request_count", requests.into()),
                ("error_count", Cell::Int(1)),
                ("row_count", Cell::Int(2)),
                ("personal_row_count", Cell::Int(3)),
                ("byte_count", Cell::Int(4)),
                ("duration_milliseconds", Cell::Int(5)),
            ]
        };
        let rows = vec![
            usage("Dashboard", 0, 10),
            usage("Dashboard", 1, 20),
            usage("Dashboard", 2, 40),
            usage("Sync", 0, 80),
        ];
        world.insert("api_usages", rows).await;
        let more = "UPDATE api_usages SET request_count = request_count + 1, operation = CASE operation \
                    WHEN 'Sync' THEN 'Other' ELSE operation END WHERE";
        world.run(world.of_account(more)).await;
        world.run(world.of_account("DELETE FROM api_usages WHERE")).await;
        let read = "SELECT operation, request_count, error_count, row_count, personal_row_count, byte_count, \
                    duration_milliseconds FROM api_usage_days WHERE";
        let mut sql = world.of_account(read);
        sql.push(" ORDER BY starts_at, operation");
        let rows = world.store.database.fetch(&sql).await.unwrap();
        let found: Vec<(String, [i64; 6])> = rows
            .iter()
            .map(|row| {
                (
                    row.text(0).unwrap(),
                    std::array::from_fn(|place| row.int(place + 1).unwrap()),
                )
            })
            .collect();
        let expected = [
            ("Dashboard", [32, 2, 4, 6, 8, 10]),
            ("Other", [81, 1, 2, 3, 4, 5]),
            ("Sync", [0; 6]),
            ("Dashboard", [41, 1, 2, 3, 4, 5]),
        ];
        let expected = expected.map(|(operation, counts)| (operation.to_owned(), counts));
        assert_eq!(found, expected, "{}", store.name);
        // Names are the askers' own: a day does not get longer than a page or two of them.
        let rows = (0..250)
            .map(|number| usage(&format!("Made{number}"), 8, 1))
            .collect();
        world.insert("api_usages", rows).await;
        let mut sql = world.of_account("SELECT count(*) FROM api_usage_days WHERE");
        sql.push(" AND starts_at = ").bind(instant(8));
        let rows = world.store.database.fetch(&sql).await.unwrap();
        assert_eq!(rows[0].int(0).unwrap(), 201, "{}", store.name);
    }
}
