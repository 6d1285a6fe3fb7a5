//! Tests of the depot: whole or absent, any range equal to the plain bytes, every damage noticed.

use std::io::Write;
use std::ops::Range;

use proptest::prelude::*;
use zeroize::Zeroizing;

use super::failing_store::FailingStore;
use super::format::{CHUNK, HEADER, SEALED};
use super::*;
use crate::error::{Code, Error};

fn wrap(number: u8) -> WrapKey {
    WrapKey::new([(1, Zeroizing::new([number; 32]))])
}

pub(super) async fn depot(folder: &FilePath) -> Depot {
    let location = folder.to_str().unwrap();
    let mut depot = Depot::open(location, folder, wrap(1), Clock::system())
        .await
        .unwrap();
    // Small parts, so that short objects have several.
    depot.part_size = 100_000;
    depot
}

pub(super) fn plain(length: usize) -> Vec<u8> {
    (0..length)
        .map(|place| (place * 31 % 251) as u8 ^ (place / CHUNK) as u8)
        .collect()
}

pub(super) async fn store(depot: &Depot, name: &str, bytes: &[u8]) -> Stored {
    let mut writer = depot.create(name).await.unwrap();
    for piece in bytes.chunks(10_007) {
        writer.write(piece).await.unwrap();
    }
    writer.finish().await.unwrap()
}

pub(super) async fn read(depot: &Depot, name: &str, range: Range<u64>) -> Result<Vec<u8>> {
    let object = depot.open_object(name).await?.expect("the object is there");
    let parts: Vec<Bytes> = object.read_range(range).try_collect().await?;
    Ok(parts.concat())
}

pub(super) fn files(folder: &FilePath) -> Vec<PathBuf> {
    let mut found = Vec::new();
    for entry in std::fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            found.extend(files(&path))
        } else {
            found.push(path)
        }
    }
    found
}

#[tokio::test]
async fn an_object_is_read_back_with_its_size_and_digest_and_is_not_readable_on_the_disk() {
    let folder = tempfile::tempdir().unwrap();
    let depot = depot(folder.path()).await;
    for length in [0, 1, CHUNK - 1, CHUNK, CHUNK + 1, 3 * CHUNK, 200_000] {
        let bytes = plain(length);
        let stored = store(&depot, "exports/a/bundle.zip", &bytes).await;
        assert_eq!(stored.byte_count, length as u64);
        assert_eq!(
            stored.sha256,
            <[u8; 32]>::from(sha2::Digest::finalize(
                <sha2::Sha256 as sha2::Digest>::new_with_prefix(&bytes)
            ))
        );
        assert_eq!(
            read(&depot, "exports/a/bundle.zip", 0..u64::MAX).await.unwrap(),
            bytes
        );
        let raw = std::fs::read(folder.path().join("exports/a/bundle.zip")).unwrap();
        assert!(length < 16 || !raw.windows(16).any(|window| window == &bytes[..16]));
    }
    assert_eq!(depot.list("").await.unwrap(), ["exports/a/bundle.zip"]);
    assert_eq!(files(folder.path()).len(), 1);
}

#[tokio::test]
async fn any_range_equals_the_same_part_of_the_plain_bytes() {
    let folder = tempfile::tempdir().unwrap();
    let depot = depot(folder.path()).await;
    let bytes = plain(18 * CHUNK + 123);
    store(&depot, "a", &bytes).await;
    let object = depot.open_object("a").await.unwrap().unwrap();
    let size = bytes.len() as u64;
    let chunk = CHUNK as u64;
    let mut ranges = vec![
        0..0,
        0..1,
        size - 1..size,
        size..size + 9,
        chunk - 1..chunk + 1,
        0..chunk,
        Range { start: 7, end: 3 },
        16 * chunk..17 * chunk,
    ];
    ranges.extend((0..12).map(|_| {
        let start = rand::random_range(0..size);
        start..rand::random_range(start..=size.min(start + 200_000))
    }));
    for range in ranges {
        let parts: Vec<Bytes> = object.read_range(range.clone()).try_collect().await.unwrap();
        let (start, end) = (range.start.min(size) as usize, range.end.min(size) as usize);
        assert_eq!(
            parts.concat(),
            bytes.get(start..end).unwrap_or_default(),
            "{range:?}"
        );
    }
}

#[tokio::test]
async fn every_damage_is_noticed() {
    let folder = tempfile::tempdir().unwrap();
    let depot = depot(folder.path()).await;
    let bytes = plain(3 * CHUNK + 100);
    store(&depot, "a", &bytes).await;
    store(&depot, "b", &bytes).await;
    let path = folder.path().join("a");
    let good = std::fs::read(&path).unwrap();
    let chunk = |number: usize| HEADER + number * SEALED..(HEADER + (number + 1) * SEALED).min(good.len());
    let joined = |parts: &[&[u8]]| parts.concat();
    let mut cases = vec![
        ("empty", Vec::new()),
        ("only the header", good[..HEADER].to_vec()),
        ("one byte cut", good[..good.len() - 1].to_vec()),
        ("the last chunk cut", good[..chunk(3).start].to_vec()),
        ("cut within a chunk", good[..chunk(2).start + 1_000].to_vec()),
        ("longer", joined(&[&good, &[0]])),
        ("the last chunk twice", joined(&[&good, &good[chunk(3)]])),
        (
            "two chunks swapped",
            joined(&[
                &good[..HEADER],
                &good[chunk(1)],
                &good[chunk(0)],
                &good[chunk(2).start..],
            ]),
        ),
        (
            "a chunk left out",
            joined(&[&good[..chunk(1).start], &good[chunk(2).start..]]),
        ),
        (
            "a chunk repeated",
            joined(&[&good[..chunk(1).end], &good[chunk(1)], &good[chunk(2).start..]]),
        ),
        ("another object", std::fs::read(folder.path().join("b")).unwrap()),
    ];
    for place in [
        0,
        7,
        8,
        9,
        40,
        HEADER - 1,
        HEADER,
        chunk(1).start + 5,
        chunk(2).end - 1,
        good.len() - 1,
    ] {
        let mut flipped = good.clone();
        flipped[place] ^= 1;
        cases.push(("a bit flipped", flipped));
    }
    for (what, damaged) in cases {
        std::fs::write(&path, &damaged).unwrap();
        let error = read(&depot, "a", 0..u64::MAX).await.expect_err(what);
        assert!(matches!(error, Error::Fault(Fault::Depot(_))), "{what}: {error}");
    }
    std::fs::write(&path, &good).unwrap();
    assert_eq!(read(&depot, "a", 0..u64::MAX).await.unwrap(), bytes);
}

#[tokio::test]
async fn another_ring_reads_nothing_and_a_newer_version_reads_the_old() {
    let folder = tempfile::tempdir().unwrap();
    let old = depot(folder.path()).await;
    store(&old, "a", b"hello").await;
    let location = folder.path().to_str().unwrap();
    let other = Depot::open(location, folder.path(), wrap(2), Clock::system())
        .await
        .unwrap();
    assert!(other.open_object("a").await.is_err());
    let rotated = WrapKey::new([(1, Zeroizing::new([1; 32])), (2, Zeroizing::new([2; 32]))]);
    let rotated = Depot::open(location, folder.path(), rotated, Clock::system())
        .await
        .unwrap();
    assert_eq!(rotated.read("a").await.unwrap().unwrap(), "hello");
    store(&rotated, "b", b"new").await;
    assert!(old.open_object("b").await.is_err());
}

#[tokio::test]
async fn what_is_not_finished_is_never_visible_and_leaves_nothing() {
    let folder = tempfile::tempdir().unwrap();
    let depot = depot(folder.path()).await;
    store(&depot, "a", b"old").await;
    let mut writer = depot.create("a").await.unwrap();
    writer.write(&plain(500_000)).await.unwrap();
    assert_eq!(depot.read("a").await.unwrap().unwrap(), "old");
    assert_eq!(depot.list("").await.unwrap(), ["a"]);
    writer.abort().await;
    assert_eq!(files(folder.path()), [folder.path().join("a")]);

    let writer = depot.create("b").await.unwrap();
    drop(writer);
    // The store removes it on a thread of its own.
    for _ in 0..500 {
        if files(folder.path()).len() == 1 {
            break;
        }
        tokio::time::sleep(Duration::from_millis(2)).await;
    }
    assert_eq!(files(folder.path()), [folder.path().join("a")]);
    assert!(!depot.exists("b").await.unwrap());
}

#[tokio::test]
async fn what_a_killed_process_left_is_invisible_and_swept_once_it_is_old() {
    let folder = tempfile::tempdir().unwrap();
    let first = depot(folder.path()).await;
    let mut writer = first.create("a").await.unwrap();
    writer.write(&plain(500_000)).await.unwrap();
    // As a kill does: nothing is cleaned up.
    std::mem::forget(writer);
    let second = depot(folder.path()).await;
    assert_eq!(
        files(folder.path()).len(),
        1,
        "another process may still be writing it"
    );
    assert!(second.list("").await.unwrap().is_empty());
    assert!(!second.exists("a").await.unwrap());
    let later = Clock::system();
    let file = files(folder.path()).remove(0);
    let old = std::time::UNIX_EPOCH + Duration::from_millis((later.lease_milliseconds() - 3_700_000) as u64);
    std::fs::File::options()
        .write(true)
        .open(&file)
        .unwrap()
        .set_modified(old)
        .unwrap();
    let third = depot(folder.path()).await;
    assert!(files(folder.path()).is_empty());
    assert_eq!(third.sweep(Duration::ZERO).await.unwrap(), 0);
}

#[test]
fn a_blocking_thread_writes_the_same_object() {
    let folder = tempfile::tempdir().unwrap();
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()
        .unwrap();
    let bytes = plain(300_000);
    let copy = bytes.clone();
    runtime.block_on(async {
        let depot = depot(folder.path()).await;
        let mut writer = depot.create("a").await.unwrap().blocking();
        let aborted = depot.create("b").await.unwrap().blocking();
        let stored = tokio::task::spawn_blocking(move || {
            aborted.abort();
            writer.write_all(&copy).unwrap();
            writer.flush().unwrap();
            writer.finish().unwrap()
        })
        .await
        .unwrap();
        assert_eq!(stored.byte_count, 300_000);
        assert_eq!(read(&depot, "a", 0..u64::MAX).await.unwrap(), bytes);
        assert_eq!(files(folder.path()).len(), 1);
    });
}

#[tokio::test]
async fn a_full_disk_is_told_as_such_and_leaves_nothing() {
    for step in [
        FailingStore::BEGIN,
        FailingStore::PART,
        FailingStore::COMPLETE,
        FailingStore::RENAME,
    ] {
        let folder = tempfile::tempdir().unwrap();
        let mut depot = depot(folder.path()).await;
        depot.store = Arc::new(FailingStore::full(depot.store, step));
        let outcome = async {
            let mut writer = depot.create("a").await?;
            writer.write(&plain(500_000)).await?;
            writer.finish().await
        };
        let error = outcome.await.expect_err(step);
        assert_eq!(error.code(), Code::StorageFull, "{step}: {error}");
        for _ in 0..500 {
            if files(folder.path()).is_empty() {
                break;
            }
            tokio::time::sleep(Duration::from_millis(2)).await;
        }
        assert!(
            files(folder.path()).is_empty(),
            "{step}: {:?}",
            files(folder.path())
        );
    }
}

#[tokio::test]
async fn a_ledger_entry_is_written_once_and_never_overwritten() {
    let folder = tempfile::tempdir().unwrap();
    let depot = depot(folder.path()).await;
    assert!(depot.put_new("ledger/0001", b"first").await.unwrap());
    assert!(!depot.put_new("ledger/0001", b"second").await.unwrap());
    assert!(depot.put_new("ledger/0000", b"").await.unwrap());
    assert!(depot.put_new("ledgers/0000", b"").await.unwrap());
    assert_eq!(depot.read("ledger/0001").await.unwrap().unwrap(), "first");
    assert_eq!(
        depot.list("ledger").await.unwrap(),
        ["ledger/0000", "ledger/0001"]
    );
    assert_eq!(files(folder.path()).len(), 3);
    let large = plain(200_000);
    depot.put_new("large", &large).await.unwrap();
    assert_eq!(depot.read("large").await.unwrap().unwrap(), large);
}

#[tokio::test]
async fn many_who_write_one_ledger_entry_at_once_have_one_winner() {
    let folder = tempfile::tempdir().unwrap();
    let depot = depot(folder.path()).await;
    let writers = (0..8u8).map(|number| {
        let depot = depot.clone();
        tokio::spawn(async move { depot.put_new("ledger/0001", &[number]).await.unwrap() })
    });
    let mut winners = 0;
    for writer in writers.collect::<Vec<_>>() {
        winners += usize::from(writer.await.unwrap());
    }
    assert_eq!(winners, 1);
    assert_eq!(files(folder.path()).len(), 1);
}

#[tokio::test]
async fn what_is_deleted_or_was_never_there_is_told_as_such() {
    let folder = tempfile::tempdir().unwrap();
    let depot = depot(folder.path()).await;
    store(&depot, "x/a", b"hello").await;
    assert!(depot.exists("x/a").await.unwrap());
    assert!(depot.delete("x/a").await.unwrap());
    assert!(!depot.delete("x/a").await.unwrap());
    assert!(!depot.exists("x/a").await.unwrap());
    assert!(depot.open_object("x/a").await.unwrap().is_none());
    assert!(depot.read("x/a").await.unwrap().is_none());
}

#[tokio::test]
async fn a_place_that_is_none_is_refused() {
    let folder = tempfile::tempdir().unwrap();
    for location in ["s3://", "s3:///bundles", "https://storage.example.test", ""] {
        let error = Depot::open(location, folder.path(), wrap(1), Clock::system())
            .await
            .unwrap_err();
        assert_eq!(error.code(), Code::InvalidSetting, "{location}");
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(8))]
    #[test]
    fn sealed_in_one_piece_or_in_many_it_is_the_same_plain_object(length in 0usize..200_000, pieces in 1usize..70_000) {
        let folder = tempfile::tempdir().unwrap();
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
        runtime.block_on(async {
            let depot = depot(folder.path()).await;
            let bytes = plain(length);
            let mut writer = depot.create("many").await.unwrap();
            for piece in bytes.chunks(pieces) {
                writer.write(piece).await.unwrap();
            }
            writer.finish().await.unwrap();
            depot.put_new("one", &bytes).await.unwrap();
            let (many, one) = (depot.read("many").await.unwrap(), depot.read("one").await.unwrap());
            assert_eq!(many.as_deref(), Some(&bytes[..]));
            assert_eq!(one, many);
        });
    }
}
