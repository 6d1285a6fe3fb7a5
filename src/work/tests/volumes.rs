//! Bundles of several files.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use chrono::TimeDelta;
use futures_util::TryStreamExt;
use uuid::Uuid;

use super::export::{trust, whole};
use super::kit::{Place, places};
use crate::bundle::{Report, verify_files};
use crate::cell::Kind;
use crate::clock::Clock;
use crate::depot::failing_store::FailingStore;
use crate::error::Code;
use crate::store::queue::{self, Queue};
use crate::work::export::request::{ExportRequest, request};
use crate::work::export::volumes::VolumeSize;
use crate::work::export::{download, run};
use crate::work::job::{EXPORT, objects};
use crate::work::upkeep;

const SIZE: u64 = 150_000;

/// A bundle with files of at most that size: its export, and the files, saved.
async fn made(place: &Place, account: Uuid, bytes: u64, folder: &Path) -> (Uuid, Vec<PathBuf>) {
    let (installation, viewer) = (&place.installation, place.viewer(account));
    let wanted = ExportRequest {
        volume_size: VolumeSize::of_bytes(bytes),
        ..whole(place)
    };
    let id = request(installation, &viewer, &wanted).await.unwrap();
    let claim = queue::claim(&installation.database, Queue::Exports, installation.terms()).await;
    run::run(installation, &claim.unwrap().unwrap()).await.unwrap();
    let files = download::ready(installation, &viewer, id).await.unwrap().files();
    let mut paths = Vec::new();
    for number in 1..=files {
        let bundle = download::open(installation, &viewer, id, number).await.unwrap();
        let pieces: Vec<_> = bundle
            .object
            .read_range(0..bundle.object.size())
            .try_collect()
            .await
            .unwrap();
        let path = folder.join(format!("{id}-{bytes}-{number}.zip"));
        std::fs::write(&path, pieces.concat()).unwrap();
        paths.push(path);
    }
    let beyond = download::open(installation, &viewer, id, files + 1).await;
    assert_eq!(beyond.err().unwrap().code(), Code::NotFound);
    (id, paths)
}

fn rows(reports: &[Report]) -> BTreeMap<&str, u64> {
    let mut rows = BTreeMap::new();
    for table in reports.iter().flat_map(|report| &report.tables) {
        *rows.entry(table.name.as_str()).or_default() += table.rows;
    }
    // What was written down between two exports.
    rows.retain(|name, _| !["exports", "audit_events"].contains(name));
    rows
}

/// The lines of a table, from all files.
fn lines(paths: &[PathBuf], table: &str) -> String {
    let mut all = String::new();
    for path in paths {
        let mut zip = zip::ZipArchive::new(std::fs::File::open(path).unwrap()).unwrap();
        if let Ok(lane) = zip.by_name(&format!("data/ndjson/{table}.ndjson")) {
            all += &std::io::read_to_string(lane).unwrap();
        }
    }
    all
}

#[tokio::test(flavor = "multi_thread")]
async fn the_files_of_a_large_bundle_hold_what_one_would_hold_and_are_each_sound() {
    for place in places(40).await {
        let (folder, account) = (tempfile::tempdir().unwrap(), place.world.accounts[0].id);
        let (_, one) = made(&place, account, 1 << 30, folder.path()).await;
        let (_, several) = made(&place, account, SIZE, folder.path()).await;
        let (_, again) = made(&place, account, SIZE, folder.path()).await;
        assert_eq!(one.len(), 1);
        assert!(several.len() > 2, "{} files", several.len());
        let reports = verify_files(&several, &trust(&place)).unwrap();
        for report in &reports {
            assert!(report.is_trusted(), "{:?}", report.findings);
        }
        let expected = verify_files(&one, &trust(&place)).unwrap();
        assert_eq!(rows(&reports), rows(&expected));
        for table in ["subscribers", "deliveries", "opens", "templates"] {
            assert_eq!(lines(&several, table), lines(&one, table), "{table}");
        }
        // The same rows are cut at the same places, whatever the lanes do meanwhile.
        let cut = |paths: &[PathBuf]| -> Vec<usize> {
            let each = paths.iter().map(std::slice::from_ref);
            each.map(|path| lines(path, "deliveries").lines().count())
                .collect()
        };
        assert_eq!(cut(&several), cut(&again));
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn all_files_of_a_bundle_stay_while_it_is_ready_and_go_when_its_time_is_over() {
    for place in places(40).await {
        let (folder, account) = (tempfile::tempdir().unwrap(), place.world.accounts[0].id);
        let (export, files) = made(&place, account, SIZE, folder.path()).await;
        let installation = &place.installation;
        let stored = async || installation.depot.list("exports").await.unwrap().len();
        objects::remove_void_everywhere(installation, &EXPORT)
            .await
            .unwrap();
        assert_eq!(stored().await, files.len());
        let mut later = installation.clone();
        later.clock = Clock::starting_at(installation.clock.now() + TimeDelta::days(400));
        upkeep::expire(&later).await.unwrap();
        assert_eq!(stored().await, 0, "nothing of {export} is left");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn when_the_disk_is_full_at_the_third_file_none_is_left() {
    for place in places(40).await {
        let (account, viewer) = (
            place.world.accounts[0].id,
            place.viewer(place.world.accounts[0].id),
        );
        let mut installation = place.installation.clone();
        installation.depot = installation
            .depot
            .behind(|store| Arc::new(FailingStore::full(store, FailingStore::COMPLETE).after(2)));
        let wanted = ExportRequest {
            volume_size: VolumeSize::of_bytes(SIZE),
            ..whole(&place)
        };
        let id = request(&installation, &viewer, &wanted).await.unwrap();
        let claim = queue::claim(&installation.database, Queue::Exports, installation.terms()).await;
        run::run(&installation, &claim.unwrap().unwrap()).await.unwrap();
        let columns = [("state", Kind::Text), ("error_code", Kind::Text)];
        let row = queue::read(&installation.database, Queue::Exports, account, id, &columns).await;
        assert_eq!(row.unwrap().unwrap(), ["failed".into(), "STORAGE_FULL".into()]);
        assert!(installation.depot.list("exports").await.unwrap().is_empty());
    }
}
