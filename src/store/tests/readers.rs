//! The connections of requests: given up half-way, ended by the server, all taken, closed.

use std::time::Duration;

use futures_util::future::join_all;
use sqlx::postgres::PgConnection;
use sqlx::{Connection, Executor};

use crate::cell::Kind;
use crate::error::Code;
use crate::store::database::{Database, DatabaseOptions, Dialect};
use crate::store::sql::{Bound, Sql};
use crate::store::testing::{TestStore, empty_stores, postgres};

/// The same store with few connections.
async fn with_connections(store: &TestStore, connections: u32, wait: u64) -> Database {
    let options = DatabaseOptions {
        connections,
        wait: Duration::from_millis(wait),
        ..DatabaseOptions::default()
    };
    Database::connect(&store.url, &options)
        .await
        .expect("the store is there")
}

/// Takes some seconds, or for ever on SQLite.
fn slow(database: &Database) -> Sql {
    Sql::new(match database.dialect() {
        Dialect::Postgres => "SELECT count(*) FROM (SELECT pg_sleep(3)) AS s",
        Dialect::Sqlite => {
            "WITH RECURSIVE c(n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM c) SELECT count(*) FROM c"
        }
    })
}

async fn reads_well(database: &Database) {
    for number in 0..5 {
        let mut sql = Sql::new("SELECT ");
        sql.bind(number).push(" AS number");
        let rows = database.fetch(&sql).await.expect("a read");
        assert_eq!(rows.len(), 1);
        assert_eq!(rows[0].int(0).unwrap(), number);
    }
}

#[tokio::test]
async fn a_read_that_is_given_up_gives_its_connection_back() {
    for store in empty_stores().await {
        let database = with_connections(&store, 1, 5_000).await;
        for _ in 0..3 {
            let sql = slow(&database);
            let given_up = tokio::time::timeout(Duration::from_millis(50), database.fetch(&sql));
            assert!(given_up.await.is_err(), "{}", store.name);
        }
        reads_well(&database).await;
    }
}

#[tokio::test]
async fn an_answer_that_was_read_half_way_is_not_told_to_the_next_one() {
    let Some(store) = postgres().await else { return };
    let database = with_connections(&store, 1, 5_000).await;
    let many = Sql::new("SELECT n, repeat('x', 200) FROM generate_series(1, 50000) AS n");
    let failing = Sql::new("SELECT 1 / (20000 - n) FROM generate_series(1, 40000) AS n");
    for sql in [&many, &failing] {
        for microseconds in [1, 300, 1_000, 3_000, 10_000, 20_000] {
            // Whether it was given up in time or not: the next one gets what it asked for.
            let _ = tokio::time::timeout(Duration::from_micros(microseconds), database.fetch(sql)).await;
            reads_well(&database).await;
        }
    }
    assert_eq!(database.fetch(&many).await.expect("a read").len(), 50_000);
    assert!(database.fetch(&failing).await.is_err());
}

#[tokio::test]
async fn after_the_server_ended_all_connections_each_read_succeeds() {
    let Some(store) = postgres().await else { return };
    let short = Sql::new("SELECT count(*) FROM (SELECT pg_sleep(0.1)) AS s");
    let four = || join_all((0..4).map(|_| store.database.fetch(&short)));
    for at_once in [true, false] {
        assert!(four().await.iter().all(Result::is_ok));
        let mut other = PgConnection::connect(&store.url).await.unwrap();
        other
            .execute(
                "SELECT pg_terminate_backend(pid, 1000) FROM pg_stat_activity \
                 WHERE datname = current_database() AND pid <> pg_backend_pid()",
            )
            .await
            .unwrap();
        match at_once {
            true => assert!(four().await.iter().all(Result::is_ok)),
            false => reads_well(&store.database).await,
        }
    }
}

#[tokio::test]
async fn who_finds_all_connections_taken_waits_no_longer_than_said() {
    for store in empty_stores().await {
        let database = with_connections(&store, 1, 1_000).await;
        let sql = slow(&database);
        tokio::select! {
            _ = database.fetch(&sql) => panic!("{}: not that soon", store.name),
            second = async {
                tokio::time::sleep(Duration::from_millis(20)).await;
                database.fetch(&"SELECT 1".into()).await
            } => {
                let error = second.err().expect("there is no second connection");
                assert_eq!(error.code(), Code::DependencyUnavailable, "{}", store.name);
            }
        }
    }
}

#[tokio::test]
async fn closing_waits_for_those_at_work_and_ends_the_rest() {
    for store in empty_stores().await {
        let sql = Sql::new(match store.database.dialect() {
            Dialect::Postgres => "SELECT count(*) FROM (SELECT pg_sleep(0.2)) AS s",
            Dialect::Sqlite => {
                "WITH RECURSIVE c(n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM c LIMIT 300000) SELECT count(*) FROM c"
            }
        });
        reads_well(&store.database).await;
        let (read, ()) = tokio::join!(store.database.fetch(&sql), async {
            tokio::time::sleep(Duration::from_millis(20)).await;
            store.database.close().await;
        });
        assert_eq!(read.expect("it was at work").len(), 1, "{}", store.name);
        let error = store.database.fetch(&sql).await.err().expect("all are closed");
        assert_eq!(error.code(), Code::DependencyUnavailable, "{}", store.name);
    }
}

#[tokio::test]
async fn places_are_bound_by_their_numbers_wherever_they_stand() {
    for store in empty_stores().await {
        let sql = Sql {
            text: "SELECT $2 AS a, $1 AS b".to_owned(),
            values: vec![Bound::One("x".into()), Bound::One(1_i64.into())],
        };
        let rows = store.database.fetch(&sql).await.unwrap();
        let cells = [rows[0].cell(0, Kind::Int), rows[0].cell(1, Kind::Text)].map(Result::unwrap);
        assert_eq!(cells, [1_i64.into(), "x".into()], "{}", store.name);
    }
}
