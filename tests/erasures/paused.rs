//! An erasure that is stopped while a gateway runs it, over GraphQL and at the machine.

use std::time::Duration;

use serde_json::{Value, json};

use super::worked_out::people;
use crate::kit::client::wait_until;
use crate::kit::company;
use crate::kit::gateway::Gateway;
use crate::kit::home::Home;
use crate::kit::rows::account;

/// So slow that it is stopped before its end.
const SLOWLY: [&str; 4] = ["--erasure-batch", "1", "--erasure-pace", "1"];

async fn run(gateway: &Gateway, token: &str, verb: &str, input: Value) -> Value {
    let kind = format!("{}{}Input", verb[..1].to_uppercase(), &verb[1..]);
    let query = format!(
        "mutation ($input: {kind}!) {{ {verb}(input: $input) {{ erasure {{ id state planHash }} userErrors {{ code }} }} }}"
    );
    let answer = gateway
        .client
        .graphql(token, &query, json!({ "input": input }))
        .await;
    answer.data()[verb].clone()
}

#[tokio::test]
async fn an_erasure_under_way_is_paused_and_gone_on_with_over_graphql_and_at_the_machine() {
    for home in Home::each().await {
        company::found(&home, 30).await;
        let rows = home.rows().await;
        let email = people(&rows, &account(&rows, "Acme"))
            .pop()
            .expect("somebody")
            .email;
        let gateway = Gateway::serve(&home, &SLOWLY).await;
        let token = home.run(&["token", "--user", "owner@acme.test"]).well().stdout;
        let token = token.trim();
        let input = json!({ "subscriber": { "email": email }, "idempotencyKey": "paused-plan" });
        let planned = run(&gateway, token, "planErasure", input).await;
        let id = planned["erasure"]["id"].as_str().expect("a plan").to_owned();
        let which = json!({ "erasure": id, "idempotencyKey": "paused-which" });
        let early = run(&gateway, token, "pauseErasure", which.clone()).await;
        assert_eq!(early["userErrors"][0]["code"], "INVALID_STATE");
        let mut agreed = which.clone();
        agreed["planHash"] = planned["erasure"]["planHash"].clone();
        run(&gateway, token, "confirmErasure", agreed).await;
        let paused = run(&gateway, token, "pauseErasure", which.clone()).await;
        assert_eq!(paused["erasure"]["state"], "PAUSED", "{paused}");
        let again = run(&gateway, token, "pauseErasure", which.clone()).await;
        assert_eq!(again["userErrors"], json!([]));

        let at_the_machine = |verb: &str| {
            let said = home.run(&["--json", "erase", verb, "--account", "Acme", &id]);
            said.well().json()["state"].clone()
        };
        assert_ne!(at_the_machine("resume"), "PAUSED");
        assert_eq!(at_the_machine("pause"), "PAUSED");
        let resumed = run(&gateway, token, "resumeErasure", which).await;
        assert_eq!(resumed["userErrors"], json!([]));
        wait_until("the erasure is done", Duration::from_secs(120), async || {
            let query = "query ($id: ID!) { node(id: $id) { ... on Erasure { state } } }";
            let answer = gateway.client.graphql(token, query, json!({ "id": id })).await;
            answer.data()["node"]["state"] == "DONE"
        })
        .await;
    }
}
