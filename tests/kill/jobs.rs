//! Asking for exports and erasures as a client does that asks again with the same keys when no answer came.

use std::time::Duration;

use serde_json::{Value, json};

use crate::kit::client::{Client, wait_until};
use crate::kit::gateway::Gateway;

use super::checks::is_over;
use super::place::{Place, was_killed};

/// How long a job may take, and a gateway until it dies; the machine may be busy.
const TIME: Duration = Duration::from_secs(60);

/// Asks for a bundle of the account, or of one person; `None` when the gateway died meanwhile.
pub async fn ask_export(client: &Client, token: &str, key: &str, person: Option<&str>) -> Option<String> {
    let query = "mutation($input: RequestExportInput!) \
                 { requestExport(input: $input) { export { id } userErrors { code message } } }";
    let mut input = json!({ "idempotencyKey": key });
    if let Some(email) = person {
        input["scope"] = json!({ "subscriber": { "email": email } });
    }
    let answer = client
        .try_graphql(token, query, json!({ "input": input }))
        .await?;
    let asked = answer.data()["requestExport"].take();
    let id = asked["export"]["id"].as_str();
    Some(id.unwrap_or_else(|| panic!("{asked:#}")).to_owned())
}

/// Plans an erasure and agrees to it; `None` when the gateway died meanwhile.
pub async fn ask_erasure(client: &Client, token: &str, key: &str, person: &str) -> Option<String> {
    let query = "mutation($email: EmailAddress!, $key: String!) \
                 { planErasure(input: {subscriber: {email: $email}, idempotencyKey: $key}) \
                 { erasure { id planHash } userErrors { code message } } }";
    let variables = json!({ "email": person, "key": key });
    let planned = client.try_graphql(token, query, variables).await?.data()["planErasure"].take();
    let erasure = &planned["erasure"];
    let id = erasure["id"].as_str();
    let id = id.unwrap_or_else(|| panic!("{planned:#}")).to_owned();
    let query = "mutation($id: ID!, $hash: String!, $key: String!) \
                 { confirmErasure(input: {erasure: $id, planHash: $hash, idempotencyKey: $key}) \
                 { userErrors { code message } } }";
    let variables = json!({ "id": id, "hash": erasure["planHash"], "key": format!("{key}-yes") });
    let confirmed = client.try_graphql(token, query, variables).await?.data();
    assert_eq!(confirmed["confirmErasure"]["userErrors"], json!([]));
    Some(id)
}

/// Waits until a job has ended; gives it.
pub async fn ended(client: &Client, token: &str, id: &str) -> Value {
    let query = "query($id: ID!) { node(id: $id) { \
                 ... on Export { state errorCode sha256 bundlePath } \
                 ... on Erasure { erasureState: state errorCode receipt } } }";
    let working = ["QUEUED", "RUNNING", "CONFIRMED", "FENCED", "VERIFYING"];
    let mut job = Value::Null;
    wait_until("the job ends", TIME, async || {
        job = client.graphql(token, query, json!({ "id": id })).await.data()["node"].take();
        if job["erasureState"].is_string() {
            job["state"] = job["erasureState"].take();
        }
        let state = job["state"].as_str().unwrap_or_else(|| panic!("no job: {job:#}"));
        !working.contains(&state)
    })
    .await;
    job
}

/// Fails unless an erasure has ended, and the receipt says so.
pub fn ended_well(erasure: &Value) {
    let receipt = erasure["receipt"]
        .as_str()
        .unwrap_or_else(|| panic!("no receipt: {erasure:#}"));
    let receipt = serde_json::from_str(receipt).expect("a receipt is JSON");
    is_over(erasure["state"].as_str().expect("a state"), &receipt);
}

/// Two bundles that hold a person, ready.
pub async fn bundles_with(place: &Place, gateway: &Gateway, key: &str, person: &str) {
    for (word, whose) in [("account", None), ("person", Some(person))] {
        let key = format!("{key}-{word}");
        let id = ask_export(&gateway.client, &place.token, &key, whose).await;
        let id = id.expect("the gateway lives");
        let export = ended(&gateway.client, &place.token, &id).await;
        assert_eq!(export["state"], "READY", "{export:#}");
    }
}

/// Waits until a gateway has died at its place.
pub async fn died(gateway: &mut Gateway, death: &str) {
    let status = tokio::time::timeout(TIME, gateway.ended()).await;
    let status = status.unwrap_or_else(|_| panic!("{death} is never reached\n{}", gateway.logged()));
    assert!(was_killed(status), "{death}: {status:?}\n{}", gateway.logged());
}
