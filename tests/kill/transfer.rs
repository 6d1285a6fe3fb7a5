//! A transfer to another Postern that is killed.

use serde_json::{Value, json};

use super::Death;
use super::checks::{depot_is_tidy, happened_once, job};
use super::jobs::{died, ended};
use super::place::Place;
use crate::kit::client::Client;
use crate::kit::company;
use crate::kit::gateway::Gateway;
use crate::kit::handing::{self, TRANSFER};

/// Asks for a bundle to be handed over while gateways die; the receiver, who lives, is asked for one import.
pub async fn survives(place: &Place, receiver: (&Place, &Gateway), death: &Death, number: usize) {
    let (key, token) = (format!("transfer-{number:03}"), &place.token);
    let (there, receiver) = receiver;
    let target = receiver.client.url.as_str();
    let settings = ["--transfer-targets", target];
    let mut input = json!({
        "target": target, "protocol": "POSTERN", "credential": there.token, "idempotencyKey": key,
    });
    for _ in 0..death.gateways {
        let mut gateway = place.serve_with(&settings, &death.words()).await;
        if input["export"].is_null() {
            let export = company::exported_for_others(&gateway.client, token).await;
            let state = ended(&gateway.client, token, &export).await;
            assert_eq!(state["state"], "READY", "{state:#}");
            input["export"] = export.into();
        }
        ask(&gateway.client, token, &input).await;
        died(&mut gateway, &death.words()).await;
    }
    let gateway = place.serve_with(&settings, "").await;
    let asked = ask(&gateway.client, token, &input)
        .await
        .expect("the gateway lives");
    let transfer = handing::ended(&gateway.client, token, &asked).await;
    assert_eq!(transfer["state"], "DONE", "killed at {death:?}: {transfer:#}");
    assert_eq!(transfer["bytesDone"], transfer["bytesExpected"], "{transfer:#}");
    assert!(transfer["receiverImport"].is_string(), "{transfer:#}");
    let rows = place.home.rows().await;
    let job = job(&rows, "transfers", &key);
    assert_eq!(job.cell("credential_sealed"), b"");
    happened_once(&rows, job, "transfer.requested");
    happened_once(&rows, job, "transfer.finished");
    let given = rows.iter().filter(|row| {
        row.table == "disclosures" && row.cell("external_id") == job.id().to_string().as_bytes()
    });
    assert_eq!(
        given.count(),
        1,
        "killed at {death:?}: the receiver is noted once"
    );
    depot_is_tidy(place, &rows).await;
    // However often the bundle was sent, its import was asked for once.
    let imports = there.home.rows().await;
    let imports = imports.iter().filter(|row| row.table == "imports");
    assert_eq!(imports.count(), number + 1, "killed at {death:?}");
}

/// Asks for the transfer; `None` when the gateway died meanwhile.
async fn ask(client: &Client, token: &str, input: &Value) -> Option<String> {
    let answer = client
        .try_graphql(token, TRANSFER, json!({ "input": input }))
        .await?;
    let asked = answer.data()["transferExport"].take();
    let id = asked["transfer"]["id"].as_str();
    Some(id.unwrap_or_else(|| panic!("{asked:#}")).to_owned())
}
