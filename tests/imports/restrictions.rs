//! Imports and people whose data may be kept and not used: nothing of them is overwritten, and who objects to being mailed is
//! not subscribed.

use serde_json::json;

use super::{Place, counts};
use crate::kit::sending::rejects;

const RESTRICT: &str = "mutation($input: RestrictProcessingInput!) { restrictProcessing(input: $input) \
                        { processingRestriction { id } userErrors { code } } }";

fn file(name: &str) -> Vec<u8> {
    let people = ["kept", "objects", "free"].map(|who| format!("{who}@rights.test,{name} {who},{{}}\n"));
    format!("email,name,attributes\n{}", people.concat()).into_bytes()
}

#[tokio::test]
async fn an_import_overwrites_nobody_whose_data_may_not_be_used() {
    for place in Place::each().await {
        let input = |upload: String, key: &str, dry: bool| json!({ "upload": upload, "fileName": "rights.csv", "dryRun": dry, "idempotencyKey": key });
        let upload = place.sent(file("First")).await;
        let (_, job) = place.imported(input(upload, "restricted-1", false)).await;
        assert_eq!(job["state"], "DONE", "{job:#}");
        let list = job["list"]["id"].clone();
        for (who, kind) in [("kept", "RESTRICTED"), ("objects", "OBJECTION")] {
            let input = json!({ "subscriber": { "email": format!("{who}@rights.test") }, "kind": kind });
            let input = json!({ "input": input });
            let done = place.client().graphql(&place.owner, RESTRICT, input).await.data();
            assert_eq!(done["restrictProcessing"]["userErrors"], json!([]));
        }
        for (key, dry) in [("restricted-2", true), ("restricted-3", false)] {
            let upload = place.sent(file("Second")).await;
            let mut again = input(upload, key, dry);
            again["list"] = list.clone();
            let (id, job) = place.imported(again).await;
            // Added, changed, unchanged, suppressed, rejected, done.
            assert_eq!(counts(&job), [0, 1, 0, 2, 0, 3], "{job:#}");
            let kept = rejects(place.client(), &place.owner, &id).await;
            let text = kept.text();
            assert!(text.contains("RESTRICTED") && text.lines().count() == 2, "{text}");
        }
        let names = "query($email: EmailAddress!) { subscribers(filter: {email: {equals: $email}}) { nodes { firstName } } }";
        for (who, first) in [("kept", "First"), ("objects", "Second"), ("free", "Second")] {
            let email = json!({ "email": format!("{who}@rights.test") });
            let shown = place.client().graphql(&place.owner, names, email).await.data();
            assert_eq!(
                shown["subscribers"]["nodes"][0]["firstName"], first,
                "{who}: {shown}"
            );
        }
    }
}
