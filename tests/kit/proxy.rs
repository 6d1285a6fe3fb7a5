//! A wire between the gateway and its database that a test can cut, or block without cutting it.

use std::net::SocketAddr;
use std::path::PathBuf;
use std::sync::Arc;

use sqlx::postgres::PgConnectOptions;
use tokio::io::{AsyncRead, AsyncWrite};
use tokio::net::{TcpListener, TcpStream, UnixStream};
use tokio::sync::watch;

/// What the wire does.
#[derive(Copy, Clone, Debug, PartialEq, Eq)]
pub enum Wire {
    /// Carries everything.
    Whole,
    /// Ends every connection, at once and as long as it lasts.
    Cut,
    /// Takes connections and carries nothing, as a network that swallows packets.
    Blocked,
}

/// The wire. Gone when dropped.
pub struct Proxy {
    /// Where it is reached.
    pub address: SocketAddr,
    wire: watch::Sender<Wire>,
}

impl Proxy {
    /// A whole wire to the database of that URL.
    pub async fn to(url: &str) -> Proxy {
        let options: PgConnectOptions = url.parse().expect("the URL of a database");
        let listener = TcpListener::bind("127.0.0.1:0").await.expect("a port");
        let address = listener.local_addr().expect("an address");
        let (wire, seen) = watch::channel(Wire::Whole);
        let options = Arc::new(options);
        tokio::spawn(async move {
            let mut ended = seen.clone();
            loop {
                tokio::select! {
                    accepted = listener.accept() => {
                        let Ok((client, _)) = accepted else { return };
                        tokio::spawn(carry(client, options.clone(), seen.clone()));
                    }
                    () = closed(&mut ended) => return,
                }
            }
        });
        Proxy { address, wire }
    }

    /// Changes what the wire does, for old connections and new ones.
    pub fn set(&self, wire: Wire) {
        self.wire.send_replace(wire);
    }
}

async fn closed(seen: &mut watch::Receiver<Wire>) {
    while seen.changed().await.is_ok() {}
}

async fn carry(client: TcpStream, options: Arc<PgConnectOptions>, seen: watch::Receiver<Wire>) {
    let state = *seen.borrow();
    match state {
        Wire::Cut => {}
        Wire::Blocked => until(seen, |wire| wire != Wire::Blocked).await,
        Wire::Whole => {
            let host = options.get_host();
            let socket = options
                .get_socket()
                .cloned()
                .or_else(|| host.starts_with('/').then(|| PathBuf::from(host)));
            match socket {
                Some(folder) => {
                    let path = folder.join(format!(".s.PGSQL.{}", options.get_port()));
                    let server = UnixStream::connect(path).await.expect("the database's socket");
                    pump(client, server, seen).await;
                }
                None => {
                    let server = TcpStream::connect((host, options.get_port()))
                        .await
                        .expect("the database's port");
                    pump(client, server, seen).await;
                }
            }
        }
    }
}

/// Carries bytes both ways while the wire is whole; keeps still while it is blocked. A connection does not outlive
/// either trouble: bytes were lost.
async fn pump(
    mut client: impl AsyncRead + AsyncWrite + Unpin,
    mut server: impl AsyncRead + AsyncWrite + Unpin,
    seen: watch::Receiver<Wire>,
) {
    tokio::select! {
        _ = tokio::io::copy_bidirectional(&mut client, &mut server) => {}
        () = until(seen.clone(), |wire| wire != Wire::Whole) => until(seen, |wire| wire != Wire::Blocked).await,
    }
}

async fn until(mut seen: watch::Receiver<Wire>, holds: impl Fn(Wire) -> bool) {
    // An error: the test is over.
    let _ = seen.wait_for(|wire| holds(*wire)).await;
}
