//! Connections: how many, how slow they may be, and how they end. Knows no routes.
//!
//! Not poem's own server: that has no limit on connections and none on the time for a request's headers, and
//! it spins when the process has no file descriptor left.

use std::convert::Infallible;
use std::io;
use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;

use hyper::body::Incoming;
use hyper::server::conn::http1;
use hyper::service::service_fn;
use hyper_util::rt::{TokioIo, TokioTimer};
use poem::http::uri::Scheme;
use poem::web::{LocalAddr, RemoteAddr};
use poem::{Addr, Endpoint, Request, Response};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::Semaphore;
use tokio_util::sync::CancellationToken;
use tokio_util::task::TaskTracker;

use super::server::Limits;
use crate::error::{Fault, Result};

/// Serves until `shutdown` is done, then lets the requests under way finish, for a time.
pub(super) async fn serve<E>(
    listener: TcpListener,
    endpoint: E,
    limits: &Limits,
    shutdown: impl Future<Output = ()>,
) -> Result<()>
where
    E: Endpoint<Output = Response> + 'static,
{
    let local = listener
        .local_addr()
        .map_err(|error| Fault::io("asking for the address listened on", error))?;
    let room = Arc::new(Semaphore::new(limits.connections));
    let endpoint = Arc::new(endpoint);
    let builder = Arc::new(builder(limits));
    let connections = TaskTracker::new();
    let (finish, give_up) = (CancellationToken::new(), CancellationToken::new());
    tokio::pin!(shutdown);
    tracing::info!(%local, "listening");
    loop {
        // The place is taken before the connection: who comes when all are taken waits in the system's queue.
        let accepted = async {
            let place = room.clone().acquire_owned().await;
            (place, listener.accept().await)
        };
        let (place, accepted) = tokio::select! {
            () = &mut shutdown => break,
            accepted = accepted => accepted,
        };
        let (stream, remote) = match accepted {
            Ok(accepted) => accepted,
            Err(error) => {
                pause_after(&error).await;
                continue;
            }
        };
        let connection = Connection {
            endpoint: endpoint.clone(),
            builder: builder.clone(),
            addresses: (local, remote),
            finish: finish.clone(),
            give_up: give_up.clone(),
        };
        connections.spawn(async move {
            connection.run(stream).await;
            drop(place);
        });
    }
    drop(listener);
    finish.cancel();
    connections.close();
    tracing::info!(open = connections.len(), "shutting down");
    let time = Duration::from_secs(limits.shutdown_seconds);
    if tokio::time::timeout(time, connections.wait()).await.is_err() {
        tracing::warn!(
            open = connections.len(),
            "gave up on connections that did not end"
        );
        give_up.cancel();
        connections.wait().await;
    }
    Ok(())
}

/// HTTP/1.1 alone: whoever wants HTTP/2 has a proxy in front that ends TLS, and telling the two apart on one
/// port means to wait for a first byte without a time limit.
fn builder(limits: &Limits) -> http1::Builder {
    let mut builder = http1::Builder::new();
    builder
        .timer(TokioTimer::new())
        .header_read_timeout(Duration::from_secs(limits.header_seconds))
        .max_buf_size(limits.header_bytes);
    builder
}

/// A connection that broke before it was taken is nobody's fault; having no descriptors left passes only with
/// time.
async fn pause_after(error: &io::Error) {
    let is_theirs = matches!(
        error.kind(),
        io::ErrorKind::ConnectionAborted | io::ErrorKind::ConnectionReset | io::ErrorKind::ConnectionRefused
    );
    if !is_theirs {
        tracing::warn!(%error, "no connection could be taken");
        tokio::time::sleep(Duration::from_millis(100)).await;
    }
}

struct Connection<E> {
    endpoint: Arc<E>,
    builder: Arc<http1::Builder>,
    addresses: (SocketAddr, SocketAddr),
    finish: CancellationToken,
    give_up: CancellationToken,
}

impl<E> Connection<E>
where
    E: Endpoint<Output = Response> + 'static,
{
    async fn run(self, stream: TcpStream) {
        // Answers are written whole; waiting for more to send would only delay them.
        if let Err(error) = stream.set_nodelay(true) {
            tracing::debug!(%error, "the connection is already gone");
        }
        let (local, remote) = self.addresses;
        let service = service_fn(|request: hyper::Request<Incoming>| {
            let endpoint = self.endpoint.clone();
            let addresses = (LocalAddr(Addr::from(local)), RemoteAddr(Addr::from(remote)));
            async move {
                let request = Request::from((request, addresses.0, addresses.1, Scheme::HTTP));
                let response = endpoint.get_response(request).await;
                Ok::<hyper::Response<_>, Infallible>(response.into())
            }
        });
        let connection = self
            .builder
            .serve_connection(TokioIo::new(stream), service)
            .with_upgrades();
        tokio::pin!(connection);
        let ended = tokio::select! {
            ended = connection.as_mut() => Some(ended),
            () = self.finish.cancelled() => None,
            () = self.give_up.cancelled() => return,
        };
        let ended = match ended {
            Some(ended) => ended,
            None => {
                connection.as_mut().graceful_shutdown();
                tokio::select! {
                    ended = connection.as_mut() => ended,
                    () = self.give_up.cancelled() => return,
                }
            }
        };
        if let Err(error) = ended {
            tracing::debug!(error = %error, "a connection broke");
        }
    }
}
