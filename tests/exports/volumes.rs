//! A bundle of several files: fetched one by one, by header and by link, each in order for strangers.

use std::path::PathBuf;

use serde_json::{Value, json};

use super::JOB;
use crate::kit::client::wait_until;
use crate::kit::company;
use crate::kit::gateway::Gateway;
use crate::kit::home::Home;
use crate::kit::judge::{Judged, judge_bundles};

const ASK: &str = "mutation($key: String!) {
    requestExport(input: {volumeMebibytes: 1, idempotencyKey: $key}) { export { id } userErrors { code } }
}";
const LOOK: &str =
    "query($id: ID!) { node(id: $id) { ... on Export { bundlePath byteCount sha256 volumes receipt } } }";
const LINK: &str = "mutation($id: ID!, $volume: Int!) {
    createDownloadLink(input: {export: $id, volume: $volume}) { url userErrors { code field } }
}";

#[tokio::test]
async fn a_bundle_that_is_too_large_for_one_file_is_several_that_are_fetched_and_checked_one_by_one() {
    let (mut homes, mut made) = (Vec::new(), Vec::new());
    for home in Home::each().await {
        company::found(&home, 700).await;
        let gateway = Gateway::serve(&home, &[]).await;
        let client = &gateway.client;
        let token = company::token(&home, "owner@acme.test");
        let asked = client
            .graphql(&token, ASK, json!({ "key": "volumes-1" }))
            .await
            .data();
        let id = asked["requestExport"]["export"]["id"]
            .as_str()
            .unwrap_or_else(|| panic!("{asked:#}"))
            .to_owned();
        wait_until("the bundle is ready", JOB, async || {
            company::export_state(client, &token, &id).await.0 == "READY"
        })
        .await;
        let node = client.graphql(&token, LOOK, json!({ "id": id })).await.data()["node"].take();
        assert_eq!(node["sha256"], Value::Null);
        let volumes: Vec<Value> =
            serde_json::from_str(node["volumes"].as_str().expect("volumes")).expect("JSON");
        assert!(volumes.len() > 2, "{node:#}");
        let sum: u64 = volumes
            .iter()
            .filter_map(|volume| volume["byteCount"].as_u64())
            .sum();
        assert_eq!(node["byteCount"], json!(sum.to_string()));
        let receipt: Value =
            serde_json::from_str(node["receipt"].as_str().expect("a receipt")).expect("JSON");
        assert_eq!(receipt["volume"]["of"], json!(volumes.len()));

        let path = node["bundlePath"].as_str().expect("a path");
        let key = home.folder().join("key.pem");
        let pem = client.get("/.well-known/postern-signing-key.pem").await;
        std::fs::write(&key, &pem.body).expect("a file");
        let mut files: Vec<PathBuf> = Vec::new();
        for (number, volume) in (1..).zip(&volumes) {
            let whole = client.get_as(&token, &format!("{path}/{number}")).await;
            let etag = whole.headers["etag"].to_str().expect("text");
            assert_eq!(json!(etag.trim_matches('"')), volume["sha256"]);
            let variables = json!({ "id": id, "volume": number });
            let link = client.graphql(&token, LINK, variables).await.data();
            let url = link["createDownloadLink"]["url"]
                .as_str()
                .expect("a link")
                .to_owned();
            assert!(client.get(&url).await.body == whole.body);
            let file = home.folder().join(format!("{number}.zip"));
            std::fs::write(&file, &whole.body).expect("a file");
            // What a file is like does not depend on the store.
            if home.database_url().is_none() {
                made.push(Judged {
                    bundle: file.clone(),
                    folder: home.folder().join(number.to_string()),
                    key: key.clone(),
                    least: 2,
                });
            }
            files.push(file);
        }
        assert!(client.get_as(&token, path).await.body == std::fs::read(&files[0]).expect("a file"));
        for beyond in ["0", "01", "+1", "x", "99"] {
            let answer = client.get_as(&token, &format!("{path}/{beyond}")).await;
            assert_eq!(
                (answer.status, answer.code().as_str()),
                (404, "NOT_FOUND"),
                "{beyond}"
            );
        }
        let link = client
            .graphql(&token, LINK, json!({ "id": id, "volume": 99 }))
            .await
            .data();
        let error = &link["createDownloadLink"]["userErrors"][0];
        assert_eq!(
            (&error["code"], &error["field"]),
            (&json!("BAD_USER_INPUT"), &json!(["volume"]))
        );

        let texts: Vec<&str> = files.iter().filter_map(|file| file.to_str()).collect();
        let key = key.to_str().expect("UTF-8");
        let verify = |files: &[&str]| home.run(&[&["verify", "--key", key], files].concat());
        verify(&texts).well();
        let said = verify(&texts[..texts.len() - 1]).with_code(1);
        assert!(said.stdout.contains("VOLUME_MISSING"), "{}", said.stdout);
        homes.push(home);
    }
    judge_bundles(&made);
}
