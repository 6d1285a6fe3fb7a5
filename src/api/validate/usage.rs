//! The rules about what operations use by way of their fragments: variables that are declared, used and of the
//! right type, fragments that are spread somewhere. Each operation visits each fragment once.

use std::collections::HashSet;
use std::sync::Arc;

use async_graphql::Pos;
use async_graphql::parser::types::{ExecutableDocument, OperationDefinition, VariableDefinition};

use super::Findings;
use super::deprecated::DeprecatedUse;
use super::walk::{Scope, Scopes, Use};
use crate::api::types::TypeRef;
use crate::error::quote;

/// Checks them; gives what the operations use that is to go.
pub(super) fn check(
    document: &ExecutableDocument,
    scopes: &Scopes<'_>,
    findings: &mut Findings,
) -> DeprecatedUse {
    let mut spread_somewhere = HashSet::new();
    let mut deprecated_use = DeprecatedUse::default();
    for (operation, scope) in &scopes.operations {
        let reached = reach(scope, scopes);
        check_operation(&operation.node, scope, &reached, scopes, findings);
        let in_fragments = reached.iter().filter_map(|name| scopes.fragments.get(name));
        let places = scope
            .deprecated
            .iter()
            .chain(in_fragments.flat_map(|scope| &scope.deprecated));
        deprecated_use.add(operation.pos, places.map(|place| Arc::clone(place)));
        spread_somewhere.extend(reached);
    }
    for (name, fragment) in &document.fragments {
        if !spread_somewhere.contains(name.as_str()) {
            findings.say(fragment.pos, || {
                format!("the fragment {} is never used", quote(name))
            });
        }
    }
    deprecated_use
}

/// The fragments that are spread from a definition, directly or by others.
fn reach<'a>(scope: &Scope<'a>, scopes: &Scopes<'a>) -> HashSet<&'a str> {
    let mut reached = HashSet::new();
    let mut open = scope.spreads.clone();
    while let Some(name) = open.pop() {
        if reached.insert(name)
            && let Some(fragment) = scopes.fragments.get(name)
        {
            open.extend(&fragment.spreads);
        }
    }
    reached
}

fn check_operation(
    operation: &OperationDefinition,
    scope: &Scope<'_>,
    reached: &HashSet<&str>,
    scopes: &Scopes<'_>,
    findings: &mut Findings,
) {
    let declared: Vec<Declared<'_>> = operation
        .variable_definitions
        .iter()
        .map(|definition| Declared::of(&definition.node))
        .collect();
    let mut used = vec![false; declared.len()];
    let in_fragments = reached
        .iter()
        .filter_map(|name| scopes.fragments.get(name))
        .flat_map(|it| &it.uses);
    for usage in scope.uses.iter().chain(in_fragments) {
        match declared.iter().position(|variable| variable.name == usage.name) {
            Some(place) => {
                used[place] = true;
                declared[place].check(usage, findings);
            }
            None => findings.say(usage.at, || {
                format!("the variable {} is not declared", quote(usage.name))
            }),
        }
    }
    for (variable, _) in declared.iter().zip(&used).filter(|(_, used)| !**used) {
        findings.say(variable.at, || {
            format!("the variable {} is never used", quote(variable.name))
        });
    }
}

struct Declared<'a> {
    name: &'a str,
    at: Pos,
    kind: TypeRef,
    has_default: bool,
}

impl<'a> Declared<'a> {
    fn of(definition: &'a VariableDefinition) -> Self {
        let default = definition.default_value.as_ref().map(|value| &value.node);
        Declared {
            name: &definition.name.node,
            at: definition.name.pos,
            kind: TypeRef::from_document(&definition.var_type.node),
            has_default: default.is_some_and(|value| *value != async_graphql::Value::Null),
        }
    }

    fn check(&self, usage: &Use<'_>, findings: &mut Findings) {
        let expected = usage.slot.kind;
        let default_steps_in = self.has_default || usage.slot.has_default;
        let wanted = if default_steps_in && !self.kind.is_required() {
            expected.nullable()
        } else {
            expected
        };
        if !self.kind.fits(wanted) || (usage.slot.one_of && !self.kind.is_required()) {
            let (name, kind) = (quote(self.name), quote(&self.kind.to_string()));
            findings.say(usage.at, || {
                format!("the variable {name} of type {kind} stands where {expected} is expected")
            });
        }
    }
}
