//! Tests of the depot in object storage: what is sent, and what waits on this machine until then.

use object_store::memory::InMemory;

use super::failing_store::FailingStore;
use super::format::CHUNK;
use super::tests::{depot, files, plain, read, store};
use super::*;
use crate::error::Code;

/// A depot in object storage, which here is memory.
async fn remote(folder: &FilePath) -> Depot {
    depot(folder).await.elsewhere(Arc::new(InMemory::new()))
}

#[tokio::test]
async fn in_object_storage_an_object_is_sent_in_one_piece_or_many_and_read_by_ranges() {
    let folder = tempfile::tempdir().unwrap();
    let depot = remote(folder.path()).await;
    for length in [0, 1, CHUNK, 99_000, 350_000, 1_234_567] {
        let bytes = plain(length);
        let stored = store(&depot, "exports/a/bundle.zip", &bytes).await;
        assert_eq!(stored.byte_count, length as u64);
        assert_eq!(
            read(&depot, "exports/a/bundle.zip", 0..u64::MAX).await.unwrap(),
            bytes
        );
        let middle = length / 2;
        let part = read(&depot, "exports/a/bundle.zip", middle as u64..u64::MAX)
            .await
            .unwrap();
        assert_eq!(part, bytes[middle..]);
        assert!(files(folder.path()).is_empty(), "{length}: nothing is kept here");
    }
    assert_eq!(depot.list("exports").await.unwrap(), ["exports/a/bundle.zip"]);
    assert!(depot.put_new("ledger/1", b"one").await.unwrap());
    assert!(
        !depot.put_new("ledger/1", b"two").await.unwrap(),
        "an entry is written once"
    );
    assert_eq!(
        depot.read("ledger/1").await.unwrap().as_deref(),
        Some(&b"one"[..])
    );
    assert!(depot.delete("ledger/1").await.unwrap());
    assert!(!depot.delete("ledger/1").await.unwrap());
    assert!(depot.open_object("ledger/1").await.unwrap().is_none());
}

#[tokio::test]
async fn what_is_not_sent_is_neither_seen_nor_left() {
    let folder = tempfile::tempdir().unwrap();
    let depot = remote(folder.path()).await;
    let mut writer = depot.create("exports/a/b").await.unwrap();
    writer.write(&plain(500_000)).await.unwrap();
    assert!(
        depot.list("").await.unwrap().is_empty(),
        "nothing is sent before the end"
    );
    let waiting = files(folder.path());
    assert_eq!(waiting.len(), 1);
    let raw = std::fs::read(&waiting[0]).unwrap();
    assert!(
        !raw.windows(16).any(|window| window == &plain(16)[..]),
        "what waits is sealed"
    );
    assert_eq!(depot.unfinished("exports").await.unwrap()[0].name, "exports/a/b");
    drop(writer);
    assert!(files(folder.path()).is_empty());
    for (step, length) in [
        (FailingStore::BEGIN, 500_000),
        (FailingStore::PART, 500_000),
        (FailingStore::COMPLETE, 500_000),
    ] {
        let failing = depot
            .clone()
            .behind(|store| Arc::new(FailingStore::new(store, step, std::io::ErrorKind::TimedOut, 1)));
        let mut writer = failing.create("exports/a/b").await.unwrap();
        writer.write(&plain(length)).await.unwrap();
        let error = writer.finish().await.expect_err(step);
        assert_eq!(error.code(), Code::DependencyUnavailable, "{step}: {error}");
        assert!(
            depot.list("").await.unwrap().is_empty() && files(folder.path()).is_empty(),
            "{step}"
        );
    }
}
