//! Having a bundle handed over, over HTTP.

use std::time::Duration;

use serde_json::{Value, json};

use super::client::{Client, wait_until};

/// How long a transfer may take; the machine may be busy.
const TIME: Duration = Duration::from_secs(120);

/// Asks for a transfer.
pub const TRANSFER: &str = "mutation($input: TransferExportInput!) { transferExport(input: $input) \
                            { transfer { id state target } userErrors { code field message } } }";

/// What is said of a transfer.
const LOOK: &str = "query($id: ID!) { node(id: $id) { ... on Transfer { \
    state protocol target attempts bytesExpected bytesDone receiverStatus receiverImport errorCode errorMessage \
    export { id } } } }";

/// What came of asking for a transfer.
pub async fn asked(client: &Client, token: &str, input: Value) -> Value {
    let answer = client.graphql(token, TRANSFER, json!({ "input": input })).await;
    answer.data()["transferExport"].take()
}

/// The id of a transfer that was asked for and taken on.
pub async fn requested(client: &Client, token: &str, input: Value) -> String {
    let asked = asked(client, token, input).await;
    let id = asked["transfer"]["id"].as_str();
    id.unwrap_or_else(|| panic!("no transfer: {asked:#}")).to_owned()
}

/// A transfer as it is.
pub async fn transfer(client: &Client, token: &str, id: &str) -> Value {
    client.graphql(token, LOOK, json!({ "id": id })).await.data()["node"].take()
}

/// The same when it is over.
pub async fn ended(client: &Client, token: &str, id: &str) -> Value {
    let mut job = Value::Null;
    wait_until("the transfer ends", TIME, async || {
        job = transfer(client, token, id).await;
        let state = job["state"]
            .as_str()
            .unwrap_or_else(|| panic!("no transfer: {job:#}"));
        !["QUEUED", "RUNNING"].contains(&state)
    })
    .await;
    job
}
