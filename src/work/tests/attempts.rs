//! A storage that fails while a bundle is made: what may pass is tried again later, what will not ends the export with
//! its code, and nothing is left behind either way.

use std::io::ErrorKind;
use std::sync::Arc;
use std::time::Duration;

use object_store::memory::InMemory;
use object_store::throttle::{ThrottleConfig, ThrottledStore};
use uuid::Uuid;

use super::kit::{Place, places};
use crate::bundle::Lanes;
use crate::cell::{Cell, Kind};
use crate::depot::failing_store::FailingStore;
use crate::plan::slice::BundleKind;
use crate::store::queue::{self, Claim, Queue, Terms};
use crate::work::export::download;
use crate::work::export::part::ExportPart;
use crate::work::export::request::{ExportRequest, request};
use crate::work::export::run;
use crate::work::export::volumes::VolumeSize;
use crate::work::installation::Installation;
use crate::work::job::attempt::ATTEMPTS;

const STEPS: [&str; 4] = [
    FailingStore::BEGIN,
    FailingStore::PART,
    FailingStore::COMPLETE,
    FailingStore::RENAME,
];

/// The same installation with a storage that fails so many times.
fn failing(place: &Place, step: &'static str, kind: ErrorKind, times: u64) -> Installation {
    let mut installation = place.installation.clone();
    installation.depot = installation
        .depot
        .behind(|store| Arc::new(FailingStore::new(store, step, kind, times)));
    installation
}

async fn ask(place: &Place) -> (Uuid, Uuid) {
    let account = place.world.accounts[0].id;
    let wanted = ExportRequest {
        subscriber: None,
        bundle: BundleKind::Account,
        part: ExportPart::Whole,
        since: None,
        without_restricted: false,
        volume_size: VolumeSize::default(),
        formats: Lanes::default(),
        idempotency_key: format!("test-{}", place.installation.new_id()),
    };
    let id = request(&place.installation, &place.viewer(account), &wanted)
        .await
        .unwrap();
    (account, id)
}

/// Claims the job as if it were so many seconds later.
async fn claim(installation: &Installation, job: (Uuid, Uuid), seconds: i64) -> Option<Claim> {
    let terms = Terms {
        lease_now: installation.clock.lease_milliseconds() + seconds * 1_000,
        ..installation.terms()
    };
    queue::claim_this(&installation.database, Queue::Exports, job, terms)
        .await
        .unwrap()
}

async fn row<const N: usize>(
    place: &Place,
    (account, id): (Uuid, Uuid),
    columns: [(&str, Kind); N],
) -> Vec<Cell> {
    let row = queue::read(
        &place.installation.database,
        Queue::Exports,
        account,
        id,
        &columns,
    )
    .await;
    row.unwrap().unwrap()
}

async fn standing(place: &Place, job: (Uuid, Uuid)) -> (String, Option<String>) {
    let row = row(place, job, [("state", Kind::Text), ("error_code", Kind::Text)]).await;
    (
        row[0].as_text().unwrap().to_owned(),
        row[1].as_text().map(str::to_owned),
    )
}

/// Waits until nothing of the account lies in the depot, named or not.
async fn is_empty(place: &Place, account: Uuid) {
    let depot = &place.installation.depot;
    let folder = format!("exports/{account}");
    let mut left = (Vec::new(), Vec::new());
    for _ in 0..250 {
        left = (
            depot.list(&folder).await.unwrap(),
            depot.unfinished(&folder).await.unwrap(),
        );
        if left.0.is_empty() && left.1.is_empty() {
            return;
        }
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
    panic!("a part of a bundle was left: {left:?}");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_storage_that_fails_for_a_while_is_waited_for_and_the_bundle_is_made() {
    for place in places(10).await {
        for step in STEPS {
            let job = ask(&place).await;
            let installation = failing(&place, step, ErrorKind::TimedOut, 2);
            for (later, wait) in [(0, 5), (6, 10)] {
                let claimed = claim(&installation, job, later).await.expect("it waits");
                run::run(&installation, &claimed).await.unwrap();
                assert_eq!(standing(&place, job).await, ("queued".to_owned(), None), "{step}");
                is_empty(&place, job.0).await;
                assert_eq!(claim(&installation, job, 0).await, None, "{step}: too early");
                assert_eq!(
                    claim(&installation, job, wait - 2).await,
                    None,
                    "{step}: too early"
                );
            }
            let claimed = claim(&installation, job, 11).await.expect("its time has come");
            assert_eq!(claimed.attempts, 3);
            run::run(&installation, &claimed).await.unwrap();
            assert_eq!(standing(&place, job).await, ("ready".to_owned(), None), "{step}");
            let viewer = place.viewer(job.0);
            let bundle = download::open(&installation, &viewer, job.1, 1).await.unwrap();
            let numbers =
                ["byte_count", "bytes_done", "rows_expected", "rows_done"].map(|name| (name, Kind::Int));
            let numbers: Vec<i64> = row(&place, job, numbers)
                .await
                .iter()
                .map(|cell| cell.as_int().unwrap())
                .collect();
            assert_eq!(numbers[0], bundle.object.size() as i64);
            assert!(
                numbers[0] == numbers[1] && numbers[2] == numbers[3] && numbers[2] > 0,
                "{numbers:?}"
            );
            installation
                .depot
                .delete(
                    &installation
                        .depot
                        .list(&format!("exports/{}", job.0))
                        .await
                        .unwrap()[0],
                )
                .await
                .unwrap();
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn what_will_not_pass_ends_the_export_at_once_with_its_code_and_leaves_nothing() {
    for place in places(10).await {
        for (kind, code) in [
            (ErrorKind::StorageFull, "STORAGE_FULL"),
            (ErrorKind::PermissionDenied, "INTERNAL"),
        ] {
            for step in STEPS {
                let job = ask(&place).await;
                let installation = failing(&place, step, kind, u64::MAX);
                let claimed = claim(&installation, job, 0).await.expect("it waits");
                run::run(&installation, &claimed).await.unwrap();
                let failed = ("failed".to_owned(), Some(code.to_owned()));
                assert_eq!(standing(&place, job).await, failed, "{step}");
                is_empty(&place, job.0).await;
            }
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_storage_that_stays_away_ends_the_export_after_the_last_attempt() {
    for place in places(2).await {
        let job = ask(&place).await;
        let installation = failing(
            &place,
            FailingStore::BEGIN,
            ErrorKind::ConnectionRefused,
            u64::MAX,
        );
        for attempt in 1..=ATTEMPTS {
            let claimed = claim(&installation, job, 3_600).await.expect("it waits");
            assert_eq!(claimed.attempts, attempt);
            run::run(&installation, &claimed).await.unwrap();
        }
        let failed = ("failed".to_owned(), Some("DEPENDENCY_UNAVAILABLE".to_owned()));
        assert_eq!(standing(&place, job).await, failed);
        is_empty(&place, job.0).await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_job_that_every_worker_dies_of_ends_and_one_that_is_only_given_back_does_not() {
    for place in places(2).await {
        let job = ask(&place).await;
        let installation = &place.installation;
        for _ in 0..2 * ATTEMPTS {
            let claimed = claim(installation, job, 0).await.expect("it waits");
            assert_eq!(claimed.attempts, 1, "a gateway that ends is no failed attempt");
            queue::give_back(&installation.database, &claimed, queue::Again::AtOnce)
                .await
                .unwrap();
        }
        // Nobody lives to say what was wrong: the lease runs out.
        for _ in 0..ATTEMPTS {
            claim(installation, job, 3_600)
                .await
                .expect("its lease has run out");
            let rows = "UPDATE exports SET lease_until = NULL WHERE state = 'running'";
            let sql = crate::store::Sql::new(rows);
            installation
                .database
                .write(async |transaction| transaction.execute(&sql).await)
                .await
                .unwrap();
        }
        let last = claim(installation, job, 0).await.expect("its lease has run out");
        run::run(installation, &last).await.unwrap();
        let failed = ("failed".to_owned(), Some("INTERNAL".to_owned()));
        assert_eq!(standing(&place, job).await, failed);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_snapshot_that_gets_too_old_ends_the_export_with_a_code_of_its_own() {
    for place in places(10).await {
        let job = ask(&place).await;
        let mut installation = place.installation.clone();
        installation.exporting.snapshot_time = Duration::ZERO;
        let claimed = claim(&installation, job, 0).await.expect("it waits");
        run::run(&installation, &claimed).await.unwrap();
        let failed = ("failed".to_owned(), Some("SNAPSHOT_TOO_OLD".to_owned()));
        assert_eq!(standing(&place, job).await, failed);
        is_empty(&place, job.0).await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_slow_storage_holds_no_snapshot_and_what_is_told_meanwhile_is_so() {
    for place in places(10).await {
        let job = ask(&place).await;
        let mut installation = place.installation.clone();
        let slow = ThrottleConfig {
            wait_put_per_call: Duration::from_secs(5),
            ..ThrottleConfig::default()
        };
        let storage = ThrottledStore::new(InMemory::new(), slow);
        installation.depot = installation.depot.elsewhere(Arc::new(storage));
        let before = row(
            &place,
            job,
            [("rows_expected", Kind::Int), ("bytes_done", Kind::Int)],
        )
        .await;
        assert_eq!(before, [Cell::Null, Cell::Int(0)], "not counted yet");
        let claimed = claim(&installation, job, 0).await.expect("it waits");
        let running = {
            let installation = installation.clone();
            tokio::spawn(async move { run::run(&installation, &claimed).await })
        };
        let columns =
            ["rows_expected", "rows_done", "bytes_done", "seconds_left"].map(|name| (name, Kind::Int));
        let mut told = Vec::new();
        for _ in 0..200 {
            told = row(&place, job, columns).await;
            // All rows are written, and told by the clock, not by the rows.
            if !told[0].is_null() && told[0] == told[1] && told[2].as_int() > Some(0) {
                break;
            }
            tokio::time::sleep(Duration::from_millis(50)).await;
        }
        assert!(told[0] == told[1] && told[0].as_int() > Some(0), "{told:?}");
        assert!(told[2].as_int() > Some(0), "{told:?}");
        assert_eq!(told[3], Cell::Null, "how long the storage takes nobody can tell");
        assert_eq!(standing(&place, job).await.0, "running");
        if place.installation.database.dialect() == crate::store::Dialect::Postgres {
            let open = "SELECT count(*) FROM pg_stat_activity WHERE datname = current_database() \
                        AND pid <> pg_backend_pid() AND backend_xmin IS NOT NULL AND state LIKE 'idle in%'";
            assert_eq!(
                place.number(open).await,
                0,
                "a snapshot is held while the bundle is stored"
            );
        }
        running.await.unwrap().unwrap();
        assert_eq!(standing(&place, job).await, ("ready".to_owned(), None));
    }
}
