//! Killing at times drawn from a fixed seed, while an export and an erasure are under way.

use std::time::{Duration, Instant};

use sha2::{Digest, Sha256};

use super::checks::{depot_is_tidy, is_erased, job};
use super::jobs::{ask_erasure, ask_export, ended};
use super::place::Place;
use super::say;
use crate::kit::gateway::Gateway;
use crate::kit::tool::setting;

const SEED: u64 = 34;

/// How many times for each store: twenty for the two.
const TIMES: usize = 10;

/// The variable that sets another number: a hundred take a quarter of an hour.
const MORE: &str = "POSTERN_TEST_KILLS";

/// How many times for each store.
pub fn times() -> usize {
    let more = setting(MORE).map(|number| number.parse().expect("POSTERN_TEST_KILLS is a number"));
    more.unwrap_or(TIMES)
}

/// Kills a gateway so many times, each while it exports the account and erases another person.
pub async fn at_times(calm: Place, place: Place, store: &str) {
    let whole = undisturbed(calm).await;
    let times = times();
    say(&format!(
        "{store}: {times} random kills within {whole:?}, seed {SEED}"
    ));
    let mut gateway = place.serve().await;
    for number in 0..times {
        let delay = whole.mul_f64(fraction(store, number));
        say(&format!("{store}: random kill {number} after {delay:?}"));
        gateway = survives(&place, gateway, number, delay).await;
    }
}

/// How long it takes when nobody is killed.
async fn undisturbed(place: Place) -> Duration {
    let gateway = place.serve().await;
    let begun = Instant::now();
    both(&place, &gateway, 0).await;
    begun.elapsed()
}

/// A number from 0 to 1 that follows from the seed alone.
fn fraction(store: &str, number: usize) -> f64 {
    let digest = Sha256::digest(format!("{SEED} {store} {number}"));
    f64::from(u16::from_be_bytes([digest[0], digest[1]])) / f64::from(u16::MAX)
}

fn keys(number: usize) -> (String, String) {
    (
        format!("random-erasure-{number:03}"),
        format!("random-export-{number:03}"),
    )
}

/// An export and an erasure at once; how they ended.
async fn both(place: &Place, gateway: &Gateway, number: usize) -> (String, String) {
    let (client, token) = (&gateway.client, &place.token);
    let (erasure_key, export_key) = keys(number);
    let export = ask_export(client, token, &export_key, None)
        .await
        .expect("it lives");
    let person = &place.people[number].0;
    let erasure = ask_erasure(client, token, &erasure_key, person)
        .await
        .expect("it lives");
    let state = |job: serde_json::Value| job["state"].as_str().unwrap_or_default().to_owned();
    let erasure = state(ended(client, token, &erasure).await);
    (erasure, state(ended(client, token, &export).await))
}

async fn survives(place: &Place, gateway: Gateway, number: usize, delay: Duration) -> Gateway {
    let before = place.home.rows().await;
    let (erasure_key, export_key) = keys(number);
    let person = &place.people[number];
    let (client, token) = (gateway.client.clone(), place.token.clone());
    let email = person.0.clone();
    let asking = tokio::spawn(async move {
        ask_export(&client, &token, &export_key, None).await?;
        ask_erasure(&client, &token, &erasure_key, &email).await
    });
    tokio::time::sleep(delay).await;
    gateway.kill().await;
    asking.await.expect("who asks is told nothing wrong");
    let gateway = place.serve().await;
    let (erasure, export) = both(place, &gateway, number).await;
    // Which of them, the person's row says.
    assert!(erasure == "DONE" || erasure == "PARTIAL", "{erasure}");
    // Ready before the erasure was verified, it was removed with the person; else it was made anew.
    assert!(export == "READY" || export == "STALE", "{export}");
    let after = place.home.rows().await;
    is_erased(place, &keys(number).0, person, (&before, &after)).await;
    job(&after, "exports", &keys(number).1);
    depot_is_tidy(place, &after).await;
    gateway
}
