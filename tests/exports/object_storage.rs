//! Bundles in object storage that speaks S3: sealed there as in a folder, downloaded from there by ranges; and while it
//! is away exports wait for it.

use std::time::Duration;

use serde_json::json;

use super::JOB;
use crate::kit::client::wait_until;
use crate::kit::company;
use crate::kit::gateway::Gateway;
use crate::kit::home::Home;
use crate::kit::storage::Storage;

/// How soon an attempt has failed: each step is tried a few times by itself.
const FAILED: Duration = Duration::from_secs(60);

#[tokio::test]
async fn bundles_lie_sealed_in_object_storage_and_exports_wait_while_it_is_away() {
    let Some(mut storage) = Storage::start().await else {
        return;
    };
    for (number, home) in Home::each().await.into_iter().enumerate() {
        company::found(&home, 60).await;
        let folder = format!("acme{number}");
        let depot = format!("s3://bundles/{folder}");
        let variables = storage.variables();
        let variables: Vec<(&str, &str)> = variables
            .iter()
            .map(|(name, value)| (*name, value.as_str()))
            .collect();
        let mut missing = home.program();
        missing
            .args([
                "--depot",
                "s3://nowhere/acme",
                "export",
                "--account",
                "Acme",
                "-o",
            ])
            .arg(home.folder().join("none.zip"))
            .envs(variables.iter().copied());
        let said = missing.output().expect("the program can be run");
        let complaint = String::from_utf8_lossy(&said.stderr).into_owned();
        assert_eq!(said.status.code(), Some(1), "{complaint}");
        assert!(
            complaint.contains("--depot") && complaint.contains("AWS_ENDPOINT_URL"),
            "{complaint}"
        );

        let mut gateway = Gateway::start(&home, &["--depot", &depot], &variables).await;
        let token = company::token(&home, "owner@acme.test");
        let client = gateway.client.clone();
        let state = async |id: &str| company::export_state(&client, &token, id).await.0;
        let first = company::exported(&client, &token).await;
        wait_until("the bundle is stored", JOB, async || {
            state(&first).await == "READY"
        })
        .await;
        let path = format!("/exports/{first}/bundle");
        let whole = client.get_as(&token, &path).await;
        assert!(whole.status == 200 && whole.body.starts_with(b"PK"));
        let part = client.get_range(&token, &path, "bytes=1000-1999", None).await;
        assert!(part.status == 206 && part.body == whole.body[1000..2000]);
        let listed = format!("/bundles?list-type=2&prefix={folder}/");
        let listed = storage.client.get(&listed).await.text();
        let (_, rest) = listed.split_once("<Key>").unwrap_or_else(|| panic!("{listed}"));
        let key = rest.split('<').next().expect("a key");
        assert!(key.starts_with(&format!("{folder}/exports/")), "{key}");
        let (_, size) = listed.split_once("<Size>").expect("a size");
        let size: usize = size
            .split('<')
            .next()
            .and_then(|size| size.parse().ok())
            .expect("a number");
        assert!(size > whole.body.len(), "it is sealed: {size}");

        storage.lose().await;
        let second = company::exported(&client, &token).await;
        let query =
            "query($id: ID!) { node(id: $id) { ... on Export { state attempts errorCode rowsPerSecond } } }";
        wait_until("the export waits for the storage", FAILED, async || {
            let export = client
                .graphql(&token, query, json!({ "id": second }))
                .await
                .data()["node"]
                .take();
            export["state"] == "QUEUED" && export["attempts"].as_u64() >= Some(1)
        })
        .await;
        let away = client.get_as(&token, &path).await;
        assert_eq!(
            (away.status, away.code().as_str()),
            (503, "DEPENDENCY_UNAVAILABLE")
        );
        storage.again().await;
        wait_until("the bundle is stored after all", JOB, async || {
            state(&second).await == "READY"
        })
        .await;
        gateway.is_unharmed();
    }
}
