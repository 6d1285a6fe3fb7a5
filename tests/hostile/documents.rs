//! Documents that are too deep, too wide, cyclic or no GraphQL at all.

use futures_util::future::join_all;

use super::Victim;

fn many(count: usize, item: impl Fn(usize) -> String) -> String {
    (0..count).map(item).collect::<Vec<_>>().join(" ")
}

/// Fragments of which each spreads the next one twice: small to write, enormous to unfold.
fn doubled(levels: usize) -> String {
    let fragments = many(levels, |n| {
        format!("fragment f{n} on Query {{ ...f{} ...f{} }}", n + 1, n + 1)
    });
    format!("{{ ...f0 }} {fragments} fragment f{levels} on Query {{ __typename }}")
}

#[tokio::test]
async fn documents_that_are_too_much_are_refused_while_others_are_served() {
    for mut victim in Victim::each().await {
        let cases: Vec<(&str, String, &str)> = vec![
            ("fragments doubled 28 deep", doubled(28), "DOCUMENT_TOO_LARGE"),
            ("fragments doubled 90 deep", doubled(90), "DOCUMENT_TOO_LARGE"),
            (
                "ten thousand aliases",
                format!("{{ {} }}", many(10_000, |n| format!("a{n}: __typename"))),
                "DOCUMENT_TOO_LARGE",
            ),
            (
                "aliases within the size of a document",
                format!("{{ viewer {{ {} }} }}", many(300, |n| format!("a{n}: kind"))),
                "DOCUMENT_TOO_LARGE",
            ),
            (
                "a thousand directives",
                format!("{{ __typename {} }}", "@skip(if: false) ".repeat(1_000)),
                "DOCUMENT_TOO_LARGE",
            ),
            (
                "directives within the size of a document",
                format!("{{ __typename {} }}", "@a ".repeat(400)),
                "DOCUMENT_TOO_LARGE",
            ),
            (
                "a hundred root fields",
                format!("{{ {} }}", "__typename ".repeat(100)),
                "DOCUMENT_TOO_LARGE",
            ),
            ("two mutations at once", "mutation { a: signIn b: signIn }".into(), "DOCUMENT_TOO_LARGE"),
            ("selections without end", "{a".repeat(5_000), "DOCUMENT_TOO_LARGE"),
            ("selections in one another", format!("{}a{}", "{a".repeat(60), "}".repeat(60)), "DOCUMENT_TOO_LARGE"),
            ("lists without end", format!("{{ a(b: {}", "[".repeat(15_000)), "DOCUMENT_TOO_LARGE"),
            ("objects without end", format!("{{ a(b: {}", "{a:".repeat(5_000)), "DOCUMENT_TOO_LARGE"),
            ("types without end", format!("query ($a: {}", "[".repeat(15_000)), "DOCUMENT_TOO_LARGE"),
            ("inline fragments without end", "{...".repeat(4_000), "DOCUMENT_TOO_LARGE"),
            ("a document of 200 kB of commas", format!("{{ __typename {} }}", ",".repeat(200_000)), "DOCUMENT_TOO_LARGE"),
            ("a document of 200 kB of comment", format!("#{}\n{{ __typename }}", "x".repeat(200_000)), "DOCUMENT_TOO_LARGE"),
            (
                "introspection that multiplies",
                "{ __schema { types { fields { type { fields { type { fields { name } } } } } } } }".into(),
                "DOCUMENT_TOO_LARGE",
            ),
            ("a fragment that spreads itself", "{ ...f } fragment f on Query { ...f }".into(), "FRAGMENT_CYCLE"),
            (
                "two fragments in a circle",
                "{ ...f } fragment f on Query { ...g } fragment g on Query { ...f }".into(),
                "FRAGMENT_CYCLE",
            ),
            (
                "a circle that nobody enters",
                "{ __typename } fragment f on Query { viewer { ...g } } fragment g on Viewer { account { ...f } }".into(),
                "FRAGMENT_CYCLE",
            ),
            ("an empty document", String::new(), "GRAPHQL_PARSE_FAILED"),
            ("prose", "please give me everything".into(), "GRAPHQL_PARSE_FAILED"),
            ("a document with U+0000", "{ __typename \u{0} }".into(), "GRAPHQL_PARSE_FAILED"),
            ("half a character", "{ node(id: \"\\ud800\") { id } }".into(), "GRAPHQL_PARSE_FAILED"),
            ("an unknown field", "{ passwords }".into(), "GRAPHQL_VALIDATION_FAILED"),
            ("an unknown fragment", "{ ...f }".into(), "GRAPHQL_VALIDATION_FAILED"),
            ("a subscription", "subscription { __typename }".into(), "GRAPHQL_VALIDATION_FAILED"),
            (
                "an unknown enum value",
                "{ subscribers(filter: {status: {equals: ASLEEP}}) { nodes { id } } }".into(),
                "GRAPHQL_VALIDATION_FAILED",
            ),
            (
                "an enum value as text",
                "{ subscribers(filter: {status: {equals: \"ACTIVE\"}}) { nodes { id } } }".into(),
                "GRAPHQL_VALIDATION_FAILED",
            ),
            (
                "a whole number beyond 32 bits",
                "{ lists(first: 2147483648) { nodes { id } } }".into(),
                "GRAPHQL_VALIDATION_FAILED",
            ),
            (
                "a number of a thousand digits",
                format!("{{ lists(first: {}) {{ nodes {{ id }} }} }}", "9".repeat(1_000)),
                "GRAPHQL_PARSE_FAILED",
            ),
            ("a page of minus one", "{ lists(first: -1) { nodes { id } } }".into(), "BAD_USER_INPUT"),
            ("a page of nothing", "{ lists(first: 0) { nodes { id } } }".into(), "BAD_USER_INPUT"),
            ("a page of 101", "{ lists(first: 101) { nodes { id } } }".into(), "PAGE_TOO_LARGE"),
            ("a page of two thousand million", "{ lists(first: 2147483647) { nodes { id } } }".into(), "PAGE_TOO_LARGE"),
            (
                "pages that multiply",
                "{ lists(first: 100) { nodes { profiles(first: 100) { nodes { subscriber { opens(first: 100) { nodes { id } } } } } } } }".into(),
                "COST_EXCEEDED",
            ),
            ("two operations, none chosen", "query A { __typename } query B { __typename }".into(), "BAD_REQUEST"),
        ];
        let attacks = cases
            .iter()
            .map(|(name, query, code)| victim.document(name, query, 400, code))
            .collect();
        victim.withstands(attacks).await;
    }
}

#[tokio::test]
async fn many_documents_that_are_too_much_at_the_same_time_keep_nobody_waiting() {
    for mut victim in Victim::each().await {
        let bombs = async || {
            let bombs = (0..200).map(|n| {
                let query = if n % 2 == 0 {
                    doubled(28)
                } else {
                    format!("{}}}", "{a".repeat(400))
                };
                victim.client.send(victim.document("", &query, 400, "").request)
            });
            for answer in join_all(bombs).await {
                assert_eq!(answer.status, 400);
            }
        };
        victim.serves_others_during("two hundred bombs", bombs).await;
        victim.is_unharmed();
    }
}
