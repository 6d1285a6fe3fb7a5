//! The socket as a client sees it: what is said, in which order, and with which code it ends.

use std::time::Duration;

use futures_util::{SinkExt, StreamExt};
use serde_json::{Value, json};
use tokio::net::TcpStream;
use tokio_tungstenite::WebSocketStream;
use tokio_tungstenite::tungstenite::Message;
use tokio_tungstenite::tungstenite::client::IntoClientRequest;

use super::{Server, start};
use crate::http::server::Limits;

struct Client(WebSocketStream<TcpStream>);

impl Client {
    async fn open(server: &Server, protocol: &str) -> Client {
        Client::open_with(server, &[("sec-websocket-protocol", protocol)])
            .await
            .unwrap()
    }

    async fn open_with(
        server: &Server,
        headers: &[(&'static str, &str)],
    ) -> Result<Client, tokio_tungstenite::tungstenite::Error> {
        let mut request = format!("ws://{}/graphql/ws", server.address)
            .into_client_request()
            .unwrap();
        for (name, value) in headers {
            request.headers_mut().insert(*name, value.parse().unwrap());
        }
        let stream = TcpStream::connect(server.address).await.unwrap();
        let (socket, _) = tokio_tungstenite::client_async(request, stream).await?;
        Ok(Client(socket))
    }

    /// One that has said who it is.
    async fn known(server: &Server, who: &str) -> Client {
        let mut client = Client::open(server, "graphql-transport-ws").await;
        client
            .say(&json!({ "type": "connection_init", "payload": { "Authorization": who } }))
            .await;
        assert_eq!(client.hear().await, Ok(json!({ "type": "connection_ack" })));
        client
    }

    async fn say(&mut self, message: &Value) {
        self.0.send(Message::text(message.to_string())).await.unwrap();
    }

    async fn subscribe(&mut self, id: &str, query: &str) {
        self.say(&json!({ "id": id, "type": "subscribe", "payload": { "query": query } }))
            .await;
    }

    /// The next message, or the code and reason of the end; 0 for an end without.
    async fn hear(&mut self) -> Result<Value, (u16, String)> {
        loop {
            let next = tokio::time::timeout(Duration::from_secs(10), self.0.next());
            match next.await.expect("something within ten seconds") {
                Some(Ok(Message::Text(text))) => return Ok(serde_json::from_str(&text).unwrap()),
                Some(Ok(Message::Close(Some(frame)))) => {
                    return Err((frame.code.into(), frame.reason.to_string()));
                }
                Some(Ok(Message::Close(None)) | Err(_)) | None => return Err((0, String::new())),
                Some(Ok(_)) => {}
            }
        }
    }

    async fn code(&mut self) -> u16 {
        loop {
            if let Err((code, _)) = self.hear().await {
                return code;
            }
        }
    }
}

#[tokio::test]
async fn operations_are_answered_in_order_and_completed() {
    let server = start(Limits::default()).await;
    let mut client = Client::known(&server, "ana").await;
    client.subscribe("1", "twice").await;
    for _ in 0..2 {
        let next = client.hear().await.unwrap();
        assert_eq!((&next["id"], &next["type"]), (&json!("1"), &json!("next")));
        assert_eq!(next["payload"]["data"]["query"], "twice");
    }
    assert_eq!(client.hear().await, Ok(json!({ "id": "1", "type": "complete" })));
    // What is refused is an error, and nothing is completed after it.
    client.subscribe("1", "invalid").await;
    let error = client.hear().await.unwrap();
    assert_eq!(error["type"], "error");
    assert_eq!(
        error["payload"][0]["extensions"]["code"],
        "GRAPHQL_VALIDATION_FAILED"
    );
    client.say(&json!({ "type": "ping" })).await;
    assert_eq!(client.hear().await, Ok(json!({ "type": "pong" })));
    // An id is free again after its end, whoever ended it.
    client.subscribe("1", "forever").await;
    client.say(&json!({ "id": "1", "type": "complete" })).await;
    client.subscribe("1", "plain").await;
    assert_eq!(client.hear().await.unwrap()["payload"]["data"]["query"], "plain");
}

#[tokio::test]
async fn whoever_breaks_the_protocol_is_told_by_the_code_which_rule() {
    let server = start(Limits {
        init_seconds: 1,
        ..Limits::default()
    })
    .await;
    let init = json!({ "type": "connection_init", "payload": { "Authorization": "ana" } });
    let subscribe = json!({ "id": "1", "type": "subscribe", "payload": { "query": "forever" } });
    let cases: [(&str, Vec<Value>, u16); 14] = [
        ("silence", vec![], 4408),
        (
            "an operation before the introduction",
            vec![subscribe.clone()],
            4401,
        ),
        ("two introductions", vec![init.clone(), init.clone()], 4429),
        (
            "one id twice",
            vec![init.clone(), subscribe.clone(), subscribe.clone()],
            4409,
        ),
        ("nobody", vec![json!({ "type": "connection_init" })], 4403),
        ("an empty message", vec![json!({})], 4400),
        ("no object", vec![json!([1])], 4400),
        (
            "an unknown type",
            vec![json!({ "type": "start", "id": "1" })],
            4400,
        ),
        (
            "a message of the server",
            vec![json!({ "type": "next", "id": "1", "payload": {} })],
            4400,
        ),
        (
            "an operation without id",
            vec![
                init.clone(),
                json!({ "type": "subscribe", "payload": { "query": "a" } }),
            ],
            4400,
        ),
        (
            "an operation without document",
            vec![
                init.clone(),
                json!({ "id": "1", "type": "subscribe", "payload": {} }),
            ],
            4400,
        ),
        (
            "an id that is a number",
            vec![
                init.clone(),
                json!({ "id": 1, "type": "subscribe", "payload": { "query": "a" } }),
            ],
            4400,
        ),
        (
            "an id of 300 bytes",
            vec![
                init.clone(),
                json!({ "id": "x".repeat(300), "type": "subscribe", "payload": { "query": "a" } }),
            ],
            4400,
        ),
        (
            "an introduction that is a list",
            vec![json!({ "type": "connection_init", "payload": [] })],
            4400,
        ),
    ];
    for (name, messages, code) in cases {
        let mut client = Client::open(&server, "graphql-transport-ws").await;
        for message in &messages {
            client.say(message).await;
        }
        assert_eq!(client.code().await, code, "{name}");
    }
    for (name, protocol, code) in [
        ("the older protocol", "graphql-ws", 4406),
        (
            "the older protocol first",
            "graphql-ws, graphql-transport-ws",
            4408,
        ),
    ] {
        let mut client = Client::open(&server, protocol).await;
        assert_eq!(client.code().await, code, "{name}");
    }
    let mut client = Client::open_with(&server, &[]).await.unwrap();
    assert_eq!(client.code().await, 4406, "no protocol");
    for (message, code) in [
        (Message::text("{"), 4400),
        (Message::binary(vec![0_u8; 4]), 4400),
        (Message::text("x".repeat(300_000)), 1009),
    ] {
        let mut client = Client::known(&server, "ana").await;
        let _ = client.0.send(message).await;
        assert_eq!(client.code().await, code);
    }
}

#[tokio::test]
async fn a_socket_ends_with_its_token_with_its_owner_and_with_the_gateway() {
    let server = start(Limits::default()).await;
    let mut short = Client::known(&server, "short").await;
    assert_eq!(short.hear().await, Err((4403, "Token expired".to_owned())));
    let mut client = Client::known(&server, "ana").await;
    client.subscribe("1", "expel").await;
    assert_eq!(client.hear().await, Err((4403, "Forbidden".to_owned())));
    let mut client = Client::known(&server, "ana").await;
    client.subscribe("1", "forever").await;
    server.stop.send(()).unwrap();
    assert_eq!(client.hear().await, Err((1001, "Going away".to_owned())));
    drop(client);
    let ended = tokio::time::timeout(Duration::from_secs(5), server.ended).await;
    ended.expect("serving ends with the sockets").unwrap().unwrap();
}

#[tokio::test]
async fn there_is_an_end_to_how_many_sockets_and_operations_anybody_has() {
    let server = start(Limits {
        sockets: 4,
        sockets_each: 2,
        operations: 2,
        operations_each: 3,
        ..Limits::default()
    })
    .await;
    let mut first = Client::known(&server, "ana").await;
    let mut second = Client::known(&server, "ana").await;
    for client in [&mut first, &mut second] {
        client.subscribe("1", "forever").await;
    }
    first.subscribe("2", "forever").await;
    first.subscribe("3", "forever").await;
    let refused = first.hear().await.unwrap();
    assert_eq!((&refused["id"], &refused["type"]), (&json!("3"), &json!("error")));
    assert_eq!(refused["payload"][0]["extensions"]["code"], "LIMIT_REACHED");
    second.subscribe("2", "forever").await;
    let refused = second.hear().await.unwrap();
    assert_eq!(
        refused["payload"][0]["extensions"]["code"], "LIMIT_REACHED",
        "over all sockets"
    );
    let mut third = Client::open(&server, "graphql-transport-ws").await;
    third
        .say(&json!({ "type": "connection_init", "payload": { "authorization": "ana" } }))
        .await;
    assert_eq!(third.code().await, 1013, "a third socket of the same");
    drop(third);
    let other = Client::known(&server, "somebody").await;
    drop((first, second));
    // Their places are free again as soon as the gateway has noticed.
    for _ in 0..50 {
        tokio::time::sleep(Duration::from_millis(50)).await;
        let mut again = Client::open(&server, "graphql-transport-ws").await;
        again
            .say(&json!({ "type": "connection_init", "payload": { "authorization": "ana" } }))
            .await;
        if again.hear().await.is_ok() {
            drop(other);
            return;
        }
    }
    panic!("the places of those who left stay taken");
}

#[tokio::test]
async fn a_page_of_another_origin_opens_no_socket() {
    let server = start(Limits::default()).await;
    let own = format!("http://{}", server.address);
    let protocol = ("sec-websocket-protocol", "graphql-transport-ws");
    for (origin, may) in [
        (own.as_str(), true),
        ("https://app.example", true),
        ("https://evil.example", false),
        ("null", false),
    ] {
        let opened = Client::open_with(&server, &[protocol, ("origin", origin)]).await;
        assert_eq!(opened.is_ok(), may, "{origin}");
    }
    let plain = server.ask("GET /graphql/ws", "", "").await;
    assert_eq!((plain.status, plain.code().as_str()), (426, "UPGRADE_REQUIRED"));
    assert_eq!(plain.header("sec-websocket-version"), Some("13"));
    let post = server.ask("POST /graphql/ws", "", "").await;
    assert_eq!(post.status, 405);
}
