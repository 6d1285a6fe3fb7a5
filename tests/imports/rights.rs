//! Who may import, and have what came of it: asked when it is requested, when it runs, and when rows are fetched.

use std::time::Duration;

use serde_json::{Value, json};

use super::Place;
use crate::kit::client::wait_until;
use crate::kit::company;
use crate::kit::gateway::Gateway;
use crate::kit::home::Home;
use crate::kit::sending::{REQUEST, asked, import, listmonk, rejects, sent};

/// A lease this short is over soon after its worker was killed.
const LEASE: [&str; 2] = ["--lease-seconds", "1"];

#[tokio::test]
async fn who_did_not_send_a_file_or_may_not_import_gets_nothing_of_it() {
    for place in Place::each().await {
        let upload = place.sent(listmonk("rights.test", 5, 1)).await;
        let input = |key: &str| json!({ "upload": upload, "dryRun": false, "idempotencyKey": key });
        let refused = asked(place.client(), &place.stranger, input("rights-1")).await;
        assert_eq!(code(&refused), "INVALID_ID", "{refused}");
        let analyst = company::token(&place.home, "analyst@globex.test");
        let refused = asked(place.client(), &analyst, input("rights-2")).await;
        assert_eq!(code(&refused), "FORBIDDEN", "{refused}");
        // A list of another account is none.
        let query = "{ lists(first: 1) { nodes { id } } }";
        let theirs = place
            .client()
            .graphql(&place.stranger, query, json!({}))
            .await
            .data();
        let mut foreign = input("rights-3");
        foreign["list"] = theirs["lists"]["nodes"][0]["id"].clone();
        let refused = asked(place.client(), &place.owner, foreign).await;
        assert_eq!(code(&refused), "INVALID_ID", "{refused}");
        assert_eq!(refused["userErrors"][0]["field"], json!(["list"]));

        let (id, job) = place.imported(input("rights-4")).await;
        assert_eq!(job["state"], "DONE", "{job:#}");
        assert_eq!(import(place.client(), &place.stranger, &id).await, Value::Null);
        let nothing = rejects(place.client(), &place.stranger, &id).await;
        assert_eq!((nothing.status, nothing.code().as_str()), (404, "NOT_FOUND"));
        let cancel = "mutation($id: ID!) { cancelImport(input: {import: $id, idempotencyKey: \"rights-5\"}) \
                      { userErrors { code } } }";
        for (token, expected) in [(&place.stranger, "INVALID_ID"), (&place.owner, "INVALID_STATE")] {
            let said = place
                .client()
                .graphql(token, cancel, json!({ "id": id }))
                .await
                .data();
            assert_eq!(said["cancelImport"]["userErrors"][0]["code"], expected, "{said}");
        }
        assert_eq!(rejects(place.client(), &place.owner, &id).await.status, 200);
        // Whoever may import no more may not fetch what was rejected.
        leave_groups(&place.home).await;
        let nothing = rejects(place.client(), &place.owner, &id).await;
        assert!([403, 404].contains(&nothing.status), "{}", nothing.text());
    }
}

#[tokio::test]
async fn who_loses_the_group_before_it_runs_imports_nothing() {
    for place in Place::each().await {
        let Place {
            home, gateway, owner, ..
        } = place;
        gateway.terminate().await;
        // A worker that dies when it takes the import up leaves it asked for and not begun.
        let dying = [("POSTERN_FAIL_POINT", "import.claimed")];
        let mut gateway = Gateway::start(&home, &LEASE, &dying).await;
        let upload = sent(&gateway.client, &owner, listmonk("lost.test", 5, 1)).await;
        let input = json!({ "upload": upload, "dryRun": false, "idempotencyKey": "lost-key-1" });
        let _ = gateway
            .client
            .try_graphql(&owner, REQUEST, json!({ "input": input }))
            .await;
        gateway.ended().await;
        leave_groups(&home).await;
        let _gateway = Gateway::serve(&home, &LEASE).await;
        wait_until("the import has failed", Duration::from_secs(60), async || {
            let rows = home.rows().await;
            let import = rows
                .iter()
                .find(|row| row.table == "imports")
                .expect("it was asked for");
            let is_over = import.cell("state") == b"failed";
            assert!(
                !is_over || import.cell("error_code") == b"FORBIDDEN",
                "{import:?}"
            );
            is_over
        })
        .await;
        let rows = home.rows().await;
        let is_new = |cell: &[u8]| String::from_utf8_lossy(cell).ends_with("lost.test");
        let new = rows.iter().filter(|row| row.table == "subscribers");
        assert_eq!(new.filter(|row| is_new(row.cell("email_normalized"))).count(), 0);
    }
}

/// Takes the owner of Acme out of every group.
async fn leave_groups(home: &Home) {
    home.tamper(
        "DELETE FROM group_members WHERE user_id IN (SELECT id FROM users WHERE email_normalized = \
             'owner@acme.test')"
            .to_owned(),
    )
    .await;
}

fn code(asked: &Value) -> &str {
    asked["userErrors"][0]["code"].as_str().unwrap_or_default()
}
