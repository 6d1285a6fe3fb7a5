//! Starting and ending a gateway: what it refuses to start on, what it tells about itself, and that it ends in order.

use std::time::Duration;

use serde_json::json;

use crate::kit::client::wait_until;
use crate::kit::command::run;
use crate::kit::gateway::Gateway;
use crate::kit::home::Home;

#[tokio::test]
async fn a_second_gateway_on_the_same_embedded_store_is_refused_and_the_first_stays_up() {
    let home = Home::embedded();
    let gateway = Gateway::serve(&home, &[]).await;
    let said = home
        .run(&["--listen", "127.0.0.1:0", "serve", "--json"])
        .with_code(1);
    assert_eq!(said.failure(), "STORE_IN_USE");
    assert_eq!(
        home.run(&["migrate", "--json"]).with_code(1).failure(),
        "STORE_IN_USE"
    );
    assert_eq!(gateway.client.get("/health/ready").await.status, 200);
    // Other commands share the store.
    home.run(&["token", "--user", "operator@postern.example"]).well();
}

#[tokio::test]
async fn a_port_in_use_and_a_folder_that_cannot_be_made_are_told_at_once() {
    let home = Home::embedded();
    let taken = std::net::TcpListener::bind("127.0.0.1:0").expect("a port");
    let address = taken.local_addr().expect("an address").to_string();
    let said = home.run(&["--listen", &address, "serve"]).with_code(1);
    assert!(
        said.stderr.contains("another program listens there"),
        "{}",
        said.stderr
    );
    let file = home.folder().join("file");
    std::fs::write(&file, "").expect("a file");
    let data = file.join("data");
    let data = data.to_str().expect("a folder in UTF-8");
    let said = run(&["--listen", "127.0.0.1:0", "--data", data, "serve"]).with_code(1);
    assert!(said.stderr.contains(data), "{}", said.stderr);
}

#[tokio::test]
async fn a_gateway_ends_in_order_when_it_is_asked_to() {
    for home in Home::each().await {
        let gateway = Gateway::serve(&home, &["--migrate"]).await;
        let status = gateway.terminate().await;
        assert_eq!(status.code(), Some(0));
        let again = Gateway::serve(&home, &[]).await;
        assert_eq!(again.client.get("/health/live").await.status, 200);
        again.kill().await;
        Gateway::serve(&home, &[]).await;
    }
}

#[tokio::test]
async fn a_token_of_the_command_line_opens_the_gateway_on_both_stores() {
    for home in Home::each().await {
        let gateway = Gateway::serve(&home, &["--migrate"]).await;
        let said = home.run(&["token", "--user", "operator@postern.example"]).well();
        let token = said.stdout.trim();
        assert_eq!(
            token.split('.').count(),
            3,
            "the token is not alone: {}",
            said.stdout
        );
        let answer = gateway
            .client
            .graphql(token, "{ viewer { account { name } } }", json!({}))
            .await;
        assert_eq!(
            answer.data(),
            json!({ "viewer": { "account": { "name": "Platform" } } })
        );
        let answer = gateway
            .client
            .graphql("forged", "{ viewer { account { name } } }", json!({}))
            .await;
        assert_eq!(
            (answer.status, answer.code()),
            (401, "UNAUTHENTICATED".to_owned())
        );
        let logged = gateway.logged();
        assert!(
            !logged.contains(token) && !logged.contains("operator@"),
            "{logged}"
        );
    }
}

#[tokio::test]
async fn a_drifted_database_is_told_by_readiness_and_its_exports_are_refused() {
    for home in Home::each().await {
        home.run(&["migrate"]).well();
        home.tamper("ALTER TABLE subscribers ADD COLUMN shoe_size INTEGER")
            .await;
        let gateway = Gateway::serve(&home, &[]).await;
        let ready = gateway.client.get("/health/ready").await.json();
        assert_eq!(ready["status"], "degraded", "{ready}");
        assert!(ready.to_string().contains("POLICY_DRIFT"), "{ready}");
        let logged = gateway.logged();
        assert!(logged.contains("shoe_size"), "{logged}");
        let token = home
            .run(&["token", "--user", "operator@postern.example"])
            .well()
            .stdout;
        let query = "mutation { requestExport(input: {idempotencyKey: \"drift-1234\"}) \
                     { export { id } userErrors { code } } }";
        let answer = gateway.client.graphql(token.trim(), query, json!({})).await;
        assert!(answer.text().contains("POLICY_DRIFT"), "{}", answer.text());
    }
}

#[tokio::test]
async fn logs_can_be_json_and_hold_the_start() {
    let home = Home::embedded();
    let gateway = Gateway::serve(&home, &["--log-format", "json"]).await;
    wait_until("the start is logged", Duration::from_secs(5), async || {
        gateway.logged().contains("listening")
    })
    .await;
    for line in gateway.logged().lines() {
        let value: serde_json::Value =
            serde_json::from_str(line).unwrap_or_else(|error| panic!("{error}: {line}"));
        assert!(
            value["level"].is_string() && value["target"].is_string(),
            "{line}"
        );
    }
}
