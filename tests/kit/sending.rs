//! Sending a file in and having it imported, over HTTP.

use std::time::Duration;

use serde_json::{Value, json};

use super::client::{Answer, Client, wait_until};

/// How long an import may take; the machine may be busy.
const TIME: Duration = Duration::from_secs(120);

/// Asks for an import.
pub const REQUEST: &str = "mutation($input: RequestImportInput!) { requestImport(input: $input) \
                           { import { id state isDryRun } userErrors { code field message } } }";

/// What is said of an import.
const IMPORT: &str = "query($id: ID!) { node(id: $id) { ... on Import { \
    state format isDryRun attempts bytesExpected bytesDone rowsExpected rowsDone rowsAdded rowsChanged rowsUnchanged \
    rowsSuppressed rowsRejected report errorCode errorMessage expiresAt list { id name } } } }";

/// People of made-up addresses as listmonk exports them, and rows among them that have none.
pub fn listmonk(domain: &str, people: usize, bad: usize) -> Vec<u8> {
    let mut text = String::from("email,name,attributes\n");
    for number in 0..people {
        text.push_str(&format!("p{number}@{domain},Person {number},{{}}\n"));
    }
    for number in 0..bad {
        text.push_str(&format!("nobody-{number}-at-{domain},Nobody,{{}}\n"));
    }
    text.into_bytes()
}

/// Sends a file; gives its id.
pub async fn sent(client: &Client, token: &str, file: Vec<u8>) -> String {
    let request = client
        .request(reqwest::Method::POST, "/uploads")
        .bearer_auth(token);
    let answer = client.send(request.body(file)).await;
    assert_eq!(answer.status, 201, "{}", answer.text());
    answer.json()["id"].as_str().expect("an id").to_owned()
}

/// What came of asking for an import.
pub async fn asked(client: &Client, token: &str, input: Value) -> Value {
    let answer = client.graphql(token, REQUEST, json!({ "input": input })).await;
    answer.data()["requestImport"].take()
}

/// The id of an import that was asked for and taken on.
pub async fn requested(client: &Client, token: &str, input: Value) -> String {
    let asked = asked(client, token, input).await;
    let id = asked["import"]["id"].as_str();
    id.unwrap_or_else(|| panic!("no import: {asked:#}")).to_owned()
}

/// An import as it is.
pub async fn import(client: &Client, token: &str, id: &str) -> Value {
    client.graphql(token, IMPORT, json!({ "id": id })).await.data()["node"].take()
}

/// The same when it is over.
pub async fn ended(client: &Client, token: &str, id: &str) -> Value {
    let mut job = Value::Null;
    wait_until("the import ends", TIME, async || {
        job = import(client, token, id).await;
        let state = job["state"]
            .as_str()
            .unwrap_or_else(|| panic!("no import: {job:#}"));
        !["QUEUED", "RUNNING"].contains(&state)
    })
    .await;
    job
}

/// The rows that an import rejected.
pub async fn rejects(client: &Client, token: &str, id: &str) -> Answer {
    client.get_as(token, &format!("/imports/{id}/rejects")).await
}

/// A count, which is a text because it may be larger than every program's numbers.
pub fn count(job: &Value, field: &str) -> u64 {
    let text = job[field].as_str().and_then(|text| text.parse().ok());
    text.unwrap_or_else(|| panic!("no count {field}: {job:#}"))
}
