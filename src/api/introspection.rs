//! The part of every schema that describes the schema itself, so that questions about it are checked like all
//! others. The answers are async-graphql's, so only what it can answer stands here.

use std::sync::Arc;

use super::types::{Field, InputValue, Named, Takes, Type, TypeRef};

/// The built-in scalars and the types that begin with two underscores.
pub(super) fn types() -> Vec<Type> {
    let scalar = |name, takes| Type::scalar(name, "", takes, None);
    let mut types = vec![
        scalar("Int", Takes::Int),
        scalar("Float", Takes::Float),
        scalar("String", Takes::Text),
        scalar("Boolean", Takes::Boolean),
        scalar("ID", Takes::Id),
    ];
    types.extend(OBJECTS.iter().map(|(name, fields)| object(name, fields)));
    types.extend(ENUMS.iter().map(|(name, values)| {
        let values: Vec<_> = values.iter().map(|value| (*value, "")).collect();
        Type::enumeration(name, "", &values)
    }));
    for definition in &mut types {
        definition.built_in = true;
    }
    types
}

/// `__typename`, `__schema` and `__type`, in this order.
pub(super) fn fields() -> [Field; 3] {
    [
        Field::new("__typename", TypeRef::required("String"), ""),
        Field::new("__schema", TypeRef::required("__Schema"), ""),
        Field::new("__type", TypeRef::named("__Type"), "").argument(InputValue::new(
            "name",
            TypeRef::required("String"),
            "",
        )),
    ]
}

/// The arguments of `@skip` and `@include`.
pub(super) fn condition() -> Named<InputValue> {
    let mut arguments = Named::default();
    arguments.add(
        "if".into(),
        InputValue::new("if", TypeRef::required("Boolean"), ""),
    );
    arguments
}

/// Objects with their fields: name, type, and `+` where `includeDeprecated` may be asked for.
const OBJECTS: &[(&str, &[(&str, &str)])] = &[
    (
        "__Schema",
        &[
            ("description", "String"),
            ("types", "[__Type!]!"),
            ("queryType", "__Type!"),
            ("mutationType", "__Type"),
            ("subscriptionType", "__Type"),
            ("directives", "[__Directive!]!"),
        ],
    ),
    (
        "__Type",
        &[
            ("kind", "__TypeKind!"),
            ("name", "String"),
            ("description", "String"),
            ("specifiedByURL", "String"),
            ("+fields", "[__Field!]"),
            ("interfaces", "[__Type!]"),
            ("possibleTypes", "[__Type!]"),
            ("+enumValues", "[__EnumValue!]"),
            ("+inputFields", "[__InputValue!]"),
            ("ofType", "__Type"),
            ("isOneOf", "Boolean"),
        ],
    ),
    (
        "__Field",
        &[
            ("name", "String!"),
            ("description", "String"),
            ("+args", "[__InputValue!]!"),
            ("type", "__Type!"),
            ("isDeprecated", "Boolean!"),
            ("deprecationReason", "String"),
        ],
    ),
    (
        "__InputValue",
        &[
            ("name", "String!"),
            ("description", "String"),
            ("type", "__Type!"),
            ("defaultValue", "String"),
            ("isDeprecated", "Boolean!"),
            ("deprecationReason", "String"),
        ],
    ),
    (
        "__EnumValue",
        &[
            ("name", "String!"),
            ("description", "String"),
            ("isDeprecated", "Boolean!"),
            ("deprecationReason", "String"),
        ],
    ),
    (
        "__Directive",
        &[
            ("name", "String!"),
            ("description", "String"),
            ("isRepeatable", "Boolean!"),
            ("locations", "[__DirectiveLocation!]!"),
            ("+args", "[__InputValue!]!"),
        ],
    ),
];

const ENUMS: &[(&str, &[&str])] = &[
    (
        "__TypeKind",
        &[
            "SCALAR",
            "OBJECT",
            "INTERFACE",
            "UNION",
            "ENUM",
            "INPUT_OBJECT",
            "LIST",
            "NON_NULL",
        ],
    ),
    (
        "__DirectiveLocation",
        &[
            "QUERY",
            "MUTATION",
            "SUBSCRIPTION",
            "FIELD",
            "FRAGMENT_DEFINITION",
            "FRAGMENT_SPREAD",
            "INLINE_FRAGMENT",
            "VARIABLE_DEFINITION",
            "SCHEMA",
            "SCALAR",
            "OBJECT",
            "FIELD_DEFINITION",
            "ARGUMENT_DEFINITION",
            "INTERFACE",
            "UNION",
            "ENUM",
            "ENUM_VALUE",
            "INPUT_OBJECT",
            "INPUT_FIELD_DEFINITION",
        ],
    ),
];

fn object(name: &str, fields: &[(&str, &str)]) -> Type {
    let fields = fields.iter().map(|(name, kind)| {
        let field = Field::new(name.trim_start_matches('+'), written(kind), "");
        if !name.starts_with('+') {
            return field;
        }
        let flag = InputValue::new("includeDeprecated", TypeRef::named("Boolean"), "");
        field.argument(flag.with_default(false))
    });
    Type::object(name, "", &[], fields.collect())
}

/// A type as SDL writes it; for the table above only, which is well formed.
fn written(kind: &str) -> TypeRef {
    if let Some(inner) = kind.strip_suffix('!') {
        return written(inner).non_null();
    }
    match kind.strip_prefix('[').and_then(|rest| rest.strip_suffix(']')) {
        Some(item) => TypeRef::List(Box::new(written(item))),
        None => TypeRef::Named(Arc::from(kind)),
    }
}
