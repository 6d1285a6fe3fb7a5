//! Bytes that are too many or no HTTP, clients that take their time, and many at once.

use std::time::Duration;

use serde_json::Value;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;

use super::Victim;
use crate::kit::home::Home;

/// Writes bytes while reading what comes back, as far as either goes.
async fn speak(address: &str, bytes: Vec<u8>) -> String {
    let stream = TcpStream::connect(address)
        .await
        .expect("the gateway takes connections");
    let (mut from, mut to) = stream.into_split();
    let writing = tokio::spawn(async move {
        // The gateway need not listen to the end.
        let _ = to.write_all(&bytes).await;
        to
    });
    let mut answer = Vec::new();
    let mut some = [0; 4_096];
    while let Ok(Ok(read @ 1..)) = tokio::time::timeout(Duration::from_secs(60), from.read(&mut some)).await {
        answer.extend_from_slice(&some[..read]);
    }
    writing.abort();
    String::from_utf8_lossy(&answer).into_owned()
}

fn head(victim: &Victim, more: &str) -> String {
    format!(
        "POST /graphql HTTP/1.1\r\nhost: x\r\nauthorization: Bearer {}\r\ncontent-type: application/json\r\n\
         connection: close\r\n{more}",
        victim.token
    )
}

#[tokio::test]
async fn what_is_too_large_or_no_http_is_refused_and_forgotten() {
    for mut victim in Victim::each().await {
        let address = victim.client.address().to_owned();
        let body = format!(
            "{{\"query\": \"{{ __typename }}\", \"x\": \"{}\"}}",
            "x".repeat(10_000_000)
        );
        let announced = head(&victim, &format!("content-length: {}\r\n\r\n{body}", body.len()));
        let chunked = head(
            &victim,
            &format!(
                "transfer-encoding: chunked\r\n\r\n{:x}\r\n{body}\r\n0\r\n\r\n",
                body.len()
            ),
        );
        let cases = [
            ("ten megabytes, announced", announced, "413", "BODY_TOO_LARGE"),
            ("ten megabytes in a chunk", chunked, "413", "BODY_TOO_LARGE"),
            (
                "two lengths",
                head(&victim, "content-length: 2\r\ncontent-length: 3\r\n\r\n{}"),
                "400",
                "",
            ),
            (
                "a length that is none",
                head(&victim, "content-length: -1\r\n\r\n{}"),
                "400",
                "",
            ),
            (
                "headers of a megabyte",
                head(&victim, &format!("x: {}\r\n\r\n", "x".repeat(1_000_000))),
                "431",
                "",
            ),
            (
                "ten thousand headers",
                head(&victim, &format!("{}\r\n", "x: y\r\n".repeat(10_000))),
                "431",
                "",
            ),
            ("no HTTP", "\u{16}\u{3}\u{1}\u{2}\r\n\r\n".into(), "400", ""),
        ];
        for (name, bytes, status, code) in cases {
            let say = async || speak(&address, bytes.clone().into_bytes()).await;
            let answer = victim.serves_others_during(name, say).await;
            let first = answer.lines().next().unwrap_or_default().to_owned();
            assert!(
                first.contains(status) && answer.contains(code),
                "{name}: {answer}"
            );
        }
        victim.is_unharmed();
    }
}

#[tokio::test]
async fn clients_that_take_their_time_take_nobody_elses() {
    let mut victim = Victim::at(Home::embedded()).await;
    let address = victim.client.address().to_owned();
    let endless = [
        (
            "headers that never end",
            "POST /graphql HTTP/1.1\r\nx: ".to_owned(),
            "408",
        ),
        (
            "a body that never ends",
            head(&victim, "content-length: 1000\r\n\r\n{"),
            "408",
        ),
        (
            "a chunk that never ends",
            head(&victim, "transfer-encoding: chunked\r\n\r\nff\r\n{"),
            "408",
        ),
        ("silence", String::new(), ""),
    ];
    let mut slow = Vec::new();
    for (name, start, status) in endless {
        for _ in 0..100 {
            let (address, start) = (address.clone(), start.clone().into_bytes());
            slow.push((
                name,
                status,
                tokio::spawn(async move { drip(&address, start).await }),
            ));
        }
    }
    for _ in 0..10 {
        victim.serves_others("four hundred slow clients").await;
        tokio::time::sleep(Duration::from_millis(200)).await;
    }
    for (name, status, answer) in slow {
        let answer = answer.await.expect("the client ends");
        let answer = answer.unwrap_or_else(|| panic!("the gateway never gave up on {name}"));
        // Some slow clients are only hung up on; who has sent all headers is told.
        if name.contains("body") || name.contains("chunk") {
            assert!(
                answer.contains(status) && answer.contains("TIMEOUT"),
                "{name}: {answer}"
            );
        }
    }
    victim.is_unharmed();
}

/// Sends a byte a second; gives what came back before the gateway hung up, `None` when it never did.
async fn drip(address: &str, start: Vec<u8>) -> Option<String> {
    let stream = TcpStream::connect(address)
        .await
        .expect("the gateway takes connections");
    let (mut from, mut to) = stream.into_split();
    to.write_all(&start).await.expect("the gateway listens");
    let dripping = tokio::spawn(async move {
        if start.is_empty() {
            return std::future::pending().await;
        }
        loop {
            tokio::time::sleep(Duration::from_secs(1)).await;
            if to.write_all(b" ").await.is_err() {
                return;
            }
        }
    });
    let mut answer = Vec::new();
    let mut some = [0; 4_096];
    let ended = loop {
        match tokio::time::timeout(Duration::from_secs(45), from.read(&mut some)).await {
            Ok(Ok(read @ 1..)) => answer.extend_from_slice(&some[..read]),
            Ok(_) => break true,
            Err(_) => break false,
        }
    };
    dripping.abort();
    ended.then(|| String::from_utf8_lossy(&answer).into_owned())
}

/// Many at once are only slower, not refused, and all are answered.
#[tokio::test]
async fn three_hundred_queries_at_once_are_all_answered() {
    for mut victim in Victim::each().await {
        let requests: Vec<_> = (0..300)
            .map(|_| {
                let query =
                    "{ subscribers(first: 5) { nodes { email profiles { nodes { list { name } } } } } }";
                let (client, token) = (victim.client.clone(), victim.token.clone());
                tokio::spawn(async move { client.graphql(&token, query, Value::Null).await })
            })
            .collect();
        for request in requests {
            let answer = request.await.expect("the request ends");
            assert_eq!(answer.status, 200, "{}", answer.text());
        }
        victim.is_unharmed();
    }
}
