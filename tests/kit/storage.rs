//! A small server that speaks S3, by other people (moto), with one bucket; gone when dropped.

use std::net::TcpListener;
use std::process::{Child, Command, Stdio};
use std::time::Duration;

use super::client::{Client, wait_until};
use super::tool::tool;

/// How long it may take to start; Python takes its time.
const START: Duration = Duration::from_secs(60);

/// A running storage.
pub struct Storage {
    child: Child,
    /// For requests to it.
    pub client: Client,
    port: u16,
}

impl Storage {
    /// Starts one; `None`, said loudly, where it is not installed.
    pub async fn start() -> Option<Storage> {
        let listener = TcpListener::bind("127.0.0.1:0").expect("a port");
        let port = listener.local_addr().expect("an address").port();
        drop(listener);
        Storage::at(port).await
    }

    async fn at(port: u16) -> Option<Storage> {
        let server = tool("moto_server")?;
        let child = Command::new(server)
            .args(["-H", "127.0.0.1", "-p", &port.to_string()])
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            .spawn()
            .expect("the server can be run");
        let client = Client::new(format!("http://127.0.0.1:{port}"));
        let storage = Storage { child, client, port };
        wait_until("the storage serves", START, async || {
            tokio::net::TcpStream::connect(("127.0.0.1", port)).await.is_ok()
        })
        .await;
        let bucket = storage.client.request(reqwest::Method::PUT, "/bundles");
        assert_eq!(storage.client.send(bucket).await.status, 200, "a bucket is made");
        Some(storage)
    }

    /// Ends it with all it holds.
    pub async fn lose(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }

    /// Starts it again where it was, empty.
    pub async fn again(&mut self) {
        *self = Storage::at(self.port).await.expect("it was installed before");
    }

    /// The variables that programs for S3 read.
    pub fn variables(&self) -> [(&'static str, String); 5] {
        [
            ("AWS_ACCESS_KEY_ID", "test".to_owned()),
            ("AWS_SECRET_ACCESS_KEY", "test".to_owned()),
            ("AWS_REGION", "us-east-1".to_owned()),
            ("AWS_ENDPOINT_URL", self.client.url.clone()),
            ("AWS_ALLOW_HTTP", "true".to_owned()),
        ]
    }
}

impl Drop for Storage {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}
