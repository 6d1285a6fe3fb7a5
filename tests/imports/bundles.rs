//! A bundle of this gateway over HTTP: taken into an account that is empty, signed by this installation, and not else.

use serde_json::json;

use super::Place;
use crate::kit::company;
use crate::kit::home::Home;
use crate::kit::sending::{ended, requested, sent};

fn bundle(home: &Home, account: &str) -> Vec<u8> {
    let path = home.folder().join("bundle.zip");
    let file = path.to_str().expect("a folder in UTF-8");
    home.run(&["export", "--account", account, "-o", file]).well();
    std::fs::read(&path).expect("there is a bundle")
}

#[tokio::test]
async fn a_bundle_goes_into_an_empty_account_alone_and_only_if_it_is_ours() {
    let foreign = Home::embedded();
    company::found(&foreign, 20).await;
    let theirs = bundle(&foreign, "Acme");
    for place in Place::each().await {
        let ours = bundle(&place.home, "Globex");
        // An account of the owner's that has nobody yet: made by a file with no one in it.
        let empty = place.home.folder().join("nobody.csv");
        std::fs::write(&empty, "email,name,attributes\n").expect("a file can be kept");
        let file = empty.to_str().expect("UTF-8");
        let new = [
            "import",
            file,
            "--account",
            "Moved",
            "--new-account",
            "mover@moved.test",
        ];
        place.home.run(&new).well();
        // The import has made a list, which an empty account has not.
        place
            .home
            .tamper("DELETE FROM lists WHERE account_id = (SELECT id FROM accounts WHERE name = 'Moved')")
            .await;
        let mover = company::token(&place.home, "mover@moved.test");
        let client = place.client();
        for (token, file, key, code) in [
            (&mover, theirs.clone(), "bundle-1", "INVALID_FILE"),
            (&place.owner, ours.clone(), "bundle-2", "INVALID_STATE"),
        ] {
            let upload = sent(client, token, file).await;
            let input = json!({ "upload": upload, "dryRun": false, "idempotencyKey": key });
            let id = requested(client, token, input).await;
            let job = ended(client, token, &id).await;
            assert_eq!(
                (&job["state"], &job["errorCode"]),
                (&json!("FAILED"), &json!(code)),
                "{job:#}"
            );
        }
        let upload = sent(client, &mover, ours).await;
        for (dry_run, key) in [(true, "bundle-3"), (false, "bundle-4")] {
            let input = json!({ "upload": upload, "dryRun": dry_run, "idempotencyKey": key });
            let id = requested(client, &mover, input).await;
            let job = ended(client, &mover, &id).await;
            assert_eq!(
                (&job["state"], &job["format"]),
                (&json!("DONE"), &json!("BUNDLE")),
                "{job:#}"
            );
            assert_eq!(job["rowsDone"], job["rowsExpected"], "{job:#}");
        }
        let query = "{ subscribers { totalCount { value } } }";
        let globex = company::token(&place.home, "owner@globex.test");
        let there = client.graphql(&globex, query, json!({})).await.data();
        let here = client.graphql(&mover, query, json!({})).await.data();
        assert_eq!(here, there);
    }
}
