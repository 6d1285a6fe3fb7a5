//! How many statements a query may send: one for each connection or relation after merging (ruling 19).

use serde_json::json;

use super::world::{ACME, World};

#[tokio::test]
async fn a_query_sends_one_statement_for_each_connection_or_relation_and_no_more() {
    let world = World::new().await;
    let node = world.global(ACME, "subscribers", 1);
    let list = world.global(ACME, "lists", 1);
    let cases = [
        ("{ __typename viewer { kind permissions { resource } } }", 0),
        ("{ account { name } }", 1),
        ("query ($node: ID!) { node(id: $node) { id } }", 1),
        (
            "query ($node: ID!, $list: ID!) { nodes(ids: [$node, $list, $node, \"x\"]) { id } }",
            2,
        ),
        // Ten fields and custom values.
        (
            "query ($list: ID!) { node(id: $list) { ... on List { profiles(first: 100) { nodes { id status statusChangedAt optedInAt confirmedAt optedOutAt tags source createdAt updatedAt values { value field { tag label } } } } } } }",
            4,
        ),
        // Merged by response path.
        (
            "{ subscribers { nodes { profiles { nodes { id } } } nodes { profiles { nodes { list { name } } } } totalCount { value } } }",
            3,
        ),
        // Another response name is another question.
        (
            "{ subscribers { nodes { a: opens(first: 1) { nodes { id } } b: opens(last: 1) { nodes { id } } } } }",
            3,
        ),
        (
            "{ lists(first: 10) { nodes { name profiles(first: 10) { nodes { subscriber { email opens(last: 3) { nodes { openedAt } } } } } } } }",
            4,
        ),
        (
            "{ lists(first: 10) { nodes { name subscribedCount } } campaigns(first: 5) { nodes { name openCount } } }",
            2,
        ),
    ];
    for (query, budget) in cases {
        let before = world.database.statements();
        let answer = world
            .ask("owner", query, json!({"node": node, "list": list}))
            .await;
        assert_eq!(answer.get("errors"), None, "{query}\n{answer}");
        assert_eq!(world.database.statements() - before, budget, "{query}");
    }
}
