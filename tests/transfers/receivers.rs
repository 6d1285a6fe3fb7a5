//! Receivers that are no Postern get exactly the bundle's bytes, with what is needed to check them.

use data_encoding::BASE64;
use serde_json::{Value, json};
use sha2::{Digest, Sha256};

use super::{CREDENTIAL, Sender, code, is_forgotten, is_nowhere, noted, words};
use crate::kit::client::wait_until;
use crate::kit::company;
use crate::kit::handing::{asked, requested};
use crate::kit::home::Home;
use crate::kit::receiver::{Came, Receiver, Says};

fn digest(bytes: &[u8]) -> String {
    format!("sha-256=:{}:", BASE64.encode(&Sha256::digest(bytes)))
}

fn is_whole(came: &Came, bundle: &[u8]) {
    assert!(
        came.body == bundle,
        "{} of {} bytes",
        came.body.len(),
        bundle.len()
    );
    assert_eq!(came.headers["content-digest"], digest(bundle));
    assert_eq!(came.headers["content-length"], bundle.len().to_string());
    assert_eq!(came.headers["content-type"], "application/zip");
}

#[tokio::test]
async fn a_receiver_gets_the_bundles_bytes_its_digest_and_the_credential_which_is_kept_nowhere() {
    for home in Home::each().await {
        let receiver = Receiver::that(Says::Status(201)).await;
        let sender = Sender::to(home, &receiver.url("/in/"), &[]).await;
        let bundle = sender.bundle().await;
        let put =
            json!({ "target": receiver.url("/in/acme.zip?sig=word-of-the-url"), "credential": CREDENTIAL });
        let (_, job) = sender.handed(put).await;
        assert_eq!(words(&job), ("DONE", ""), "{job:#}");
        assert_eq!(
            (&job["protocol"], &job["target"], &job["receiverStatus"]),
            (&json!("PUT"), &json!(receiver.url("/in/acme.zip")), &json!(201)),
            "{job:#}"
        );
        let size = json!(bundle.len().to_string());
        assert_eq!(
            (&job["bytesExpected"], &job["bytesDone"]),
            (&size, &size),
            "{job:#}"
        );
        assert_eq!(job["export"]["id"], json!(sender.export));
        let (_, job) = sender
            .handed(json!({ "target": receiver.url("/in/"), "protocol": "POST" }))
            .await;
        assert_eq!(words(&job), ("DONE", ""), "{job:#}");
        let (_, job) = sender.handed(json!({ "target": receiver.url("/in/") })).await;
        assert_eq!(words(&job), ("DONE", ""), "{job:#}");

        let came = receiver.came();
        let [put, post, folder] = came.as_slice() else {
            panic!("{} requests came", came.len())
        };
        for came in [put, post, folder] {
            is_whole(came, &bundle);
        }
        assert_eq!(
            (put.method.as_str(), put.path.as_str()),
            ("PUT", "/in/acme.zip?sig=word-of-the-url")
        );
        assert_eq!(put.headers["authorization"], format!("Bearer {CREDENTIAL}"));
        assert_eq!((post.method.as_str(), post.path.as_str()), ("POST", "/in/"));
        assert_eq!(post.headers.get("authorization"), None);
        let name = post.headers["content-disposition"]
            .split('"')
            .nth(1)
            .expect("a name");
        assert_eq!(
            (folder.method.as_str(), folder.path.clone()),
            ("PUT", format!("/in/{name}"))
        );
        for secret in [CREDENTIAL, "word-of-the-url"] {
            is_nowhere(&sender, secret).await;
        }
        is_forgotten(&sender).await;
        assert_eq!(noted(&sender.home, "export.transferred").await, 3);
        assert_eq!(noted(&sender.home, "transfer.finished").await, 3);
    }
}

#[tokio::test]
async fn a_request_that_is_repeated_is_one_transfer_and_another_credential_makes_another_request() {
    let receiver = Receiver::that(Says::Status(200)).await;
    let sender = Sender::to(Home::embedded(), &receiver.url("/"), &[]).await;
    let input =
        json!({ "target": receiver.url("/a"), "credential": CREDENTIAL, "idempotencyKey": "repeated" });
    let (first, _) = sender.handed(input.clone()).await;
    let (client, token) = (sender.client(), &sender.token);
    assert_eq!(requested(client, token, sender.input(input.clone())).await, first);
    for (field, other) in [("credential", "another"), ("target", &receiver.url("/b"))] {
        let mut input = input.clone();
        input[field] = other.into();
        let asked = asked(client, token, sender.input(input)).await;
        assert_eq!(code(&asked).0, "IDEMPOTENCY_KEY_REUSED", "{asked}");
    }
    assert_eq!(receiver.came().len(), 1);
}

#[tokio::test]
async fn a_bundle_of_several_files_goes_file_by_file_into_a_folder_and_nowhere_else() {
    const ASK: &str = "mutation { requestExport(input: {withoutRestricted: true, volumeMebibytes: 1, idempotencyKey: \"several-files\"}) \
                       { export { id } } }";
    for home in Home::each().await {
        let receiver = Receiver::that(Says::Status(204)).await;
        company::found(&home, 700).await;
        let mut sender = Sender::of(home, &receiver.url("/"), &[]).await;
        let asked_for = sender
            .client()
            .graphql(&sender.token, ASK, json!({}))
            .await
            .data();
        sender.export = asked_for["requestExport"]["export"]["id"]
            .as_str()
            .expect("an export")
            .to_owned();
        wait_until("the bundle is ready", super::JOB, async || {
            company::export_state(sender.client(), &sender.token, &sender.export)
                .await
                .0
                == "READY"
        })
        .await;
        let look = "query($id: ID!) { node(id: $id) { ... on Export { byteCount volumes } } }";
        let export = sender
            .client()
            .graphql(&sender.token, look, json!({ "id": sender.export }))
            .await;
        let export = export.data()["node"].take();
        let Some(volumes) = export["volumes"].as_str() else {
            panic!("it is one file: {export:#}")
        };
        let volumes: Vec<Value> = serde_json::from_str(volumes).expect("JSON");
        for (protocol, target, field) in [("PUT", "/one.zip", "target"), ("POSTERN", "", "export")] {
            let input =
                json!({ "target": receiver.url(target), "protocol": protocol, "credential": CREDENTIAL });
            let asked = asked(sender.client(), &sender.token, sender.input(input)).await;
            assert_eq!(code(&asked), ("BAD_USER_INPUT", &super::at(field)), "{asked}");
        }
        let (_, job) = sender.handed(json!({ "target": receiver.url("/in/") })).await;
        assert_eq!(words(&job), ("DONE", ""), "{job:#}");
        assert_eq!(job["bytesDone"], export["byteCount"], "{job:#}");
        let came = receiver.came();
        assert_eq!(came.len(), volumes.len());
        for (came, volume) in came.iter().zip(&volumes) {
            let sum = data_encoding::HEXLOWER.encode(&Sha256::digest(&came.body));
            assert_eq!(json!(sum), volume["sha256"]);
        }
        let mut paths: Vec<&str> = came.iter().map(|came| came.path.as_str()).collect();
        paths.dedup();
        assert_eq!(paths.len(), volumes.len(), "{paths:?}");
    }
}
