//! What is hidden from those who may not see everything, and how they are told.

use postern::access::grant::{Grant, GroupGrants, Rights, Verb};
use postern::access::permit;
use postern::access::viewer::{Principal, Viewer};
use postern::cell::Cell;
use postern::error::Code;
use postern::plan::write::Write;
use serde_json::json;
use uuid::Uuid;

use super::rows::put;
use super::world::{ACME, GLOBEX, USER, World, id, instant, viewer};

#[tokio::test]
async fn masked_values_are_named_once_each_however_many_rows_there_are() {
    let world = World::new().await;
    let query = "{ s: subscribers(first: 3) { nodes { status email phone profiles { nodes { values { value } } } } edges { node { e: email } } }
                   invoices { nodes { id } } }";
    let answer = world.ask("analyst", query, json!({})).await;
    assert_eq!(answer["data"]["s"]["nodes"][0]["phone"], json!(null), "{answer}");
    assert_eq!(answer["data"]["s"]["nodes"][0]["status"], "ACTIVE");
    let email = answer["data"]["s"]["nodes"][0]["email"].as_str().unwrap();
    assert!(email.contains('*') && email.ends_with("@example.com"), "{email}");
    assert_eq!(answer["data"]["invoices"]["nodes"], json!([]));
    assert_eq!(
        answer["extensions"]["withheld"],
        json!([
            ["s", "nodes", "email"],
            ["s", "nodes", "phone"],
            ["s", "nodes", "profiles", "nodes", "values", "value"],
            ["s", "edges", "node", "e"],
            ["invoices"],
        ])
    );
    let answer = world.ask("owner", query, json!({})).await;
    assert_eq!(answer["extensions"].get("withheld"), None);
}

#[tokio::test]
async fn a_hidden_column_cannot_be_filtered_looked_up_or_ordered_by() {
    let world = World::new().await;
    let queries = [
        (
            "{ __typename a: subscribers(filter: {and: [{email: {equals: \"a@example.com\"}}]}) { nodes { id } } }",
            json!(["a", "filter", "and", "0", "email"]),
        ),
        (
            "{ subscriber(email: \"person1@example.com\") { id } }",
            json!(["subscriber", "email"]),
        ),
        (
            "{ subscribers(orderBy: [{field: EMAIL, direction: ASC}]) { totalCount { value } } }",
            json!(["subscribers", "orderBy", "0", "field"]),
        ),
    ];
    for (query, path) in queries {
        let before = world.database.statements();
        let answer = world.ask("analyst", query, json!({})).await;
        assert_eq!(answer.get("data"), None, "{answer}");
        assert_eq!(answer["errors"][0]["extensions"]["code"], "FORBIDDEN_FIELD");
        assert_eq!(answer["errors"][0]["extensions"]["field"], path);
        assert_eq!(world.database.statements(), before, "refused before any SQL");
        assert_eq!(world.ask("owner", query, json!({})).await.get("errors"), None);
    }
}

#[tokio::test]
async fn whoever_is_scoped_to_a_list_sees_its_people_and_nothing_of_the_others() {
    let world = World::new().await;
    let query = "query ($other: ID!) { lists { nodes { name } totalCount { value } }
        node(id: $other) { id } campaigns { nodes { name } } subscribers { nodes { profiles { nodes { list { name } } } } } }";
    let answer = world
        .ask("manager", query, json!({"other": world.global(ACME, "lists", 2)}))
        .await;
    let data = &answer["data"];
    assert_eq!(data["lists"]["totalCount"]["value"], 1, "{answer}");
    assert_eq!(data["node"], json!(null));
    assert_eq!(data["campaigns"]["nodes"].as_array().unwrap().len(), 2);
    assert!(!data["subscribers"].to_string().contains("List 2"));
    assert_eq!(answer["extensions"].get("withheld"), None);
}

#[tokio::test]
async fn why_a_person_must_not_be_mailed_is_found_by_the_address_of_the_own_account() {
    let world = World::new().await;
    for (account, number, email) in [
        (ACME, 1, "person1@example.com"),
        (ACME, 2, "stranger@example.com"),
        (GLOBEX, 1, "person2@example.com"),
    ] {
        let entry = vec![
            ("id", Cell::Uuid(id(account, "suppression_entries", number))),
            ("email", email.into()),
            ("email_normalized", email.into()),
            ("reason", "complaint".into()),
        ];
        put(
            &world.database,
            &world.catalog,
            account,
            "suppression_entries",
            vec![entry],
        )
        .await;
    }
    let query = "{ subscribers(first: 3) { nodes { suppression { reason email subscriber { email } } } }
                   suppressionEntries { nodes { subscriber { email } } } }";
    let before = world.database.statements();
    let answer = world.ask("owner", query, json!({})).await;
    assert_eq!(world.database.statements() - before, 5, "one for each level");
    let found = json!({
        "reason": "COMPLAINT", "email": "person1@example.com", "subscriber": {"email": "Person1@example.com"},
    });
    assert_eq!(
        answer["data"],
        json!({
            "subscribers": {"nodes": [{"suppression": found}, {"suppression": null}, {"suppression": null}]},
            "suppressionEntries": {"nodes": [{"subscriber": {"email": "Person1@example.com"}}, {"subscriber": null}]},
        }),
        "{answer}"
    );
    assert_eq!(answer["extensions"].get("withheld"), None);
    // The one may read no entries, the other sees addresses masked, of which nothing must be told.
    for who in ["manager", "analyst"] {
        let answer = world
            .ask(
                who,
                "{ subscribers(first: 3) { nodes { suppression { reason } } } }",
                json!({}),
            )
            .await;
        for node in answer["data"]["subscribers"]["nodes"].as_array().unwrap() {
            assert_eq!(*node, json!({"suppression": null}), "{who}");
        }
        assert_eq!(
            answer["extensions"]["withheld"],
            json!([["subscribers", "nodes", "suppression"]]),
            "{who}"
        );
    }
}

#[tokio::test]
async fn rows_by_id_that_are_out_of_reach_leave_no_trace_in_what_is_withheld() {
    let world = World::new().await;
    let query =
        "query ($id: ID!) { node(id: $id) { ... on Subscriber { email } ... on Invoice { number } } }";
    let mut answers = Vec::new();
    for id in [
        world.global(ACME, "invoices", 1),
        world.global(ACME, "subscribers", 999),
        "nonsense".to_owned(),
    ] {
        let mut answer = world.ask("analyst", query, json!({"id": id})).await;
        answer["extensions"].as_object_mut().unwrap().remove("cost");
        answers.push(answer);
    }
    assert!(answers.windows(2).all(|pair| pair[0] == pair[1]), "{answers:?}");
}

#[tokio::test]
async fn when_the_log_is_full_nothing_personal_is_given_out_in_clear() {
    let world = World::new().await;
    let clear = "{ subscribers { nodes { email } } }";
    world.ask("owner", clear, json!({})).await;
    assert_eq!(world.logged.rows.lock().unwrap().last(), Some(&(7, 7)));
    world
        .logged
        .is_full
        .store(true, std::sync::atomic::Ordering::Relaxed);
    let answer = world.ask("owner", clear, json!({})).await;
    assert_eq!(
        answer["errors"][0]["extensions"]["code"], "DEPENDENCY_UNAVAILABLE",
        "{answer}"
    );
    assert_eq!(answer.get("data"), None);
    let answer = world
        .ask("owner", "{ lists { nodes { name } } }", json!({}))
        .await;
    assert_eq!(answer.get("errors"), None);
}

#[tokio::test]
async fn what_the_platform_tells_everybody_is_read_in_every_account() {
    let world = World::new().await;
    for who in [
        "owner",
        "manager",
        "analyst",
        "privacy",
        "owner@globex",
        "analyst@globex",
    ] {
        let query = "{ plans { nodes { name } totalCount { value } } }";
        let answer = world.ask(who, query, json!({})).await;
        assert_eq!(
            answer["data"]["plans"],
            json!({"nodes": [{"name": "Starter"}], "totalCount": {"value": 1}}),
            "{who}: {answer}"
        );
        assert_eq!(answer["extensions"].get("withheld"), None, "{who}");
    }
}

#[tokio::test]
async fn what_the_platform_tells_everybody_is_written_by_its_own_people_alone() {
    let world = World::new().await;
    let group = GroupGrants {
        group: Uuid::nil(),
        name: "made by the account".to_owned(),
        built_in: None,
        membership_expires_at: None,
        grants: vec![Grant {
            resource: "Plan".to_owned(),
            verb: Verb::Write,
            lists: None,
            max_rows: None,
            max_bundles_per_day: None,
            expires_at: None,
        }],
    };
    let granted = Viewer {
        principal: Principal::User(Uuid::from_u128(USER)),
        account: Uuid::from_u128(ACME),
        rights: Rights::of(&world.catalog, &[group], instant(0)),
        as_of: None,
    };
    let write = |who: &Viewer| {
        let plan = Write::of(&world.catalog, "plans", &["id", "name"], Vec::new(), &[]);
        permit::write(&world.catalog, who, plan).map(|_| ())
    };
    let owner = viewer(&world.catalog, "owner").unwrap();
    for who in [owner, granted] {
        assert_eq!(write(&who).unwrap_err().code, Code::Forbidden);
    }
    let operator = Viewer::at_the_machine(&world.catalog, Uuid::nil(), Uuid::from_u128(ACME));
    write(&operator).unwrap();
}
