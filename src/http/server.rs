//! The routes, and what they need from the rest of the gateway. Knows no transport details; those are in
//! `listen` and `frame`.

use std::sync::Arc;

use poem::http::header::{CONTENT_TYPE, HeaderValue};
use poem::{Endpoint, Request, Response, Route};
use tokio::net::TcpListener;

use super::cors::Origins;
use super::download::{Downloads, Link, OfJob};
use super::frame::Frame;
use super::graphql::Graphql;
use super::health::{Live, Readiness, Ready, is_reading};
use super::keys::{Document, PublicKeys, WellKnown};
use super::socket::{Socket, Sockets};
use super::upload::{Upload, Uploads};
use super::{listen, respond};
use crate::api::service::GraphqlService;
use crate::error::Result;

/// What the routes need.
#[derive(Clone)]
pub struct Services {
    /// For `/graphql` and `/graphql/ws`.
    pub graphql: Arc<dyn GraphqlService>,
    /// For `/exports/{id}/bundle`, `/imports/{id}/rejects` and `/downloads/{link}`.
    pub downloads: Arc<dyn Downloads>,
    /// For `/uploads`.
    pub uploads: Arc<dyn Uploads>,
    /// For `/.well-known`.
    pub keys: Arc<dyn PublicKeys>,
    /// For `/health/ready`.
    pub readiness: Arc<dyn Readiness>,
    /// Origins of web pages that may ask besides our own, or `*`.
    pub origins: Vec<String>,
}

/// How much and how slow a client may be.
#[derive(Clone, Debug)]
pub struct Limits {
    /// Connections at one time; more wait in the system's queue.
    pub connections: usize,
    /// Bytes of a request's headers, at least 8,192.
    pub header_bytes: usize,
    /// Seconds for a request's headers to arrive, and for an idle connection to stay open.
    pub header_seconds: u64,
    /// Bytes of a request's body.
    pub body_bytes: usize,
    /// Seconds for the body to arrive; of an upload, for its next piece.
    pub body_seconds: u64,
    /// WebSockets at one time; more are refused.
    pub sockets: usize,
    /// The same, of one principal.
    pub sockets_each: usize,
    /// Operations under way on one socket.
    pub operations: usize,
    /// The same, of one principal, on all sockets together.
    pub operations_each: usize,
    /// Seconds for a socket to say who it is.
    pub init_seconds: u64,
    /// Seconds between looks at whether a socket still lives, and whether its credentials are still good.
    pub look_seconds: u64,
    /// Seconds that requests under way get at shutdown.
    pub shutdown_seconds: u64,
}

impl Default for Limits {
    fn default() -> Self {
        Limits {
            connections: 4_096,
            header_bytes: 32 * 1024,
            header_seconds: 30,
            body_bytes: 256 * 1024,
            body_seconds: 10,
            sockets: 1_024,
            sockets_each: 50,
            operations: 20,
            operations_each: 100,
            init_seconds: 10,
            look_seconds: 15,
            shutdown_seconds: 20,
        }
    }
}

/// Serves all routes on the listener until `shutdown` is done and the requests under way are answered.
///
/// Errors: [`crate::error::Fault::Io`] when the listener has no address; nothing a client does ends it.
pub async fn serve(
    listener: TcpListener,
    services: Services,
    limits: Limits,
    shutdown: impl Future<Output = ()>,
) -> Result<()> {
    let sockets = Arc::new(Sockets::new(&limits));
    let endpoint = routes(services, &limits, sockets.clone());
    let shutdown = async {
        shutdown.await;
        sockets.close();
    };
    let served = listen::serve(listener, endpoint, &limits, shutdown).await;
    sockets.ended(&limits).await;
    served
}

/// All routes in their frame. Never fails.
fn routes(
    services: Services,
    limits: &Limits,
    sockets: Arc<Sockets>,
) -> impl Endpoint<Output = Response> + 'static {
    let Services {
        graphql,
        downloads,
        uploads,
        keys,
        readiness,
        origins,
    } = services;
    let origins = Arc::new(Origins::new(origins));
    let socket = Socket {
        service: graphql.clone(),
        origins: origins.clone(),
        sockets,
        limits: limits.clone(),
    };
    let graphql = Graphql {
        service: graphql,
        limits: limits.clone(),
    };
    let upload = Upload {
        uploads,
        limits: limits.clone(),
    };
    let well_known = |document| WellKnown {
        keys: keys.clone(),
        document,
    };
    let bundle = || OfJob {
        downloads: downloads.clone(),
        open: |downloads, wanted| downloads.open(wanted),
    };
    let rejects = OfJob {
        downloads: downloads.clone(),
        open: |downloads, wanted| downloads.open_rejects(wanted),
    };
    let routes = Route::new()
        .at("/", Home)
        .at("/graphql", graphql)
        .at("/graphql/ws", socket)
        .at("/exports/:id/bundle", bundle())
        .at("/exports/:id/bundle/:volume", bundle())
        .at("/imports/:id/rejects", rejects)
        .at(
            "/downloads/:link",
            Link {
                downloads: downloads.clone(),
            },
        )
        .at("/uploads", upload)
        .at("/.well-known/jwks.json", well_known(Document::Jwks))
        .at(
            "/.well-known/postern-signing-key.pem",
            well_known(Document::SigningKeys),
        )
        .at("/health/live", Live)
        .at("/health/ready", Ready { readiness });
    Frame { routes, origins }
}

/// The route `/`: what this is and where to go, for somebody who opens it in a browser.
struct Home;

const HOME: &str = "Postern, a GraphQL gateway.\n\n\
    POST /graphql                              queries and mutations, with Authorization: Bearer\n\
    GET  /graphql/ws                           the same and subscriptions, over graphql-transport-ws\n\
    GET  /exports/{id}/bundle                  download of an export; /2 behind it for its second file\n\
    GET  /downloads/{link}                     the same by a short-lived link, without Authorization\n\
    POST /uploads                              a file to be imported\n\
    GET  /imports/{id}/rejects                 the rows of it that could not be taken\n\
    GET  /.well-known/jwks.json                public keys of tokens\n\
    GET  /.well-known/postern-signing-key.pem  public keys of bundles and receipts\n\
    GET  /health/live, /health/ready\n";

impl Endpoint for Home {
    type Output = Response;

    async fn call(&self, request: Request) -> poem::Result<Response> {
        if !is_reading(&request) {
            return Ok(respond::method_not_allowed(
                "GET, HEAD",
                &respond::request_id(&request),
            ));
        }
        let mut response = Response::builder().body(HOME);
        response.headers_mut().insert(
            CONTENT_TYPE,
            HeaderValue::from_static("text/plain; charset=utf-8"),
        );
        Ok(response)
    }
}
