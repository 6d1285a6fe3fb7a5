//! A database that is gone, silent or locked, and a disk that is full: a clear error with a code while it lasts,
//! nothing half done, and all is well again afterwards.

use std::path::Path;
use std::process::Command;
use std::time::{Duration, Instant};

use serde_json::json;
use sqlx::sqlite::SqliteConnection;
use sqlx::{Connection, Executor};

use super::{TRIES, Victim, code};
use crate::kit::client::wait_until;
use crate::kit::company;
use crate::kit::gateway::Gateway;
use crate::kit::home::Home;
use crate::kit::proxy::{Proxy, Wire};
use crate::kit::tool::{skipped, tool};

const QUERY: &str = "{ subscribers(first: 2) { nodes { email } } }";

const EXPORT: &str = "mutation ($key: String!) { requestExport(input: {idempotencyKey: $key}) \
    { export { id } userErrors { code } } }";

/// How soon the health is told while the database keeps silent, which is waited for for a second.
const HEALTH: Duration = Duration::from_secs(3);

/// Longer than a request may take.
const A_WHILE: Duration = Duration::from_secs(20);

// On several threads, because the wire has to carry while the test waits for a command.
#[tokio::test(flavor = "multi_thread")]
async fn a_postgres_that_is_gone_is_told_and_its_return_is_noticed() {
    let Some(mut home) = Home::on_postgres().await else {
        return;
    };
    let proxy = Proxy::to(home.database_url().expect("a server")).await;
    let direct = home.database_url().expect("a server").to_owned();
    company::found(&home, 20).await;
    home.reach_database_at(proxy.address);
    let mut victim = Victim::serving(home).await;
    victim.ask(QUERY, json!({})).await.data();
    for wire in [Wire::Cut, Wire::Blocked] {
        proxy.set(wire);
        let started = Instant::now();
        let ((), ()) = tokio::join!(
            async {
                let answer = victim.ask(QUERY, json!({})).await;
                let found = (answer.status, code(&answer));
                let expected = match wire {
                    Wire::Blocked => ["DEPENDENCY_UNAVAILABLE", "TIMEOUT"],
                    _ => ["DEPENDENCY_UNAVAILABLE"; 2],
                };
                assert!(
                    found.0 == 503 && expected.contains(&found.1.as_str()),
                    "{wire:?}: {found:?} {}",
                    answer.text()
                );
                let said = answer.text();
                assert!(!said.contains("127.0.0.1") && !said.contains("SELECT"), "{said}");
            },
            async {
                let answer = victim.ask(EXPORT, json!({ "key": "while-it-is-gone" })).await;
                let found = code(&answer);
                assert!(
                    ["DEPENDENCY_UNAVAILABLE", "TIMEOUT"].contains(&found.as_str()),
                    "{}",
                    answer.text()
                );
            }
        );
        assert!(
            started.elapsed() < A_WHILE,
            "{wire:?}: the asker waited for {:?}",
            started.elapsed()
        );
        let mut times = Vec::new();
        while times.last().is_none_or(|time| *time > HEALTH) {
            let started = Instant::now();
            let (live, ready) = tokio::join!(
                victim.client.get("/health/live"),
                victim.client.get("/health/ready")
            );
            times.push(started.elapsed());
            assert!(times.len() <= TRIES, "{wire:?}: health took {times:?}");
            assert_eq!(
                (live.status, ready.status),
                (200, 503),
                "{wire:?}: {}",
                ready.text()
            );
            assert!(ready.text().contains("\"store\""), "{}", ready.text());
        }
        proxy.set(Wire::Whole);
        wait_until(
            "the gateway notices that the database is back",
            A_WHILE,
            async || {
                victim.client.get("/health/ready").await.status == 200
                    && victim.ask(QUERY, json!({})).await.status == 200
            },
        )
        .await;
    }
    // Connections that the server itself ends, as at a restart: all are made anew.
    end_connections(&direct).await;
    wait_until("queries are answered again", A_WHILE, async || {
        let answer = victim.ask(QUERY, json!({})).await;
        assert!(
            ["", "DEPENDENCY_UNAVAILABLE"].contains(&code(&answer).as_str()),
            "{}",
            answer.text()
        );
        answer.status == 200
    })
    .await;
    wait_until("no dead connection is left", A_WHILE, async || {
        for _ in 0..20 {
            if victim.ask(QUERY, json!({})).await.status != 200 {
                return false;
            }
        }
        true
    })
    .await;
    let export = company::exported(&victim.client, &victim.token).await;
    wait_until("an export is made again", Duration::from_secs(60), async || {
        company::export_state(&victim.client, &victim.token, &export)
            .await
            .0
            == "READY"
    })
    .await;
    victim.gateway.is_unharmed();
}

async fn end_connections(url: &str) {
    let mut connection = sqlx::postgres::PgConnection::connect(url)
        .await
        .expect("the test's database");
    connection
        .execute(
            "SELECT pg_terminate_backend(pid) FROM pg_stat_activity \
             WHERE datname = current_database() AND pid <> pg_backend_pid()",
        )
        .await
        .expect("the user for tests may end connections");
}

#[tokio::test]
async fn a_locked_embedded_store_is_read_but_not_written_and_says_so() {
    let mut victim = Victim::at(Home::embedded()).await;
    let file = format!("sqlite:{}", victim.home.data().join("postern.sqlite").display());
    let mut other = SqliteConnection::connect(&file)
        .await
        .expect("the store can be opened beside");
    other
        .execute("BEGIN EXCLUSIVE")
        .await
        .expect("the store can be locked");
    let started = Instant::now();
    let (answer, ()) = tokio::join!(
        victim.ask(EXPORT, json!({ "key": "while-locked-1" })),
        victim.serves_others("a lock")
    );
    assert_eq!(
        (answer.status, code(&answer).as_str()),
        (200, "DEPENDENCY_UNAVAILABLE"),
        "{}",
        answer.text()
    );
    assert!(started.elapsed() < A_WHILE, "{:?}", started.elapsed());
    // What nobody could write down is not given out in clear.
    wait_until(
        "reads in clear are refused while the log cannot be written",
        A_WHILE,
        async || code(&victim.ask(QUERY, json!({})).await) == "DEPENDENCY_UNAVAILABLE",
    )
    .await;
    other
        .execute("ROLLBACK")
        .await
        .expect("the lock can be given back");
    wait_until("all is well again", A_WHILE, async || {
        victim.ask(QUERY, json!({})).await.status == 200
            && code(&victim.ask(QUERY, json!({})).await).is_empty()
    })
    .await;
    let answer = victim.ask(EXPORT, json!({ "key": "while-locked-1" })).await;
    assert_eq!(
        code(&answer),
        "",
        "the request that was refused can be sent again: {}",
        answer.text()
    );
    let exports = victim.ask("{ exports { nodes { id } } }", json!({})).await.data();
    assert_eq!(
        exports["exports"]["nodes"].as_array().map(Vec::len),
        Some(1),
        "nothing was half done: {exports}"
    );
    victim.is_unharmed();
}

/// A small file system, gone when dropped.
struct SmallDisk<'a>(&'a Path);

impl<'a> SmallDisk<'a> {
    /// `None`, said loudly, where this user may not mount one.
    fn mount(folder: &'a Path, size: &str) -> Option<SmallDisk<'a>> {
        let mount = tool("mount")?;
        std::fs::create_dir_all(folder).expect("a folder");
        let done = Command::new(mount)
            .args(["-t", "tmpfs", "-o", &format!("size={size},mode=700"), "tmpfs"])
            .arg(folder)
            .output()
            .expect("mount can be run");
        if !done.status.success() {
            skipped("a small file system cannot be mounted; that takes root");
            return None;
        }
        Some(SmallDisk(folder))
    }

    fn resize(&self, size: &str) {
        let done = Command::new("mount")
            .args(["-o", &format!("remount,size={size}")])
            .arg(self.0)
            .status()
            .expect("mount can be run");
        assert!(done.success());
    }

    /// The sizes of all files.
    fn used(&self) -> u64 {
        fn sum(folder: &Path) -> u64 {
            let entries = std::fs::read_dir(folder).expect("a folder").flatten();
            entries
                .map(|entry| match entry.file_type() {
                    Ok(kind) if kind.is_dir() => sum(&entry.path()),
                    _ => entry.metadata().map_or(0, |metadata| metadata.len()),
                })
                .sum()
        }
        sum(self.0)
    }
}

impl Drop for SmallDisk<'_> {
    fn drop(&mut self) {
        let _ = Command::new("umount").arg("--lazy").arg(self.0).status();
    }
}

#[tokio::test]
async fn an_export_on_a_full_disk_fails_with_its_code_and_leaves_nothing() {
    for home in Home::each().await {
        let folder = home.folder().join("small");
        let Some(disk) = SmallDisk::mount(&folder, "128k") else {
            return;
        };
        company::found(&home, 200).await;
        let depot = folder.to_str().expect("a plain path").to_owned();
        let mut gateway = Gateway::serve(&home, &["--depot", &depot]).await;
        let token = company::token(&home, "owner@acme.test");
        let client = gateway.client.clone();
        let ended = async |id: &str| {
            wait_until("the export ends", Duration::from_secs(60), async || {
                ["READY", "FAILED"].contains(&company::export_state(&client, &token, id).await.0.as_str())
            })
            .await;
            company::export_state(&client, &token, id).await
        };
        let before = disk.used();
        let export = company::exported(&client, &token).await;
        assert_eq!(
            ended(&export).await,
            ("FAILED".to_owned(), Some("STORAGE_FULL".to_owned()))
        );
        assert_eq!(disk.used(), before, "a part of a bundle was left");
        let answer = client.get_as(&token, &format!("/exports/{export}/bundle")).await;
        assert_eq!((answer.status, answer.code().as_str()), (409, "INVALID_STATE"));
        disk.resize("64m");
        let export = company::exported(&client, &token).await;
        assert_eq!(ended(&export).await, ("READY".to_owned(), None));
        let answer = client.get_as(&token, &format!("/exports/{export}/bundle")).await;
        assert_eq!(answer.status, 200);
        gateway.is_unharmed();
    }
}
