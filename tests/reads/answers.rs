//! What is answered to those who may see everything.

use serde_json::json;

use super::world::{ACME, GLOBEX, World};

#[tokio::test]
async fn five_levels_with_aliases_fragments_and_directives_come_in_the_order_of_the_document() {
    let world = World::new().await;
    let answer = world
        .ask(
            "owner",
            "query ($yes: Boolean = true, $no: Boolean!) {
               people: subscribers(first: 2) {
                 nodes { ...Person @include(if: $yes) phone @skip(if: true) }
                 edges @include(if: $no) { cursor }
                 pageInfo { hasNextPage hasPreviousPage }
                 totalCount { value isExact __typename }
               }
               __typename
             }
             fragment Person on Subscriber {
               status email
               profiles(first: 1) { nodes { list { name campaigns(last: 1) { nodes { name kind } } } } }
               status
               profiles(first: 1) { nodes { status } }
               ... on Node { id }
             }",
            json!({"no": false}),
        )
        .await;
    let person = |n: u128, status: &str| {
        json!({
            "status": "ACTIVE",
            "email": format!("Person{n}@example.com"),
            "profiles": {"nodes": [{
                "list": {
                    "name": "List 1 of \"Acme\"\n",
                    "campaigns": {"nodes": [{"name": "Campaign 2", "kind": "REGULAR"}]},
                },
                "status": status,
            }]},
            "id": world.global(ACME, "subscribers", n),
        })
    };
    assert_eq!(
        answer["data"],
        json!({
            "people": {
                "nodes": [person(1, "UNSUBSCRIBED"), person(2, "SUBSCRIBED")],
                "pageInfo": {"hasNextPage": true, "hasPreviousPage": false},
                "totalCount": {"value": 7, "isExact": true, "__typename": "CappedCount"},
            },
            "__typename": "Query",
        }),
        "{answer}"
    );
    assert_eq!(answer.get("errors"), None);
    // serde_json keeps the order of keys, so the text tells it.
    let text = answer["data"]["people"]["nodes"][0].to_string();
    assert!(
        text.find("\"status\"") < text.find("\"email\"") && text.find("\"profiles\"") < text.find("\"id\"")
    );
}

#[tokio::test]
async fn pages_walk_forward_and_backward_through_all_rows_once() {
    let world = World::new().await;
    let query = "query ($after: String, $before: String, $first: Int, $last: Int) {
        subscribers(first: $first, last: $last, after: $after, before: $before,
                    orderBy: {field: CREATED_AT, direction: DESC}) {
          nodes { email } pageInfo { endCursor startCursor hasNextPage hasPreviousPage } } }";
    let mut seen = Vec::new();
    let mut after = json!(null);
    loop {
        let answer = world
            .ask("owner", query, json!({"first": 3, "after": after}))
            .await;
        let page = &answer["data"]["subscribers"];
        seen.extend(
            page["nodes"]
                .as_array()
                .unwrap()
                .iter()
                .map(|node| node["email"].to_string()),
        );
        if page["pageInfo"]["hasNextPage"] == false {
            break;
        }
        after = page["pageInfo"]["endCursor"].clone();
    }
    let all: Vec<String> = (1..=7)
        .rev()
        .map(|n| format!("\"Person{n}@example.com\""))
        .collect();
    assert_eq!(seen, all);
    let answer = world
        .ask("owner", query, json!({"last": 2, "before": after}))
        .await;
    let page = &answer["data"]["subscribers"];
    // The last cursor of the walk was that of the page before the last, which ends with the second person.
    assert_eq!(
        page["nodes"],
        json!([{"email": "Person4@example.com"}, {"email": "Person3@example.com"}]),
        "{answer}"
    );
    assert_eq!(page["pageInfo"]["hasPreviousPage"], true);
}

#[tokio::test]
async fn filters_look_ups_and_node_find_rows_and_strangers_ids_find_nothing() {
    let world = World::new().await;
    let answer = world
        .ask(
            "owner",
            "query ($own: ID!, $other: ID!) {
               byAddress: subscriber(email: \"PERSON3@Example.com\") { firstName }
               some: subscribers(filter: {or: [{email: {in: [\"person1@example.com\"]}}, {not: {status: {equals: ACTIVE}}}]}) { nodes { email } }
               own: node(id: $own) { __typename id ... on Subscriber { email } ... on List { name } }
               other: node(id: $other) { id }
               nodes(ids: [$other, $own, \"nonsense\", $own]) { ... on Subscriber { email } }
             }",
            json!({"own": world.global(ACME, "subscribers", 2), "other": world.global(GLOBEX, "subscribers", 2)}),
        )
        .await;
    let person = json!({"email": "Person2@example.com"});
    assert_eq!(
        answer["data"],
        json!({
            "byAddress": {"firstName": "Anna 3 ✓"},
            "some": {"nodes": [{"email": "Person1@example.com"}, {"email": "Person3@example.com"}]},
            "own": {"__typename": "Subscriber", "id": world.global(ACME, "subscribers", 2), "email": "Person2@example.com"},
            "other": null,
            "nodes": [null, person, null, person],
        }),
        "{answer}"
    );
}

#[tokio::test]
async fn a_null_where_none_is_allowed_travels_up_to_the_next_nullable_place_with_its_path() {
    let world = World::new().await;
    let answer = world
        .ask(
            "owner",
            "{ campaigns(first: 3) { nodes { name bounceCount } } __typename }",
            json!({}),
        )
        .await;
    assert_eq!(answer["data"], json!(null));
    assert_eq!(
        answer["errors"][0]["path"],
        json!(["campaigns", "nodes", 2, "bounceCount"])
    );
    assert_eq!(answer["errors"][0]["extensions"]["code"], "INTERNAL");
    let query = "query ($id: ID!) { a: node(id: $id) { id ... on Campaign { bounceCount } } __typename }";
    let answer = world
        .ask("owner", query, json!({"id": world.global(ACME, "campaigns", 3)}))
        .await;
    assert_eq!(answer["data"], json!({"a": null, "__typename": "Query"}));
    assert_eq!(answer["errors"][0]["path"], json!(["a", "bounceCount"]));
}

#[tokio::test]
async fn introspection_beside_other_fields_comes_in_its_place() {
    let world = World::new().await;
    let answer = world
        .ask(
            "owner",
            "query ($name: String!) { a: account { name } t: __type(name: $name) { ...T } z: __typename __schema { queryType { name } } }
             fragment T on __Type { name kind fields { name } }",
            json!({"name": "CappedCount"}),
        )
        .await;
    assert_eq!(
        answer["data"].to_string(),
        json!({
            "a": {"name": "Acme"},
            "t": {"name": "CappedCount", "kind": "OBJECT", "fields": [{"name": "value"}, {"name": "isExact"}]},
            "z": "Query",
            "__schema": {"queryType": {"name": "Query"}},
        })
        .to_string(),
        "{answer}"
    );
}

#[tokio::test]
async fn the_viewer_learns_who_it_is_and_what_it_may() {
    let world = World::new().await;
    let query = "{ viewer { kind groups account { name } user { id } apiKey { id } maxRows
                   permissions { what: resource verb reach lists } } }";
    let answer = world.ask("manager", query, json!({})).await;
    let viewer = &answer["data"]["viewer"];
    assert_eq!(viewer["kind"], "USER", "{answer}");
    assert_eq!(viewer["groups"], json!(["manager"]));
    assert_eq!(viewer["account"]["name"], "Acme");
    assert_eq!(viewer["user"], json!(null));
    let permissions = viewer["permissions"].as_array().unwrap();
    let list = world.global(ACME, "lists", 1);
    assert!(
        permissions
            .contains(&json!({"what": "Subscriber", "verb": "READ", "reach": "LISTS", "lists": [list]}))
    );
    assert!(permissions.contains(&json!({"what": "Account", "verb": "READ", "reach": "ALL", "lists": []})));
    assert!(
        !permissions
            .iter()
            .any(|permission| permission["what"] == "Invoice")
    );
}

#[tokio::test]
async fn forms_of_values_are_those_of_the_schema() {
    let world = World::new().await;
    let query = "query ($id: ID!) { exports { nodes { state bytesDone bundlePath createdAt } }
        node(id: $id) { ... on SubscriberProfile { tags values { value field { tag options isRequired } } } } }";
    let answer = world
        .ask(
            "owner",
            query,
            json!({"id": world.global(ACME, "subscriber_profiles", 21)}),
        )
        .await;
    let path = format!("/exports/{}/bundle", world.global(ACME, "exports", 1));
    let export = json!({
        "state": "READY", "bytesDone": "5000000000", "bundlePath": path, "createdAt": "2026-01-01T00:00:00Z",
    });
    assert_eq!(answer["data"]["exports"]["nodes"], json!([export]), "{answer}");
    let profile = &answer["data"]["node"];
    assert_eq!(profile["tags"], json!(["vip", "ü"]));
    assert_eq!(
        profile["values"][0],
        json!({"value": "value 2.1", "field": {"tag": "TAG1", "options": ["a", "b"], "isRequired": false}})
    );
    assert_eq!(profile["values"].as_array().unwrap().len(), 3);
}

#[tokio::test]
async fn a_document_that_is_sent_again_is_answered_alike_with_other_variables() {
    let world = World::new().await;
    let query = "query ($first: Int!) { subscribers(first: $first) { nodes { id } } }";
    for (first, rows) in [(1, 1), (7, 7), (2, 2)] {
        let answer = world.ask("owner", query, json!({"first": first})).await;
        assert_eq!(
            answer["data"]["subscribers"]["nodes"].as_array().unwrap().len(),
            rows
        );
    }
    let answer = world.ask("owner", query, json!({"first": "one"})).await;
    assert_eq!(answer["errors"][0]["extensions"]["code"], "BAD_USER_INPUT");
    let many: serde_json::Map<String, serde_json::Value> =
        (0..60).map(|n| (format!("v{n}"), json!(n))).collect();
    let answer = world.ask("owner", query, many.into()).await;
    assert_eq!(answer["errors"][0]["extensions"]["code"], "DOCUMENT_TOO_LARGE");
}
