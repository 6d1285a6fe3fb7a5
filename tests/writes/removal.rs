//! Single rows are deleted with what belongs to them, as the policy says of each reference; all of it or nothing.

use std::collections::BTreeSet;

use postern::access::built_in::BuiltIn;
use postern::catalog::{Catalog, DEFAULT_POLICY, Removal, Resource};
use postern::store::identity;
use serde_json::{Value, json};

use super::removed::{Naming, Outcome, is_free};
use super::world::World;
use crate::kit::company;
use crate::kit::home::Home;
use crate::kit::rows::{Row, comparable};

const COUNTED: &str = "deletedId rows { resource reference count }";

fn catalog() -> Catalog {
    Catalog::load(DEFAULT_POLICY).expect("the built-in policy is sound")
}

fn lower_first(name: &str) -> String {
    format!("{}{}", name[..1].to_lowercase(), &name[1..])
}

#[test]
fn each_resource_of_an_account_has_its_deletion_or_the_reason_why_not() {
    let catalog = catalog();
    let sdl = include_str!("../../schema/gateway.graphql");
    let (mut deleted, mut kept) = (0, 0);
    for resource in catalog.resources() {
        let mutation = format!("delete{}", resource.name);
        let has_one = sdl.contains(&format!("\n  {mutation}(\n"));
        match &resource.removal {
            Some(Removal::Delete) => {
                assert!(has_one, "{mutation}");
                deleted += 1;
            }
            Some(Removal::Kept(why)) => {
                assert!(!has_one || why.contains(&mutation), "{mutation}: {why}");
                kept += 1;
            }
            None => assert!(!has_one, "{mutation}"),
        }
    }
    assert!(deleted > 10 && kept > 20, "{deleted} {kept}");
}

/// The rows that are left; counters that follow the rows are no business of the policy's.
fn left(rows: &[Row], outcome: &Outcome) -> Vec<Row> {
    let mut left = Vec::new();
    for (place, row) in rows.iter().enumerate() {
        if outcome.gone.contains(&place) {
            continue;
        }
        let mut row = row.clone();
        for (name, cell) in &mut row.cells {
            if outcome.cut.get(&place).is_some_and(|cut| cut.contains(name)) {
                cell.clear();
            }
        }
        left.push(row);
    }
    comparable(left)
}

async fn token_of(world: &World, email: &str) -> String {
    let user = identity::user_by_address(&world.installation.database, email).await;
    world.token(user.expect("users can be read").expect("the user is there").id)
}

/// The row with the most that hangs on it, so that every reference is met.
fn richest(catalog: &Catalog, rows: &[Row], resource: &Resource, account: &[u8]) -> Option<(usize, Outcome)> {
    let naming = Naming::of(catalog, rows);
    let candidates = rows
        .iter()
        .enumerate()
        .filter(|(_, row)| row.table == resource.table && row.account() == Some(account));
    candidates
        .map(|(place, _)| (place, naming.worked_out(catalog, rows, place)))
        .filter(|(place, outcome)| !outcome.forbidden && is_free(rows, *place, outcome))
        .max_by_key(|(_, outcome)| (outcome.cut.len().min(1), outcome.gone.len()))
}

#[tokio::test]
async fn what_goes_with_a_row_and_what_is_cut_is_what_the_policy_says_of_each_reference() {
    let catalog = catalog();
    let mut met = BTreeSet::new();
    for home in Home::each().await {
        company::found(&home, 40).await;
        let world = World::over(home).await;
        let owner = token_of(&world, "owner@acme.test").await;
        let mut before = world.home.rows().await;
        for resource in catalog.resources() {
            if resource.removal != Some(Removal::Delete) {
                continue;
            }
            let acme = crate::kit::rows::account(&before, "Acme");
            let Some((place, outcome)) = richest(&catalog, &before, resource, &acme) else {
                continue;
            };
            met.insert(resource.table.clone());
            let id = before[place].id();
            let mut input = json!({});
            input[lower_first(&resource.name)] = world.global(&resource.table, id).into();
            let mutation = format!("delete{}", resource.name);
            let mut dry = input.clone();
            dry["dryRun"] = true.into();
            let told = world.done(&owner, &mutation, dry, COUNTED).await;
            assert_eq!(told["deletedId"], Value::Null);
            let count = |is: &dyn Fn(&Value) -> bool| -> u64 {
                let rows = told["rows"].as_array().into_iter().flatten();
                rows.filter(|rows| is(&rows["reference"]))
                    .filter_map(|rows| rows["count"].as_u64())
                    .sum()
            };
            assert_eq!(
                count(&Value::is_null),
                outcome.gone.len() as u64,
                "{mutation}: {told}"
            );
            let done = world.done(&owner, &mutation, input.clone(), COUNTED).await;
            assert_eq!(done["rows"], told["rows"]);
            let after = world.home.rows().await;
            let is_as_said = comparable(after.clone()) == left(&before, &outcome);
            assert!(is_as_said, "{mutation}");
            before = after;
            let again = world.refused(&owner, &mutation, input).await;
            assert_eq!(again, format!("INVALID_ID {}", lower_first(&resource.name)));
        }
    }
    let wanted: BTreeSet<String> = catalog
        .resources()
        .filter(|resource| resource.removal == Some(Removal::Delete))
        .map(|resource| resource.table.clone())
        .collect();
    assert_eq!(met, wanted, "made-up data has a row of each");
}

#[tokio::test]
async fn no_more_goes_than_may_and_only_what_is_within_reach() {
    for world in World::each().await {
        let owner = world.owner("Acme");
        let (first, second) = (world.list("Acme", 0), world.list("Acme", 1));
        for number in 0..3 {
            world
                .subscribe(&owner, &first, &format!("person{number}@example.test"))
                .await;
        }
        let few = json!({"list": first, "maxRows": 3});
        assert_eq!(
            world.refused(&owner, "deleteList", few).await,
            "LIMIT_REACHED list"
        );
        let none = json!({"list": first, "maxRows": 0});
        assert_eq!(
            world.refused(&owner, "deleteList", none).await,
            "BAD_USER_INPUT maxRows"
        );
        // A manager deletes what is in the lists, but not a list, with which others' rights would go.
        let manager = world.manager("Acme").await;
        let list = json!({"list": first});
        assert_eq!(
            world.refused(&manager, "deleteList", list.clone()).await,
            "FORBIDDEN"
        );
        let theirs = world.subscribe(&owner, &second, "person0@example.test").await;
        let profile = &theirs["subscriberProfile"]["id"];
        let elsewhere = json!({ "subscriberProfile": profile });
        let refused = world
            .refused(&manager, "deleteSubscriberProfile", elsewhere.clone())
            .await;
        assert_eq!(refused, "INVALID_ID subscriberProfile");
        // Another account's rows are not there, and who may only write does not delete.
        let stranger = world.owner("Globex");
        let foreign = world.refused(&stranger, "deleteList", list.clone()).await;
        assert_eq!(foreign, "INVALID_ID list");
        let exporter = world
            .user("Acme", "exporter@acme.test", &[BuiltIn::Exporter])
            .await;
        let exporter = world.token(exporter);
        assert_eq!(
            world.refused(&exporter, "deleteList", list.clone()).await,
            "FORBIDDEN"
        );
        world
            .done(&owner, "deleteSubscriberProfile", elsewhere, "deletedId")
            .await;
        let done = world.done(&owner, "deleteList", list, COUNTED).await;
        assert_eq!(done["deletedId"], first);
        let people = world
            .ask(&owner, "{ subscribers(first: 9) { nodes { email } } }", json!({}))
            .await;
        let people = people["data"]["subscribers"]["nodes"].as_array().map(Vec::len);
        assert_eq!(people, Some(3), "people stay when their list goes");
        let audited = world.audited("Acme").await;
        assert_eq!(
            audited.iter().filter(|action| *action == "row.deleted").count(),
            2
        );
    }
}
