//! How exports and erasures get on, as who waits for them follows it.

use std::time::{Duration, Instant};

use serde_json::{Value, json};

use super::Place;
use crate::kit::company;
use crate::kit::socket::{Heard, Socket};

const PROGRESS: &str = "subscription ($id: ID!) { jobProgress(id: $id) { __typename id
    ... on Export { state rowsDone finishedAt requestedBy { email } }
    ... on Erasure { erasureState: state } } }";

/// All events of one subscription up to its end, with the time of each.
async fn followed(socket: &mut Socket, id: &str) -> Vec<(Instant, Value)> {
    socket.begin("job", PROGRESS, json!({ "id": id })).await;
    let mut events = Vec::new();
    loop {
        match socket.hear().await {
            (_, Heard::Next(answer)) => {
                assert_eq!(answer.get("errors"), None, "{answer}");
                events.push((Instant::now(), answer["data"]["jobProgress"].clone()));
            }
            (_, Heard::Complete) => return events,
            (_, other) => panic!("{other:?}"),
        }
    }
}

#[tokio::test]
async fn a_job_is_followed_from_its_state_now_to_its_end() {
    for place in Place::each().await {
        let id = company::exported(place.client(), &place.acme).await;
        let mut socket = Socket::open(place.client(), &place.acme).await;
        let events = followed(&mut socket, &id).await;
        let (_, last) = events.last().expect("there is the state now");
        assert_eq!(last["state"], "READY", "{events:?}");
        assert_eq!(last["requestedBy"]["email"], "owner@acme.test");
        assert!(last["finishedAt"].is_string());
        for pair in events.windows(2) {
            let time = pair[1].0 - pair[0].0;
            assert!(
                time > Duration::from_millis(700),
                "events after {time:?}: {events:?}"
            );
        }
        // Of one that is over there is its state alone.
        assert_eq!(followed(&mut socket, &id).await.len(), 1);

        let plan =
            "mutation { planErasure(input: {subscriber: {email: $email}, idempotencyKey: \"erase-1234\"})
            { erasure { id planHash } userErrors { code message } } }"
                .replace("mutation {", "mutation ($email: EmailAddress!) {");
        let query = "{ subscribers(first: 1) { nodes { email } } }";
        let people = socket.ask(query, json!({})).await.next();
        let email = &people["data"]["subscribers"]["nodes"][0]["email"];
        let planned = socket.ask(&plan, json!({ "email": email })).await.next();
        let erasure = &planned["data"]["planErasure"]["erasure"];
        let confirm =
            "mutation ($id: ID!, $hash: String!) { confirmErasure(input: {erasure: $id, planHash: $hash,
            idempotencyKey: \"erase-1234\"}) { userErrors { code message } } }";
        let variables = json!({ "id": erasure["id"], "hash": erasure["planHash"] });
        let confirmed = socket.ask(confirm, variables).await.next();
        let none = json!([]);
        assert_eq!(
            confirmed["data"]["confirmErasure"]["userErrors"], none,
            "{planned}"
        );
        let id = erasure["id"].as_str().expect("an id");
        let events = followed(&mut socket, id).await;
        let (_, last) = events.last().expect("there is the state now");
        assert_eq!(
            (&last["__typename"], &last["erasureState"]),
            (&json!("Erasure"), &json!("DONE"))
        );
    }
}

#[tokio::test]
async fn who_may_not_see_a_job_gets_null_and_the_end_as_for_one_that_is_not_there() {
    for place in Place::each().await {
        let id = company::exported(place.client(), &place.acme).await;
        let query = "{ subscribers(first: 1) { nodes { id } } }";
        let people = place
            .client()
            .graphql(&place.globex, query, json!({}))
            .await
            .data();
        let no_job = people["subscribers"]["nodes"][0]["id"].as_str().expect("an id");
        let mut socket = Socket::open(place.client(), &place.globex).await;
        for id in [id.as_str(), no_job, "nonsense"] {
            let events: Vec<Value> = followed(&mut socket, id)
                .await
                .into_iter()
                .map(|(_, event)| event)
                .collect();
            assert_eq!(events, [Value::Null], "{id}");
        }
    }
}
