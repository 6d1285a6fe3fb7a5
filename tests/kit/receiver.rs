//! Somebody else's server that bundles are handed to: it keeps what came, and answers as it is told.

use std::collections::BTreeMap;
use std::net::SocketAddr;
use std::sync::{Arc, Mutex};

use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};

/// What it answers.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Says {
    /// A status.
    Status(u16),
    /// That the place is elsewhere.
    Elsewhere(String),
    /// Nothing, however long somebody waits.
    Nothing,
}

/// A request that came.
#[derive(Clone, Debug)]
pub struct Came {
    /// `PUT` or `POST`.
    pub method: String,
    /// The path, with what stands behind the question mark.
    pub path: String,
    /// The headers, in lower case.
    pub headers: BTreeMap<String, String>,
    /// The content.
    pub body: Vec<u8>,
}

/// The server. Gone when the test's runtime is.
pub struct Receiver {
    /// Where it is.
    pub address: SocketAddr,
    says: Arc<Mutex<Says>>,
    came: Arc<Mutex<Vec<Came>>>,
}

impl Receiver {
    /// One that answers so, until it is told otherwise.
    pub async fn that(says: Says) -> Receiver {
        Receiver::at("127.0.0.1:0", says).await
    }

    /// The same at that address.
    pub async fn at(address: &str, says: Says) -> Receiver {
        let listener = TcpListener::bind(address).await.expect("a port");
        let receiver = Receiver {
            address: listener.local_addr().expect("an address"),
            says: Arc::new(Mutex::new(says)),
            came: Arc::default(),
        };
        let (says, came) = (receiver.says.clone(), receiver.came.clone());
        tokio::spawn(async move {
            while let Ok((stream, _)) = listener.accept().await {
                tokio::spawn(serve(stream, says.clone(), came.clone()));
            }
        });
        receiver
    }

    /// From now on it answers so.
    pub fn say(&self, says: Says) {
        *self.says.lock().expect("nobody panics with it") = says;
    }

    /// The URL of a path there.
    pub fn url(&self, path: &str) -> String {
        format!("http://{}{path}", self.address)
    }

    /// What came whole so far.
    pub fn came(&self) -> Vec<Came> {
        self.came.lock().expect("nobody panics with it").clone()
    }
}

/// One request a connection.
async fn serve(mut stream: TcpStream, says: Arc<Mutex<Says>>, came: Arc<Mutex<Vec<Came>>>) {
    let Some(request) = read(&mut stream).await else {
        return;
    };
    came.lock().expect("nobody panics with it").push(request);
    let says = says.lock().expect("nobody panics with it").clone();
    let head = match says {
        Says::Status(status) => format!("{status} Said"),
        Says::Elsewhere(url) => format!("307 Elsewhere\r\nlocation: {url}"),
        Says::Nothing => return std::future::pending().await,
    };
    let answer = format!("HTTP/1.1 {head}\r\ncontent-length: 0\r\nconnection: close\r\n\r\n");
    let _ = stream.write_all(answer.as_bytes()).await;
    let _ = stream.shutdown().await;
}

async fn read(stream: &mut TcpStream) -> Option<Came> {
    let mut bytes = Vec::new();
    let end = loop {
        if let Some(at) = bytes.windows(4).position(|four| four == b"\r\n\r\n") {
            break at + 4;
        }
        if stream.read_buf(&mut bytes).await.ok()? == 0 {
            return None;
        }
    };
    let head = String::from_utf8(bytes[..end].to_vec()).ok()?;
    let mut lines = head.lines();
    let mut first = lines.next()?.split(' ');
    let (method, path) = (first.next()?.to_owned(), first.next()?.to_owned());
    let headers: BTreeMap<String, String> = lines
        .filter_map(|line| line.split_once(": "))
        .map(|(name, value)| (name.to_lowercase(), value.to_owned()))
        .collect();
    let length: usize = headers.get("content-length")?.parse().ok()?;
    let mut body = bytes.split_off(end);
    while body.len() < length {
        if stream.read_buf(&mut body).await.ok()? == 0 {
            return None;
        }
    }
    Some(Came {
        method,
        path,
        headers,
        body,
    })
}
