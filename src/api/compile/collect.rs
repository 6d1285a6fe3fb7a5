//! Which fields of a selection count for an object: fragments unfolded, type conditions and `@skip` and
//! `@include` applied, fields of one response name merged (the specification's `CollectFields`).

use std::collections::HashSet;

use async_graphql::parser::types::{Directive, ExecutableDocument, Field, Selection, SelectionSet};
use async_graphql::{Positioned, Value as ConstValue, Variables};
use async_graphql_value::Value;

use crate::api::types::{TypeId, TypeSystem};

/// The fields of one response name.
#[derive(Debug)]
pub(super) struct Collected<'d> {
    pub(super) key: &'d str,
    /// The first of them; all have the same name and arguments, which validation saw to.
    pub(super) field: &'d Positioned<Field>,
    /// The selections of all of them.
    pub(super) sets: Vec<&'d SelectionSet>,
}

/// What collecting needs to know of the request.
#[derive(Clone, Copy)]
pub(super) struct Scope<'d> {
    pub(super) types: &'d TypeSystem,
    pub(super) document: &'d ExecutableDocument,
    pub(super) variables: &'d Variables,
}

impl<'d> Scope<'d> {
    /// The fields that count for an object of this type, in the order of the answer.
    pub(super) fn collect(&self, object: TypeId, sets: &[&'d SelectionSet]) -> Vec<Collected<'d>> {
        let mut collected = Vec::new();
        let mut visited = HashSet::new();
        for set in sets {
            self.add(object, set, &mut visited, &mut collected);
        }
        collected
    }

    fn add(
        &self,
        object: TypeId,
        set: &'d SelectionSet,
        visited: &mut HashSet<&'d str>,
        collected: &mut Vec<Collected<'d>>,
    ) {
        for item in &set.items {
            if !self.is_included(item.node.directives()) {
                continue;
            }
            match &item.node {
                Selection::Field(field) => merge(field, collected),
                Selection::FragmentSpread(spread) => {
                    let name = spread.node.fragment_name.node.as_str();
                    let Some(fragment) = self.document.fragments.get(name) else {
                        continue;
                    };
                    if visited.insert(name)
                        && self.applies(object, &fragment.node.type_condition.node.on.node)
                    {
                        self.add(object, &fragment.node.selection_set.node, visited, collected);
                    }
                }
                Selection::InlineFragment(fragment) => {
                    let condition = fragment.node.type_condition.as_ref();
                    if condition.is_none_or(|condition| self.applies(object, &condition.node.on.node)) {
                        self.add(object, &fragment.node.selection_set.node, visited, collected);
                    }
                }
            }
        }
    }

    fn applies(&self, object: TypeId, condition: &str) -> bool {
        self.types
            .find(condition)
            .is_some_and(|(id, _)| id == object || self.types.possible(id).binary_search(&object).is_ok())
    }

    fn is_included(&self, directives: &[Positioned<Directive>]) -> bool {
        directives
            .iter()
            .all(|directive| match directive.node.name.node.as_str() {
                "skip" => !self.condition(&directive.node),
                "include" => self.condition(&directive.node),
                _ => true,
            })
    }

    fn condition(&self, directive: &Directive) -> bool {
        match directive.get_argument("if").map(|value| &value.node) {
            Some(Value::Variable(name)) => self.variables.get(name) == Some(&ConstValue::Boolean(true)),
            Some(Value::Boolean(value)) => *value,
            // Validation lets nothing else pass.
            _ => false,
        }
    }
}

fn merge<'d>(field: &'d Positioned<Field>, collected: &mut Vec<Collected<'d>>) {
    let key = field.node.response_key().node.as_str();
    let set = &field.node.selection_set.node;
    match collected.iter_mut().find(|known| known.key == key) {
        Some(known) => known.sets.push(set),
        None => collected.push(Collected {
            key,
            field,
            sets: vec![set],
        }),
    }
}
