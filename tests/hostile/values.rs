//! Variables that are not what they should be: numbers, texts, times, words.

use serde_json::{Value, json};

use super::Victim;

#[tokio::test]
async fn variables_of_every_wrong_kind_are_refused_with_a_code() {
    for mut victim in Victim::each().await {
        let first = "query ($first: Int) { lists(first: $first) { nodes { id } } }";
        let name = "query ($name: String!) { lists(filter: {name: {equals: $name}}) { nodes { id } } }";
        let start = "query ($name: String!) { lists(filter: {name: {startsWith: $name}}) { nodes { id } } }";
        let status = "query ($status: SubscriberStatus!) { subscribers(filter: {status: {equals: $status}}) { nodes { id } } }";
        let since =
            "query ($at: DateTime!) { subscribers(filter: {createdAt: {from: $at}}) { nodes { id } } }";
        let key = "mutation ($key: String!) { requestExport(input: {idempotencyKey: $key}) { export { id } userErrors { code } } }";
        let deep = (0..60).fold(json!(1), |inner, _| json!([inner]));
        let many: Value = (0..60)
            .map(|n| (format!("v{n}"), json!(n)))
            .collect::<serde_json::Map<_, _>>()
            .into();
        let cases: Vec<(&str, &str, Value, u16, &str)> = vec![
            (
                "beyond 32 bits",
                first,
                json!({ "first": 2_147_483_648_u64 }),
                400,
                "BAD_USER_INPUT",
            ),
            (
                "beyond 64 bits",
                first,
                json!({ "first": u64::MAX }),
                400,
                "BAD_USER_INPUT",
            ),
            (
                "a fraction",
                first,
                json!({ "first": 1.5 }),
                400,
                "BAD_USER_INPUT",
            ),
            (
                "a number as text",
                first,
                json!({ "first": "1" }),
                400,
                "BAD_USER_INPUT",
            ),
            ("a truth", first, json!({ "first": true }), 400, "BAD_USER_INPUT"),
            ("a list", first, json!({ "first": [1] }), 400, "BAD_USER_INPUT"),
            (
                "the least number",
                first,
                json!({ "first": i32::MIN }),
                400,
                "BAD_USER_INPUT",
            ),
            (
                "the greatest number",
                first,
                json!({ "first": i32::MAX }),
                400,
                "PAGE_TOO_LARGE",
            ),
            ("none where one is needed", name, json!({}), 400, "BAD_USER_INPUT"),
            (
                "null where none may be",
                name,
                json!({ "name": null }),
                400,
                "BAD_USER_INPUT",
            ),
            (
                "U+0000",
                name,
                json!({ "name": "a\u{0}b" }),
                400,
                "BAD_USER_INPUT",
            ),
            (
                "U+0000 at the start",
                start,
                json!({ "name": "\u{0}" }),
                400,
                "BAD_USER_INPUT",
            ),
            ("patterns are plain text", start, json!({ "name": "%" }), 200, ""),
            (
                "SQL is plain text",
                name,
                json!({ "name": "'; DROP TABLE lists; --" }),
                200,
                "",
            ),
            (
                "200 kB of text",
                name,
                json!({ "name": "x".repeat(200_000) }),
                200,
                "",
            ),
            (
                "a megabyte of text",
                name,
                json!({ "name": "x".repeat(1_000_000) }),
                413,
                "BODY_TOO_LARGE",
            ),
            (
                "an unknown enum value",
                status,
                json!({ "status": "ASLEEP" }),
                400,
                "BAD_USER_INPUT",
            ),
            (
                "an enum value in lower case",
                status,
                json!({ "status": "active" }),
                400,
                "BAD_USER_INPUT",
            ),
            (
                "an enum value as a number",
                status,
                json!({ "status": 0 }),
                400,
                "BAD_USER_INPUT",
            ),
            (
                "no time",
                since,
                json!({ "at": "yesterday" }),
                400,
                "BAD_USER_INPUT",
            ),
            (
                "a day that is none",
                since,
                json!({ "at": "2026-02-30T00:00:00Z" }),
                400,
                "BAD_USER_INPUT",
            ),
            (
                "the year 0",
                since,
                json!({ "at": "0000-01-01T00:00:00Z" }),
                200,
                "",
            ),
            (
                "the year 9999",
                since,
                json!({ "at": "9999-12-31T23:59:59Z" }),
                200,
                "",
            ),
            (
                "the year 262142",
                since,
                json!({ "at": "+262142-01-01T00:00:00Z" }),
                400,
                "BAD_USER_INPUT",
            ),
            (
                "a time as a number",
                since,
                json!({ "at": 0 }),
                400,
                "BAD_USER_INPUT",
            ),
            (
                "lists in one another",
                first,
                json!({ "first": deep }),
                400,
                "DOCUMENT_TOO_LARGE",
            ),
            ("sixty variables", first, many, 400, "DOCUMENT_TOO_LARGE"),
            (
                "six thousand values",
                first,
                json!({ "first": vec![1; 6_000] }),
                400,
                "DOCUMENT_TOO_LARGE",
            ),
            (
                "a key that is too short",
                key,
                json!({ "key": "short" }),
                200,
                "BAD_USER_INPUT",
            ),
            (
                "a key with spaces",
                key,
                json!({ "key": "twelve bytes" }),
                200,
                "BAD_USER_INPUT",
            ),
            (
                "a key of 200 kB",
                key,
                json!({ "key": "k".repeat(200_000) }),
                200,
                "BAD_USER_INPUT",
            ),
            (
                "a key with U+0000",
                key,
                json!({ "key": "12345678\u{0}" }),
                200,
                "BAD_USER_INPUT",
            ),
        ];
        let attacks = cases
            .into_iter()
            .map(|(name, query, variables, status, code)| {
                victim.with_variables(name, query, variables, status, code)
            })
            .collect();
        victim.withstands(attacks).await;
        // Nothing was dropped.
        let data = victim.ask("{ lists { nodes { id } } }", json!({})).await.data();
        assert_ne!(data["lists"]["nodes"], json!([]));
    }
}

#[tokio::test]
async fn two_of_a_kind_that_exclude_each_other_are_refused() {
    for mut victim in Victim::each().await {
        let person = |inside: &str| {
            format!(
                "mutation {{ planErasure(input: {{subscriber: {{{inside}}}, idempotencyKey: \"12345678\"}}) {{ userErrors {{ code }} }} }}"
            )
        };
        let attacks = vec![
            victim.document(
                "both",
                &person("id: \"x\", email: \"a@example.test\""),
                400,
                "GRAPHQL_VALIDATION_FAILED",
            ),
            victim.document("neither", &person(""), 400, "GRAPHQL_VALIDATION_FAILED"),
            victim.document("null", &person("id: null"), 400, "GRAPHQL_VALIDATION_FAILED"),
            victim.document(
                "another",
                &person("name: \"x\""),
                400,
                "GRAPHQL_VALIDATION_FAILED",
            ),
            victim.document(
                "both ends",
                "{ lists(first: 1, last: 1) { nodes { id } } }",
                400,
                "BAD_USER_INPUT",
            ),
        ];
        victim.withstands(attacks).await;
    }
}
