//! What the guard lets pass and what it refuses, hostile documents first.

use std::fmt::Write;

use async_graphql::{Value as ConstValue, Variables};
use proptest::prelude::*;

use super::{Limits, admit};
use crate::error::Code;

fn verdict(query: &str) -> Result<(), Code> {
    admit(query, &Variables::default(), None, &Limits::default())
        .map(|_| ())
        .map_err(|error| error.code())
}

fn generous() -> Limits {
    Limits {
        document_bytes: usize::MAX,
        tokens: usize::MAX,
        ..Limits::default()
    }
}

fn doubled_fragments(depth: usize) -> String {
    let mut document = "{...f0}".to_owned();
    for level in 0..depth {
        let next = level + 1;
        write!(document, " fragment f{level} on Query{{...f{next} ...f{next}}}").unwrap();
    }
    write!(document, " fragment f{depth} on Query{{__typename}}").unwrap();
    document
}

#[test]
fn fragments_that_double_are_refused_at_once_however_deep() {
    assert!(doubled_fragments(28).len() < 1_500);
    assert_eq!(verdict(&doubled_fragments(28)), Err(Code::DocumentTooLarge));
    let deep = admit(&doubled_fragments(90), &Variables::default(), None, &generous());
    assert_eq!(
        deep.map_err(|error| error.code()).err(),
        Some(Code::DocumentTooLarge)
    );
    assert_eq!(
        verdict(&doubled_fragments(3)),
        Err(Code::DocumentTooLarge),
        "eight root fields"
    );
    assert_eq!(verdict(&doubled_fragments(2)), Ok(()));
}

#[test]
fn every_limit_has_its_refusal() {
    let many = |count: usize, item: &dyn Fn(usize) -> String| -> String {
        (0..count).map(item).collect::<Vec<_>>().join(" ")
    };
    let nested = |levels: usize| format!("{{a{}{}", "{a".repeat(levels - 1), "}".repeat(levels));
    let cases: Vec<(&str, String, Result<(), Code>)> = vec![
        (
            "ten megabytes of commas",
            format!("{{a{}}}", ",".repeat(10_000_000)),
            Err(Code::DocumentTooLarge),
        ),
        (
            "ten megabytes of comment",
            format!("#{}\n{{a}}", "x".repeat(10_000_000)),
            Err(Code::DocumentTooLarge),
        ),
        (
            "a document just under 16 kB",
            format!("{{a{}}}", ",".repeat(16_381)),
            Ok(()),
        ),
        (
            "10,000 aliases",
            format!("{{{}}}", many(10_000, &|n| format!("a{n}:a"))),
            Err(Code::DocumentTooLarge),
        ),
        (
            "51 aliases",
            format!("{{a{{{}}}}}", many(51, &|n| format!("a{n}:a"))),
            Err(Code::DocumentTooLarge),
        ),
        (
            "50 aliases",
            format!("{{a{{{}}}}}", many(50, &|n| format!("a{n}:a"))),
            Ok(()),
        ),
        (
            "1,000 directives",
            format!("{{a {}}}", many(1_000, &|_| "@skip".into())),
            Err(Code::DocumentTooLarge),
        ),
        (
            "51 directives",
            format!("{{a {}}}", many(51, &|_| "@b".into())),
            Err(Code::DocumentTooLarge),
        ),
        (
            "51 directives on an operation",
            format!("query {}{{a}}", many(51, &|_| "@b".into())),
            Err(Code::DocumentTooLarge),
        ),
        (
            "51 directives on a variable",
            format!("query($a:A {}){{a}}", many(51, &|_| "@b".into())),
            Err(Code::DocumentTooLarge),
        ),
        (
            "51 directives on a fragment",
            format!("{{...F}} fragment F on A {}{{a}}", many(51, &|_| "@b".into())),
            Err(Code::DocumentTooLarge),
        ),
        (
            "51 directives on spreads",
            format!("{{...F {}}} fragment F on A {{a}}", many(51, &|_| "@b".into())),
            Err(Code::DocumentTooLarge),
        ),
        (
            "six root fields",
            "{a b c d e f}".into(),
            Err(Code::DocumentTooLarge),
        ),
        (
            "six root fields by fragments",
            "{a b c ...F} fragment F on Query{d e f}".into(),
            Err(Code::DocumentTooLarge),
        ),
        (
            "two mutations",
            "mutation{a b}".into(),
            Err(Code::DocumentTooLarge),
        ),
        ("twelve levels", nested(12), Ok(())),
        ("thirteen levels", nested(13), Err(Code::DocumentTooLarge)),
        (
            "levels by inline fragments",
            format!("{}a{}", "{...".repeat(65), "}".repeat(65)),
            Err(Code::DocumentTooLarge),
        ),
        (
            "lists without end",
            format!("{{a(b:{}", "[".repeat(900)),
            Err(Code::DocumentTooLarge),
        ),
        (
            "objects without end",
            format!("{{a(b:{}", "{a:".repeat(300)),
            Err(Code::DocumentTooLarge),
        ),
        (
            "list types without end",
            format!("query($a:{}", "[".repeat(900)),
            Err(Code::DocumentTooLarge),
        ),
        (
            "selections without end",
            "{a".repeat(400),
            Err(Code::DocumentTooLarge),
        ),
        (
            "51 variables",
            format!("query({}){{a}}", many(51, &|n| format!("$a{n}:A"))),
            Err(Code::DocumentTooLarge),
        ),
        (
            "a cycle of one",
            "{...F} fragment F on A{...F}".into(),
            Err(Code::FragmentCycle),
        ),
        (
            "a cycle that nobody spreads",
            "{a} fragment F on A{b{...G}} fragment G on A{...F}".into(),
            Err(Code::FragmentCycle),
        ),
        (
            "an unknown fragment",
            "{...F}".into(),
            Err(Code::ValidationFailed),
        ),
        (
            "a lone surrogate",
            r#"{a(b:"\ud800")}"#.into(),
            Err(Code::ParseFailed),
        ),
        (
            "no operation",
            "fragment F on A{a}".into(),
            Err(Code::ParseFailed),
        ),
        ("nothing", String::new(), Err(Code::ParseFailed)),
        (
            "several operations, none named",
            "query A{a} query B{b}".into(),
            Err(Code::BadRequest),
        ),
    ];
    for (what, query, expected) in cases {
        assert_eq!(verdict(&query), expected, "{what}");
    }
}

#[test]
fn introspection_is_measured_apart_and_cannot_multiply() {
    let standard = include_str!("../../../tests/graphql/introspection.graphql");
    assert_eq!(verdict(standard), Ok(()));
    let lists = "{__schema{types{fields{type{fields{type{fields{name}}}}}}}}";
    assert_eq!(verdict(lists), Err(Code::DocumentTooLarge));
    let by_fragments = "{__schema{types{...A}}} fragment A on __Type{fields{type{...B}}}
        fragment B on __Type{fields{type{fields{name}}}}";
    assert_eq!(verdict(by_fragments), Err(Code::DocumentTooLarge));
}

#[test]
fn variables_are_counted_with_all_that_is_in_them() {
    let limits = Limits::default();
    let check = |value: serde_json::Value| {
        let variables = Variables::from_json(serde_json::json!({ "a": value }));
        admit("{a}", &variables, None, &limits)
            .map(|_| ())
            .map_err(|error| error.code())
    };
    assert_eq!(check(serde_json::json!(vec![1; 4_999])), Ok(()));
    assert_eq!(
        check(serde_json::json!(vec![1; 5_000])),
        Err(Code::DocumentTooLarge)
    );
    let deep = |levels| (0..levels).fold(serde_json::json!(1), |inner, _| serde_json::json!([inner]));
    assert_eq!(check(deep(16)), Ok(()));
    assert_eq!(check(deep(17)), Err(Code::DocumentTooLarge));
    let many = (0..51).map(|n| (async_graphql::Name::new(format!("a{n}")), ConstValue::Null));
    let many = Variables::from_value(ConstValue::Object(many.collect()));
    assert_eq!(
        admit("{a}", &many, None, &limits)
            .map_err(|error| error.code())
            .err(),
        Some(Code::DocumentTooLarge)
    );
}

#[test]
fn places_are_lines_and_columns_in_characters() {
    let refusal = admit(
        "{ a(b: \"ä😀\", c: ?) }",
        &Variables::default(),
        None,
        &Limits::default(),
    )
    .unwrap_err();
    assert_eq!(refusal.locations, [async_graphql::Pos { line: 1, column: 17 }]);
    let refusal = admit("{\r\n a\n\r ) }", &Variables::default(), None, &Limits::default()).unwrap_err();
    assert_eq!(refusal.locations, [async_graphql::Pos { line: 4, column: 2 }]);
}

#[test]
fn no_message_quotes_more_than_a_hundred_characters() {
    let long = "x".repeat(15_000);
    for query in [
        format!("{{...{long}}}"),
        format!("{long}{{a}}"),
        format!("{{a(b:1 {long}"),
    ] {
        let refusal = admit(&query, &Variables::default(), None, &Limits::default()).unwrap_err();
        assert!(refusal.refusal.message.len() < 200, "{}", refusal.refusal.message);
    }
}

const VALID: &str = r#"query Q($a: [ID!]! = ["1"], $b: In) @x { l: list(id: $a, w: {k: [1, -2.5e3, "s\u00e4", """b
  c"""]}) @skip(if: true) { id ...F ... on T @include(if: $b) { n { m } } } } fragment F on T { a b: c(d: E, e: null) }"#;

/// A document as graphql tools print it, with a part cut out, doubled or replaced.
fn mutated() -> impl Strategy<Value = String> {
    (0..VALID.len(), 0..VALID.len(), "\\PC{0,3}", any::<bool>()).prop_map(|(from, to, put, double)| {
        let characters: Vec<char> = VALID.chars().collect();
        let (from, to) = (
            from.min(to).min(characters.len()),
            from.max(to).min(characters.len()),
        );
        let middle: String = characters[from..to].iter().collect();
        let middle = if double { middle.repeat(2) } else { put };
        characters[..from].iter().collect::<String>() + &middle + &characters[to..].iter().collect::<String>()
    })
}

proptest! {
    #[test]
    fn nothing_makes_it_panic(query in "\\PC*", mutated in mutated(), bytes in prop::collection::vec(any::<u8>(), 0..200)) {
        let _ = verdict(&query);
        let _ = verdict(&mutated);
        let _ = verdict(&String::from_utf8_lossy(&bytes));
        let _ = verdict(&format!("{{a(b:\"{query}\" c:\"\"\"{query}\"\"\" d:{query})}}"));
    }

    /// Where async-graphql's own parser reads a document, ours reads the same out of it.
    #[test]
    fn what_it_reads_is_what_async_graphql_reads(query in mutated()) {
        let Ok(ours) = super::parse::parse(&query, &generous()) else { return Ok(()) };
        // Its grammar wants the directives of a variable before the default, and it panics on surrogates.
        let Ok(theirs) = async_graphql::parser::parse_query(&query) else { return Ok(()) };
        // In a block string it keeps of a blank line what is shorter than the indentation; the specification keeps nothing.
        let is_blank = |line: &str| !line.is_empty() && line.trim_matches([' ', '\t']).is_empty();
        if query.contains("\"\"\"") && query.split(['\n', '\r']).any(is_blank) {
            return Ok(());
        }
        let words = |document| format!("{:?}", serde_json::to_value(Comparable::of(document)));
        prop_assert_eq!(words(&ours), words(&theirs));
    }
}

/// What two documents are compared by: all but the places and the order of hash maps.
#[derive(serde::Serialize)]
struct Comparable(Vec<String>);

impl Comparable {
    fn of(document: &async_graphql::parser::types::ExecutableDocument) -> Self {
        let without_places = |text: String| {
            let mut text = text;
            while let Some(start) = text.find("pos: Pos(") {
                let end = text[start..].find(')').map_or(text.len(), |end| start + end + 1);
                text.replace_range(start..end, "");
            }
            text
        };
        let operations = document
            .operations
            .iter()
            .map(|(name, operation)| format!("{name:?} {operation:?}"));
        let fragments = document
            .fragments
            .iter()
            .map(|(name, fragment)| format!("{name} {fragment:?}"));
        let mut parts: Vec<String> = operations.chain(fragments).map(without_places).collect();
        parts.sort();
        Comparable(parts)
    }
}
