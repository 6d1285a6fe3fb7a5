//! An erasure that is killed, against the same erasure undisturbed.

use serde_json::Value;

use super::Death;
use super::checks::{depot_is_tidy, is_erased, outcome};
use super::jobs::{ask_erasure, bundles_with, died, ended, ended_well};
use super::place::Place;

fn key(number: usize) -> String {
    format!("erasure-{number:03}")
}

/// Erases the first people, nobody killed; gives what their receipts say.
pub async fn undisturbed(place: Place, people: usize) -> Vec<Value> {
    let gateway = place.serve().await;
    let mut outcomes = Vec::new();
    for number in 0..people {
        let (key, person) = (key(number), &place.people[number].0);
        bundles_with(&place, &gateway, &key, person).await;
        let id = ask_erasure(&gateway.client, &place.token, &key, person).await;
        let erasure = ended(&gateway.client, &place.token, &id.expect("the gateway lives")).await;
        ended_well(&erasure);
        let receipt = erasure["receipt"].as_str().expect("a receipt");
        let outcome = outcome(&serde_json::from_str(receipt).expect("a receipt is JSON"));
        assert_eq!(outcome["bundlesRemoved"], 2);
        assert_eq!(outcome["redacted"][0]["column"], "lists.description");
        outcomes.push(outcome);
    }
    outcomes
}

/// Erases a person while gateways die, and holds the outcome against the undisturbed one.
pub async fn survives(place: &Place, death: &Death, number: usize, undisturbed: &Value) {
    let (key, person, token) = (key(number), &place.people[number], &place.token);
    let mut gateway = place.serve_until(&death.words()).await;
    bundles_with(place, &gateway, &key, &person.0).await;
    let before = place.home.rows().await;
    for again in 0..death.gateways {
        if again > 0 {
            gateway = place.serve_until(&death.words()).await;
        }
        ask_erasure(&gateway.client, token, &key, &person.0).await;
        died(&mut gateway, &death.words()).await;
    }
    let gateway = place.serve().await;
    // As a client does that had no answer: also when the person is gone by now, it is the same erasure.
    let id = ask_erasure(&gateway.client, token, &key, &person.0).await;
    let erasure = ended(&gateway.client, token, &id.expect("the gateway lives")).await;
    ended_well(&erasure);
    let after = place.home.rows().await;
    let receipt = is_erased(place, &key, person, (&before, &after)).await;
    assert_eq!(outcome(&receipt), *undisturbed, "killed at {death:?}");
    depot_is_tidy(place, &after).await;
}
