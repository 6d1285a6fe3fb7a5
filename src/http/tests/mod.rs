//! The server as a client sees it: a listener on the machine itself, requests as bytes, services made up.

mod answers;
mod connections;
mod cors;
mod socket;
mod table;

use std::ops::Range;
use std::sync::Arc;
use std::time::Duration;

use bytes::Bytes;
use futures_util::future::BoxFuture;
use futures_util::stream::{self, BoxStream};
use futures_util::{FutureExt, StreamExt};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::mpsc::Sender;
use tokio::sync::oneshot;
use uuid::Uuid;

use super::download::{Content, Download, Downloads, Wanted};
use super::health::{Check, Readiness, State};
use super::keys::PublicKeys;
use super::server::{Limits, Services, serve};
use super::upload::{Arriving, Taken, Uploads};
use crate::api::answer::{Answer, BEGINNING, GraphqlError, finish};
use crate::api::service::{Credentials, Ending, GraphqlService, Guest, Request};
use crate::error::{Code, Fault, Refusal, Result};

struct Fake;

impl GraphqlService for Fake {
    /// What the document says is what happens; the answer shows what was asked.
    fn execute(&self, request: Request) -> BoxFuture<'_, Answer> {
        async move {
            let id = &*request.request_id;
            let refuse = |code| Answer::refused_for(GraphqlError::new(code, "no"), id);
            match request.query.as_str() {
                "mutation" if request.queries_only => refuse(Code::MethodNotAllowed),
                "panic" => panic!("made to panic"),
                "sleep" => {
                    tokio::time::sleep(Duration::from_secs(1)).await;
                    refuse(Code::Timeout)
                }
                "invalid" => refuse(Code::ValidationFailed),
                "deep" => refuse(Code::DocumentTooLarge),
                "limited" => {
                    let refusal = Refusal::new(Code::RateLimited, "slow down").retry_after(3);
                    Answer::refused_for(refusal.into(), id)
                }
                "private" if request.credentials.authorization.is_none() => refuse(Code::Unauthenticated),
                query => {
                    let seen = serde_json::json!({
                        "query": query,
                        "operation": request.operation_name,
                        "variables": request.variables,
                        "account": request.credentials.account,
                        "client": request.client.map(|client| client.to_string()),
                    });
                    let mut body = BEGINNING.to_vec();
                    body.extend_from_slice(seen.to_string().as_bytes());
                    finish(&mut body, &[], &Default::default(), id);
                    Answer::executed(body)
                }
            }
        }
        .boxed()
    }

    /// Everybody but `nobody` may stay; who has a `short` token for a second.
    fn welcome<'a>(&'a self, credentials: &'a Credentials) -> BoxFuture<'a, Result<Guest>> {
        async move {
            let who = credentials.authorization.as_deref().unwrap_or("nobody");
            if who == "nobody" {
                return Err(Refusal::new(Code::Unauthenticated, "no").into());
            }
            Ok(Guest {
                who: Uuid::from_u128(who.len() as u128),
                lasts: (who == "short").then_some(Duration::from_secs(1)),
            })
        }
        .boxed()
    }

    fn converse(&self, request: Request, answers: Sender<Answer>) -> BoxFuture<'_, Ending> {
        async move {
            match request.query.as_str() {
                "forever" => std::future::pending().await,
                "expel" => return Ending::Expelled,
                _ => {}
            }
            let times = if request.query == "twice" { 2 } else { 1 };
            for _ in 0..times {
                let request = Request {
                    query: request.query.clone(),
                    document_id: None,
                    operation_name: None,
                    variables: Default::default(),
                    extensions: None,
                    credentials: request.credentials.clone(),
                    queries_only: false,
                    client: request.client,
                    request_id: request.request_id.clone(),
                };
                let _ = answers.send(self.execute(request).await).await;
            }
            Ending::Complete
        }
        .boxed()
    }
}

const FILE: &[u8] = b"0123456789";

impl Content for Fake {
    fn read(&self, range: Range<u64>) -> BoxStream<'static, std::io::Result<Bytes>> {
        let range = usize::try_from(range.start).unwrap()..usize::try_from(range.end).unwrap();
        stream::iter(FILE[range].chunks(3).map(|piece| Ok(Bytes::from_static(piece)))).boxed()
    }
}

impl Downloads for Fake {
    fn open(&self, wanted: Wanted) -> BoxFuture<'_, Result<Download>> {
        let outcome = match wanted.id.as_str() {
            "mine" if wanted.credentials.authorization.is_some() => Ok(Download {
                size: 10,
                sha256: [0xAB; 32],
                filename: "export.zip".into(),
                content_type: "application/zip",
                content: Box::new(Fake),
            }),
            "mine" => Err(Refusal::new(Code::Unauthenticated, "no").into()),
            "old" => Err(Refusal::new(Code::Gone, "past its time").into()),
            "broken" => Err(Fault::Depot("s3://secret".into()).into()),
            _ => Err(Refusal::new(Code::NotFound, "no such export").into()),
        };
        async move { outcome }.boxed()
    }

    fn open_rejects(&self, wanted: Wanted) -> BoxFuture<'_, Result<Download>> {
        let opened = self.open(wanted);
        async move {
            let content_type = "text/csv; charset=utf-8";
            Ok(Download {
                content_type,
                ..opened.await?
            })
        }
        .boxed()
    }

    fn open_link(&self, secret: String) -> BoxFuture<'_, Result<Download>> {
        // A link is its own credential.
        self.open(Wanted {
            id: secret,
            volume: "1".into(),
            credentials: Credentials {
                authorization: Some(String::new()),
                account: None,
            },
            client: None,
            request_id: "".into(),
        })
    }
}

impl Uploads for Fake {
    /// Takes ten bytes at most, from whoever shows anything.
    fn take(&self, mut arriving: Arriving) -> BoxFuture<'_, Result<Taken>> {
        async move {
            if arriving.credentials.authorization.is_none() {
                return Err(Refusal::new(Code::Unauthenticated, "no").into());
            }
            let mut size = 0;
            while let Some(piece) = arriving.content.next().await {
                let piece = piece.map_err(|error| match error.kind() {
                    std::io::ErrorKind::TimedOut => Refusal::new(Code::Timeout, "too slow"),
                    _ => Refusal::new(Code::BadRequest, "broken off"),
                })?;
                size += piece.len() as u64;
                if size > 10 {
                    return Err(Refusal::new(Code::BodyTooLarge, "too large").into());
                }
            }
            Ok(Taken {
                id: "up".into(),
                size,
                sha256: "ab".repeat(32),
                expires_at: Default::default(),
            })
        }
        .boxed()
    }
}

impl PublicKeys for Fake {
    fn jwks(&self) -> Bytes {
        Bytes::from_static(b"{\"keys\":[]}")
    }

    fn signing_keys(&self) -> Bytes {
        Bytes::from_static(b"-----BEGIN PUBLIC KEY-----\n")
    }
}

impl Readiness for Fake {
    fn check(&self) -> BoxFuture<'_, Vec<Check>> {
        let state = |component, state| Check { component, state };
        let checks = vec![
            state("store", State::Fine),
            state("depot", State::Degraded(Code::PolicyDrift)),
        ];
        async move { checks }.boxed()
    }
}

struct Server {
    address: std::net::SocketAddr,
    stop: oneshot::Sender<()>,
    ended: tokio::task::JoinHandle<Result<()>>,
}

async fn start(limits: Limits) -> Server {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap();
    let services = Services {
        graphql: Arc::new(Fake),
        downloads: Arc::new(Fake),
        uploads: Arc::new(Fake),
        keys: Arc::new(Fake),
        readiness: Arc::new(Fake),
        origins: vec!["https://app.example".to_owned()],
    };
    let (stop, stopped) = oneshot::channel::<()>();
    let ended = tokio::spawn(serve(listener, services, limits, stopped.map(|_| ())));
    Server { address, stop, ended }
}

#[derive(Debug)]
struct Reply {
    status: u16,
    head: String,
    body: String,
}

impl Reply {
    fn code(&self) -> String {
        let json: serde_json::Value = serde_json::from_str(&self.body).unwrap_or_default();
        json["errors"][0]["extensions"]["code"]
            .as_str()
            .unwrap_or_default()
            .to_owned()
    }

    fn header(&self, name: &str) -> Option<&str> {
        let lines = self.head.lines().filter_map(|line| line.split_once(": "));
        lines
            .into_iter()
            .find(|(found, _)| found.eq_ignore_ascii_case(name))
            .map(|(_, value)| value)
    }
}

impl Server {
    async fn send(&self, bytes: &[u8]) -> Reply {
        let mut stream = TcpStream::connect(self.address).await.unwrap();
        // The server may answer and close before it has read everything.
        let _ = stream.write_all(bytes).await;
        let mut reply = Vec::new();
        let read = tokio::time::timeout(Duration::from_secs(10), stream.read_to_end(&mut reply));
        let _ = read.await.expect("an answer within ten seconds");
        let text = String::from_utf8_lossy(&reply).into_owned();
        let (head, body) = text.split_once("\r\n\r\n").unwrap_or((&text, ""));
        Reply {
            status: head
                .get(9..12)
                .and_then(|status| status.parse().ok())
                .unwrap_or(0),
            head: head.to_owned(),
            body: body.to_owned(),
        }
    }

    /// `line` is method and path; `headers` are separated by `|`.
    async fn ask(&self, line: &str, headers: &str, body: &str) -> Reply {
        let length = match body {
            "" => String::new(),
            body => format!("content-length: {}\r\n", body.len()),
        };
        let headers: String = headers
            .split('|')
            .filter(|it| !it.is_empty())
            .map(|it| format!("{it}\r\n"))
            .collect();
        let head = format!("{line} HTTP/1.1\r\nhost: here\r\nconnection: close\r\n{length}{headers}\r\n");
        self.send(format!("{head}{body}").as_bytes()).await
    }
}

const JSON: &str = "content-type: application/json";
