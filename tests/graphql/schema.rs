//! Reads the tests' own schema from SDL, so that Postern and graphql-js judge by the same text.

use async_graphql::parser::types::{InputValueDefinition, TypeKind, TypeSystemDefinition};
use async_graphql::parser::{Positioned, parse_schema};
use postern::api::types::{Field, InputValue, Roots, Takes, Type, TypeRef, TypeSystem};

/// `schema.graphql`.
pub fn type_system() -> TypeSystem {
    let document = parse_schema(include_str!("schema.graphql")).unwrap();
    let types = document
        .definitions
        .iter()
        .filter_map(|definition| match definition {
            TypeSystemDefinition::Type(definition) => Some(one(&definition.node)),
            TypeSystemDefinition::Schema(_) | TypeSystemDefinition::Directive(_) => None,
        });
    let roots = Roots {
        query: "Query".into(),
        mutation: Some("Mutation".into()),
        subscription: Some("Subscription".into()),
    };
    TypeSystem::build(types.collect(), &roots).unwrap()
}

fn one(definition: &async_graphql::parser::types::TypeDefinition) -> Type {
    let name = definition.name.node.as_str();
    match &definition.kind {
        TypeKind::Scalar => Type::scalar(name, "", Takes::TextWhere(is_date_time), None),
        TypeKind::Enum(definition) => {
            let values: Vec<_> = definition
                .values
                .iter()
                .map(|value| (value.node.value.node.as_str(), ""))
                .collect();
            Type::enumeration(name, "", &values)
        }
        TypeKind::Object(object) => {
            Type::object(name, "", &names(&object.implements), fields(&object.fields))
        }
        TypeKind::Interface(interface) => {
            Type::interface(name, "", &names(&interface.implements), fields(&interface.fields))
        }
        TypeKind::InputObject(input) => {
            let fields = input.fields.iter().map(input_value).collect();
            match definition
                .directives
                .iter()
                .any(|directive| directive.node.name.node == "oneOf")
            {
                true => Type::one_of(name, "", fields),
                false => Type::input(name, "", fields),
            }
        }
        TypeKind::Union(_) => panic!("Postern's schema has no unions"),
    }
}

fn names(interfaces: &[Positioned<async_graphql::Name>]) -> Vec<&str> {
    interfaces.iter().map(|name| name.node.as_str()).collect()
}

fn fields(definitions: &[Positioned<async_graphql::parser::types::FieldDefinition>]) -> Vec<Field> {
    definitions
        .iter()
        .map(|definition| {
            let kind = TypeRef::from_document(&definition.node.ty.node);
            let field = Field::new(&definition.node.name.node, kind, "");
            definition
                .node
                .arguments
                .iter()
                .fold(field, |field, argument| field.argument(input_value(argument)))
        })
        .collect()
}

fn input_value(definition: &Positioned<InputValueDefinition>) -> InputValue {
    let definition = &definition.node;
    let kind = TypeRef::from_document(&definition.ty.node);
    let value = InputValue::new(&definition.name.node, kind, "");
    match &definition.default_value {
        Some(default) => value.with_default(default.node.clone()),
        None => value,
    }
}

fn is_date_time(text: &str) -> bool {
    text.len() == 20 && text.ends_with('Z') && chrono::DateTime::parse_from_rfc3339(text).is_ok()
}
