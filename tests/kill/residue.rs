//! The later sweep of an erasure that left something behind, killed.

use std::time::Duration;

use serde_json::Value;

use super::Death;
use super::checks::{depot_is_tidy, job, mentions, receipt_holds, row_is_over};
use super::jobs::{ask_erasure, ended};
use super::place::Place;

/// Longer than a killed sweep's lease.
const LEASE: Duration = Duration::from_millis(1_300);

const SWEEP: [&str; 4] = ["erase", "sweep", "--account", "Acme"];

/// Erases the last person, who is mentioned where nothing may be redacted; after that is mended, and another mention
/// has come, sweeps die, and one second receipt tells of all of them.
pub async fn survives(place: &Place, death: &Death) {
    let (key, person) = ("residue-key", place.people.last().expect("there are people"));
    let quoted = person.0.replace('\'', "''");
    let of_acme = "account_id = (SELECT id FROM accounts WHERE name = 'Acme')";
    place
        .home
        .tamper(format!(
            "UPDATE delivery_servers SET reply_to = '{quoted}' WHERE {of_acme}"
        ))
        .await;
    {
        let gateway = place.serve().await;
        let id = ask_erasure(&gateway.client, &place.token, key, &person.0).await;
        let erasure = ended(&gateway.client, &place.token, &id.expect("the gateway lives")).await;
        assert_eq!(erasure["state"], "RESIDUE_FOUND", "{erasure:#}");
    }
    place
        .home
        .tamper(format!(
            "UPDATE delivery_servers SET reply_to = NULL WHERE {of_acme}"
        ))
        .await;
    place
        .home
        .tamper(format!("UPDATE campaigns SET preheader = 'Ask {quoted}' WHERE id IN (SELECT id FROM campaigns WHERE {of_acme} ORDER BY id LIMIT 1)"))
        .await;
    for place_of_death in ["erasure.redacted", death.point.word()] {
        tokio::time::sleep(LEASE).await;
        place.run_until(place_of_death, &SWEEP);
    }
    tokio::time::sleep(LEASE).await;
    place.home.run(&SWEEP).well();
    let rows = place.home.rows().await;
    assert!(
        mentions(&rows, person).is_empty(),
        "{:?}",
        mentions(&rows, person)
    );
    let job = job(&rows, "erasures", key);
    row_is_over(job);
    let second: Value = serde_json::from_slice(job.cell("second_receipt")).expect("a second receipt");
    assert_eq!(
        second["sweep"]["redacted"][0]["column"], "campaigns.preheader",
        "{second:#}"
    );
    assert_eq!(second["sweep"]["redacted"][0]["rows"], 1, "{second:#}");
    receipt_holds(place, job);
    depot_is_tidy(place, &rows).await;
}
