//! Imports that others get in the way of: suppressed and erased people, a fence raised meanwhile, a cut half-way.

use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicU64, Ordering};

use super::{STATUSES, assert_counters, run, settings, shop};
use crate::access::viewer::Viewer;
use crate::store::Sql;
use crate::work::import::{Settings, import, mailing_files};
use crate::work::progress::Progress;
use crate::work::testing::{TestInstallation, installations};

#[tokio::test]
async fn the_suppressed_are_never_subscribed_and_the_erased_are_not_written() {
    for test in installations().await {
        let viewer = test.account("Acme").await;
        let file = mailing_files::mailchimp_zip(test.folder.path());
        suppress(&test, &viewer, "dan@example.test", "complaint").await;
        erase(&test, &viewer, "mia@example.test").await;
        let rejects = test.folder.path().join("rejects.csv");
        let settings = Settings {
            rejects: Some(rejects.clone()),
            ..settings(&file.path)
        };
        for _ in 0..2 {
            let report = run(&test, &viewer, &settings).await.unwrap();
            assert_eq!(report.suppressed, 2, "{}", test.name);
            assert_eq!(report.rejected as usize, file.bad.len());
            let statuses = test.texts(STATUSES).await;
            assert!(statuses.contains(&"dan@example.test|complained".to_owned()));
            assert!(!statuses.iter().any(|line| line.starts_with("mia@")));
            assert_eq!(
                test.number("SELECT count(*) FROM subscribers WHERE email LIKE 'mia@%'")
                    .await,
                0
            );
            let text = std::fs::read_to_string(&rejects).unwrap();
            assert!(
                text.contains("erased") && !text.contains("mia@example.test"),
                "{text}"
            );
        }
        let other = test.account("Globex").await;
        let report = run(&test, &other, &settings).await.unwrap();
        assert_eq!(
            report.suppressed, 0,
            "another account's erasures and suppressions do not count"
        );
    }
}

async fn suppress(test: &TestInstallation, viewer: &Viewer, address: &str, reason: &str) {
    let mut sql = Sql::new(
        "INSERT INTO suppression_entries (account_id, id, email, email_normalized, reason, created_at) VALUES (",
    );
    sql.bind(viewer.account)
        .push(", ")
        .bind(test.installation.new_id())
        .push(", ")
        .bind(address)
        .push(", ");
    sql.bind(address)
        .push(", ")
        .bind(reason)
        .push(", ")
        .bind(test.installation.clock.now())
        .push(")");
    test.execute(sql).await;
}

async fn erase(test: &TestInstallation, viewer: &Viewer, address: &str) {
    let (version, token) = test.installation.keys.suppression_token(viewer.account, address);
    let mut sql = Sql::new(
        "INSERT INTO suppression_tokens (account_id, id, token, key_version, normalizer_version, reason, created_at) \
         VALUES (",
    );
    sql.bind(viewer.account)
        .push(", ")
        .bind(test.installation.new_id())
        .push(", ")
        .bind(token.to_vec());
    sql.push(", ")
        .bind(version)
        .push(", 1, 'erased', ")
        .bind(test.installation.clock.now())
        .push(")");
    test.execute(sql).await;
}

#[tokio::test]
async fn a_fence_that_goes_up_while_an_import_runs_is_seen_by_the_next_batch() {
    for test in installations().await {
        let viewer = test.account("Acme").await;
        let rows: Vec<String> = (0..3_000)
            .map(|number| format!("p{number}@example.test,N,{number}"))
            .collect();
        let rows: Vec<&str> = rows.iter().map(String::as_str).collect();
        let settings = shop(test.folder.path(), "many.csv", "mail,first,number", &rows);
        let watch = Stop::after(1);
        let importing = import(&test.installation, &viewer, &settings, &watch);
        let fencing = async {
            watch.reached().await;
            erase(&test, &viewer, "p2999@example.test").await;
        };
        let (report, ()) = tokio::join!(importing, fencing);
        assert_eq!(report.unwrap().suppressed, 1, "{}", test.name);
        assert_eq!(test.number("SELECT count(*) FROM subscribers").await, 2_999);
    }
}

/// Watches an import, and says when some batches are committed.
struct Stop {
    left: AtomicU64,
    reached: tokio::sync::Notify,
}

impl Stop {
    fn after(batches: u64) -> Stop {
        Stop {
            left: AtomicU64::new(batches),
            reached: tokio::sync::Notify::new(),
        }
    }

    async fn reached(&self) {
        self.reached.notified().await;
    }
}

impl Progress for Stop {
    fn total(&self, _: u64) {}

    fn add(&self, _: u64) {
        if self.left.fetch_sub(1, Ordering::SeqCst) == 1 {
            self.reached.notify_one();
        }
    }

    fn message(&self, _: &str) {}
}

#[tokio::test]
async fn an_import_that_was_cut_off_is_completed_by_running_it_again() {
    for test in installations().await {
        let viewer = test.account("Acme").await;
        let rows: Vec<String> = (0..5_000)
            .map(|number| format!("p{number}@example.test,N{number},{number},2024-01-01"))
            .collect();
        let rows: Vec<&str> = rows.iter().map(String::as_str).collect();
        let rejects = test.folder.path().join("rejects.csv");
        let settings = shop(test.folder.path(), "many.csv", "mail,first,number,joined", &rows);
        let settings = Settings {
            rejects: Some(rejects),
            ..settings
        };
        let watch = Stop::after(2);
        tokio::select! {
            biased;
            () = watch.reached() => {}
            _ = import(&test.installation, &viewer, &settings, &watch) => panic!("it is cut off before its end"),
        }
        let half = test.number("SELECT count(*) FROM subscribers").await;
        assert!((2_000..5_000).contains(&half), "{}: {half}", test.name);
        assert_eq!(leftovers(test.folder.path()), Vec::<PathBuf>::new());
        let report = run(&test, &viewer, &settings).await.unwrap();
        assert_eq!(report.added + report.unchanged, 5_000);
        for table in ["subscribers", "subscriber_profiles", "consents"] {
            assert_eq!(
                test.number(&format!("SELECT count(*) FROM {table}")).await,
                5_000,
                "{table}"
            );
        }
        assert_eq!(test.number("SELECT count(*) FROM lists").await, 1);
        assert_counters(&test).await;
    }
}

fn leftovers(folder: &Path) -> Vec<PathBuf> {
    let entries = std::fs::read_dir(folder)
        .unwrap()
        .map(|entry| entry.unwrap().path());
    entries
        .filter(|path| path.extension().is_some_and(|extension| extension == "partial"))
        .collect()
}
