//! Downloads over HTTP: by a short-lived link, by curl that goes on where it was cut off, and by many who are slow.

use std::process::Command;
use std::time::Duration;

use serde_json::{Value, json};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpSocket, TcpStream};

use super::Ready;
use crate::kit::client::Answer;
use crate::kit::company;
use crate::kit::home::Home;
use crate::kit::tool::tool;

/// More than a gateway has connections to its database.
const SLOW: usize = 40;

const LINK: &str =
    "mutation($id: ID!) { createDownloadLink(input: {export: $id}) { url expiresAt userErrors { code } } }";

impl Ready {
    async fn link(&self, token: &str) -> Value {
        let client = &self.gateway.client;
        client.graphql(token, LINK, json!({ "id": self.id })).await.data()["createDownloadLink"].take()
    }
}

fn header<'a>(answer: &'a Answer, name: &str) -> &'a str {
    let value = answer.headers.get(name).unwrap_or_else(|| panic!("no {name}"));
    value.to_str().expect("text")
}

#[tokio::test]
async fn a_link_gives_its_bundle_without_a_header_to_reading_alone_and_is_never_logged() {
    for home in Home::each().await {
        let ready = Ready::with(home, 20).await;
        let client = &ready.gateway.client;
        let link = ready.link(&ready.token).await;
        let url = link["url"].as_str().unwrap_or_else(|| panic!("{link:#}"));
        let whole = client.get_as(&ready.token, &ready.path()).await;
        let linked = client.get(url).await;
        assert!(linked.status == 200 && linked.body == whole.body);
        assert!(header(&linked, "content-disposition").starts_with("attachment;"));
        assert_eq!(header(&linked, "referrer-policy"), "no-referrer");
        assert_eq!(header(&linked, "cache-control"), "no-store");
        assert_eq!(header(&linked, "etag"), header(&whole, "etag"));
        let head = client.send(client.request(reqwest::Method::HEAD, url)).await;
        assert_eq!((head.status, head.body.len()), (200, 0));
        assert_eq!(header(&head, "content-length"), whole.body.len().to_string());
        for method in [
            reqwest::Method::POST,
            reqwest::Method::DELETE,
            reqwest::Method::PUT,
        ] {
            let answer = client.send(client.request(method, url)).await;
            assert_eq!(
                (answer.status, answer.code().as_str()),
                (405, "METHOD_NOT_ALLOWED")
            );
        }
        // A link is for one bundle, and every bit of it counts.
        let mut forged = url.to_owned();
        let last = if forged.pop() == Some('A') { 'B' } else { 'A' };
        forged.insert(forged.len() - 30, last);
        for path in [&forged, "/downloads/x", "/downloads/"] {
            let answer = client.get(path).await;
            assert_eq!(
                (answer.status, answer.code().as_str()),
                (404, "NOT_FOUND"),
                "{path}"
            );
        }
        // Whoever may not fetch the bundle is given no link to it.
        let stranger = company::token(&ready.home, "owner@globex.test");
        let refused = ready.link(&stranger).await;
        assert_eq!(
            (&refused["url"], &refused["userErrors"][0]["code"]),
            (&Value::Null, &json!("INVALID_ID"))
        );
        let nobody = client.graphql("", LINK, json!({ "id": ready.id })).await;
        assert_eq!(nobody.code(), "UNAUTHENTICATED");
        let secret = url.rsplit('/').next().expect("a secret");
        assert!(!ready.gateway.logged().contains(secret), "the log holds a link");
        assert!(ready.gateway.logged().contains("/downloads/{link}"));
        let query = "{ auditEvents(first: 100) { nodes { action } } }";
        let events = client.graphql(&ready.token, query, json!({})).await.text();
        assert!(events.contains("export.linked"), "{events}");
        assert!(!events.contains(secret));
    }
}

#[tokio::test]
async fn curl_goes_on_where_a_download_was_cut_off() {
    let Some(curl) = tool("curl") else { return };
    for home in Home::each().await {
        let ready = Ready::with(home, 200).await;
        let client = &ready.gateway.client;
        let whole = client.get_as(&ready.token, &ready.path()).await;
        let etag = header(&whole, "etag").to_owned();
        let link = ready.link(&ready.token).await["url"]
            .as_str()
            .expect("a link")
            .to_owned();
        let file = ready.home.folder().join("bundle.zip");
        let run = |arguments: &[&str], path: &str| {
            Command::new(&curl)
                .args(["--silent", "--show-error", "--fail", "--output"])
                .arg(&file)
                .args(arguments)
                .arg(format!("{}{path}", client.url))
                .status()
                .expect("curl can be run")
        };
        let authorization = format!("authorization: Bearer {}", ready.token);
        for (arguments, path) in [
            (vec!["--header", authorization.as_str()], ready.path()),
            (vec![], link),
        ] {
            // The line is cut after some bytes, as by a network that goes away.
            cut_off(client.address(), &path, &arguments, &file).await;
            let kept = std::fs::metadata(&file).expect("a part was kept").len();
            assert!(kept > 0 && kept < whole.body.len() as u64, "{kept}");
            let if_range = format!("if-range: {etag}");
            let mut again = arguments.clone();
            again.extend(["--continue-at", "-", "--header", &if_range]);
            assert!(run(&again, &path).success());
            assert!(
                std::fs::read(&file).expect("the file is there") == whole.body,
                "{path}"
            );
            // A part of another file is not patched up with this one's end: curl says that it cannot go on.
            cut_off(client.address(), &path, &arguments, &file).await;
            let mut other = arguments.clone();
            other.extend(["--continue-at", "-", "--header", "if-range: \"00\""]);
            assert_eq!(
                run(&other, &path).code(),
                Some(33),
                "curl's word for a server that begins anew"
            );
            std::fs::remove_file(&file).expect("the file can go");
        }
    }
}

/// Begins a download by hand, and hangs up in the middle of it.
async fn cut_off(address: &str, path: &str, headers: &[&str], file: &std::path::Path) {
    let mut stream = TcpStream::connect(address).await.expect("the gateway listens");
    let header = headers
        .get(1)
        .map(|header| format!("{header}\r\n"))
        .unwrap_or_default();
    let request = format!("GET {path} HTTP/1.1\r\nhost: here\r\n{header}\r\n");
    stream
        .write_all(request.as_bytes())
        .await
        .expect("it can be sent");
    let mut bytes = Vec::new();
    let body = loop {
        let mut piece = [0; 1024];
        let read = stream.read(&mut piece).await.expect("an answer");
        assert!(read > 0, "the answer ended early");
        bytes.extend_from_slice(&piece[..read]);
        let head = bytes.windows(4).position(|window| window == b"\r\n\r\n");
        if let Some(head) = head.filter(|head| bytes.len() > head + 3_000) {
            break &bytes[head + 4..];
        }
    };
    std::fs::write(file, body).expect("a part can be kept");
}

#[tokio::test]
async fn slow_downloads_keep_no_connection_to_the_database_from_others() {
    for home in Home::each().await {
        let ready = Ready::with(home, 1_500).await;
        let client = &ready.gateway.client;
        let whole = client.get_as(&ready.token, &ready.path()).await;
        let mut slow = Vec::new();
        for _ in 0..SLOW {
            slow.push(Slow::begin(client.address(), &ready.path(), &ready.token).await);
        }
        let started = std::time::Instant::now();
        for _ in 0..20 {
            let answer = client
                .graphql(
                    &ready.token,
                    "{ subscribers(first: 5) { nodes { email } } }",
                    json!({}),
                )
                .await;
            assert_eq!(answer.status, 200, "{}", answer.text());
            let health = client.get("/health/ready").await;
            assert_eq!(health.status, 200, "{}", health.text());
        }
        assert!(
            started.elapsed() < Duration::from_secs(20),
            "{:?}",
            started.elapsed()
        );
        let path = ready.path();
        let (link, again) = tokio::join!(ready.link(&ready.token), client.get_as(&ready.token, &path));
        assert!(link["url"].is_string() && again.body == whole.body);
        // They are served all the same, in their own time.
        for reader in slow.iter_mut().take(3) {
            assert!(reader.rest().await == whole.body, "a slow download is not whole");
        }
    }
}

/// Somebody who has asked for a bundle and takes his time to read it.
struct Slow {
    stream: TcpStream,
}

impl Slow {
    async fn begin(address: &str, path: &str, token: &str) -> Slow {
        let socket = TcpSocket::new_v4().expect("a socket");
        // So little that the gateway has to wait for us.
        socket.set_recv_buffer_size(4_096).expect("a small buffer");
        let mut stream = socket
            .connect(address.parse().expect("an address"))
            .await
            .expect("the gateway listens");
        let request = format!(
            "GET {path} HTTP/1.1\r\nhost: here\r\nconnection: close\r\nauthorization: Bearer {token}\r\n\r\n"
        );
        stream
            .write_all(request.as_bytes())
            .await
            .expect("it can be sent");
        let mut first = [0; 8];
        stream.read_exact(&mut first).await.expect("it begins");
        Slow { stream }
    }

    async fn rest(&mut self) -> Vec<u8> {
        let mut bytes = Vec::new();
        self.stream.read_to_end(&mut bytes).await.expect("it goes on");
        let head = bytes
            .windows(4)
            .position(|window| window == b"\r\n\r\n")
            .expect("a head");
        bytes.split_off(head + 4)
    }
}
