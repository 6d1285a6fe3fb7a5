//! The rendered schema: introspection tells all of the type system, and no read is ever resolved.

use async_graphql::dynamic::FieldFuture;
use async_graphql::{SDLExportOptions, Value};
use postern::api::render::{MutationResolver, Resolvers, render};
use postern::api::types::Field;

struct Echo;

impl Resolvers for Echo {
    fn mutation(&self, _field: &Field) -> MutationResolver {
        Box::new(|_| FieldFuture::new(async { Ok(Some(Value::Null)) }))
    }
}

fn schema() -> async_graphql::dynamic::Schema {
    render(&super::schema::type_system(), &Echo).finish().unwrap()
}

#[tokio::test]
async fn the_standard_introspection_query_is_answered_in_full() {
    let answer = schema().execute(include_str!("introspection.graphql")).await;
    assert!(answer.errors.is_empty(), "{:?}", answer.errors);
    let data = answer.data.into_json().unwrap();
    let types = data["__schema"]["types"].as_array().unwrap();
    let find = |name: &str| types.iter().find(|found| found["name"] == name).unwrap();
    assert_eq!(find("SubscriberBy")["isOneOf"], true);
    assert_eq!(find("Node")["possibleTypes"].as_array().unwrap().len(), 4);
    assert_eq!(find("ListFilter")["inputFields"][4]["defaultValue"], "10");
    assert_eq!(find("ListOrder")["inputFields"][1]["defaultValue"], "ASC");
}

#[tokio::test]
async fn a_resolver_of_a_readable_field_fails_loudly_and_names_nothing() {
    let answer = schema().execute("{ list(id: \"1\") { id } }").await;
    assert_eq!(answer.errors.len(), 1);
    assert_eq!(answer.errors[0].message, "a fault of ours");
}

#[test]
fn the_sdl_holds_descriptions_deprecations_and_directives() {
    use postern::api::types::{Deprecated, InputValue, Roots, Takes, Type, TypeRef, TypeSystem};
    let field = Field::new(
        "when",
        TypeRef::named("DateTime"),
        "When it was. Requires: nothing.",
    )
    .argument(InputValue::new("first", TypeRef::named("Int"), "At most 100.").with_default(25))
    .deprecated(Deprecated {
        place: "Query.when".into(),
        reason: "Use x. Removed after 2027-06-01.".to_owned(),
    });
    let types = vec![
        Type::object("Query", "Where reading starts.", &[], vec![field]),
        Type::scalar(
            "DateTime",
            "",
            Takes::Text,
            Some("https://example.test/date-time"),
        ),
        Type::one_of(
            "By",
            "",
            vec![InputValue::new("id", TypeRef::named("ID"), "Its id.")],
        ),
        Type::enumeration("State", "", &[("READY", "It can be fetched.")]),
    ];
    let roots = Roots {
        query: "Query".into(),
        mutation: None,
        subscription: None,
    };
    let types = TypeSystem::build(types, &roots).unwrap();
    let sdl = render(&types, &Echo)
        .finish()
        .unwrap()
        .sdl_with_options(SDLExportOptions::new().include_specified_by());
    for wanted in [
        "Where reading starts.",
        "When it was. Requires: nothing.",
        "At most 100.",
        "first: Int = 25",
        "@deprecated(reason: \"Use x. Removed after 2027-06-01.\")",
        "@specifiedBy(url: \"https://example.test/date-time\")",
        "input By @oneOf",
        "It can be fetched.",
    ] {
        assert!(sdl.contains(wanted), "{wanted} is missing in\n{sdl}");
    }
}
