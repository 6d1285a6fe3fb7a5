//! What is refused before anything is sent, and what ends a transfer, each by its code.

use std::time::Duration;

use serde_json::json;

use super::{CREDENTIAL, Sender, at, code, is_forgotten, is_nowhere, serve, words};
use crate::kit::client::wait_until;
use crate::kit::handing::{asked, ended, requested, transfer};
use crate::kit::home::Home;
use crate::kit::receiver::{Receiver, Says};

#[tokio::test]
async fn nothing_goes_where_the_settings_do_not_lead() {
    let receiver = Receiver::that(Says::Status(200)).await;
    let port = receiver.address.port();
    let sender = Sender::to(Home::embedded(), &receiver.url("/in/"), &[]).await;
    let cases = [
        (receiver.url("/in"), "TARGET_NOT_ALLOWED"),
        (receiver.url("/"), "TARGET_NOT_ALLOWED"),
        (format!("http://localhost:{port}/in/a"), "TARGET_NOT_ALLOWED"),
        (format!("https://127.0.0.1:{port}/in/a"), "TARGET_NOT_ALLOWED"),
        ("http://127.0.0.1:9/in/a".to_owned(), "TARGET_NOT_ALLOWED"),
        ("https://receiver.example/in/a".to_owned(), "TARGET_NOT_ALLOWED"),
        (
            format!("http://user:word@127.0.0.1:{port}/in/a"),
            "BAD_USER_INPUT",
        ),
        (receiver.url("/in/a#b"), "BAD_USER_INPUT"),
        (receiver.url("/in/../out"), "BAD_USER_INPUT"),
        (receiver.url("/in/%2e%2e/out"), "BAD_USER_INPUT"),
        (receiver.url("/in/..%2Fout"), "BAD_USER_INPUT"),
        ("file:///etc/passwd".to_owned(), "BAD_USER_INPUT"),
        ("a.zip".to_owned(), "BAD_USER_INPUT"),
    ];
    for (target, expected) in &cases {
        let input = sender.input(json!({ "target": target }));
        let asked = asked(sender.client(), &sender.token, input).await;
        assert_eq!(code(&asked), (*expected, &at("target")), "{target}: {asked}");
    }
    for credential in ["", "two words", "caf\u{e9}", "line\nline"] {
        let input = sender.input(json!({ "target": receiver.url("/in/a"), "credential": credential }));
        let asked = asked(sender.client(), &sender.token, input).await;
        assert_eq!(code(&asked), ("BAD_USER_INPUT", &at("credential")), "{asked}");
    }
    let input = sender.input(json!({ "target": receiver.url("/in/"), "protocol": "POSTERN" }));
    let asked = asked(sender.client(), &sender.token, input).await;
    assert_eq!(code(&asked), ("BAD_USER_INPUT", &at("credential")), "{asked}");
    assert!(receiver.came().is_empty());
}

#[tokio::test]
async fn without_the_setting_a_transfer_is_refused_and_the_refusal_names_it() {
    let receiver = Receiver::that(Says::Status(200)).await;
    let Sender {
        home,
        gateway,
        token,
        export,
    } = Sender::to(Home::embedded(), &receiver.url("/"), &[]).await;
    gateway.terminate().await;
    let gateway = crate::kit::gateway::Gateway::serve(&home, &[]).await;
    let input = json!({ "export": export, "target": receiver.url("/"), "idempotencyKey": "no-setting" });
    let asked = asked(&gateway.client, &token, input).await;
    assert_eq!(code(&asked), ("TARGET_NOT_ALLOWED", &at("target")), "{asked}");
    assert!(asked.to_string().contains("transfer-targets"), "{asked}");
}

#[tokio::test]
async fn a_receiver_that_refuses_redirects_or_says_nothing_ends_the_transfer_with_its_code() {
    for home in Home::each().await {
        let (receiver, elsewhere) = (
            Receiver::that(Says::Nothing).await,
            Receiver::that(Says::Status(200)).await,
        );
        let sender = Sender::to(home, &receiver.url("/"), &["--transfer-seconds", "2"]).await;
        let cases = [
            (Says::Status(403), "RECEIVER_REFUSED", json!(403)),
            (Says::Status(500), "RECEIVER_REFUSED", json!(500)),
            (
                Says::Elsewhere(elsewhere.url("/")),
                "RECEIVER_REFUSED",
                json!(307),
            ),
            (
                Says::Elsewhere(receiver.url("/other")),
                "RECEIVER_REFUSED",
                json!(307),
            ),
            (Says::Nothing, "RECEIVER_STALLED", json!(null)),
        ];
        for (number, (says, expected, status)) in cases.into_iter().enumerate() {
            receiver.say(says.clone());
            let (_, job) = sender
                .handed(json!({ "target": receiver.url("/a"), "credential": CREDENTIAL }))
                .await;
            assert_eq!(words(&job), ("FAILED", expected), "{says:?}: {job:#}");
            assert_eq!(job["receiverStatus"], status, "{says:?}: {job:#}");
            assert!(job["errorMessage"].is_string(), "{job:#}");
            assert_eq!(receiver.came().len(), number + 1, "it is asked once");
        }
        assert!(elsewhere.came().is_empty(), "a redirect was followed");
        // What answers, but is no Postern.
        receiver.say(Says::Status(200));
        let (_, job) = sender
            .handed(json!({ "target": receiver.url("/"), "protocol": "POSTERN", "credential": CREDENTIAL }))
            .await;
        assert_eq!(words(&job), ("FAILED", "RECEIVER_REFUSED"), "{job:#}");
        is_nowhere(&sender, CREDENTIAL).await;
        is_forgotten(&sender).await;
    }
}

#[tokio::test]
async fn a_receiver_that_is_away_is_waited_for() {
    let receiver = Receiver::that(Says::Status(503)).await;
    let sender = Sender::to(Home::embedded(), &receiver.url("/"), &[]).await;
    let input = sender.input(json!({ "target": receiver.url("/a"), "credential": CREDENTIAL }));
    let id = requested(sender.client(), &sender.token, input).await;
    wait_until("it is tried again later", Duration::from_secs(30), async || {
        let job = transfer(sender.client(), &sender.token, &id).await;
        job["state"] == "QUEUED" && job["attempts"] == 1
    })
    .await;
    is_nowhere(&sender, CREDENTIAL).await;
    receiver.say(Says::Status(200));
    let job = ended(sender.client(), &sender.token, &id).await;
    assert_eq!(words(&job), ("DONE", ""), "{job:#}");
    assert_eq!(job["attempts"], 2, "{job:#}");
    is_forgotten(&sender).await;
}

#[tokio::test]
async fn an_address_that_is_allowed_no_more_gets_nothing() {
    let receiver = Receiver::that(Says::Status(503)).await;
    let Sender {
        home,
        gateway,
        token,
        export,
    } = Sender::to(Home::embedded(), &receiver.url("/"), &[]).await;
    let input = json!({ "export": export, "target": receiver.url("/a"), "idempotencyKey": "allowed-then" });
    let id = requested(&gateway.client, &token, input).await;
    wait_until("it was tried", Duration::from_secs(30), async || {
        receiver.came().len() == 1
    })
    .await;
    gateway.terminate().await;
    receiver.say(Says::Status(200));
    let gateway = serve(&home, "https://receiver.example/", &[]).await;
    let job = ended(&gateway.client, &token, &id).await;
    assert_eq!(words(&job), ("FAILED", "TARGET_NOT_ALLOWED"), "{job:#}");
    assert_eq!(receiver.came().len(), 1);
}
