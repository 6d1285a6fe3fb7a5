//! The part of a query that asks about the schema, as a document of its own, which async-graphql answers
//! (ruling 17).

use std::collections::{HashMap, HashSet};

use async_graphql::parser::types::{
    DocumentOperations, ExecutableDocument, Field, FragmentDefinition, OperationDefinition, OperationType,
    Selection, SelectionSet,
};
use async_graphql::{Name, Pos, Positioned};
use async_graphql_value::Value;

use super::Ask;
use super::collect::Scope;

/// The introspection fields at the root of the query, with the fragments and variables that they use.
pub fn introspection_of(ask: Ask<'_>) -> ExecutableDocument {
    let scope = Scope {
        types: ask.surface.types(),
        document: ask.document,
        variables: ask.variables,
    };
    let collected = scope.collect(ask.surface.types().query(), &[&ask.operation.selection_set.node]);
    let items: Vec<Positioned<Selection>> = collected
        .iter()
        .filter(|field| matches!(field.field.node.name.node.as_str(), "__schema" | "__type"))
        .map(|field| {
            Positioned::new(
                Selection::Field(merged(field.field, &field.sets)),
                field.field.pos,
            )
        })
        .collect();
    let mut uses = Uses::default();
    uses.selections(&items, &ask.document.fragments);
    let fragments = ask
        .document
        .fragments
        .iter()
        .filter(|(name, _)| uses.fragments.contains(name.as_str()))
        .map(|(name, fragment)| (name.clone(), fragment.clone()))
        .collect();
    let declared = &ask.operation.variable_definitions;
    let operation = OperationDefinition {
        ty: OperationType::Query,
        variable_definitions: declared
            .iter()
            .filter(|definition| uses.variables.contains(definition.node.name.node.as_str()))
            .cloned()
            .collect(),
        directives: Vec::new(),
        selection_set: Positioned::new(SelectionSet { items }, Pos::default()),
    };
    ExecutableDocument {
        operations: DocumentOperations::Single(Positioned::new(operation, Pos::default())),
        fragments,
    }
}

/// One field with the selections of all that share its response name.
fn merged(field: &Positioned<Field>, sets: &[&SelectionSet]) -> Positioned<Field> {
    let mut merged = field.clone();
    // Whether it counts was decided already, perhaps by another of its kind.
    merged.node.directives.clear();
    merged.node.selection_set.node.items = sets.iter().flat_map(|set| set.items.iter().cloned()).collect();
    merged
}

/// The fragments and variables that selections use.
#[derive(Default)]
struct Uses<'d> {
    fragments: HashSet<&'d str>,
    variables: HashSet<&'d str>,
}

impl<'d> Uses<'d> {
    fn selections(
        &mut self,
        items: &'d [Positioned<Selection>],
        fragments: &'d HashMap<Name, Positioned<FragmentDefinition>>,
    ) {
        for item in items {
            for directive in item.node.directives() {
                for (_, value) in &directive.node.arguments {
                    self.value(&value.node);
                }
            }
            match &item.node {
                Selection::Field(field) => {
                    for (_, value) in &field.node.arguments {
                        self.value(&value.node);
                    }
                    self.selections(&field.node.selection_set.node.items, fragments);
                }
                Selection::InlineFragment(fragment) => {
                    self.selections(&fragment.node.selection_set.node.items, fragments);
                }
                Selection::FragmentSpread(spread) => {
                    let name = spread.node.fragment_name.node.as_str();
                    if let Some((name, fragment)) = fragments.get_key_value(name)
                        && self.fragments.insert(name.as_str())
                    {
                        self.selections(&fragment.node.selection_set.node.items, fragments);
                    }
                }
            }
        }
    }

    fn value(&mut self, value: &'d Value) {
        match value {
            Value::Variable(name) => {
                self.variables.insert(name.as_str());
            }
            Value::List(items) => items.iter().for_each(|item| self.value(item)),
            Value::Object(fields) => fields.values().for_each(|field| self.value(field)),
            _ => {}
        }
    }
}
