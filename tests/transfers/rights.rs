//! Who may have a bundle handed over: asked when it is requested, when it runs, and as long as it runs.

use std::time::Duration;

use serde_json::{Value, json};

use super::{CREDENTIAL, Sender, code, is_forgotten, noted, ready, serve, words};
use crate::kit::client::{Client, wait_until};
use crate::kit::company;
use crate::kit::gateway::Gateway;
use crate::kit::handing::{TRANSFER, asked, ended, requested, transfer};
use crate::kit::home::Home;
use crate::kit::receiver::{Receiver, Says};

const CANCEL: &str = "mutation($id: ID!) { cancelTransfer(input: {transfer: $id, idempotencyKey: \"canceled\"}) \
                      { transfer { state } userErrors { code } } }";

/// A lease this short is over soon after its worker was killed.
const LEASE: [&str; 2] = ["--lease-seconds", "1"];

#[tokio::test]
async fn who_may_not_fetch_the_bundle_has_it_handed_to_nobody() {
    for home in Home::each().await {
        let receiver = Receiver::that(Says::Nothing).await;
        let sender = Sender::to(home, &receiver.url("/"), &[]).await;
        let input = sender.input(json!({ "target": receiver.url("/a") }));
        for who in ["owner@globex.test", "analyst@globex.test"] {
            let token = company::token(&sender.home, who);
            let asked = asked(sender.client(), &token, input.clone()).await;
            assert_eq!(code(&asked).0, "INVALID_ID", "{who}: {asked}");
        }
        let id = requested(sender.client(), &sender.token, input).await;
        let stranger = company::token(&sender.home, "owner@globex.test");
        assert_eq!(transfer(sender.client(), &stranger, &id).await, Value::Null);
        let said = cancel(sender.client(), &stranger, &id).await;
        assert_eq!(code(&said).0, "INVALID_ID", "{said}");
        wait_until("it runs", Duration::from_secs(30), async || {
            receiver.came().len() == 1
        })
        .await;
        // Canceled while the receiver thinks about it.
        let said = cancel(sender.client(), &sender.token, &id).await;
        assert_eq!(said["transfer"]["state"], "CANCELED", "{said}");
        is_forgotten(&sender).await;
        let said = cancel(sender.client(), &sender.token, &id).await;
        assert_eq!(code(&said).0, "INVALID_STATE", "{said}");
    }
}

async fn cancel(client: &Client, token: &str, id: &str) -> Value {
    client.graphql(token, CANCEL, json!({ "id": id })).await.data()["cancelTransfer"].take()
}

#[tokio::test]
async fn who_loses_the_group_before_it_runs_has_nothing_handed_over() {
    for home in Home::each().await {
        company::found(&home, 20).await;
        let receiver = Receiver::that(Says::Status(200)).await;
        let owner = company::token(&home, "owner@acme.test");
        let url = receiver.url("/");
        let settings = [&["--transfer-targets", url.as_str()], &LEASE[..]].concat();
        // A worker that dies when it takes the transfer up leaves it asked for and not begun.
        let dying = [("POSTERN_FAIL_POINT", "transfer.claimed")];
        let mut gateway = Gateway::start(&home, &settings, &dying).await;
        let export = ready(&gateway.client, &owner).await;
        let input = json!({ "export": export, "target": url, "credential": CREDENTIAL, "idempotencyKey": "lost-right" });
        let _ = gateway
            .client
            .try_graphql(&owner, TRANSFER, json!({ "input": input }))
            .await;
        gateway.ended().await;
        home.tamper(
            "DELETE FROM group_members WHERE user_id IN (SELECT id FROM users WHERE email_normalized = \
             'owner@acme.test')",
        )
        .await;
        let _gateway = serve(&home, &url, &LEASE).await;
        wait_until("the transfer has failed", Duration::from_secs(60), async || {
            let rows = home.rows().await;
            let transfer = rows
                .iter()
                .find(|row| row.table == "transfers")
                .expect("it was asked for");
            let is_over = transfer.cell("state") == b"failed";
            assert!(
                !is_over || transfer.cell("error_code") == b"FORBIDDEN",
                "{transfer:?}"
            );
            assert!(
                !is_over || transfer.cell("credential_sealed").is_empty(),
                "{transfer:?}"
            );
            is_over
        })
        .await;
        assert!(receiver.came().is_empty());
        assert_eq!(noted(&home, "export.transferred").await, 0);
    }
}

#[tokio::test]
async fn a_bundle_with_somebody_who_is_erased_meanwhile_is_handed_over_no_more() {
    for home in Home::each().await {
        let receiver = Receiver::that(Says::Nothing).await;
        let sender = Sender::to(home, &receiver.url("/"), &[]).await;
        let (client, token) = (sender.client(), &sender.token);
        let id = requested(
            client,
            token,
            sender.input(json!({ "target": receiver.url("/a") })),
        )
        .await;
        wait_until("it runs", Duration::from_secs(30), async || {
            receiver.came().len() == 1
        })
        .await;
        let people = "{ subscribers(first: 1) { nodes { id } } }";
        let person =
            client.graphql(token, people, json!({})).await.data()["subscribers"]["nodes"][0]["id"].take();
        let plan = "mutation($id: ID!) { planErasure(input: {subscriber: {id: $id}, idempotencyKey: \"erased-meanwhile\"}) \
                    { erasure { id planHash } userErrors { code } } }";
        let planned = client.graphql(token, plan, json!({ "id": person })).await.data();
        let erasure = &planned["planErasure"]["erasure"];
        let confirm = "mutation($id: ID!, $hash: String!) \
                       { confirmErasure(input: {erasure: $id, planHash: $hash, idempotencyKey: \"erased-meanwhile-2\"}) \
                       { userErrors { code } } }";
        let variables = json!({ "id": erasure["id"], "hash": erasure["planHash"] });
        let confirmed = client.graphql(token, confirm, variables).await.data();
        assert_eq!(confirmed["confirmErasure"]["userErrors"], json!([]), "{planned}");
        let job = ended(client, token, &id).await;
        assert_eq!(words(&job), ("FAILED", "GONE"), "{job:#}");
        let input = sender.input(json!({ "target": receiver.url("/a") }));
        let asked = asked(client, token, input).await;
        assert_eq!(code(&asked).0, "GONE", "{asked}");
    }
}
