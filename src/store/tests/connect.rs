//! Connecting, values there and back, transactions, snapshots.

use chrono::DateTime;
use serde_json::json;
use uuid::Uuid;

use crate::cell::{Cell, Kind};
use crate::error::{Code, Error, Fault};
use crate::store::database::{Database, DatabaseOptions, Dialect};
use crate::store::sql::{Sql, counted};
use crate::store::testing::{TestStore, empty_stores, postgres, sqlite};

const EVERYTHING: [Kind; 8] = [
    Kind::Bool,
    Kind::Int,
    Kind::Text,
    Kind::Enum,
    Kind::Uuid,
    Kind::Instant,
    Kind::Json,
    Kind::Bytes,
];

fn some_of_everything() -> Vec<Cell> {
    vec![
        true.into(),
        i64::MIN.into(),
        "Zoë 😀 'x'\" $1".into(),
        "active".into(),
        Uuid::now_v7().into(),
        DateTime::from_timestamp_micros(1_700_000_000_123_457)
            .unwrap()
            .into(),
        json!({"a": [1, null, "$2"]}).into(),
        vec![0_u8, 1, 255].into(),
    ]
}

async fn with_table(store: &TestStore) {
    let sql = match store.database.dialect() {
        Dialect::Postgres => {
            "CREATE TABLE public.t (b boolean, i bigint, t text, e text, u uuid UNIQUE, z timestamptz, j jsonb, \
             y bytea)"
        }
        Dialect::Sqlite => {
            "CREATE TABLE t (b INTEGER, i INTEGER, t TEXT, e TEXT, u BLOB UNIQUE, z INTEGER, j TEXT, y BLOB) STRICT"
        }
    };
    store
        .database
        .write(async |transaction| transaction.execute(&sql.into()).await)
        .await
        .unwrap();
}

fn table(store: &TestStore) -> &'static str {
    match store.database.dialect() {
        Dialect::Postgres => "public.t",
        Dialect::Sqlite => "t",
    }
}

fn insert(store: &TestStore, cells: &[Cell]) -> Sql {
    let mut sql = Sql::new("INSERT INTO ");
    sql.push(table(store)).push(" VALUES (");
    for (place, cell) in cells.iter().enumerate() {
        sql.push(if place > 0 { ", " } else { "" }).bind(cell.clone());
    }
    sql.push(")");
    sql
}

async fn all(store: &TestStore) -> Vec<Vec<Cell>> {
    let mut sql = Sql::new("SELECT * FROM ");
    sql.push(table(store)).push(" ORDER BY t");
    let rows = store.database.fetch(&sql).await.unwrap();
    let cells = |row: &crate::store::Row| {
        (0..row.len())
            .map(|place| row.cell(place, EVERYTHING[place]).unwrap())
            .collect()
    };
    rows.iter().map(cells).collect()
}

#[tokio::test]
async fn every_kind_of_value_comes_back_as_it_was_sent() {
    for store in empty_stores().await {
        with_table(&store).await;
        let cells = some_of_everything();
        let nothing = vec![Cell::Null; 8];
        for row in [&nothing, &cells, &nothing] {
            let sql = insert(&store, row);
            store
                .database
                .write(async |transaction| transaction.execute(&sql).await)
                .await
                .unwrap();
        }
        let mut expected = vec![cells, nothing.clone(), nothing];
        if store.database.dialect() == Dialect::Sqlite {
            expected.rotate_left(1);
        }
        assert_eq!(all(&store).await, expected, "{}", store.name);
    }
}

#[tokio::test]
async fn a_value_of_another_kind_is_a_fault_and_no_panic() {
    for store in empty_stores().await {
        let rows = store
            .database
            .fetch(&"SELECT 'x' AS a, 1 AS b".into())
            .await
            .unwrap();
        for kind in [Kind::Uuid, Kind::Json] {
            assert!(rows[0].cell(0, kind).is_err(), "{} {kind:?}", store.name);
        }
        assert!(rows[0].cell(7, Kind::Int).is_err());
        assert_eq!(rows[0].cell(1, Kind::Int).unwrap(), Cell::Int(1));
    }
}

#[tokio::test]
async fn any_number_of_ids_is_one_statement_and_keeps_their_order() {
    for store in empty_stores().await {
        for count in [0, 1, 3] {
            let ids: Vec<Uuid> = (0..count).map(|_| Uuid::now_v7()).collect();
            let mut sql = Sql::new("SELECT i.id, i.place FROM ");
            sql.ids(store.database.dialect(), ids.clone())
                .push(" AS i ORDER BY i.place");
            let rows = store.database.fetch(&sql).await.unwrap();
            let read: Vec<Uuid> = rows.iter().map(|row| row.uuid(0).unwrap()).collect();
            assert_eq!(read, ids, "{}", store.name);
            assert!(
                rows.iter()
                    .enumerate()
                    .all(|(place, row)| row.int(1).unwrap() == place as i64)
            );
        }
    }
}

#[tokio::test]
async fn text_with_a_nul_is_refused_by_both_stores() {
    for store in empty_stores().await {
        for cell in [Cell::from("a\0b"), json!({"a": ["\0"]}).into()] {
            let mut sql = Sql::new("SELECT ");
            sql.bind(cell);
            let error = store.database.fetch(&sql).await.err().expect("refused");
            assert_eq!(error.code(), Code::BadUserInput, "{}", store.name);
        }
    }
}

#[tokio::test]
async fn a_taken_key_is_told_apart_and_names_no_value() {
    for store in empty_stores().await {
        with_table(&store).await;
        let sql = insert(&store, &some_of_everything());
        let twice = store.database.write(async |transaction| {
            transaction.execute(&sql).await?;
            transaction.execute(&sql).await
        });
        match twice.await {
            Err(Error::Fault(Fault::KeyTaken(key))) => assert!(key.contains('t'), "{key}"),
            other => panic!("{}: {other:?}", store.name),
        }
        assert_eq!(
            all(&store).await,
            Vec::<Vec<Cell>>::new(),
            "{}: nothing is half done",
            store.name
        );
    }
}

#[tokio::test]
async fn writes_can_run_on_other_tasks_and_reads_cannot_change_anything() {
    for store in empty_stores().await {
        with_table(&store).await;
        let sql = insert(&store, &some_of_everything());
        let (database, copy) = (store.database.clone(), sql.clone());
        let spawned = tokio::spawn(async move {
            database
                .write(async |transaction| transaction.execute(&copy).await)
                .await
        });
        assert_eq!(spawned.await.unwrap().unwrap(), 1);
        assert!(store.database.fetch(&sql).await.is_err(), "{}", store.name);
        assert_eq!(all(&store).await.len(), 1);
    }
}

#[tokio::test]
async fn a_snapshot_sees_one_moment_while_others_write() {
    for store in empty_stores().await {
        with_table(&store).await;
        let mut snapshot = store.database.snapshot(Uuid::nil()).await.unwrap();
        let sql = insert(&store, &some_of_everything());
        store
            .database
            .write(async |transaction| transaction.execute(&sql).await)
            .await
            .unwrap();
        let mut count = Sql::new("SELECT count(*) FROM ");
        count.push(table(&store));
        assert_eq!(
            snapshot.fetch(&count).await.unwrap()[0].int(0).unwrap(),
            0,
            "{}",
            store.name
        );
        assert_eq!(store.database.fetch(&count).await.unwrap()[0].int(0).unwrap(), 1);
        snapshot.close().await.unwrap();
    }
}

#[tokio::test]
async fn statements_are_counted_for_the_request_that_sent_them() {
    for store in empty_stores().await {
        let one = Sql::new("SELECT 1");
        let ((), count) = counted(async {
            store.database.fetch(&one).await.unwrap();
            store.database.fetch(&one).await.unwrap();
        })
        .await;
        assert_eq!((count, store.database.statements()), (2, 2), "{}", store.name);
    }
}

async fn refusal(url: &str) -> (Code, String) {
    let options = DatabaseOptions {
        wait: std::time::Duration::from_millis(300),
        ..Default::default()
    };
    match Database::connect(url, &options).await {
        Err(error) => (error.code(), error.to_string()),
        Ok(_) => panic!("{url} was connected to"),
    }
}

#[tokio::test]
async fn what_cannot_be_connected_to_is_refused_with_the_reason() {
    let folder = tempfile::tempdir().unwrap();
    let file = |name: &str| folder.path().join(name).display().to_string();
    std::fs::write(
        file("text.db"),
        "this is a text, and it is longer than any header of a database file".repeat(9),
    )
    .unwrap();
    for (url, code, word) in [
        (
            "mysql://root:secret@host/x".to_owned(),
            Code::InvalidSetting,
            "mysql",
        ),
        ("sqlite::memory:".to_owned(), Code::InvalidSetting, "file"),
        (
            format!("sqlite:{}", file("none.db")),
            Code::DependencyUnavailable,
            "there is no database",
        ),
        (
            format!("sqlite:{}", file("text.db")),
            Code::DependencyUnavailable,
            "no SQLite database",
        ),
        (
            "postgres://u:secret@127.0.0.1:1/x".to_owned(),
            Code::DependencyUnavailable,
            "cannot be reached",
        ),
        (
            "postgres://u:secret@host:port/x".to_owned(),
            Code::InvalidSetting,
            "cannot be read",
        ),
    ] {
        let (found, message) = refusal(&url).await;
        assert_eq!(found, code, "{message}");
        assert!(message.contains(word), "{message}");
        assert!(!message.contains("secret"), "{message}");
    }
}

#[tokio::test]
async fn a_missing_database_on_a_server_is_refused_by_name() {
    let Some(store) = postgres().await else { return };
    let (code, message) = refusal(&format!("{}_other", store.url)).await;
    assert_eq!(code, Code::DependencyUnavailable);
    assert!(message.contains("does not exist"), "{message}");
    assert!(!format!("{:?}", store.database).contains("127.0.0.1"));
}

#[tokio::test]
async fn a_store_locked_by_another_program_is_unavailable_and_not_broken() {
    let store = sqlite().await;
    let options = DatabaseOptions {
        wait: std::time::Duration::from_millis(200),
        ..Default::default()
    };
    let other = Database::connect(&store.url, &options).await.unwrap();
    let held = store.database.begin().await.unwrap();
    let error = other.begin().await.err().expect("the writer is taken");
    assert_eq!(error.code(), Code::DependencyUnavailable);
    assert!(other.fetch(&"SELECT 1".into()).await.is_ok(), "readers go on");
    held.roll_back().await.unwrap();
    assert!(other.begin().await.is_ok());
}

#[cfg(unix)]
#[tokio::test]
async fn a_new_embedded_store_can_be_read_by_its_owner_alone() {
    use std::os::unix::fs::PermissionsExt;
    let store = sqlite().await;
    with_table(&store).await;
    let path = store.database.path().unwrap();
    for suffix in ["", "-wal"] {
        let file = format!("{}{suffix}", path.display());
        let mode = std::fs::metadata(&file).unwrap().permissions().mode();
        assert_eq!(mode & 0o077, 0, "{file}: {mode:o}");
    }
}
