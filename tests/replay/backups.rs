//! The register of backups: who may see it, what receipts make of it, and who is told of a backup that outlives its day.

use serde_json::{Value, json};

use super::{erase, founded, shared};
use crate::kit::company;
use crate::kit::gateway::Gateway;
use crate::kit::home::Home;

fn add(home: &Home, label: &str, made_at: &str, more: &[&str]) -> Value {
    let add = ["backup", "add", "--json", "--label", label, "--made-at", made_at];
    home.run(&[&add[..], more].concat()).well().json()
}

/// What a receipt says of backups.
fn remaining(home: &Home, erasure: &str) -> Value {
    let path = home.folder().join(format!("{erasure}.json"));
    let name = path.to_str().expect("UTF-8");
    let status = ["erase", "status", "--account", "Acme", "--erasure", erasure];
    home.run(&[&status[..], &["--receipt", name]].concat()).well();
    let receipt: Value =
        serde_json::from_str(&std::fs::read_to_string(&path).expect("a receipt")).expect("JSON");
    let of_backups = receipt["remaining"]
        .as_array()
        .expect("a list")
        .iter()
        .find(|entry| entry["what"] == "backups made before");
    let mut found = of_backups.expect("backups are named").clone();
    found["finishedAt"] = receipt["finishedAt"].clone();
    found
}

#[tokio::test(flavor = "multi_thread")]
async fn receipts_list_the_backups_that_still_hold_the_person_until_the_last_has_to_be_gone() {
    for home in founded().await {
        let people = shared(&home.rows().await);
        let first = remaining(&home, &erase(&home, &people[0]));
        assert_eq!(first["backups"], json!([]));
        let date = |value: &Value| -> chrono::DateTime<chrono::Utc> {
            value.as_str().expect("text").parse().expect("an instant")
        };
        let promised = date(&first["until"]) - date(&first["finishedAt"]);
        assert_eq!(promised.num_days(), 90);

        let long = ["--purge-at", "2099-02-01T00:00:00Z", "--location", "offsite"];
        let old = add(&home, "yearly", "2024-01-01T02:00:00Z", &long);
        let usual = add(&home, "nightly", "2024-02-01T02:00:00Z", &[]);
        assert_eq!(usual["purgeAt"], "2024-05-01T02:00:00Z");
        let gone = add(&home, "gone", "2024-02-02T02:00:00Z", &[]);
        let gone = gone["id"].as_str().expect("an id");
        home.run(&["backup", "purged", gone]).well();
        home.run(&["backup", "purged", gone]).well();
        let second = remaining(&home, &erase(&home, &people[1]));
        assert_eq!(second["until"], "2099-02-01T00:00:00Z");
        let listed = |backup: &Value| json!({ "id": backup["id"], "madeAt": backup["madeAt"], "purgeAt": backup["purgeAt"] });
        assert_eq!(second["backups"], json!([listed(&old), listed(&usual)]));
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_backup_that_outlives_its_day_is_told_by_the_list_and_by_readiness_until_it_is_gone() {
    for home in founded().await {
        home.run(&["backup", "list", "--check"]).well();
        let short = ["--purge-at", "2024-01-02T00:00:00Z"];
        let backup = add(&home, "short", "2024-01-01T00:00:00Z", &short);
        let id = backup["id"].as_str().expect("an id").to_owned();
        assert_eq!(backup["overdue"], json!(true));
        let said = home.run(&["backup", "list", "--check"]).with_code(1);
        assert!(said.stdout.contains("OVERDUE"), "{}", said.stdout);
        home.run(&["backup", "list"]).well();
        let gateway = Gateway::serve(&home, &[]).await;
        let state = async |wanted: Value| {
            let ready = gateway.client.get("/health/ready").await;
            assert_eq!(ready.status, 200);
            let ready = ready.json();
            let checks = ready["checks"].as_array().expect("a list").iter();
            let mut found = checks.filter(|check| check["component"] == "backups");
            assert_eq!(
                found.next().expect("backups are checked")["code"],
                wanted,
                "{ready:#}"
            );
        };
        state(json!("BACKUP_OVERDUE")).await;
        home.run(&["backup", "purged", &id]).well();
        state(Value::Null).await;
        home.run(&["backup", "list", "--check"]).well();
        let all = home.run(&["backup", "list", "--all", "--json"]).well().json();
        assert!(all["backups"][0]["purgedAt"].is_string(), "{all:#}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn operators_alone_see_and_change_the_register() {
    for home in founded().await {
        add(
            &home,
            "nightly",
            "2024-01-01T00:00:00Z",
            &["--location", "offsite"],
        );
        let gateway = Gateway::serve(&home, &[]).await;
        let query = "{ backups(first: 5) { nodes { id label location madeAt purgeAt purgedAt } } }";
        let operator = company::token(&home, "operator@postern.example");
        let seen = gateway.client.graphql(&operator, query, json!({})).await.data();
        assert_eq!(seen["backups"]["nodes"][0]["label"], "nightly", "{seen:#}");
        let owner = company::token(&home, "owner@acme.test");
        let seen = gateway.client.graphql(&owner, query, json!({})).await.text();
        assert!(!seen.contains("nightly") && !seen.contains("offsite"), "{seen}");
        let commands: [&[&str]; 2] = [
            &["backup", "list"],
            &[
                "backup",
                "add",
                "--label",
                "x",
                "--made-at",
                "2024-01-01T00:00:00Z",
            ],
        ];
        for command in commands {
            let as_owner = ["--as", "owner@acme.test", "--json"];
            let said = home.run(&[command, &as_owner[..]].concat()).with_code(1);
            assert_eq!(said.failure(), "FORBIDDEN", "{command:?}");
        }
        let wrong: [(&[&str], &str); 4] = [
            (&["backup", "purged", "nobody"], "INVALID_ID"),
            (
                &["backup", "purged", "01980000-0000-7000-8000-000000000000"],
                "NOT_FOUND",
            ),
            (
                &[
                    "backup",
                    "add",
                    "--label",
                    "ana@example.test",
                    "--made-at",
                    "2024-01-01T00:00:00Z",
                ],
                "INVALID_SETTING",
            ),
            (
                &["backup", "add", "--label", "x", "--made-at", "yesterday"],
                "INVALID_SETTING",
            ),
        ];
        for (command, code) in wrong {
            let said = home.run(&[command, &["--json"]].concat()).with_code(1);
            assert_eq!(said.failure(), code, "{command:?}");
        }
    }
}
