//! From a list of types to a [`TypeSystem`]: names become places, and what cannot be is refused. Knows
//! nothing of documents.

use std::collections::HashMap;
use std::sync::Arc;

use super::introspection;
use super::types::{Composite, Field, InputValue, Kind, Named, Roots, Type, TypeId, TypeRef, TypeSystem};

type Names = HashMap<Arc<str>, TypeId>;

/// Links the types; the error names the one at fault.
pub(super) fn link(mut types: Vec<Type>, roots: &Roots) -> Result<TypeSystem, String> {
    types.extend(introspection::types());
    let by_name = index(&types)?;
    let is_input: Vec<bool> = types.iter().map(Type::is_input).collect();
    let is_output: Vec<bool> = types
        .iter()
        .map(|t| t.is_leaf() || t.composite().is_some())
        .collect();
    for definition in &mut types {
        check_type(definition, &by_name, &is_input, &is_output)?;
    }
    let possible = possible_objects(&types, &by_name)?;
    let root = |name: &str| object(&types, &by_name, name);
    let (query, mutation, subscription) = (
        root(&roots.query)?,
        roots.mutation.as_deref().map(root).transpose()?,
        roots.subscription.as_deref().map(root).transpose()?,
    );
    let [mut typename, mut schema, mut type_by_name] = introspection::fields();
    for field in [&mut typename, &mut schema, &mut type_by_name] {
        field.of = place(&by_name, field.kind.name(), &field.name)?;
    }
    Ok(TypeSystem {
        types,
        by_name,
        possible,
        query,
        mutation,
        subscription,
        typename,
        schema,
        type_by_name,
        condition: introspection::condition(),
    })
}

fn index(types: &[Type]) -> Result<Names, String> {
    let mut names = Names::new();
    for (place, definition) in types.iter().enumerate() {
        if names.insert(definition.name.clone(), TypeId::at(place)).is_some() {
            return Err(format!("GraphQL type {} is defined twice", definition.name));
        }
    }
    Ok(names)
}

fn object(types: &[Type], by_name: &Names, name: &str) -> Result<TypeId, String> {
    let id = place(by_name, name, "the schema")?;
    match types[id.place()].kind {
        Kind::Object(_) => Ok(id),
        _ => Err(format!("the root type {name} is not an object")),
    }
}

fn place(by_name: &Names, name: &str, user: &str) -> Result<TypeId, String> {
    by_name
        .get(name)
        .copied()
        .ok_or_else(|| format!("{user} refers to the GraphQL type {name}, which is not defined"))
}

fn check_type(
    definition: &mut Type,
    by_name: &Names,
    is_input: &[bool],
    is_output: &[bool],
) -> Result<(), String> {
    let owner = definition.name.clone();
    match &mut definition.kind {
        Kind::Object(composite) | Kind::Interface(composite) => {
            if composite.fields.is_empty() {
                return Err(format!("{owner} has no fields"));
            }
            for field in composite.fields.iter_mut() {
                let user = format!("{owner}.{}", field.name);
                field.of = place(by_name, field.kind.name(), &user)?;
                if !is_output[field.of.place()] {
                    return Err(format!("{user} returns an input type"));
                }
                check_inputs(&field.arguments, &user, by_name, is_input)?;
            }
            Ok(())
        }
        Kind::Input { fields, one_of } => {
            if *one_of
                && fields
                    .iter()
                    .any(|field| field.kind.is_required() || field.default.is_some())
            {
                return Err(format!(
                    "a field of the oneOf input {owner} is required or has a default"
                ));
            }
            check_inputs(fields, &owner, by_name, is_input)
        }
        Kind::Enum(values) if values.is_empty() => Err(format!("the enum {owner} has no values")),
        Kind::Enum(_) | Kind::Scalar { .. } => Ok(()),
    }
}

fn check_inputs(
    inputs: &Named<InputValue>,
    user: &str,
    by_name: &Names,
    is_input: &[bool],
) -> Result<(), String> {
    for input in inputs.iter() {
        let user = format!("{user}.{}", input.name);
        let id = place(by_name, input.kind.name(), &user)?;
        if !is_input[id.place()] {
            return Err(format!("{user} takes an output type"));
        }
    }
    Ok(())
}

fn possible_objects(types: &[Type], by_name: &Names) -> Result<Vec<Vec<TypeId>>, String> {
    let mut possible = vec![Vec::new(); types.len()];
    for (at, definition) in types.iter().enumerate() {
        let Some(composite) = definition.composite() else {
            continue;
        };
        if matches!(definition.kind, Kind::Object(_)) {
            possible[at].push(TypeId::at(at));
        }
        for name in &composite.interfaces {
            let id = place(by_name, name, &definition.name)?;
            let Kind::Interface(interface) = &types[id.place()].kind else {
                return Err(format!(
                    "{} implements {name}, which is no interface",
                    definition.name
                ));
            };
            check_implements(&definition.name, composite, interface)?;
            if matches!(definition.kind, Kind::Object(_)) {
                possible[id.place()].push(TypeId::at(at));
            }
        }
    }
    Ok(possible)
}

fn check_implements(name: &str, composite: &Composite, interface: &Composite) -> Result<(), String> {
    for wanted in interface.fields.iter() {
        let Some(field) = composite.fields.get(&wanted.name) else {
            return Err(format!("{name} lacks the field {} of its interface", wanted.name));
        };
        let arguments_fit = wanted.arguments.iter().all(|argument| {
            field
                .arguments
                .get(&argument.name)
                .is_some_and(|mine| mine.kind == argument.kind)
        });
        if !arguments_fit || !covariant(field, &wanted.kind) {
            return Err(format!("{name}.{} does not fit its interface", wanted.name));
        }
    }
    Ok(())
}

/// Whether the field's type is the wanted one, perhaps without null. A narrower object type is accepted by
/// name only, because the kinds that Postern renders never need more.
fn covariant(field: &Field, wanted: &TypeRef) -> bool {
    field.kind.fits(wanted)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::api::types::TypeSystem;

    fn refusal(types: Vec<Type>) -> String {
        let roots = Roots {
            query: "Query".into(),
            mutation: None,
            subscription: None,
        };
        TypeSystem::build(types, &roots)
            .map(|_| ())
            .unwrap_err()
            .to_string()
    }

    fn query(kind: TypeRef) -> Type {
        Type::object("Query", "", &[], vec![Field::new("a", kind, "")])
    }

    #[test]
    fn a_schema_that_cannot_be_is_refused_by_name() {
        let int = || TypeRef::named("Int");
        let input = |name| InputValue::new(name, int(), "");
        let cases = [
            (vec![], "refers to the GraphQL type Query"),
            (
                vec![query(TypeRef::named("Nope"))],
                "Query.a refers to the GraphQL type Nope",
            ),
            (vec![query(int()), query(int())], "Query is defined twice"),
            (
                vec![Type::input("Query", "", vec![input("a")])],
                "the root type Query is not an object",
            ),
            (
                vec![query(int()), Type::enumeration("E", "", &[])],
                "the enum E has no values",
            ),
            (
                vec![query(TypeRef::named("I")), Type::input("I", "", vec![input("a")])],
                "Query.a returns an input",
            ),
            (
                vec![
                    query(int()),
                    Type::one_of("I", "", vec![input("a").with_default(1)]),
                ],
                "a field of the oneOf input I",
            ),
            (
                vec![
                    Type::object("Query", "", &["N"], vec![Field::new("a", int(), "")]),
                    Type::interface("N", "", &[], vec![Field::new("id", TypeRef::required("ID"), "")]),
                ],
                "Query lacks the field id",
            ),
        ];
        for (types, expected) in cases {
            let refusal = refusal(types);
            assert!(refusal.contains(expected), "{refusal}");
        }
    }
}
