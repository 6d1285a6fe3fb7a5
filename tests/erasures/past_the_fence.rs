//! A platform that writes an erased person again and again, past Postern: during the erasure and after it.

use std::collections::BTreeSet;
use std::fs;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::time::{Duration, Instant};

use tokio::time::MissedTickBehavior;

use super::platform::{self, Platform};
use crate::kill::jobs::{ask_erasure, ended};
use crate::kit::company;
use crate::kit::gateway::Gateway;
use crate::kit::home::Home;
use crate::kit::rows::{Row, account, mentions, of_others};

/// How long until the platform writes again: with ten rows each time, 500 a second.
const PAUSE: Duration = Duration::from_millis(20);

/// How long the platform goes on when the erasure has ended.
const AFTERWARDS: Duration = Duration::from_secs(3);

/// Longer than a gateway takes to look again, once a minute.
const LOOK: Duration = Duration::from_secs(100);

/// What a writer has done so far.
#[derive(Default)]
struct Written {
    stop: AtomicBool,
    sent: AtomicU64,
    rows: AtomicU64,
}

/// Writes until it is told to stop.
async fn write_again_and_again(mut platform: Platform, email: String, written: Arc<Written>) {
    let mut ticks = tokio::time::interval(PAUSE);
    ticks.set_missed_tick_behavior(MissedTickBehavior::Burst);
    while !written.stop.load(Ordering::Relaxed) {
        ticks.tick().await;
        let rows = platform.run(platform.rows(&email)).await;
        written.sent.fetch_add(platform::AT_ONE_TIME, Ordering::Relaxed);
        written.rows.fetch_add(rows, Ordering::Relaxed);
    }
}

/// Somebody whom both accounts have.
fn shared(rows: &[Row]) -> String {
    let of = |name: &str| -> BTreeSet<Vec<u8>> {
        let account = account(rows, name);
        let people = rows.iter();
        let people = people.filter(|row| row.table == "subscribers" && row.account() == Some(&account));
        people.map(|row| row.cell("email_normalized").to_vec()).collect()
    };
    let both = of("Acme");
    let shared = both.intersection(&of("Globex")).next().cloned();
    String::from_utf8(shared.expect("the accounts share people")).expect("text")
}

async fn keeps_away(home: &Home) {
    company::found(home, 40).await;
    let before = home.rows().await;
    let email = shared(&before);
    // A look each minute, as often as can be.
    let policy = fs::read_to_string("schema/policy.toml").expect("there is a policy");
    let often = policy.replace("fence_sweep_minutes = 5", "fence_sweep_minutes = 1");
    assert_ne!(policy, often);
    let file = home.folder().join("often.toml");
    fs::write(&file, often).expect("a file can be kept");
    let gateway = Gateway::serve(home, &["--policy", file.to_str().expect("UTF-8")]).await;
    let token = company::token(home, "owner@acme.test");

    let written = Arc::new(Written::default());
    let begun = Instant::now();
    let platform = Platform::of(home).await;
    let writer = tokio::spawn(write_again_and_again(platform, email.clone(), written.clone()));
    let id = ask_erasure(&gateway.client, &token, "hostile-key", &email).await;
    let erasure = ended(&gateway.client, &token, &id.expect("the gateway lives")).await;
    // It ends, however fast others write, and does not say that nobody is there when somebody is.
    assert!(
        erasure["state"] == "DONE" || erasure["state"] == "RESIDUE_FOUND",
        "{erasure:#}"
    );
    tokio::time::sleep(AFTERWARDS).await;
    assert!(
        !mentions(&home.rows().await, "Acme", &email).is_empty(),
        "nobody wrote anything"
    );
    written.stop.store(true, Ordering::Relaxed);
    writer.await.expect("the platform can write");
    let seconds = begun.elapsed().as_secs_f64();
    let (sent, rows) = (
        written.sent.load(Ordering::Relaxed),
        written.rows.load(Ordering::Relaxed),
    );
    let rate = sent as f64 / seconds;
    assert!(
        rate > 200.0 && rows > sent / 4,
        "{sent} sent, {rows} written in {seconds} s"
    );

    let waited = Instant::now();
    loop {
        let rows = home.rows().await;
        let left = mentions(&rows, "Acme", &email);
        let erasure = rows
            .iter()
            .find(|row| row.table == "erasures")
            .expect("an erasure");
        if left.is_empty() && erasure.cell("state") == b"done" {
            break;
        }
        let second = String::from_utf8_lossy(erasure.cell("second_receipt"));
        assert!(
            waited.elapsed() < LOOK,
            "left in {left:?}\n{second}\n{}",
            gateway.logged()
        );
        tokio::time::sleep(Duration::from_secs(1)).await;
    }
    let after = home.rows().await;
    assert!(
        of_others(&before, "Acme") == of_others(&after, "Acme"),
        "another account's rows changed"
    );
    let erasure = after
        .iter()
        .find(|row| row.table == "erasures")
        .expect("an erasure");
    let of_it = |row: &&Row, column: &str| row.cell(column) == erasure.cell("id");
    let told = after
        .iter()
        .filter(|row| row.table == "audit_events" && of_it(row, "object_id"));
    assert!(
        told.clone().any(|row| row.cell("action") == b"erasure.kept_away"),
        "{:?}",
        told.collect::<Vec<_>>()
    );
    let counted: u64 = after
        .iter()
        .filter(|row| row.table == "erasure_batches" && of_it(row, "erasure_id"))
        .filter(|row| row.cell("step_number") == b"-4")
        .map(|row| {
            String::from_utf8_lossy(row.cell("row_count"))
                .parse::<u64>()
                .expect("a number")
        })
        .sum();
    assert!(counted > 100, "{counted} rows were counted");
    assert_eq!(gateway.terminate().await.code(), Some(0));
}

#[tokio::test(flavor = "multi_thread")]
async fn nobody_is_left_whom_a_platform_writes_again_and_again_in_the_embedded_store() {
    keeps_away(&Home::embedded()).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn nobody_is_left_whom_a_platform_writes_again_and_again_on_postgres() {
    if let Some(home) = Home::on_postgres().await {
        keeps_away(&home).await;
    }
}
