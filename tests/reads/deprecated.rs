//! Parts of the schema that are to go: how often they are asked for is known.

use postern::catalog::DEFAULT_POLICY;
use serde_json::json;

use super::world::World;

#[tokio::test]
async fn operations_that_use_what_is_to_go_are_counted_wherever_they_name_it() {
    let deprecations: String = [
        ("List.description", "List.name"),
        ("OrderDirection.DESC", "OrderDirection.ASC"),
        ("Query.lists(last:)", "Query.lists(first:)"),
        ("SubscriberFilter.email", "Query.subscriber"),
    ]
    .map(|(place, replacement)| {
        format!(
            "\"{place}\" = {{ use = \"{replacement}\", declared = \"2026-11-26\", removed_after = \"2027-06-01\" }}\n"
        )
    })
    .concat();
    let world = World::under(&format!("[deprecations]\n{deprecations}{DEFAULT_POLICY}")).await;
    let counts = || {
        let counts = world.gateway.deprecated_use();
        counts.into_iter().map(|(_, count)| count).collect::<Vec<_>>()
    };
    let fragments = "query A { lists { nodes { ...f } } } query B { lists { nodes { id } } }
                     query C { lists { nodes { ...f again: description } } } fragment f on List { description }";
    let by_variable = "query($filter: SubscriberFilter) { subscribers(filter: $filter) { nodes { id } } }";
    let ordered = "query($order: [SubscriberOrder!]) { subscribers(orderBy: $order) { nodes { id } } }";
    // In the order of the places: field, enum value, argument, input field.
    let steps = [
        (fragments, json!({}), Some("B"), [0, 0, 0, 0]),
        (fragments, json!({}), Some("A"), [1, 0, 0, 0]),
        (fragments, json!({}), Some("C"), [2, 0, 0, 0]),
        (
            "{ lists(last: 3) { nodes { id } } }",
            json!({}),
            None,
            [2, 0, 1, 0],
        ),
        (
            "{ subscribers(filter: {or: [{email: {equals: \"a@b.example\"}}, {status: {equals: ACTIVE}}]}) { nodes { id } } }",
            json!({}),
            None,
            [2, 0, 1, 1],
        ),
        (
            by_variable,
            json!({"filter": {"status": {"equals": "ACTIVE"}}}),
            None,
            [2, 0, 1, 1],
        ),
        (
            by_variable,
            json!({"filter": {"not": {"email": {"equals": "a@b.example"}}}}),
            None,
            [2, 0, 1, 2],
        ),
        (
            ordered,
            json!({"order": {"field": "EMAIL", "direction": "ASC"}}),
            None,
            [2, 0, 1, 2],
        ),
        (
            ordered,
            json!({"order": {"field": "EMAIL", "direction": "DESC"}}),
            None,
            [2, 1, 1, 2],
        ),
    ];
    for (query, variables, operation, expected) in steps {
        let answer = world.ask_operation("owner", query, variables, operation).await;
        assert_eq!(answer.get("errors"), None, "{query}: {answer}");
        assert_eq!(counts(), expected, "{query}");
    }
}
