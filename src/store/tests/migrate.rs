//! Making the schema, its version, its drift, the lock.

use crate::clock::Clock;
use crate::error::Code;
use crate::store::StoreLock;
use crate::store::database::{Database, DatabaseOptions, Dialect};
use crate::store::live::{DriftWatch, Weight, drifts};
use crate::store::migrate::{check, migrate, needed_version, schema_version};
use crate::store::testing::{TestStore, empty_stores, sqlite, stores};

async fn change(store: &TestStore, statements: &[&str]) {
    let done = store.database.write(async |transaction| {
        for statement in statements {
            transaction.execute(&(*statement).into()).await?;
        }
        Ok(())
    });
    done.await.unwrap();
}

#[tokio::test]
async fn a_fresh_database_is_what_the_entities_say() {
    for store in empty_stores().await {
        assert_eq!(schema_version(&store.database).await.unwrap(), None);
        assert_eq!(
            check(&store.database).await.unwrap_err().code(),
            Code::SchemaMismatch
        );
        let ran = migrate(&store.database).await.unwrap();
        assert_eq!(
            ran.last(),
            Some(&needed_version(store.database.dialect())),
            "{}",
            store.name
        );
        assert_eq!(migrate(&store.database).await.unwrap(), Vec::<i64>::new());
        check(&store.database).await.unwrap();
        let drifts: Vec<String> = drifts(&store.database)
            .await
            .unwrap()
            .iter()
            .map(ToString::to_string)
            .collect();
        assert_eq!(drifts, Vec::<String>::new(), "{}", store.name);
    }
}

#[tokio::test]
async fn programs_that_migrate_at_the_same_time_wait_for_each_other() {
    for store in empty_stores().await {
        let other = Database::connect(&store.url, &DatabaseOptions::default())
            .await
            .unwrap();
        let (one, two) = tokio::join!(migrate(&store.database), migrate(&other));
        let ran = one.unwrap().len() + two.unwrap().len();
        assert!(ran >= 3, "{}: {ran}", store.name);
        check(&store.database).await.unwrap();
        other.close().await;
    }
}

#[tokio::test]
async fn a_schema_of_another_version_is_refused_by_its_number() {
    for store in stores().await {
        let newer = "INSERT INTO _sqlx_migrations (version, description, success, checksum, execution_time) \
                     SELECT 9999, description, success, checksum, 0 FROM _sqlx_migrations WHERE version = 1";
        for (statement, word) in [
            (newer, "9999"),
            (
                "DELETE FROM _sqlx_migrations WHERE version > 1",
                "postern migrate",
            ),
            (
                "UPDATE _sqlx_migrations SET checksum = description::text::bytea WHERE version = 1",
                "another form",
            ),
        ] {
            let statement = match store.database.dialect() {
                Dialect::Postgres => statement.to_owned(),
                Dialect::Sqlite => statement.replace("description::text::bytea", "x'00'"),
            };
            change(&store, &[&statement]).await;
            let error = check(&store.database).await.unwrap_err();
            assert_eq!(error.code(), Code::SchemaMismatch, "{}", store.name);
            assert!(error.to_string().contains(word), "{}: {error}", store.name);
        }
        assert!(migrate(&store.database).await.is_err());
    }
}

#[tokio::test]
async fn a_database_of_another_program_is_left_alone() {
    let store = sqlite().await;
    change(&store, &["CREATE TABLE theirs (id INTEGER)"]).await;
    let error = migrate(&store.database).await.unwrap_err();
    assert_eq!(error.code(), Code::SchemaMismatch);
    assert!(error.to_string().contains("another program"), "{error}");
}

/// Statements that let the live database drift on both stores, with the table and words of what is told.
const DRIFTS: [(&str, &str, &str, Weight); 8] = [
    (
        "ALTER TABLE lists ADD secret_note text",
        "lists",
        "the column secret_note",
        Weight::Blocks,
    ),
    (
        "ALTER TABLE lists DROP COLUMN description",
        "lists",
        "the column description is missing",
        Weight::Blocks,
    ),
    (
        "CREATE TABLE strays (id integer)",
        "strays",
        "nobody decided about this table",
        Weight::Blocks,
    ),
    (
        "CREATE VIEW leak AS SELECT email FROM subscribers",
        "subscribers",
        "the view leak",
        Weight::Blocks,
    ),
    (
        "DROP INDEX lists_name_idx",
        "lists",
        "the index (account_id, name, id) is missing",
        Weight::Warns,
    ),
    (
        "CREATE INDEX theirs ON lists (status)",
        "lists",
        "the index (status) is not ours",
        Weight::Warns,
    ),
    (
        "CREATE TABLE hangers (id integer, account_id uuid REFERENCES accounts (id))",
        "hangers",
        "nobody",
        Weight::Blocks,
    ),
    (
        "ALTER TABLE opens RENAME TO opened",
        "opens",
        "the table is missing",
        Weight::Blocks,
    ),
];

#[tokio::test]
async fn every_drift_of_the_live_database_is_found() {
    for store in stores().await {
        let statements = DRIFTS.map(|(statement, ..)| statement);
        change(&store, &statements).await;
        let found = drifts(&store.database).await.unwrap();
        for (statement, table, words, weight) in DRIFTS {
            let told = |drift: &&crate::store::live::Drift| {
                drift.table == table && drift.what.contains(words) && drift.weight == weight
            };
            assert!(
                found.iter().any(|drift| told(&drift)),
                "{}: {statement}\n{found:#?}",
                store.name
            );
        }
    }
}

#[tokio::test]
async fn triggers_that_come_or_go_are_found() {
    for store in stores().await {
        let statements: &[&str] = match store.database.dialect() {
            Dialect::Postgres => &[
                "CREATE FUNCTION public.spy() RETURNS trigger LANGUAGE plpgsql AS 'BEGIN RETURN NULL; END'",
                "CREATE TRIGGER spy AFTER INSERT ON users FOR EACH STATEMENT EXECUTE FUNCTION public.spy()",
                "ALTER TABLE opens DISABLE TRIGGER opens_count",
                "CREATE TABLE public.elsewhere (id uuid REFERENCES postern.users (id))",
            ],
            Dialect::Sqlite => &[
                "CREATE TRIGGER spy AFTER INSERT ON users BEGIN DELETE FROM opens; END",
                "DROP TRIGGER opens_count",
            ],
        };
        change(&store, statements).await;
        let found: Vec<String> = drifts(&store.database)
            .await
            .unwrap()
            .iter()
            .map(ToString::to_string)
            .collect();
        let mut expected = vec![
            "table opens: the trigger opens_count is missing or switched off, counters are wrong",
            "table users: the trigger spy is not ours",
        ];
        if store.database.dialect() == Dialect::Postgres {
            expected.insert(1, "table users: the table public.elsewhere refers to it");
        }
        assert_eq!(found, expected, "{}", store.name);
    }
}

#[tokio::test]
async fn a_drifted_table_is_refused_and_the_others_are_not() {
    for store in stores().await {
        let watch = DriftWatch::default();
        assert_eq!(watch.look(&store.database).await.unwrap(), []);
        change(
            &store,
            &[
                "ALTER TABLE lists ADD secret_note text",
                "DROP INDEX campaigns_send_at_idx",
            ],
        )
        .await;
        assert_eq!(watch.look(&store.database).await.unwrap().len(), 2);
        assert_eq!(
            watch.look(&store.database).await.unwrap(),
            [],
            "what is known is not new"
        );
        assert_eq!(watch.allow("lists").unwrap_err().code, Code::PolicyDrift);
        watch.allow("campaigns").unwrap();
    }
}

#[tokio::test]
async fn a_second_gateway_on_the_same_file_is_refused_until_the_first_one_ends() {
    let store = sqlite().await;
    let clock = Clock::system();
    let first = StoreLock::take(&store.database, &clock).unwrap();
    let error = StoreLock::take(&store.database, &clock).unwrap_err();
    assert_eq!(error.code(), Code::StoreInUse);
    assert!(
        error
            .to_string()
            .contains(&format!("process {}", std::process::id())),
        "{error}"
    );
    drop(first);
    assert!(StoreLock::take(&store.database, &clock).unwrap().is_some());
}
