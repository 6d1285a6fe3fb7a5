//! Which parts of the schema that are to go an operation asks for: in the document, or by the values of its variables.

use std::collections::BTreeSet;
use std::sync::Arc;

use async_graphql::parser::types::OperationDefinition;
use async_graphql::{Pos, Value as ConstValue, Variables};

use crate::api::types::{Kind, TypeRef, TypeSystem};

/// What each operation of a document uses that is to go, by schema coordinates.
#[derive(Debug, Default)]
pub struct DeprecatedUse {
    operations: Vec<(Pos, BTreeSet<Arc<str>>)>,
}

impl DeprecatedUse {
    pub(super) fn add(&mut self, operation: Pos, places: impl Iterator<Item = Arc<str>>) {
        let places: BTreeSet<_> = places.collect();
        if !places.is_empty() {
            self.operations.push((operation, places));
        }
    }

    /// What the operation at this place of the document uses, each once.
    pub fn of(&self, operation: Pos) -> BTreeSet<Arc<str>> {
        let known = self.operations.iter().find(|(at, _)| *at == operation);
        known.map(|(_, places)| places.clone()).unwrap_or_default()
    }
}

/// What the values that were given for an operation's variables use that is to go.
pub fn deprecated_in(
    types: &TypeSystem,
    operation: &OperationDefinition,
    given: &Variables,
    places: &mut BTreeSet<Arc<str>>,
) {
    for definition in &operation.variable_definitions {
        if let Some(value) = given.get(definition.node.name.node.as_str()) {
            let kind = TypeRef::from_document(&definition.node.var_type.node);
            look(types, value, kind.name(), places);
        }
    }
}

/// Lists are looked into whatever their depth, as a single value may stand for a list.
fn look(types: &TypeSystem, value: &ConstValue, name: &str, places: &mut BTreeSet<Arc<str>>) {
    let Some((_, expected)) = types.find(name) else {
        return;
    };
    match (value, &expected.kind) {
        (ConstValue::List(items), _) => items.iter().for_each(|item| look(types, item, name, places)),
        (ConstValue::Object(given), Kind::Input { fields, .. }) => {
            for (key, value) in given {
                if let Some(field) = fields.get(key) {
                    places.extend(field.deprecated.iter().map(|mark| mark.place.clone()));
                    look(types, value, field.kind.name(), places);
                }
            }
        }
        (ConstValue::String(word), Kind::Enum(values)) => {
            let mark = values.get(word).and_then(|value| value.deprecated.as_ref());
            places.extend(mark.map(|mark| mark.place.clone()));
        }
        _ => {}
    }
}
