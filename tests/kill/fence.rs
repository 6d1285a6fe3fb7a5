//! Keeping somebody away whom the platform has written again past the fence, killed.

use super::Death;
use super::checks::{depot_is_tidy, job, mentions, receipt_holds, row_is_over};
use super::jobs::{ask_erasure, bundles_with, ended, ended_well};
use super::place::Place;

const SWEEP: [&str; 4] = ["erase", "sweep", "--account", "Acme"];

/// Erases a person whom the platform then writes again, with a bundle made meanwhile. The sweep dies, and the next one
/// leaves nothing: neither a row nor the bundle, and it is told in the log.
pub async fn survives(place: &Place, death: &Death) {
    let people = &place.people;
    let (key, person) = ("fence-key", &people[people.len() - 2]);
    {
        let gateway = place.serve().await;
        let id = ask_erasure(&gateway.client, &place.token, key, &person.0).await;
        let erasure = ended(&gateway.client, &place.token, &id.expect("the gateway lives")).await;
        ended_well(&erasure);
        let (original, normalized) = (person.0.replace('\'', "''"), person.1.replace('\'', "''"));
        // Any ids will do that are there already, and any times.
        let of =
            "FROM lists WHERE account_id = (SELECT id FROM accounts WHERE name = 'Acme') ORDER BY id LIMIT 1";
        for (into, values) in [
            (
                "subscribers (account_id, id, created_at, updated_at, status, email, email_normalized)",
                "'active'",
            ),
            (
                "transactional_emails (account_id, id, created_at, updated_at, retries, status, subject, to_email, \
                 to_email_normalized)",
                "0, 'sent', 'Hello'",
            ),
        ] {
            let insert = format!(
                "INSERT INTO {into} SELECT account_id, id, created_at, created_at, {values}, '{original}', \
                 '{normalized}' {of}"
            );
            place.home.tamper(insert).await;
        }
        bundles_with(place, &gateway, key, &person.0).await;
    }
    place.run_until(death.point.word(), &SWEEP);
    place.home.run(&SWEEP).well();
    let rows = place.home.rows().await;
    let left = mentions(&rows, person);
    assert!(left.is_empty(), "{left:?}");
    let erasure = job(&rows, "erasures", key);
    row_is_over(erasure);
    let told = rows.iter().filter(|row| {
        row.table == "audit_events"
            && row.cell("action") == b"erasure.kept_away"
            && row.cell("object_id") == erasure.cell("id")
    });
    assert!(told.count() > 0, "nobody was told");
    receipt_holds(place, erasure);
    depot_is_tidy(place, &rows).await;
}
