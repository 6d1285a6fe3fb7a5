//! Tests of the depot against a server that speaks S3, by other people (moto), where it is installed.

use std::io::Write;
use std::process::{Child, Command, Stdio};

use object_store::aws::AmazonS3Builder;

use super::object_storage::open_with;
use super::tests::{depot, files, plain, read, store};
use super::*;
use crate::error::Code;

/// A running server, with the bucket `bundles`; gone when dropped.
struct Server {
    child: Child,
    url: String,
}

impl Drop for Server {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

impl Server {
    /// Starts one; `None`, said loudly, where it is not installed.
    #[expect(clippy::disallowed_methods, reason = "a switch for tests alone")]
    async fn start() -> Option<Server> {
        let listener = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
        let port = listener.local_addr().unwrap().port();
        drop(listener);
        let child = Command::new("moto_server")
            .args(["-H", "127.0.0.1", "-p", &port.to_string()])
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            .spawn();
        let Ok(child) = child else {
            assert!(
                std::env::var("POSTERN_TEST_ALL").as_deref() != Ok("1"),
                "POSTERN_TEST_ALL=1, but moto_server is not installed"
            );
            let _ = std::io::stderr().write_all(b"SKIPPED: moto_server is not installed\n");
            return None;
        };
        let server = Server {
            child,
            url: format!("http://127.0.0.1:{port}"),
        };
        for _ in 0..600 {
            if tokio::net::TcpStream::connect(("127.0.0.1", port)).await.is_ok() {
                break;
            }
            tokio::time::sleep(Duration::from_millis(100)).await;
        }
        let _ = rustls::crypto::ring::default_provider().install_default();
        let made = reqwest::Client::new()
            .put(format!("{}/bundles", server.url))
            .send()
            .await;
        assert!(made.unwrap().status().is_success(), "a bucket is made");
        Some(server)
    }

    fn builder(&self) -> AmazonS3Builder {
        AmazonS3Builder::new()
            .with_access_key_id("test")
            .with_secret_access_key("test")
            .with_region("us-east-1")
            .with_endpoint(&self.url)
            .with_allow_http(true)
    }

    /// How many uploads were begun and neither completed nor aborted.
    async fn unfinished(&self) -> usize {
        let answer = reqwest::get(format!("{}/bundles?uploads", self.url))
            .await
            .unwrap();
        answer.text().await.unwrap().matches("<UploadId>").count()
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_server_that_speaks_s3_keeps_objects_large_and_small_and_an_entry_once() {
    let Some(server) = Server::start().await else {
        return;
    };
    let folder = tempfile::tempdir().unwrap();
    let storage = open_with(server.builder(), "s3://bundles/acme").await.unwrap();
    let mut depot = depot(folder.path()).await.elsewhere(storage);
    depot.part_size = writer::PART;
    for length in [10, writer::PART + 1, 2 * writer::PART + 12_345] {
        let bytes = plain(length);
        let stored = store(&depot, "exports/a/b.zip", &bytes).await;
        assert_eq!(stored.byte_count, length as u64);
        assert!(
            read(&depot, "exports/a/b.zip", 0..u64::MAX).await.unwrap() == bytes,
            "{length}"
        );
        let tail = read(&depot, "exports/a/b.zip", length as u64 - 5..u64::MAX)
            .await
            .unwrap();
        assert_eq!(tail, bytes[length - 5..]);
    }
    assert_eq!(depot.list("exports").await.unwrap(), ["exports/a/b.zip"]);
    assert!(files(folder.path()).is_empty());
    assert!(depot.put_new("ledger/1", b"one").await.unwrap());
    assert!(!depot.put_new("ledger/1", b"two").await.unwrap());
    assert_eq!(
        depot.read("ledger/1").await.unwrap().as_deref(),
        Some(&b"one"[..])
    );
    assert!(depot.delete("exports/a/b.zip").await.unwrap());
    assert!(!depot.delete("exports/a/b.zip").await.unwrap());
    assert!(depot.open_object("exports/a/b.zip").await.unwrap().is_none());
    for step in [
        failing_store::FailingStore::PART,
        failing_store::FailingStore::COMPLETE,
    ] {
        let kind = std::io::ErrorKind::ConnectionReset;
        let failing = depot
            .clone()
            .behind(|inner| Arc::new(failing_store::FailingStore::new(inner, step, kind, 1)));
        let mut writer = failing.create("exports/a/c.zip").await.unwrap();
        writer.write(&plain(2 * writer::PART)).await.unwrap();
        assert_eq!(
            writer.finish().await.unwrap_err().code(),
            Code::DependencyUnavailable
        );
        assert_eq!(server.unfinished().await, 0, "{step}: an upload was left");
        assert!(depot.list("exports").await.unwrap().is_empty());
    }
    let missing = open_with(server.builder(), "s3://nowhere/acme")
        .await
        .unwrap_err();
    assert_eq!(missing.code(), Code::InvalidSetting, "{missing}");
    drop(server);
    let away = depot.open_object("ledger/1").await.unwrap_err();
    assert_eq!(away.code(), Code::DependencyUnavailable, "{away}");
}
