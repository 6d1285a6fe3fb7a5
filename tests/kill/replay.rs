//! A replay after a restore that is killed again and again: at its own places, and at those of the erasures that it
//! repeats.

use std::time::Duration;

use super::Death;
use super::checks::{depot_is_tidy, mentions, receipt_holds, row_is_over};
use super::jobs::{ask_erasure, ended, ended_well};
use super::place::Place;
use super::say;

/// Longer than a killed worker's lease.
const LEASE: Duration = Duration::from_millis(1_300);

/// Places of an erasure that a replay passes as well.
const ON_THE_WAY: [&str; 4] = [
    "erasure.claimed:1",
    "erasure.rows:1",
    "erasure.ledger:1",
    "erasure.done:1",
];

/// Erases two people, restores the database of before, and has replays die; the last one finds nothing left to do.
pub async fn survives(place: &Place, deaths: &[Death], store: &str) {
    for (number, death) in deaths.iter().enumerate() {
        let people: Vec<_> = place.people.iter().skip(2 * number).take(2).collect();
        say(&format!("{store}: a replay, killed {}", death.described()));
        let backup = place.home.back_up().await;
        let key = |number: usize| format!("{}-{number}", death.point.word().replace('.', "-"));
        {
            let gateway = place.serve().await;
            for (number, person) in people.iter().enumerate() {
                let id = ask_erasure(&gateway.client, &place.token, &key(number), &person.0).await;
                let erasure = ended(&gateway.client, &place.token, &id.expect("the gateway lives")).await;
                ended_well(&erasure);
            }
            assert_eq!(gateway.terminate().await.code(), Some(0));
        }
        place.home.restore(&backup).await;
        let before = place.home.rows().await;
        for person in &people {
            assert!(!mentions(&before, person).is_empty());
        }
        let words = death.words();
        for words in ON_THE_WAY.into_iter().chain([words.as_str()]) {
            place.run_until(words, &["replay"]);
            // Where the last number is written, all was done.
            if words != "replay.done:1" {
                let refused = place.home.run(&["--listen", "127.0.0.1:0", "serve", "--json"]);
                assert_eq!(refused.with_code(1).failure(), "REPLAY_NEEDED", "{words}");
            }
            tokio::time::sleep(LEASE).await;
        }
        place.home.run(&["replay"]).well();
        let again = place.home.run(&["replay", "--json"]).well().json();
        assert_eq!(again["erasures"], serde_json::json!([]), "{again:#}");
        let after = place.home.rows().await;
        for person in &people {
            assert!(
                mentions(&after, person).is_empty(),
                "{:?}",
                mentions(&after, person)
            );
        }
        for row in after
            .iter()
            .filter(|row| row.table == "erasures" && row.cell("idempotency_key").starts_with(b"replay-"))
        {
            row_is_over(row);
            receipt_holds(place, row);
        }
        depot_is_tidy(place, &after).await;
    }
}
