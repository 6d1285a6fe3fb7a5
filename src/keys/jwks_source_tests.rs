//! Tests of fetching key sets, against a provider on the loopback interface.

use std::io::{Read, Write};
use std::net::TcpListener;
use std::sync::atomic::{AtomicUsize, Ordering};

use super::*;

/// A provider that gives the answers in turn, the last one for ever, and counts the questions.
struct FakeProvider {
    url: String,
    asked: Arc<AtomicUsize>,
}

impl FakeProvider {
    fn start(answers: Vec<String>) -> FakeProvider {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let url = format!("http://{}/keys", listener.local_addr().unwrap());
        let asked = Arc::new(AtomicUsize::new(0));
        let count = Arc::clone(&asked);
        // Ends with the process: it only waits for connections.
        std::thread::spawn(move || {
            for stream in listener.incoming() {
                let mut stream = stream.unwrap();
                let _ = stream.read(&mut [0; 4096]);
                let turn = count.fetch_add(1, Ordering::SeqCst);
                let _ = stream.write_all(answers[turn.min(answers.len() - 1)].as_bytes());
            }
        });
        FakeProvider { url, asked }
    }

    fn asked(&self) -> usize {
        self.asked.load(Ordering::SeqCst)
    }
}

fn ok(body: &str) -> String {
    format!(
        "HTTP/1.1 200 OK\r\ncontent-length: {}\r\nconnection: close\r\n\r\n{body}",
        body.len()
    )
}

fn refused(status: &str) -> String {
    format!("HTTP/1.1 {status}\r\ncontent-length: 0\r\nconnection: close\r\n\r\n")
}

/// A set of one key with this id.
fn set(key_id: &str) -> String {
    let x = data_encoding::BASE64URL_NOPAD.encode(
        ed25519_dalek::SigningKey::from_bytes(&[3; 32])
            .verifying_key()
            .as_bytes(),
    );
    serde_json::json!({ "keys": [{ "kty": "OKP", "crv": "Ed25519", "kid": key_id, "x": x }] }).to_string()
}

async fn source(provider: &FakeProvider) -> JwksSource {
    JwksSource::open(&provider.url, Clock::system()).await.unwrap()
}

#[tokio::test]
async fn a_set_is_fetched_once_and_used_for_all() {
    let provider = FakeProvider::start(vec![ok(&set("a"))]);
    let source = source(&provider).await;
    for _ in 0..20 {
        assert!(source.keys().await.get("a").is_some());
    }
    assert_eq!(provider.asked(), 1);
}

#[tokio::test]
async fn unknown_key_ids_cause_one_look_in_thirty_seconds_however_many_ask() {
    let provider = FakeProvider::start(vec![ok(&set("a")), ok(&set("b"))]);
    let source = Arc::new(source(&provider).await);
    for stranger in 0..50 {
        assert!(
            source
                .keys_with(&format!("stranger {stranger}"))
                .await
                .get("b")
                .is_none()
        );
    }
    assert_eq!(provider.asked(), 1, "the set was fetched just now");
    // The half minute has gone by.
    source.state().tried_at = None;
    let looks = (0..50).map(|_| {
        let source = Arc::clone(&source);
        tokio::spawn(async move { source.keys_with("b").await.get("b").is_some() })
    });
    for look in looks.collect::<Vec<_>>() {
        assert!(look.await.unwrap(), "the new key is found by everybody");
    }
    assert_eq!(provider.asked(), 2);
}

#[tokio::test]
async fn a_key_id_that_was_not_found_is_not_looked_for_again_at_once() {
    let provider = FakeProvider::start(vec![ok(&set("a"))]);
    let source = source(&provider).await;
    source.state().tried_at = None;
    assert!(source.keys_with("bogus").await.get("bogus").is_none());
    assert_eq!(provider.asked(), 2);
    source.state().tried_at = None;
    assert!(source.keys_with("bogus").await.get("bogus").is_none());
    assert_eq!(provider.asked(), 2);
}

#[tokio::test]
async fn the_list_of_missing_key_ids_does_not_grow_without_end() {
    let provider = FakeProvider::start(vec![ok(&set("a"))]);
    let source = source(&provider).await;
    for stranger in 0..MOST_MISSING + 50 {
        source.remember_missing(&stranger.to_string());
    }
    assert_eq!(source.state().missing.len(), MOST_MISSING);
}

#[tokio::test]
async fn the_last_good_set_is_kept_while_the_provider_is_away_but_not_for_ever() {
    let bad = [
        refused("503 Unavailable"),
        refused("302 Found\r\nlocation: /other"),
        ok("<html>"),
        ok("{}"),
    ];
    for answer in bad {
        let provider = FakeProvider::start(vec![ok(&set("a")), answer]);
        let source = source(&provider).await;
        source.state().tried_at = None;
        assert!(source.keys_with("new").await.get("a").is_some());
        assert_eq!(provider.asked(), 2);
        let now = source.now();
        let state = source.state();
        assert!(state.usable(now + OLDEST - 1_000).get("a").is_some());
        assert!(state.usable(now + OLDEST + 1_000).is_empty());
    }
}

#[tokio::test]
async fn a_set_without_end_is_not_read_to_its_end() {
    let provider = FakeProvider::start(vec![ok(&" ".repeat(LARGEST + 1))]);
    let source = source(&provider).await;
    assert!(source.keys().await.is_empty());
}

#[tokio::test]
async fn a_provider_that_is_away_at_the_start_is_asked_again() {
    let provider = FakeProvider::start(vec![refused("503 Unavailable"), ok(&set("a"))]);
    let source = source(&provider).await;
    assert!(source.keys().await.is_empty());
    assert_eq!(provider.asked(), 1);
    source.state().tried_at = None;
    assert!(source.keys().await.get("a").is_some());
}

#[tokio::test]
async fn a_file_is_read_and_a_bad_one_refused_at_once() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("keys.json");
    let location = path.to_str().unwrap();
    assert!(JwksSource::open(location, Clock::system()).await.is_err());
    std::fs::write(&path, "{}").unwrap();
    assert_eq!(
        JwksSource::open(location, Clock::system())
            .await
            .unwrap_err()
            .code(),
        Code::InvalidFile
    );
    std::fs::write(&path, set("a")).unwrap();
    let source = JwksSource::open(location, Clock::system()).await.unwrap();
    assert!(source.keys().await.get("a").is_some());
    std::fs::write(&path, set("b")).unwrap();
    source.state().tried_at = None;
    assert!(source.keys_with("b").await.get("b").is_some());
    assert!(source.keys().await.get("a").is_none());
}

#[tokio::test]
async fn only_files_https_and_this_machine_are_taken() {
    let refused = [
        "http://id.example.test/keys",
        "http://127.0.0.1.example.test/keys",
        "http://localhost.example.test/keys",
        "http://10.0.0.1/keys",
        "ftp://id.example.test/keys",
        "data:application/json,{}",
        "https://ana:secret@id.example.test/keys",
        "https://",
        "",
    ];
    for location in refused {
        let error = JwksSource::open(location, Clock::system()).await.unwrap_err();
        assert_eq!(error.code(), Code::InvalidSetting, "{location}");
    }
    for (scheme, location) in [
        ("https", "https://id.example.test/keys"),
        ("http", "http://[::1]:9/keys"),
    ] {
        assert!(web(scheme, location).is_ok(), "{location}");
    }
}
