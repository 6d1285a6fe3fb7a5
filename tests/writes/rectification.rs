//! Another address reaches every copy of the old one in the account, and nothing of another account.

use std::collections::BTreeMap;

use postern::catalog::{Class, Path, Resource, Step, SubjectPath};
use postern::cell::{Cell, Kind};
use serde_json::json;
use uuid::Uuid;

use super::world::World;
use crate::kit::rows::{self, Row};

const BEFORE: &str = "Old.Name@Example.test";
const AFTER: &str = "New.Name@Example.org";

/// Rows of every table about one person, with the person's address in every text and document of theirs.
struct Filling<'a> {
    world: &'a World,
    account: Uuid,
    made: BTreeMap<String, Uuid>,
}

impl Filling<'_> {
    /// The row of that table, and before it the rows that it needs.
    async fn row(&mut self, resource: &Resource) -> Uuid {
        if let Some(id) = self.made.get(&resource.table) {
            return *id;
        }
        let is_about = !resource.subject.is_empty();
        let on_the_way = |column| {
            resource.subject.iter().any(|path| {
                matches!(path, SubjectPath::References(Path { steps })
                    if matches!(steps.first(), Some(Step::Forward { column: first, .. }) if *first == column))
            })
        };
        let mut given: Vec<(&str, Cell)> = Vec::new();
        for reference in &resource.references {
            let column = resource.column(reference.column);
            if column.name == "account_id" || (column.nullable && !on_the_way(column.id)) {
                continue;
            }
            let target = self.world.installation.catalog.get(reference.target);
            let id = Box::pin(self.row(target)).await;
            given.push((&column.name, id.into()));
        }
        let columns = resource.columns.iter().filter(|_| is_about);
        for column in columns.filter(|column| !matches!(column.name.as_str(), "source" | "external_id")) {
            let value: Cell = match column.kind {
                Kind::Text if column.name.ends_with("_normalized") => BEFORE.to_lowercase().into(),
                Kind::Text if column.class == Class::Contact => BEFORE.into(),
                Kind::Text => format!("550 <{BEFORE}> and ?e=old.name%40example.test").into(),
                Kind::Json => json!([format!("to {}", BEFORE.to_uppercase())]).into(),
                _ => continue,
            };
            given.push((&column.name, value));
        }
        if resource.table == "subscribers" {
            given.retain(|(name, _)| *name != "status");
            given.push(("status", "active".into()));
        }
        let id = self.world.put(self.account, &resource.table, &given).await;
        self.made.insert(resource.table.clone(), id);
        id
    }
}

async fn fill(world: &World, account: &str) -> BTreeMap<String, Uuid> {
    let account = world.account(account);
    let mut filling = Filling {
        world,
        account: account.id,
        made: BTreeMap::from([("lists".to_owned(), account.lists[0])]),
    };
    let catalog = world.installation.catalog.clone();
    for resource in catalog.resources().filter(|one| !one.subject.is_empty()) {
        filling.row(resource).await;
    }
    filling.made
}

fn of(all: &[Row], account: &str) -> Vec<Row> {
    let id = rows::account(all, account);
    let ours = all.iter().filter(|row| row.account() == Some(id.as_slice()));
    ours.cloned().collect()
}

/// The columns of tables that mention an address.
fn mentions(rows: &[Row], address: &str) -> Vec<String> {
    let mut found: Vec<String> = rows
        .iter()
        .flat_map(|row| {
            let columns = row.mentions(address);
            columns
                .into_iter()
                .map(|column| format!("{}.{column}", row.table))
                .collect::<Vec<_>>()
        })
        .collect();
    found.sort();
    found
}

#[tokio::test]
async fn another_address_reaches_every_copy_in_the_account_and_nothing_elsewhere() {
    for world in World::each().await {
        let made = fill(&world, "Acme").await;
        fill(&world, "Globex").await;
        let before = world.home.rows().await;
        let held = mentions(&of(&before, "Acme"), BEFORE);
        for place in [
            "deliveries.recipient_email",
            "suppression_entries.email",
            "subscribers.email_normalized",
        ] {
            assert!(
                held.iter().any(|one| one == place),
                "{place} is not filled: {held:?}"
            );
        }
        let owner = world.owner("Acme");
        let input = json!({"subscriber": world.global("subscribers", made["subscribers"]), "email": AFTER});
        let done = world
            .done(
                &owner,
                "updateSubscriber",
                input.clone(),
                "subscriber { email emailNormalized disclosures { nodes { recipientKind about } } }",
            )
            .await;
        // Whoever was given the old address is to be told (Art. 19 GDPR), and stands in the answer.
        let told = json!([{"recipientKind": "SUB_PROCESSOR", "about": "PERSON"}]);
        assert_eq!(
            done["subscriber"],
            json!({"email": AFTER, "emailNormalized": AFTER.to_lowercase(), "disclosures": {"nodes": told}})
        );
        let after = world.home.rows().await;
        assert_eq!(mentions(&of(&after, "Acme"), BEFORE), Vec::<String>::new());
        assert_eq!(mentions(&of(&after, "Acme"), AFTER), held, "each copy follows");
        assert_eq!(of(&after, "Globex"), of(&before, "Globex"));
        assert_eq!(world.audited("Acme").await, ["subscriber.rectified"]);
        world.done(&owner, "updateSubscriber", input, "").await;
        assert_eq!(world.audited("Acme").await.len(), 1, "twice is once");
    }
}

#[tokio::test]
async fn an_address_that_is_anothers_or_suppressed_is_refused_alike() {
    for world in World::each().await {
        let owner = world.owner("Acme");
        let list = world.list("Acme", 1);
        let one = world.subscribe(&owner, &list, "one@example.test").await;
        world.subscribe(&owner, &list, "two@example.test").await;
        let suppress = json!({"email": "three@example.test"});
        world.done(&owner, "suppress", suppress, "").await;
        let id = &one["subscriberProfile"]["subscriber"]["id"];
        let mut answers = Vec::new();
        for email in ["Two@example.test", "three@example.test"] {
            let input = json!({"subscriber": id, "email": email});
            answers.push(world.call(&owner, "updateSubscriber", input, "").await);
        }
        assert_eq!(answers[0], answers[1]);
        assert_eq!(answers[0]["userErrors"][0]["code"], "ADDRESS_UNAVAILABLE");
        let named = json!({"subscriber": id, "email": "ONE@example.test", "firstName": "Una", "phone": null});
        let done = world
            .done(
                &owner,
                "updateSubscriber",
                named,
                "subscriber { email firstName }",
            )
            .await;
        assert_eq!(
            done["subscriber"],
            json!({"email": "ONE@example.test", "firstName": "Una"})
        );
        let plan = json!({"subscriber": {"id": id}, "idempotencyKey": "rectify-1"});
        world.done(&owner, "planErasure", plan, "").await;
        let input = json!({"subscriber": id, "email": "four@example.test"});
        assert_eq!(
            world.refused(&owner, "updateSubscriber", input).await,
            "INVALID_STATE subscriber"
        );
    }
}
