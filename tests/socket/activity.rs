//! What is done in an account, as its owner follows it.

use std::time::{Duration, Instant};

use serde_json::{Value, json};

use super::Place;
use crate::kit::client::{Client, wait_until};
use crate::kit::company;
use crate::kit::gateway::Gateway;
use crate::kit::home::Home;
use crate::kit::socket::{Heard, Socket};

const ACTIVITY: &str =
    "subscription { activity { id action resource rowCount happenedAt account { name } } }";

/// How soon an event is to come: reads are written down twice a second and looked for three times, and the machine
/// may be busy.
const SOON: Duration = Duration::from_secs(3);

/// A socket that follows, from now on.
async fn following(client: &Client, token: &str) -> Socket {
    let mut socket = Socket::open(client, token).await;
    socket.begin("activity", ACTIVITY, json!({})).await;
    // What happens before the subscription has begun is not part of it.
    assert_eq!(socket.hear_within(Duration::from_millis(700)).await, None);
    socket
}

/// The events up to one of that action, and how long that one took.
async fn up_to(socket: &mut Socket, action: &str) -> (Vec<Value>, Duration) {
    let started = Instant::now();
    let mut events = Vec::new();
    loop {
        let answer = socket.hear().await.1.next();
        let event = answer["data"]["activity"].clone();
        let is_it = event["action"] == action;
        events.push(event);
        if is_it {
            return (events, started.elapsed());
        }
    }
}

#[tokio::test]
async fn what_is_done_in_an_account_is_followed_by_its_owner_and_nobody_elses() {
    for place in Place::each().await {
        let mut acme = following(place.client(), &place.acme).await;
        let mut globex = following(place.client(), &place.globex).await;
        company::exported(place.client(), &place.acme).await;
        let (events, time) = up_to(&mut acme, "export.requested").await;
        assert!(time < SOON, "it took {time:?}");
        assert!(
            events.iter().all(|event| event["account"]["name"] == "Acme"),
            "{events:?}"
        );
        let query = "{ subscribers(first: 5) { nodes { email } } }";
        place
            .client()
            .graphql(&place.globex, query, json!({}))
            .await
            .data();
        let (events, time) = up_to(&mut globex, "graphql.read").await;
        assert!(time < SOON, "it took {time:?}");
        assert_eq!(events.len(), 1, "{events:?}");
        assert_eq!(events[0]["account"]["name"], "Globex");
        // An event about an event would never end; the log has them all the same.
        while acme.hear_within(Duration::from_secs(2)).await.is_some() {}
        assert_eq!(acme.hear_within(Duration::from_secs(2)).await, None);
        let log = "{ auditEvents(first: 100) { nodes { id action } } }";
        wait_until("events are taken down", SOON, async || {
            let log = place.client().graphql(&place.acme, log, json!({})).await.data();
            log.to_string().contains("graphql.event")
        })
        .await;
    }
}

#[tokio::test]
async fn no_event_is_sent_twice_and_none_is_left_out() {
    for place in Place::each().await {
        let mut socket = following(place.client(), &place.acme).await;
        for _ in 0..40 {
            place
                .client()
                .graphql(&place.acme, "{ lists(first: 1) { nodes { id } } }", json!({}))
                .await
                .data();
        }
        let mut ids = Vec::new();
        while let Some(heard) = socket.hear_within(Duration::from_secs(3)).await {
            ids.push(heard.next()["data"]["activity"]["id"].to_string());
        }
        assert_eq!(ids.len(), 40);
        ids.sort();
        ids.dedup();
        assert_eq!(ids.len(), 40);
    }
}

/// A transaction may be open for a while after its event got its time.
#[tokio::test]
async fn an_event_that_is_committed_late_is_sent_all_the_same() {
    for place in Place::each().await {
        let mut first = following(place.client(), &place.acme).await;
        let mut second = following(place.client(), &place.acme).await;
        let (id, at) = match place.home.database_url() {
            Some(_) => ("gen_random_uuid()", "now() - interval '10 seconds'"),
            None => (
                "randomblob(16)",
                "CAST((julianday('now') - 2440587.5) * 86400000000 AS INTEGER) - 10000000",
            ),
        };
        place
            .home
            .tamper(format!(
                "INSERT INTO audit_events (account_id, id, actor_kind, action, outcome, happened_at) \
                 SELECT id, {id}, 'system', 'late.event', 'allowed', {at} FROM accounts WHERE name = 'Acme'"
            ))
            .await;
        for socket in [&mut first, &mut second] {
            up_to(socket, "late.event").await;
        }
    }
}

#[tokio::test]
async fn a_gateway_tells_what_was_done_at_another_on_the_same_database() {
    let Some(home) = Home::on_postgres().await else {
        return;
    };
    let place = Place::at(home).await;
    let other = Gateway::serve(&place.home, &[]).await;
    let mut socket = following(place.client(), &place.acme).await;
    let query = "{ subscribers(first: 5) { nodes { email } } }";
    other.client.graphql(&place.acme, query, json!({})).await.data();
    let (events, time) = up_to(&mut socket, "graphql.read").await;
    assert!(time < SOON, "it took {time:?}");
    assert_eq!(events[0]["rowCount"], "5");
    let id = company::exported(&other.client, &place.acme).await;
    let (_, time) = up_to(&mut socket, "export.requested").await;
    assert!(time < SOON, "it took {time:?}");
    assert!(!id.is_empty());
}

#[tokio::test]
async fn who_loses_the_right_gets_nothing_more_and_who_never_had_it_is_told() {
    for place in Place::each().await {
        let token = company::token(&place.home, "manager@globex.test");
        let mut manager = Socket::open(place.client(), &token).await;
        manager.begin("1", ACTIVITY, json!({})).await;
        let may = manager.hear_within(Duration::from_secs(2)).await;
        let mut socket = following(place.client(), &place.globex).await;
        place
            .home
            .tamper(
                "DELETE FROM group_members WHERE user_id = (SELECT id FROM users WHERE email_normalized = \
                 'owner@globex.test')",
            )
            .await;
        let token = company::token(&place.home, "operator@postern.example");
        let query = "{ subscribers(first: 5) { nodes { email } } }";
        let request = place
            .client()
            .request(reqwest::Method::POST, "/graphql")
            .bearer_auth(&token)
            .header("postern-account", "Globex")
            .header("content-type", "application/json")
            .body(json!({ "query": query }).to_string());
        place.client().send(request).await.data();
        assert_eq!(socket.hear().await.1.code(), "FORBIDDEN");
        assert_eq!(may.map(Heard::code), Some("FORBIDDEN".to_owned()));
    }
}
