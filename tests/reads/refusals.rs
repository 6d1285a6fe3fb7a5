//! What is refused, with which code, and where the fault is.

use serde_json::{Value, json};

use super::world::{ACME, World};

#[tokio::test]
async fn every_bad_argument_has_its_code_and_its_path() {
    let world = World::new().await;
    let list = world.global(ACME, "lists", 1);
    let leaves = vec!["{name: {equals: \"a\"}}"; 21].join(",");
    let ids = vec!["\"x\""; 101].join(",");
    let names = vec!["\"x\""; 101].join(",");
    let cases: Vec<(String, &str, Value)> = vec![
        ("{ lists(first: 101) { nodes { id } } }".into(), "PAGE_TOO_LARGE", json!(["lists", "first"])),
        ("{ l: lists(last: 101) { nodes { id } } }".into(), "PAGE_TOO_LARGE", json!(["l", "last"])),
        ("{ lists(first: 0) { nodes { id } } }".into(), "BAD_USER_INPUT", json!(["lists", "first"])),
        ("{ lists(first: -1) { nodes { id } } }".into(), "BAD_USER_INPUT", json!(["lists", "first"])),
        ("{ lists(first: 1, last: 1) { nodes { id } } }".into(), "BAD_USER_INPUT", json!(["lists", "last"])),
        ("{ lists(after: \"bm8\") { nodes { id } } }".into(), "INVALID_CURSOR", json!(["lists", "after"])),
        ("{ lists(filter: {name: {equals: null}}) { nodes { id } } }".into(), "BAD_USER_INPUT",
         json!(["lists", "filter", "name", "equals"])),
        ("{ lists(filter: {or: []}) { nodes { id } } }".into(), "BAD_USER_INPUT", json!(["lists", "filter", "or"])),
        ("{ lists(filter: {and: [{}]}) { nodes { id } } }".into(), "BAD_USER_INPUT",
         json!(["lists", "filter", "and", "0"])),
        ("{ lists(filter: {not: {not: {not: {not: {name: {equals: \"a\"}}}}}}) { nodes { id } } }".into(),
         "BAD_USER_INPUT", json!(["lists", "filter", "not", "not", "not", "not"])),
        (format!("{{ lists(filter: {{or: [{leaves}]}}) {{ nodes {{ id }} }} }}"), "BAD_USER_INPUT",
         json!(["lists", "filter", "or", "20", "name", "equals"])),
        (format!("{{ lists(filter: {{name: {{in: [{names}]}}}}) {{ nodes {{ id }} }} }}"), "BAD_USER_INPUT",
         json!(["lists", "filter", "name", "in"])),
        ("{ lists(orderBy: [{field: NAME, direction: ASC}, {field: NAME, direction: ASC}]) { nodes { id } } }".into(),
         "BAD_USER_INPUT", json!(["lists", "orderBy", "1"])),
        ("{ lists { nodes { profiles(filter: {status: {equals: SUBSCRIBED}}, orderBy: [{field: STATUS, direction: ASC}]) { nodes { id } } } } }".into(),
         "GRAPHQL_VALIDATION_FAILED", Value::Null),
        (format!("{{ nodes(ids: [{ids}]) {{ id }} }}"), "PAGE_TOO_LARGE", json!(["nodes", "ids"])),
        ("{ subscribers(first: 100) { nodes { profiles(first: 100) { nodes { id } } } } }".into(),
         "COST_EXCEEDED", Value::Null),
    ];
    for (query, code, field) in cases {
        let answer = world.ask("owner", &query, json!({})).await;
        let extensions = &answer["errors"][0]["extensions"];
        assert_eq!(
            (extensions["code"].as_str(), &extensions["field"]),
            (Some(code), &field),
            "{query}\n{answer}"
        );
        assert_eq!(answer.get("data"), None);
    }
    let query = "query ($id: ID!) { node(id: $id) { id } }";
    assert_eq!(
        world.ask("owner", query, json!({"id": list})).await.get("errors"),
        None
    );
}

#[tokio::test]
async fn a_cursor_is_good_for_the_same_question_of_the_same_asker_alone() {
    let world = World::new().await;
    let ask = |order: &str, filter: &str, after: &str| {
        format!(
            "{{ subscribers(first: 1, orderBy: {order}, filter: {filter}, after: {after}) {{ pageInfo {{ endCursor }} }} }}"
        )
    };
    let (order, filter) = ("{field: ID, direction: ASC}", "{status: {equals: ACTIVE}}");
    let answer = world.ask("owner", &ask(order, filter, "null"), json!({})).await;
    let cursor = answer["data"]["subscribers"]["pageInfo"]["endCursor"].to_string();
    assert_eq!(
        world
            .ask("owner", &ask(order, filter, &cursor), json!({}))
            .await
            .get("errors"),
        None
    );
    for (who, order, filter) in [
        ("owner@globex", order, filter),
        ("owner", "{field: ID, direction: DESC}", filter),
        ("owner", order, "{status: {equals: BLOCKLISTED}}"),
        ("owner", order, "null"),
    ] {
        let answer = world.ask(who, &ask(order, filter, &cursor), json!({})).await;
        assert_eq!(
            answer["errors"][0]["extensions"]["code"], "INVALID_CURSOR",
            "{who} {order} {filter}"
        );
    }
}

#[tokio::test]
async fn whoever_is_not_signed_in_can_sign_in_and_ask_about_the_schema_alone() {
    let world = World::new().await;
    for query in [
        "{ viewer { kind } }",
        "{ lists { nodes { id } } }",
        "{ node(id: \"x\") { id } }",
        "mutation { planErasure(input: {subscriber: {email: \"a@example.com\"}, idempotencyKey: \"12345678\"}) { userErrors { message } } }",
    ] {
        let answer = world.ask("", query, json!({})).await;
        assert_eq!(
            answer["errors"][0]["extensions"]["code"], "UNAUTHENTICATED",
            "{answer}"
        );
        assert_eq!(answer.get("data"), None);
    }
    let answer = world
        .ask("", "{ __typename __schema { queryType { name } } }", json!({}))
        .await;
    assert_eq!(answer["data"]["__schema"]["queryType"]["name"], "Query");
    let answer = world.ask("stranger", "{ __typename }", json!({})).await;
    assert_eq!(answer["errors"][0]["extensions"]["code"], "UNAUTHENTICATED");
}
