//! A socket to a gateway, as a client of `graphql-transport-ws` uses it.

use std::time::Duration;

use futures_util::{SinkExt, StreamExt};
use serde_json::{Value, json};
use tokio::net::TcpStream;
use tokio_tungstenite::WebSocketStream;
use tokio_tungstenite::tungstenite::Message;
use tokio_tungstenite::tungstenite::client::IntoClientRequest;

use super::client::Client;

/// How long the next message may take; the machine may be busy.
const PATIENCE: Duration = Duration::from_secs(60);

/// A socket whose connection was acknowledged.
pub struct Socket(WebSocketStream<TcpStream>);

/// What comes next.
#[derive(Clone, Debug, PartialEq)]
pub enum Heard {
    /// An answer, whole.
    Next(Value),
    /// The errors that an operation ended with.
    Error(Value),
    /// An operation's end.
    Complete,
    /// The socket's end.
    Closed(u16, String),
}

impl Socket {
    /// Opens a socket as somebody.
    pub async fn open(client: &Client, token: &str) -> Socket {
        Socket::open_in(client, token, None).await
    }

    /// The same, in the account that is named.
    pub async fn open_in(client: &Client, token: &str, account: Option<&str>) -> Socket {
        let mut request = format!("ws://{}/graphql/ws", client.address())
            .into_client_request()
            .expect("the address is good");
        let protocol = "graphql-transport-ws".parse().expect("a header's value");
        request.headers_mut().insert("sec-websocket-protocol", protocol);
        let stream = TcpStream::connect(client.address())
            .await
            .expect("the gateway takes connections");
        let (socket, _) = tokio_tungstenite::client_async(request, stream)
            .await
            .expect("the gateway opens sockets");
        let mut socket = Socket(socket);
        let bearer = format!("Bearer {token}");
        let payload = json!({ "Authorization": bearer, "Postern-Account": account });
        socket
            .say(&json!({ "type": "connection_init", "payload": payload }))
            .await;
        let ack = socket.message().await.expect("the token is good");
        assert_eq!(ack["type"], "connection_ack");
        socket
    }

    /// Begins an operation.
    pub async fn begin(&mut self, id: &str, query: &str, variables: Value) {
        let payload = json!({ "query": query, "variables": variables });
        self.say(&json!({ "id": id, "type": "subscribe", "payload": payload }))
            .await;
    }

    /// Runs a query or mutation; gives its answer.
    pub async fn ask(&mut self, query: &str, variables: Value) -> Heard {
        self.begin("ask", query, variables).await;
        let (_, heard) = self.hear().await;
        if let Heard::Next(_) = heard {
            assert_eq!(self.hear().await.1, Heard::Complete);
        }
        heard
    }

    /// What comes next, with the id of the operation that it is about.
    pub async fn hear(&mut self) -> (String, Heard) {
        match self.message().await {
            Err((code, reason)) => (String::new(), Heard::Closed(code, reason)),
            Ok(message) => {
                let id = message["id"].as_str().unwrap_or_default().to_owned();
                let payload = message["payload"].clone();
                let heard = match message["type"].as_str() {
                    Some("next") => Heard::Next(payload),
                    Some("error") => Heard::Error(payload),
                    Some("complete") => Heard::Complete,
                    _ => panic!("an unexpected message: {message}"),
                };
                (id, heard)
            }
        }
    }

    /// What comes within a time, if anything does.
    pub async fn hear_within(&mut self, time: Duration) -> Option<Heard> {
        let heard = tokio::time::timeout(time, self.hear()).await.ok()?;
        Some(heard.1)
    }

    async fn say(&mut self, message: &Value) {
        self.0
            .send(Message::text(message.to_string()))
            .await
            .expect("the gateway listens");
    }

    async fn message(&mut self) -> Result<Value, (u16, String)> {
        loop {
            let next = tokio::time::timeout(PATIENCE, self.0.next()).await;
            match next.expect("the gateway says something") {
                Some(Ok(Message::Text(text))) => {
                    return Ok(serde_json::from_str(&text).expect("messages are JSON"));
                }
                Some(Ok(Message::Close(Some(frame)))) => {
                    return Err((frame.code.into(), frame.reason.to_string()));
                }
                Some(Ok(Message::Close(None)) | Err(_)) | None => return Err((0, String::new())),
                Some(Ok(_)) => {}
            }
        }
    }
}

impl Heard {
    /// The answer.
    pub fn next(self) -> Value {
        match self {
            Heard::Next(answer) => answer,
            other => panic!("no answer: {other:?}"),
        }
    }

    /// The code of the first error that an operation ended with.
    pub fn code(self) -> String {
        match self {
            Heard::Error(errors) => errors[0]["extensions"]["code"]
                .as_str()
                .unwrap_or_default()
                .to_owned(),
            other => panic!("no error: {other:?}"),
        }
    }
}
