//! What is accepted and what is refused, as graphql-js judges it (ruling 18). `judge.mjs` makes the table.

mod rendered;
mod schema;

use async_graphql::Variables;
use postern::api::guard::{self, Limits};
use postern::api::types::TypeSystem;
use postern::api::validate;

/// Where Postern differs from graphql-js 16.15 knowingly; the list should only shrink.
const DIFFERENCES: &[(&str, &str)] = &[
    (
        "{ echo(float: 1e400) }",
        "infinity is not finite, and the specification wants finite values",
    ),
    (
        "query ($a: ID) { find(by: {id: $a}) { id } }",
        "graphql-js overlooks a nullable variable in a oneOf input where that input is non-null itself",
    ),
    ("query ($a: ID = \"1\") { find(by: {id: $a}) { id } }", "the same"),
];

#[derive(serde::Deserialize)]
struct Verdict {
    query: String,
    #[serde(default)]
    variables: Variables,
    operation: Option<String>,
    /// The rules of graphql-js that the document breaks.
    broken: Vec<String>,
}

/// Wide enough that only the rules of GraphQL refuse, but for the one limit that is such a rule.
fn generous() -> Limits {
    Limits {
        tokens: 10_000,
        root_fields: 100,
        mutation_fields: 100,
        depth: 100,
        introspection_depth: 100,
        ..Limits::default()
    }
}

fn is_accepted(types: &TypeSystem, verdict: &Verdict) -> Result<(), String> {
    let name = verdict.operation.as_deref();
    let words = |errors: Vec<_>| format!("{errors:?}");
    let document = guard::admit(&verdict.query, &verdict.variables, name, &generous())
        .map_err(|error| words(vec![error]))?;
    validate::document(types, &document).map_err(words)?;
    let operation = guard::operation(&document, name).map_err(|error| words(vec![error]))?;
    validate::coerce(types, &operation.node, &verdict.variables).map_err(words)?;
    Ok(())
}

#[test]
fn documents_are_accepted_and_refused_as_by_graphql_js() {
    let types = schema::type_system();
    let verdicts: Vec<Verdict> = include_str!("verdicts.jsonl")
        .lines()
        .map(|line| serde_json::from_str(line).expect("each line is a verdict"))
        .collect();
    let refused = verdicts
        .iter()
        .filter(|verdict| !verdict.broken.is_empty())
        .count();
    assert!(
        refused >= 20 && verdicts.len() - refused >= 100,
        "the table shrank"
    );

    let differences: Vec<String> = verdicts
        .iter()
        .filter_map(|verdict| {
            let outcome = is_accepted(&types, verdict);
            let is_known = DIFFERENCES.iter().any(|(query, _)| *query == verdict.query);
            let agrees = (outcome.is_ok() == verdict.broken.is_empty()) != is_known;
            (!agrees).then(|| {
                let Verdict {
                    query,
                    variables,
                    broken,
                    ..
                } = verdict;
                format!("{query}\n    {variables}\n    graphql-js: {broken:?}\n    Postern: {outcome:?}")
            })
        })
        .collect();
    assert!(
        differences.is_empty(),
        "{} of {}:\n{}",
        differences.len(),
        verdicts.len(),
        differences.join("\n")
    );
}
