//! Exports that are read from a replica: never of a moment before they were asked for, and tried again while it is behind.

use std::time::Duration;

use crate::access::viewer::Viewer;
use crate::bundle::Lanes;
use crate::config::Settings;
use crate::error::Code;
use crate::plan::slice::BundleKind;
use crate::store::Sql;
use crate::store::queue::{self, Queue, Terms};
use crate::store::standby::Pair;
use crate::work::export::part::ExportPart;
use crate::work::export::request::{ExportRequest, request};
use crate::work::export::run;
use crate::work::export::volumes::VolumeSize;
use crate::work::founding;
use crate::work::installation::Installation;

async fn installation(pair: &Pair, replica: &str, folder: &std::path::Path) -> Installation {
    let settings = Settings {
        data: Some(folder.join("data")),
        database_url: Some(pair.primary()),
        replica_url: Some(replica.to_owned()),
        ..Settings::default()
    };
    let mut installation = Installation::open(&settings.resolve(false).unwrap(), true)
        .await
        .unwrap();
    installation.exporting.replica_time = Duration::from_secs(1);
    installation
}

async fn state(installation: &Installation, times: i64) -> String {
    let viewer = viewer(installation).await;
    let wanted = ExportRequest {
        subscriber: None,
        bundle: BundleKind::Account,
        part: ExportPart::Whole,
        since: None,
        without_restricted: false,
        volume_size: VolumeSize::default(),
        formats: Lanes::default(),
        idempotency_key: format!("test-{}", installation.new_id()),
    };
    let id = request(installation, &viewer, &wanted).await.unwrap();
    for attempt in 0..times {
        let terms = Terms {
            lease_now: installation.clock.lease_milliseconds() + attempt * 3_600_000,
            ..installation.terms()
        };
        let job = (viewer.account, id);
        let claim = queue::claim_this(&installation.database, Queue::Exports, job, terms).await;
        run::run(installation, &claim.unwrap().expect("it waits"))
            .await
            .unwrap();
    }
    let mut sql = Sql::new("SELECT state || COALESCE(' ' || error_code, '') FROM exports WHERE id = ");
    sql.bind(id);
    installation.database.fetch(&sql).await.unwrap()[0]
        .text(0)
        .unwrap()
}

async fn viewer(installation: &Installation) -> Viewer {
    let platform = founding::platform(installation).await.unwrap();
    let sql = Sql::new("SELECT id FROM accounts WHERE name = 'Acme'");
    let known = installation.database.fetch(&sql).await.unwrap();
    let account = match known.first() {
        Some(row) => row.uuid(0).unwrap(),
        None => installation.new_id(),
    };
    let viewer = Viewer::at_the_machine(&installation.catalog, platform.operator, account);
    if known.is_empty() {
        founding::add_account(installation, &viewer, "Acme", "owner@acme.example", false)
            .await
            .unwrap();
    }
    viewer
}

#[tokio::test(flavor = "multi_thread")]
async fn an_export_is_read_from_the_replica_when_that_has_come_as_far_as_the_request() {
    let Some(pair) = Pair::start() else { return };
    let folder = tempfile::tempdir().unwrap();
    let installation = installation(&pair, &pair.replica(), folder.path()).await;
    assert_eq!(state(&installation, 1).await, "ready");
    let account = viewer(&installation).await.account;
    let reads = async || {
        let sql = Sql::new("SELECT count(*) FROM lists");
        let replica = installation.replica.as_ref().expect("one is set");
        let mut snapshot = replica
            .snapshot(&installation.database, account, Duration::from_secs(1))
            .await?;
        snapshot.fetch(&sql).await
    };
    reads().await.unwrap();
    pair.pause(true).await;
    assert_eq!(
        state(&installation, 1).await,
        "queued",
        "the replica does not know the request"
    );
    assert_eq!(
        reads().await.err().map(|error| error.code()),
        Some(Code::DependencyUnavailable)
    );
    pair.pause(false).await;
    assert_eq!(state(&installation, 1).await, "ready");
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_no_replica_of_this_primary_is_never_read_from() {
    let Some(pair) = Pair::start() else { return };
    let folder = tempfile::tempdir().unwrap();
    // The primary itself is always as far as it is.
    let installation = installation(&pair, &pair.primary(), folder.path()).await;
    assert_eq!(state(&installation, 1).await, "ready");
    let mut astray = installation.clone();
    let primary = pair.primary();
    let elsewhere = format!("{}template1", primary.trim_end_matches("postgres"));
    let options = crate::store::DatabaseOptions::default();
    let replica = crate::store::Replica::at(&elsewhere, &astray.database, &options).unwrap();
    astray.replica = Some(replica);
    assert_eq!(state(&astray, 1).await, "failed INVALID_SETTING");
}
