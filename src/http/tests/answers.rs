//! What arrives at the service and what comes back.

use super::{FILE, start};
use crate::http::server::Limits;

#[tokio::test]
async fn what_was_asked_arrives_whole() {
    let server = start(Limits::default()).await;
    let body = r#"{"query":"{ä}","operationName":"O","variables":{"a":[1,{"b":null}]}}"#;
    let headers = "content-type: application/json|postern-account: Acme|x-request-id: my-own-request-1";
    let reply = server.ask("POST /graphql", headers, body).await;
    let data = r#"{"account":"Acme","client":"127.0.0.1","operation":"O","query":"{ä}","variables":{"a":[1,{"b":null}]}}"#;
    let expected: serde_json::Value = serde_json::from_str(data).unwrap();
    let found: serde_json::Value = serde_json::from_str(&reply.body).unwrap();
    assert_eq!(found["data"], expected);
    assert_eq!(reply.header("x-request-id"), Some("my-own-request-1"));
    assert_eq!(
        reply.header("content-type"),
        Some("application/json; charset=utf-8")
    );
    assert_eq!(reply.header("cache-control"), Some("no-store"));

    let line = "GET /graphql?query=%7Ba%7D&operationName=&variables=%7B%22a%22%3A1%7D";
    let reply = server
        .ask(line, "accept: application/json|x-request-id: b\"d", "")
        .await;
    let found: serde_json::Value = serde_json::from_str(&reply.body).unwrap();
    assert_eq!(found["data"]["variables"]["a"], 1);
    assert_eq!(found["data"]["operation"], serde_json::Value::Null);
    assert_eq!(
        reply.header("content-type"),
        Some("application/json; charset=utf-8")
    );
    assert_eq!(reply.header("x-request-id").map(str::len), Some(32));
}

#[tokio::test]
async fn a_download_can_be_resumed_and_is_never_cached() {
    let server = start(Limits::default()).await;
    let etag = format!("\"{}\"", "ab".repeat(32));
    let ask = async |method: &str, headers: &str| {
        server
            .ask(
                &format!("{method} /exports/mine/bundle"),
                &format!("authorization: x|{headers}"),
                "",
            )
            .await
    };
    let whole = ask("GET", "").await;
    assert_eq!((whole.status, whole.body.as_bytes()), (200, FILE));
    assert_eq!(whole.header("etag"), Some(etag.as_str()));
    assert_eq!(whole.header("content-length"), Some("10"));
    assert_eq!(whole.header("cache-control"), Some("no-store"));
    assert_eq!(whole.header("accept-ranges"), Some("bytes"));
    let disposition = "attachment; filename=\"export.zip\"; filename*=UTF-8''export.zip";
    assert_eq!(whole.header("content-disposition"), Some(disposition));

    let part = ask("GET", "range: bytes=4-").await;
    assert_eq!((part.status, part.body.as_str()), (206, "456789"));
    assert_eq!(part.header("content-range"), Some("bytes 4-9/10"));
    assert_eq!(part.header("content-length"), Some("6"));
    assert_eq!(
        ask("GET", &format!("range: bytes=4-|if-range: {etag}"))
            .await
            .status,
        206
    );
    assert_eq!(
        ask("GET", "range: bytes=4-|if-range: \"other\"").await.status,
        200
    );
    assert_eq!(ask("GET", &format!("if-none-match: {etag}")).await.status, 304);

    let outside = ask("GET", "range: bytes=10-").await;
    assert_eq!(
        (outside.status, outside.code().as_str()),
        (416, "RANGE_NOT_SATISFIABLE")
    );
    assert_eq!(outside.header("content-range"), Some("bytes */10"));

    let head = ask("HEAD", "range: bytes=4-").await;
    assert_eq!((head.status, head.body.as_str()), (200, ""));
    assert_eq!(head.header("content-length"), Some("10"));
}
