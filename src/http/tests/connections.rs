//! Bodies that are too large, clients that are too slow or too many, and the end of serving.

use std::time::Duration;

use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;

use super::{JSON, start};
use crate::http::server::Limits;

#[tokio::test]
async fn a_large_body_is_refused_before_it_is_read() {
    let server = start(Limits::default()).await;
    // Announced: not a byte of the body is sent, and the answer comes all the same.
    let announced = server.send(b"POST /graphql HTTP/1.1\r\nhost: h\r\ncontent-type: application/json\r\ncontent-length: 10000000\r\n\r\n").await;
    assert_eq!(
        (announced.status, announced.code().as_str()),
        (413, "BODY_TOO_LARGE")
    );
    // Not announced: the answer comes as soon as the limit is passed.
    let head = b"POST /graphql HTTP/1.1\r\nhost: h\r\ncontent-type: application/json\r\ntransfer-encoding: chunked\r\n\r\n";
    let chunk = format!("40000\r\n{}\r\n", "x".repeat(0x40000));
    let chunked = server
        .send(&[head, chunk.as_bytes(), b"10\r\nxxxxxxxxxxxxxxxx\r\n"].concat())
        .await;
    assert_eq!((chunked.status, chunked.code().as_str()), (413, "BODY_TOO_LARGE"));
}

#[tokio::test]
async fn a_slow_client_is_not_waited_for_and_holds_up_nobody() {
    let limits = Limits {
        header_seconds: 1,
        body_seconds: 1,
        ..Limits::default()
    };
    let server = start(limits).await;
    let head =
        b"POST /graphql HTTP/1.1\r\nhost: h\r\ncontent-type: application/json\r\ncontent-length: 20\r\n\r\n{";
    let (headers, body, live) = tokio::join!(
        server.send(b"POST /graphql HTTP/1.1\r\nhost:"),
        server.send(head),
        server.ask("GET /health/live", "", ""),
    );
    assert!(headers.status == 0 || headers.status == 408, "{headers:?}");
    assert_eq!((body.status, body.code().as_str()), (408, "TIMEOUT"));
    assert_eq!(live.status, 200);
}

#[tokio::test]
async fn more_connections_than_there_is_room_for_wait_their_turn() {
    let server = start(Limits {
        connections: 2,
        header_seconds: 1,
        ..Limits::default()
    })
    .await;
    let idle = [
        TcpStream::connect(server.address).await.unwrap(),
        TcpStream::connect(server.address).await.unwrap(),
    ];
    let reply = server.ask("GET /health/live", "", "").await;
    assert_eq!(reply.status, 200, "answered once the idle ones were closed");
    drop(idle);
}

#[tokio::test]
async fn shutting_down_finishes_what_is_under_way_and_takes_nothing_new() {
    let server = start(Limits {
        header_seconds: 60,
        shutdown_seconds: 3,
        ..Limits::default()
    })
    .await;
    let idle = TcpStream::connect(server.address).await.unwrap();
    let mut stream = TcpStream::connect(server.address).await.unwrap();
    let body = r#"{"query":"sleep"}"#;
    let request = format!(
        "POST /graphql HTTP/1.1\r\nhost: h\r\n{JSON}\r\ncontent-length: {}\r\n\r\n{body}",
        body.len()
    );
    stream.write_all(request.as_bytes()).await.unwrap();
    tokio::time::sleep(Duration::from_millis(200)).await;
    server.stop.send(()).unwrap();
    let mut reply = String::new();
    stream.read_to_string(&mut reply).await.unwrap();
    assert!(
        reply.starts_with("HTTP/1.1 503"),
        "the request under way was answered: {reply}"
    );
    tokio::time::timeout(Duration::from_secs(10), server.ended)
        .await
        .unwrap()
        .unwrap()
        .unwrap();
    assert!(TcpStream::connect(server.address).await.is_err());
    drop(idle);
}
