//! Bundles of every scope, held against the programs of other people and against our own.

use serde_json::Value;

use crate::kit::company;
use crate::kit::home::Home;
use crate::kit::judge::judge_bundle;

/// What a bundle is asked for with, and how many resources it has at least.
struct Scope {
    name: &'static str,
    arguments: Vec<String>,
    resources: usize,
}

/// The first value of a column of the account's rows in a bundle.
fn first(bag: &std::path::Path, table: &str, column: &str) -> String {
    let lines =
        std::fs::read_to_string(bag.join(format!("data/ndjson/{table}.ndjson"))).expect("the exact lane");
    let row: Value = serde_json::from_str(lines.lines().next().expect("a row")).expect("JSON");
    row[column].as_str().expect("text").to_owned()
}

#[tokio::test]
async fn strangers_find_the_bundles_of_every_scope_in_order() {
    for home in Home::each().await {
        company::found(&home, 30).await;
        let key = home.folder().join("key.pem");
        let name = |path: &std::path::Path| path.to_str().expect("UTF-8").to_owned();
        let installation = company::open(&home).await;
        std::fs::write(&key, installation.keys.receipt_public_key_pem().expect("a key")).expect("a file");
        installation.database.close().await;
        let make = |scope: &Scope| {
            let bundle = home.folder().join(format!("{}.zip", scope.name));
            let mut arguments = vec!["export", "--account", "Acme", "--output"];
            let place = name(&bundle);
            arguments.push(&place);
            arguments.extend(scope.arguments.iter().map(String::as_str));
            home.run(&arguments).well();
            let bag = home.folder().join(scope.name);
            judge_bundle(&bundle, &bag, &key, scope.resources);
            home.run(&["verify", &place, "--key", &name(&key)]).well();
            bag
        };
        let scope = |name, resources, arguments: &[&str]| Scope {
            name,
            arguments: arguments.iter().map(|argument| (*argument).to_owned()).collect(),
            resources,
        };
        let all = make(&scope("account", 20, &[]));
        let (list, campaign) = (
            first(&all, "campaigns", "list_id"),
            first(&all, "deliveries", "campaign_id"),
        );
        let (person, at) = (
            first(&all, "subscribers", "email"),
            first(&all, "subscribers", "created_at"),
        );
        let chosen = "Subscriber,Template,TemplateCategory,Campaign,ApiKey,DeliveryServer";
        for scope in [
            scope(
                "resources",
                6,
                &["--resource", chosen, "--format", "csv,ndjson,json,xlsx"],
            ),
            scope("list", 10, &["--list", &list]),
            scope("campaign", 8, &["--campaign", &campaign]),
            scope("since", 20, &["--since", &at]),
            scope("access", 8, &["--subscriber", &person]),
            scope(
                "portability",
                3,
                &[
                    "--subscriber",
                    &person,
                    "--bundle",
                    "portability",
                    "--format",
                    "json,csv",
                ],
            ),
        ] {
            make(&scope);
        }
    }
}
