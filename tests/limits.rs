//! What a gateway allows by its settings: how much is asked, how long it takes, which documents, and from where.

use std::time::Duration;

use serde_json::{Value, json};
use sha2::{Digest, Sha256};
use sqlx::{Connection, Executor};

use crate::kit::client::{Answer, wait_until};
use crate::kit::company;
use crate::kit::gateway::Gateway;
use crate::kit::home::Home;

async fn served(home: &Home, arguments: &[&str]) -> (Gateway, String) {
    let gateway = Gateway::serve(home, arguments).await;
    let token = company::token(home, "owner@acme.test");
    (gateway, token)
}

async fn founded() -> Home {
    let home = Home::embedded();
    company::found(&home, 20).await;
    home
}

#[tokio::test]
async fn who_has_spent_its_points_is_told_when_to_come_again_and_others_are_served() {
    let home = founded().await;
    let (gateway, token) = served(&home, &["--rate-burst", "5000", "--rate-per-second", "10"]).await;
    let dear = "{ subscribers(first: 100) { nodes { profiles(first: 48) { nodes { id } } } } }";
    let first = gateway.client.graphql(&token, dear, Value::Null).await;
    let cost = &first.json()["extensions"]["cost"];
    assert_eq!((&cost["requested"], &cost["limit"]), (&json!(4900), &json!(5000)));
    let throttle = &cost["throttleStatus"];
    assert_eq!(
        (&throttle["maximumAvailable"], &throttle["restoreRate"]),
        (&json!(5000), &json!(10))
    );
    // What was not used was given back.
    let left = throttle["currentlyAvailable"].as_u64().expect("a number");
    assert_eq!(left, 5000 - cost["actual"].as_u64().expect("a number"), "{cost}");
    let page = "{ subscribers(first: 100) { nodes { id profiles { nodes { id } } } } }";
    let mut refused = None;
    for _ in 0..200 {
        gateway.client.graphql(&token, page, Value::Null).await;
        let answer = gateway.client.graphql(&token, dear, Value::Null).await;
        if answer.status != 200 {
            refused = Some(answer);
            break;
        }
    }
    let refused = refused.expect("the points run out");
    assert_eq!((refused.status, refused.code().as_str()), (429, "RATE_LIMITED"));
    let wait = refused.json()["errors"][0]["extensions"]["retryAfter"].as_u64();
    let header = refused.headers["retry-after"]
        .to_str()
        .expect("a number")
        .parse()
        .ok();
    assert!(wait > Some(0) && wait == header, "{}", refused.text());
    let other = company::token(&home, "owner@globex.test");
    assert_eq!(
        gateway.client.graphql(&other, dear, Value::Null).await.status,
        200
    );
}

#[tokio::test]
async fn a_gateway_of_trusted_documents_runs_those_and_no_others() {
    let home = founded().await;
    let document = "query Who { viewer { account { name } } }";
    let hash = data_encoding::HEXLOWER.encode(&Sha256::digest(document.as_bytes()));
    let introspection = "{ __schema { queryType { name } } }";
    let asks = data_encoding::HEXLOWER.encode(&Sha256::digest(introspection.as_bytes()));
    let file = home.folder().join("documents.json");
    let trusted = json!({ &hash: document, &asks: introspection });
    std::fs::write(&file, trusted.to_string()).expect("a file of documents");
    let file = file.to_str().expect("a path in UTF-8");
    let (gateway, token) = served(&home, &["--trusted-documents", file]).await;
    let send = async |body: Value| -> Answer {
        let request = gateway.client.request(reqwest::Method::POST, "/graphql");
        let request = request
            .bearer_auth(&token)
            .header("content-type", "application/json");
        gateway.client.send(request.body(body.to_string())).await
    };
    for body in [
        json!({ "query": document }),
        json!({ "documentId": format!("sha256:{hash}") }),
        json!({ "documentId": hash }),
        json!({ "extensions": { "persistedQuery": { "version": 1, "sha256Hash": hash } } }),
    ] {
        assert_eq!(
            send(body.clone()).await.data()["viewer"]["account"]["name"],
            "Acme",
            "{body}"
        );
    }
    for (body, code) in [
        (
            json!({ "query": "query Who { viewer { account { name } } } " }),
            "DOCUMENT_NOT_TRUSTED",
        ),
        (json!({ "query": "{ __typename }" }), "DOCUMENT_NOT_TRUSTED"),
        (json!({ "documentId": "sha256:00" }), "DOCUMENT_NOT_TRUSTED"),
        (json!({ "query": introspection }), "INTROSPECTION_DISABLED"),
    ] {
        let answer = send(body.clone()).await;
        assert_eq!((answer.status, answer.code().as_str()), (403, code), "{body}");
    }
    drop(gateway);
    std::fs::write(file, json!({ "00": document }).to_string()).expect("a file of documents");
    let said = home
        .run(&[
            "--listen",
            "127.0.0.1:0",
            "serve",
            "--json",
            "--trusted-documents",
            file,
        ])
        .with_code(1);
    assert_eq!(said.failure(), "INVALID_SETTING");
}

#[tokio::test]
async fn a_gateway_can_keep_its_schema_to_itself_and_name_the_pages_that_may_ask() {
    let home = founded().await;
    let variables = [
        ("POSTERN_NO_INTROSPECTION", "true"),
        (
            "POSTERN_ALLOWED_ORIGINS",
            "https://one.example,https://two.example",
        ),
    ];
    let gateway = Gateway::start(&home, &[], &variables).await;
    let token = company::token(&home, "owner@acme.test");
    for query in [
        "{ __schema { types { name } } }",
        "{ viewer { id } __type(name: \"Query\") { name } }",
    ] {
        let answer = gateway.client.graphql(&token, query, Value::Null).await;
        assert_eq!(
            (answer.status, answer.code().as_str()),
            (403, "INTROSPECTION_DISABLED"),
            "{query}"
        );
    }
    let named = gateway
        .client
        .graphql(&token, "{ __typename }", Value::Null)
        .await;
    assert_eq!(named.data(), json!({ "__typename": "Query" }));
    let unknown = json!({ "documentId": "sha256:00" }).to_string();
    let request = gateway.client.request(reqwest::Method::POST, "/graphql");
    let request = request.header("content-type", "application/json").body(unknown);
    assert_eq!(gateway.client.send(request).await.code(), "BAD_REQUEST");
    for (origin, allowed) in [("https://two.example", true), ("https://three.example", false)] {
        let request = gateway
            .client
            .request(reqwest::Method::OPTIONS, "/graphql")
            .header("origin", origin)
            .header("access-control-request-method", "POST");
        let answer = gateway.client.send(request).await;
        let named = answer.headers.get("access-control-allow-origin");
        assert_eq!(named.is_some_and(|named| named == origin), allowed, "{origin}");
    }
}

#[tokio::test]
async fn a_request_that_takes_too_long_is_ended_in_the_database_too() {
    let Some(home) = Home::on_postgres().await else {
        return;
    };
    company::found(&home, 20).await;
    let (gateway, token) = served(&home, &["--request-seconds", "1"]).await;
    let url = home.database_url().expect("a server").to_owned();
    let mut blocker = sqlx::PgConnection::connect(&url)
        .await
        .expect("the database is there");
    blocker
        .execute("BEGIN; LOCK TABLE postern.subscribers")
        .await
        .expect("the table can be locked");
    let query = "{ subscribers(first: 5) { nodes { email } } }";
    let answer = gateway.client.graphql(&token, query, Value::Null).await;
    assert_eq!((answer.status, answer.code().as_str()), (503, "TIMEOUT"));
    // The lock is still held, and nobody waits for it any more.
    wait_until("the statement is ended", Duration::from_secs(10), async || {
        let waiting: i64 = sqlx::query_scalar(
            "SELECT count(*) FROM pg_stat_activity WHERE datname = current_database() AND wait_event_type = 'Lock'",
        )
        .fetch_one(&mut blocker)
        .await
        .expect("the server tells");
        waiting == 0
    })
    .await;
    blocker.execute("ROLLBACK").await.expect("the lock can go");
    let answer = gateway.client.graphql(&token, query, Value::Null).await;
    assert_eq!(answer.status, 200, "{}", answer.text());
}

#[tokio::test]
async fn whoever_is_refused_by_remembered_rights_and_again_by_those_of_now_pays_once() {
    let home = founded().await;
    let gateway = Gateway::serve(&home, &["--rate-burst", "5000", "--rate-per-second", "1"]).await;
    let token = company::token(&home, "analyst@globex.test");
    let left = async || {
        let page = "{ lists(first: 1) { nodes { id } } }";
        let answer = gateway.client.graphql(&token, page, Value::Null).await;
        let throttle = &answer.json()["extensions"]["cost"]["throttleStatus"];
        throttle["currentlyAvailable"].as_u64().expect("a number")
    };
    let before = left().await;
    let refused = "{ subscribers(first: 100, filter: {email: {equals: \"a@b.example\"}}) { nodes { id } } }";
    for _ in 0..3 {
        let answer = gateway.client.graphql(&token, refused, Value::Null).await;
        assert_eq!(answer.code(), "FORBIDDEN_FIELD");
    }
    // Three times a hundred, and little for looking twice; the seconds that it takes give a little back.
    let paid = before.saturating_sub(left().await);
    assert!((200..=310).contains(&paid), "{paid}");
}
