//! An import that is killed.

use serde_json::{Value, json};

use super::Death;
use super::checks::{depot_is_tidy, happened_once, job};
use super::jobs::died;
use super::place::Place;
use crate::kit::client::Client;
use crate::kit::sending::{REQUEST, count, ended, listmonk, rejects, sent};

/// Rows of the file that can be taken: some batches.
const PEOPLE: usize = 2_500;

/// Rows that cannot.
const BAD: usize = 3;

/// Sends a file and asks for it to be taken in while gateways die; each row is taken once and counted once.
pub async fn survives(place: &Place, death: &Death, number: usize) {
    let (key, token) = (format!("import-{number:03}"), &place.token);
    let domain = format!("killed{number}.test");
    let mut input = json!({ "fileName": format!("{key}.csv"), "dryRun": false, "idempotencyKey": key });
    for _ in 0..death.gateways {
        let mut gateway = place.serve_until(&death.words()).await;
        if input["upload"].is_null() {
            input["upload"] = sent(&gateway.client, token, listmonk(&domain, PEOPLE, BAD))
                .await
                .into();
        }
        ask(&gateway.client, token, &input).await;
        died(&mut gateway, &death.words()).await;
    }
    let gateway = place.serve().await;
    let asked = ask(&gateway.client, token, &input)
        .await
        .expect("the gateway lives");
    let import = ended(&gateway.client, token, &asked).await;
    assert_eq!(import["state"], "DONE", "killed at {death:?}: {import:#}");
    let counts = [
        "rowsDone",
        "rowsAdded",
        "rowsChanged",
        "rowsUnchanged",
        "rowsSuppressed",
        "rowsRejected",
    ];
    let counts = counts.map(|field| count(&import, field));
    let expected = [PEOPLE + BAD, PEOPLE, 0, 0, 0, BAD].map(|count| count as u64);
    assert_eq!(counts, expected, "killed at {death:?}: {import:#}");
    let file = rejects(&gateway.client, token, &asked).await;
    assert_eq!(file.status, 200, "{}", file.text());
    assert_eq!(file.text().lines().count(), 1 + BAD, "{}", file.text());
    let rows = place.home.rows().await;
    let people = rows.iter().filter(|row| {
        row.table == "subscribers" && String::from_utf8_lossy(row.cell("email_normalized")).ends_with(&domain)
    });
    assert_eq!(people.count(), PEOPLE);
    let lists = rows
        .iter()
        .filter(|row| row.table == "lists" && row.cell("name") == key.as_bytes());
    assert_eq!(lists.count(), 1, "one list was made");
    let job = job(&rows, "imports", &key);
    happened_once(&rows, job, "import.requested");
    happened_once(&rows, job, "import.finished");
    depot_is_tidy(place, &rows).await;
}

/// Asks for the import; `None` when the gateway died meanwhile.
async fn ask(client: &Client, token: &str, input: &Value) -> Option<String> {
    let answer = client
        .try_graphql(token, REQUEST, json!({ "input": input }))
        .await?;
    let asked = answer.data()["requestImport"].take();
    let id = asked["import"]["id"].as_str();
    Some(id.unwrap_or_else(|| panic!("{asked:#}")).to_owned())
}
