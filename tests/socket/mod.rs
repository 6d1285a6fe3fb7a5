//! Subscriptions, and everything else, over `graphql-transport-ws`: who follows what gets all of it and nothing else.

mod activity;
mod jobs;

use std::time::Duration;

use postern::access::token::OwnToken;
use postern::store::identity;
use serde_json::{Value, json};

use crate::kit::client::{Client, wait_until};
use crate::kit::company;
use crate::kit::gateway::Gateway;
use crate::kit::home::Home;
use crate::kit::socket::{Heard, Socket};

/// A gateway with two companies, and tokens of their owners.
struct Place {
    home: Home,
    gateway: Gateway,
    acme: String,
    globex: String,
}

impl Place {
    async fn each() -> Vec<Place> {
        let mut places = Vec::new();
        for home in Home::each().await {
            places.push(Place::at(home).await);
        }
        places
    }

    async fn at(home: Home) -> Place {
        company::found(&home, 20).await;
        let gateway = Gateway::serve(&home, &[]).await;
        Place {
            acme: company::token(&home, "owner@acme.test"),
            globex: company::token(&home, "owner@globex.test"),
            gateway,
            home,
        }
    }

    fn client(&self) -> &Client {
        &self.gateway.client
    }
}

/// An answer without what is another each time.
fn steady(mut answer: Value) -> Value {
    if let Some(cost) = answer["extensions"]["cost"].as_object_mut() {
        cost.remove("throttleStatus");
    }
    answer
}

#[tokio::test]
async fn queries_and_mutations_are_answered_as_over_http() {
    for place in Place::each().await {
        let mut socket = Socket::open(place.client(), &place.acme).await;
        for (query, variables) in [
            ("{ viewer { account { name } groups } }", json!({})),
            (
                "query ($n: Int!) { subscribers(first: $n) { nodes { email profiles { nodes { list { name } } } } } }",
                json!({ "n": 3 }),
            ),
            (
                "{ __type(name: \"Subscription\") { fields { name } } }",
                json!({}),
            ),
            (
                "mutation { cancelExport(input: {export: \"x\", idempotencyKey: \"12345678\"}) { userErrors { code } } }",
                json!({}),
            ),
        ] {
            let over_http = place
                .client()
                .graphql(&place.acme, query, variables.clone())
                .await;
            let over_socket = socket.ask(query, variables).await.next();
            assert_eq!(steady(over_socket), steady(over_http.json()), "{query}");
        }
        for (query, code) in [
            ("{ nothing }", "GRAPHQL_VALIDATION_FAILED"),
            ("{", "GRAPHQL_PARSE_FAILED"),
            ("{ subscribers(first: 101) { nodes { id } } }", "PAGE_TOO_LARGE"),
            (
                "subscription { a: activity { id } b: activity { id } }",
                "GRAPHQL_VALIDATION_FAILED",
            ),
        ] {
            assert_eq!(socket.ask(query, json!({})).await.code(), code, "{query}");
        }
        let query = "subscription { activity { id } }";
        let over_http = place.client().graphql(&place.acme, query, json!({})).await;
        assert_eq!(
            (over_http.status, over_http.code().as_str()),
            (400, "BAD_REQUEST")
        );
    }
}

#[tokio::test]
async fn a_document_that_unfolds_without_end_stops_nobody_over_the_socket_either() {
    let mut place = Place::at(Home::embedded()).await;
    let mut bomb = "{ ...f0 }".to_owned();
    for level in 0..28 {
        let next = level + 1;
        bomb.push_str(&format!(
            " fragment f{level} on Query {{ ...f{next} ...f{next} }}"
        ));
    }
    bomb.push_str(" fragment f28 on Query { __typename }");
    let subscription =
        bomb.replace("on Query", "on Subscription")
            .replacen("{ ...f0 }", "subscription { ...f0 }", 1);
    let mut socket = Socket::open(place.client(), &place.acme).await;
    for document in [bomb, subscription] {
        let others = async {
            let started = std::time::Instant::now();
            assert_eq!(place.client().get("/health/ready").await.status, 200);
            started.elapsed()
        };
        let (heard, time) = tokio::join!(socket.ask(&document, json!({})), others);
        assert_eq!(heard.code(), "DOCUMENT_TOO_LARGE");
        assert!(time < Duration::from_secs(2), "others waited for {time:?}");
    }
    place.gateway.is_unharmed();
}

#[tokio::test]
async fn sockets_are_told_when_the_gateway_ends() {
    let place = Place::at(Home::embedded()).await;
    let mut socket = Socket::open(place.client(), &place.acme).await;
    socket
        .begin("1", "subscription { activity { id } }", json!({}))
        .await;
    let (status, heard) = tokio::join!(place.gateway.terminate(), async {
        loop {
            if let (_, Heard::Closed(code, reason)) = socket.hear().await {
                return (code, reason);
            }
        }
    });
    assert_eq!(heard, (1001, "Going away".to_owned()));
    assert_eq!(status.code(), Some(0));
}

#[tokio::test]
async fn a_socket_ends_with_its_token() {
    for place in Place::each().await {
        let installation = company::open(&place.home).await;
        let user = identity::user_by_address(&installation.database, "owner@acme.test")
            .await
            .expect("users can be read")
            .expect("the owner is there");
        let token = installation
            .keys
            .sign_token(&OwnToken {
                user: user.id,
                account: None,
                groups: None,
                token_id: installation.new_id(),
                issued_at: installation.clock.now(),
                life: chrono::TimeDelta::seconds(3),
            })
            .expect("a token is signed");
        installation.database.close().await;
        let mut socket = Socket::open(place.client(), &token).await;
        assert_eq!(
            socket.hear().await.1,
            Heard::Closed(4403, "Token expired".to_owned())
        );
    }
}

#[tokio::test]
async fn a_token_that_was_good_ends_with_its_user() {
    for place in Place::each().await {
        let mut socket = Socket::open(place.client(), &place.globex).await;
        place
            .home
            .tamper("UPDATE users SET status = 'disabled' WHERE email_normalized = 'owner@globex.test'")
            .await;
        let heard = socket.ask("{ viewer { id } }", json!({})).await;
        assert_eq!(heard.code(), "UNAUTHENTICATED");
        let (_, closed) = socket.hear().await;
        assert_eq!(closed, Heard::Closed(4403, "Forbidden".to_owned()));
        wait_until("the log tells the code", Duration::from_secs(5), async || {
            place.gateway.logged().contains("4403")
        })
        .await;
        let logged = place.gateway.logged();
        assert!(!logged.contains(&place.globex), "{logged}");
    }
}
