//! A made-up world in a store, with somebody who may see all of one account.

use std::time::Instant;

use sqlx::{Connection, Executor, PgConnection};
use uuid::Uuid;

use super::cluster::{self, Cluster};
use super::store::Store;
use crate::kit::home::Home;

/// Who may see all of the account Acme.
pub const OWNER: &str = "owner@bench.example";

/// The installation on the server, filled where it is not yet.
pub async fn on_postgres(cluster: &Cluster, subscribers: u64, enlarge: bool) -> Home {
    let home = Home::lasting(cluster.folder().join("home"), cluster.url("costs"));
    let filled = cluster.folder().join("filled");
    if !filled.exists() {
        // What was left half-way is begun anew.
        let mut admin = PgConnection::connect(&cluster.url("postgres"))
            .await
            .expect("our server is there");
        admin
            .execute("DROP DATABASE IF EXISTS costs")
            .await
            .expect("nobody else uses it");
        admin.execute("CREATE DATABASE costs").await.expect("it is ours");
        let _ = std::fs::remove_dir_all(home.folder());
        std::fs::create_dir_all(home.folder()).expect("the folder can be made");
        fill(&home, subscribers, enlarge).await;
        std::fs::write(&filled, "").expect("the folder is ours");
    }
    let mut store = Store::of(&home).await;
    let (subscribers, largest, deliveries) = (
        number(&mut store, "SELECT count(*) FROM subscribers").await,
        number(&mut store, "SELECT max(profile_count) FROM lists").await,
        number(&mut store, "SELECT count(*) FROM deliveries").await,
    );
    println!(
        "\nPostgreSQL, {subscribers} subscribers, the largest list has {largest}, {deliveries} deliveries"
    );
    let settings: Vec<String> = cluster::SETTINGS
        .iter()
        .map(|(name, value)| format!("{name}={value}"))
        .collect();
    println!("settings: {}", settings.join(" "));
    home
}

/// Makes up the data, before a gateway serves it; with `enlarge`, as much as the table of costs is about.
pub async fn fill(home: &Home, subscribers: u64, enlarge: bool) {
    home.run(&["migrate"]).well();
    let started = Instant::now();
    home.run(&["seed", "--subscribers", &subscribers.to_string()])
        .well();
    println!("seed took {} s", started.elapsed().as_secs());
    let mut store = Store::of(home).await;
    let (user, member) = (Uuid::now_v7(), Uuid::now_v7());
    store
        .fetch(
            "INSERT INTO users (id, email, email_normalized, status, created_at, updated_at) \
             SELECT $1, 'owner@bench.example', 'owner@bench.example', 'enabled', created_at, created_at \
             FROM accounts WHERE name = 'Acme'",
            &[user],
        )
        .await;
    store
        .fetch(
            "INSERT INTO group_members (account_id, id, group_id, user_id, created_at) \
             SELECT g.account_id, $1, g.id, $2, g.created_at FROM user_groups AS g \
             JOIN accounts AS a ON a.id = g.account_id WHERE a.name = 'Acme' AND g.built_in = 'owner'",
            &[member, user],
        )
        .await;
    if enlarge {
        let started = Instant::now();
        store.script(include_str!("enlarge.sql")).await;
        println!("enlarging took {} s", started.elapsed().as_secs());
    }
    if home.database_url().is_some() {
        store.script(include_str!("readers.sql")).await;
        // As autovacuum leaves it.
        store.script("VACUUM ANALYZE").await;
        store.script("CHECKPOINT").await;
    }
}

/// How many rows of a table there are.
pub async fn number(store: &mut Store, sql: &'static str) -> i64 {
    store.value(sql, &[]).await
}
