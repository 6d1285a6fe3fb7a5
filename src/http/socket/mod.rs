//! The protocol `graphql-transport-ws` on the route `/graphql/ws`: the sockets of this gateway, from the request for
//! one to the end of serving. Knows nothing of what the operations mean.
//!
//! Own code, because the library's ready-made one waits for ever for the first message, replaces operations of the
//! same id, and closes with codes that clients do not know.

mod close;
mod conversation;
mod crowd;
mod handshake;
mod message;
mod operations;

use std::sync::Arc;
use std::time::Duration;

use poem::http::{HeaderMap, Method};
use poem::{Endpoint, Request, Response};
use tokio::sync::Semaphore;
use tokio_tungstenite::WebSocketStream;
use tokio_tungstenite::tungstenite::protocol::{Role, WebSocketConfig};
use tokio_util::sync::CancellationToken;
use tokio_util::task::TaskTracker;

use super::cors::Origins;
use super::respond;
use super::server::Limits;
use crate::api::service::GraphqlService;
use crate::error::{Code, Refusal};
use conversation::Conversation;
use crowd::Crowd;

/// All sockets of the gateway.
pub(super) struct Sockets {
    room: Arc<Semaphore>,
    crowd: Arc<Crowd>,
    open: TaskTracker,
    stop: CancellationToken,
}

impl Sockets {
    pub(super) fn new(limits: &Limits) -> Sockets {
        Sockets {
            room: Arc::new(Semaphore::new(limits.sockets)),
            crowd: Arc::new(Crowd::new(limits.sockets_each, limits.operations_each)),
            open: TaskTracker::new(),
            stop: CancellationToken::new(),
        }
    }

    /// Tells all of them to end.
    pub(super) fn close(&self) {
        self.stop.cancel();
        self.open.close();
    }

    /// Waits until all have ended, for a time.
    pub(super) async fn ended(&self, limits: &Limits) {
        self.close();
        let time = Duration::from_secs(limits.shutdown_seconds);
        if tokio::time::timeout(time, self.open.wait()).await.is_err() {
            tracing::warn!(open = self.open.len(), "gave up on sockets that did not end");
        }
    }
}

/// The route `/graphql/ws`.
pub(super) struct Socket {
    pub(super) service: Arc<dyn GraphqlService>,
    pub(super) origins: Arc<Origins>,
    pub(super) sockets: Arc<Sockets>,
    pub(super) limits: Limits,
}

impl Endpoint for Socket {
    type Output = Response;

    async fn call(&self, request: Request) -> poem::Result<Response> {
        let request_id = respond::request_id(&request);
        if *request.method() != Method::GET {
            return Ok(respond::method_not_allowed("GET", &request_id));
        }
        Ok(match self.open(&request, &request_id) {
            Ok(response) => response,
            Err(refusal) => {
                let is_no_upgrade = refusal.code == Code::UpgradeRequired;
                let mut response = respond::failure(refusal.into(), &request_id);
                if is_no_upgrade {
                    handshake::say_what_is_needed(response.headers_mut());
                }
                response
            }
        })
    }
}

impl Socket {
    fn open(&self, request: &Request, request_id: &Arc<str>) -> Result<Response, Refusal> {
        let handshake = handshake::read(request)?;
        if !self.may_open(request.headers()) {
            let message = "pages of this origin may not ask; see --allowed-origins";
            return Err(Refusal::new(Code::Forbidden, message));
        }
        let credentials = respond::credentials(request.headers())?;
        let upgrade = request
            .take_upgrade()
            .map_err(|_| Refusal::new(Code::BadRequest, "this connection cannot become a WebSocket"))?;
        let Ok(place) = self.sockets.room.clone().try_acquire_owned() else {
            let message = "there are as many sockets as this gateway takes; try again";
            return Err(Refusal::new(Code::RateLimited, message).retry_after(5));
        };
        let conversation = Conversation {
            service: self.service.clone(),
            crowd: self.sockets.crowd.clone(),
            limits: self.limits.clone(),
            stop: self.sockets.stop.clone(),
            credentials,
            client: request.remote_addr().as_socket_addr().map(|address| address.ip()),
            request_id: request_id.clone(),
            speaks: handshake.speaks(),
        };
        let config = self.config();
        self.sockets.open.spawn(async move {
            if let Ok(stream) = upgrade.await {
                let stream = WebSocketStream::from_raw_socket(stream, Role::Server, Some(config)).await;
                conversation.run(stream).await;
            }
            drop(place);
        });
        Ok(handshake.response())
    }

    fn may_open(&self, headers: &HeaderMap) -> bool {
        self.origins.may_open_socket(headers)
    }

    /// A message is as large as a body may be. What is written waits in no buffer of ours: a client that does not read
    /// is noticed.
    fn config(&self) -> WebSocketConfig {
        WebSocketConfig::default()
            .read_buffer_size(8 * 1024)
            .write_buffer_size(0)
            .max_message_size(Some(self.limits.body_bytes))
            .max_frame_size(Some(self.limits.body_bytes))
    }
}
