//! What the platform's own senders ask the database (ruling 33).

use super::world::{World, catalog};
use crate::cell::Cell;
use crate::keys::KeyRing;
use crate::store::database::Dialect;
use crate::store::testing::{TestStore, stores};
use crate::store::{Row, Sql};

async fn fetch(store: &TestStore, sql: &Sql) -> Vec<Row> {
    store
        .database
        .fetch(sql)
        .await
        .unwrap_or_else(|error| panic!("{}: {error}", store.name))
}

/// Asks as the documentation in the migration says.
async fn is_suppressed(world: &World<'_>, address: &str, token: Option<Vec<u8>>) -> bool {
    let mut sql = Sql::new("SELECT ");
    match world.store.database.dialect() {
        Dialect::Postgres => {
            sql.push("postern.is_suppressed(")
                .bind(world.account)
                .push(", ")
                .bind(address);
            sql.push(", ")
                .bind(token)
                .push("::bytea, ")
                .bind(world.now())
                .push(")");
        }
        Dialect::Sqlite => {
            sql.push("EXISTS (SELECT 1 FROM is_suppressed WHERE account_id = ")
                .bind(world.account);
            sql.push(" AND (email_normalized = ")
                .bind(address)
                .push(" OR token = ")
                .bind(token);
            sql.push(") AND (expires_at IS NULL OR expires_at > ")
                .bind(world.now())
                .push("))");
        }
    }
    fetch(world.store, &sql).await[0].bool(0).unwrap()
}

#[tokio::test]
async fn suppressed_addresses_and_tokens_are_told_within_their_account_until_they_expire() {
    let catalog = catalog();
    for store in stores().await {
        let world = World::found(&store, &catalog).await;
        let entry = |email: &'static str, expires: Cell| {
            [
                ("email", email.into()),
                ("email_normalized", email.into()),
                ("reason", "manual".into()),
                ("expires_at", expires),
            ]
        };
        world
            .add("suppression_entries", &entry("ana@example.test", Cell::Null))
            .await;
        world
            .add("suppression_entries", &entry("old@example.test", world.now()))
            .await;
        let token = [
            ("token", Cell::from(vec![7; 32])),
            ("key_version", 1_i64.into()),
            ("normalizer_version", 1_i64.into()),
            ("reason", "erased".into()),
        ];
        world.add("suppression_tokens", &token).await;
        for (address, token, expected) in [
            ("ana@example.test", None, true),
            ("old@example.test", None, false),
            ("bob@example.test", None, false),
            ("bob@example.test", Some(vec![7; 32]), true),
            ("bob@example.test", Some(vec![8; 32]), false),
        ] {
            let told = is_suppressed(&world, address, token).await;
            assert_eq!(told, expected, "{} {address}", store.name);
        }
        let other = World::found(&store, &catalog).await;
        assert!(
            !is_suppressed(&other, "ana@example.test", Some(vec![7; 32])).await,
            "{}",
            store.name
        );
    }
}

#[tokio::test]
async fn postgresql_brings_an_address_into_its_normal_form_as_far_as_it_can() {
    let catalog = catalog();
    for store in stores()
        .await
        .iter()
        .filter(|store| store.database.dialect() == Dialect::Postgres)
    {
        let world = World::found(store, &catalog).await;
        let row = [
            ("email", "Ana@Example.test".into()),
            ("email_normalized", "ana@example.test".into()),
            ("reason", "manual".into()),
        ];
        world.add("suppression_entries", &row).await;
        let mut sql = Sql::new("SELECT postern.is_suppressed(");
        sql.bind(world.account).push(", ' ANA@example.test ')");
        assert!(fetch(store, &sql).await[0].bool(0).unwrap());
    }
}

#[tokio::test]
async fn a_session_that_has_the_keys_of_an_account_recognises_and_refuses_its_erased_people() {
    let catalog = catalog();
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("keys");
    let now = crate::clock::Clock::system().now();
    let mut ring = KeyRing::open_or_create(path.to_str().unwrap(), now).unwrap();
    for store in stores()
        .await
        .iter()
        .filter(|store| store.database.dialect() == Dialect::Postgres)
    {
        let world = World::found(store, &catalog).await;
        let (other, account) = (World::found(store, &catalog).await.account, world.account);
        let (version, token) = ring.suppression_token(account, "ana@example.test");
        let token = [
            ("token", Cell::from(token.to_vec())),
            ("key_version", version.into()),
            ("normalizer_version", 1_i64.into()),
            ("reason", "erased".into()),
        ];
        world.add("suppression_tokens", &token).await;
        // What was erased before a rotation stays known.
        let later = now + chrono::TimeDelta::seconds(i64::from(u8::try_from(version).unwrap()));
        ring.rotate(crate::keys::Purpose::Suppression, later).unwrap();
        let keys = ring.suppression_account_keys(account);
        let keys: Vec<String> = keys
            .iter()
            .map(|key| data_encoding::HEXLOWER.encode(&key[..]))
            .collect();
        let asked = async |of: Option<uuid::Uuid>, address: &str| {
            let mut transaction = store.database.begin().await.unwrap();
            if let Some(of) = of {
                let mut sql = Sql::new("SELECT set_config('postern.suppression_keys', ");
                sql.bind(format!("{of}:{}", keys.join(","))).push(", true)");
                transaction.fetch(&sql).await.unwrap();
            }
            let mut sql = Sql::new("SELECT postern.is_suppressed(");
            sql.bind(account).push(", ").bind(address).push(")");
            let told = transaction.fetch(&sql).await;
            told.map(|rows| rows[0].bool(0).unwrap()).ok()
        };
        assert_eq!(asked(Some(account), " Ana@example.test").await, Some(true));
        assert_eq!(asked(Some(account), "bob@example.test").await, Some(false));
        assert_eq!(asked(None, "ana@example.test").await, Some(false));
        assert_eq!(asked(Some(other), "ana@example.test").await, None, "others' keys");

        let written = async |refusing: &str, address: &str| {
            let mut transaction = store.database.begin().await.unwrap();
            let mut sql = Sql::new("SELECT set_config('postern.suppression_keys', ");
            sql.bind(format!("{account}:{}", keys.join(",")))
                .push(", true), set_config('postern.refuse_suppressed', ")
                .bind(refusing)
                .push(", true)");
            transaction.fetch(&sql).await.unwrap();
            let mut sql = Sql::new(
                "INSERT INTO subscribers (account_id, id, email, email_normalized, status, created_at, updated_at) \
                 VALUES (",
            );
            sql.bind(account).push(", ").bind(world.new_id());
            sql.push(", ").bind(address).push(", ").bind(address);
            sql.push(", 'active', now(), now())");
            transaction.execute(&sql).await.is_ok()
        };
        assert!(!written("on", "ana@example.test").await, "an erased person");
        assert!(written("on", "bob@example.test").await, "somebody else");
        assert!(written("off", "ana@example.test").await, "nobody asked for it");
    }
}
