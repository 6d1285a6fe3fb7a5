//! The rules that look at one place of the document at a time: do fields, arguments, directives, type
//! conditions and spreads exist and fit. Notes on the way which variables and fragments each definition uses.
//!
//! Each definition is visited once; what depends on several is left to `usage` and `merge`.

use std::collections::HashMap;
use std::sync::Arc;

use async_graphql::parser::types::{
    Directive, ExecutableDocument, Field as Selected, FragmentDefinition, OperationDefinition, OperationType,
    Selection, SelectionSet, TypeCondition,
};
use async_graphql::{Name, Pos, Positioned};
use async_graphql_value::Value;

use super::values::Slot;
use super::{Findings, variables};
use crate::api::types::{Deprecated, InputValue, Named, TypeId, TypeRef, TypeSystem};
use crate::error::quote;

/// A variable used somewhere in a definition.
pub(super) struct Use<'a> {
    pub(super) name: &'a str,
    pub(super) at: Pos,
    pub(super) slot: Slot<'a>,
}

/// What a definition uses.
#[derive(Default)]
pub(super) struct Scope<'a> {
    pub(super) uses: Vec<Use<'a>>,
    pub(super) spreads: Vec<&'a str>,
    /// Parts of the schema that are to go.
    pub(super) deprecated: Vec<&'a Arc<str>>,
}

impl<'a> Scope<'a> {
    /// Notes that a part of the schema is used, if it is to go.
    pub(super) fn note(&mut self, mark: Option<&'a Deprecated>) {
        self.deprecated.extend(mark.map(|mark| &mark.place));
    }
}

/// The scopes of all definitions.
pub(super) struct Scopes<'a> {
    pub(super) operations: Vec<(&'a Positioned<OperationDefinition>, Scope<'a>)>,
    pub(super) fragments: HashMap<&'a str, Scope<'a>>,
}

pub(super) fn definitions<'a>(
    types: &'a TypeSystem,
    document: &'a ExecutableDocument,
    findings: &mut Findings,
) -> Scopes<'a> {
    let mut walk = Walk {
        types,
        document,
        findings,
        scope: Scope::default(),
    };
    let mut scopes = Scopes {
        operations: Vec::with_capacity(document.operations.iter().len()),
        fragments: HashMap::with_capacity(document.fragments.len()),
    };
    for (_, operation) in document.operations.iter() {
        walk.operation(operation);
        scopes
            .operations
            .push((operation, std::mem::take(&mut walk.scope)));
    }
    for (name, fragment) in &document.fragments {
        walk.fragment(&fragment.node);
        scopes.fragments.insert(name, std::mem::take(&mut walk.scope));
    }
    scopes
}

pub(super) struct Walk<'a, 'f> {
    pub(super) types: &'a TypeSystem,
    document: &'a ExecutableDocument,
    pub(super) findings: &'f mut Findings,
    pub(super) scope: Scope<'a>,
}

impl<'a> Walk<'a, '_> {
    fn operation(&mut self, operation: &'a Positioned<OperationDefinition>) {
        let definition = &operation.node;
        self.no_directives(&definition.directives);
        self.variable_definitions(definition);
        let root = match definition.ty {
            OperationType::Query => Some(self.types.query()),
            OperationType::Mutation => self.types.mutation(),
            OperationType::Subscription => self.types.subscription(),
        };
        let Some(root) = root else {
            self.findings
                .say(operation.pos, || format!("the schema has no {}s", definition.ty));
            return;
        };
        self.set(&definition.selection_set.node, root);
        if definition.ty == OperationType::Subscription {
            self.single_root(definition, operation.pos);
        }
    }

    fn fragment(&mut self, fragment: &'a FragmentDefinition) {
        self.no_directives(&fragment.directives);
        if let Some(on) = self.condition(&fragment.type_condition) {
            self.set(&fragment.selection_set.node, on);
        }
    }

    fn variable_definitions(&mut self, operation: &'a OperationDefinition) {
        let definitions = &operation.variable_definitions;
        for (place, definition) in definitions.iter().enumerate() {
            let name = &definition.node.name.node;
            self.no_directives(&definition.node.directives);
            if definitions[..place]
                .iter()
                .any(|earlier| earlier.node.name.node == *name)
            {
                self.findings
                    .say(definition.pos, || format!("two variables named {}", quote(name)));
            }
            let kind = TypeRef::from_document(&definition.node.var_type.node);
            if !self
                .types
                .find(kind.name())
                .is_some_and(|(_, found)| found.is_input())
            {
                self.findings.say(definition.node.var_type.pos, || {
                    format!(
                        "the variable {} is not of an input type of this schema",
                        quote(name)
                    )
                });
                continue;
            }
            if let Some(default) = &definition.node.default_value
                && let Err(wrong) = variables::constant(self.types, &default.node, &kind)
            {
                self.findings.say(default.pos, || {
                    format!("default of {}: {}", quote(name), wrong.message())
                });
            }
        }
    }

    fn condition(&mut self, condition: &Positioned<TypeCondition>) -> Option<TypeId> {
        let name = &condition.node.on.node;
        match self.types.find(name) {
            Some((id, found)) if found.composite().is_some() => Some(id),
            Some(_) => {
                self.findings.say(condition.pos, || {
                    format!("{name} has no fields, so no fragment can be on it")
                });
                None
            }
            None => {
                self.findings
                    .say(condition.pos, || format!("unknown type {}", quote(name)));
                None
            }
        }
    }

    fn set(&mut self, set: &'a SelectionSet, parent: TypeId) {
        for selection in &set.items {
            match &selection.node {
                Selection::Field(field) => self.field(field, parent),
                Selection::InlineFragment(fragment) => {
                    self.directives(&fragment.node.directives);
                    let on = match &fragment.node.type_condition {
                        Some(condition) => self.condition(condition),
                        None => Some(parent),
                    };
                    if let Some(on) = on {
                        self.overlap(parent, on, fragment.pos);
                        self.set(&fragment.node.selection_set.node, on);
                    }
                }
                Selection::FragmentSpread(spread) => {
                    self.directives(&spread.node.directives);
                    let name = spread.node.fragment_name.node.as_str();
                    self.scope.spreads.push(name);
                    let fragment = self.document.fragments.get(name);
                    let on = fragment.and_then(|it| self.types.find(&it.node.type_condition.node.on.node));
                    if let Some((on, found)) = on
                        && found.composite().is_some()
                    {
                        self.overlap(parent, on, spread.pos);
                    }
                }
            }
        }
    }

    fn overlap(&mut self, parent: TypeId, on: TypeId, at: Pos) {
        if !self.types.overlap(parent, on) {
            let (parent, on) = (&self.types.get(parent).name, &self.types.get(on).name);
            self.findings
                .say(at, || format!("a fragment on {on} can never apply to {parent}"));
        }
    }

    fn field(&mut self, field: &'a Positioned<Selected>, parent: TypeId) {
        let selected = &field.node;
        self.directives(&selected.directives);
        let Some(definition) = self.types.field(parent, &selected.name.node) else {
            let parent = &self.types.get(parent).name;
            self.findings.say(field.pos, || {
                format!("{parent} has no field {}", quote(&selected.name.node))
            });
            return;
        };
        self.scope.note(definition.deprecated.as_ref());
        self.arguments(&selected.arguments, &definition.arguments, field.pos);
        let has_selection = !selected.selection_set.node.items.is_empty();
        match (self.types.get(definition.of).is_leaf(), has_selection) {
            (true, true) => {
                self.findings.say(field.pos, || {
                    format!("{} has no fields to select", definition.name)
                });
            }
            (false, false) => {
                self.findings.say(field.pos, || {
                    format!("{} needs a selection of fields", definition.name)
                });
            }
            (true, false) => {}
            (false, true) => self.set(&selected.selection_set.node, definition.of),
        }
    }

    fn no_directives(&mut self, directives: &'a [Positioned<Directive>]) {
        for directive in directives {
            let name = &directive.node.name.node;
            self.findings.say(directive.pos, || {
                format!("the directive @{} may not stand here", quote(name))
            });
        }
    }

    /// The directives of a selection: `@skip` and `@include`, each once.
    fn directives(&mut self, directives: &'a [Positioned<Directive>]) {
        for (place, directive) in directives.iter().enumerate() {
            let name = &directive.node.name.node;
            if name != "skip" && name != "include" {
                self.findings
                    .say(directive.pos, || format!("unknown directive @{}", quote(name)));
                continue;
            }
            if directives[..place]
                .iter()
                .any(|earlier| earlier.node.name.node == *name)
            {
                self.findings.say(directive.pos, || {
                    format!("the directive @{name} stands here twice")
                });
            }
            self.arguments(&directive.node.arguments, self.types.condition(), directive.pos);
        }
    }

    fn arguments(
        &mut self,
        given: &'a [(Positioned<Name>, Positioned<Value>)],
        defined: &'a Named<InputValue>,
        at: Pos,
    ) {
        for (place, (name, value)) in given.iter().enumerate() {
            if given[..place]
                .iter()
                .any(|(earlier, _)| earlier.node == name.node)
            {
                self.findings.say(name.pos, || {
                    format!("the argument {} is given twice", quote(&name.node))
                });
            }
            match defined.get(&name.node) {
                Some(argument) => {
                    self.scope.note(argument.deprecated.as_ref());
                    self.value(&value.node, Slot::of(argument), value.pos);
                }
                None => self
                    .findings
                    .say(name.pos, || format!("unknown argument {}", quote(&name.node))),
            }
        }
        for argument in defined.iter().filter(|argument| argument.is_required()) {
            if !given.iter().any(|(name, _)| *name.node == *argument.name) {
                self.findings
                    .say(at, || format!("the argument {} is required", argument.name));
            }
        }
    }

    /// A subscription has one root field, and not an introspection field.
    fn single_root(&mut self, operation: &'a OperationDefinition, at: Pos) {
        let mut keys = Vec::new();
        let mut seen = Vec::new();
        let mut open = vec![&operation.selection_set.node];
        while let Some(set) = open.pop() {
            for selection in &set.items {
                match &selection.node {
                    Selection::Field(field) => keys.push(&field.node),
                    Selection::InlineFragment(fragment) => open.push(&fragment.node.selection_set.node),
                    Selection::FragmentSpread(spread) => {
                        let name = &spread.node.fragment_name.node;
                        if !seen.contains(&name)
                            && let Some(fragment) = self.document.fragments.get(name)
                        {
                            seen.push(name);
                            open.push(&fragment.node.selection_set.node);
                        }
                    }
                }
            }
        }
        let first = keys.first().map(|field| &field.response_key().node);
        let is_single = keys
            .iter()
            .all(|field| Some(&field.response_key().node) == first && !field.name.node.starts_with("__"));
        if !is_single {
            self.findings.say(at, || {
                "a subscription selects one field, and no introspection".to_owned()
            });
        }
    }
}
