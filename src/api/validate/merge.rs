//! Whether all fields that would share a key of the answer can be merged: the specification's
//! `FieldsInSetCanMerge` with `SameResponseShape`, over fragments and interfaces.
//!
//! What is compared are pairs of *bodies* (a selection set with its inline fragments, or a fragment
//! definition), each pair once, from a list instead of by recursion. So the cost is at most quadratic in the
//! document, however often fragments spread one another.

use std::collections::{HashMap, HashSet};

use async_graphql::parser::types::{
    ExecutableDocument, Field as Selected, OperationType, Selection, SelectionSet,
};
use async_graphql::{Pos, Positioned};

use super::Findings;
use crate::api::types::{Field, Kind, TypeId, TypeRef, TypeSystem};
use crate::error::quote;

type BodyId = u32;

pub(super) fn check(types: &TypeSystem, document: &ExecutableDocument, findings: &mut Findings) {
    let mut bodies = Bodies {
        types,
        document,
        list: Vec::with_capacity(16),
        of_fragment: HashMap::new(),
    };
    bodies.collect();
    let mut comparison = Comparison {
        types,
        seen: HashSet::new(),
        open: Vec::new(),
    };
    for body in 0..bodies.list.len() {
        comparison.plan(place(body), place(body), false);
    }
    while let Some((one, other, exclusive)) = comparison.open.pop() {
        let (first, second) = (&bodies.list[one as usize], &bodies.list[other as usize]);
        if let Some((at, key)) = comparison.compare((one, first), (other, second), exclusive) {
            findings.say(at, || {
                format!(
                    "the fields named {} differ and cannot be merged; use aliases",
                    quote(key)
                )
            });
            return;
        }
    }
}

fn place(at: usize) -> BodyId {
    BodyId::try_from(at).unwrap_or(BodyId::MAX)
}

/// A field of a body with what is known of it.
struct Entry<'a> {
    key: &'a str,
    at: Pos,
    selected: &'a Selected,
    parent: TypeId,
    definition: &'a Field,
    body: Option<BodyId>,
}

#[derive(Default)]
struct Body<'a> {
    /// Sorted by key.
    entries: Vec<Entry<'a>>,
    spreads: Vec<BodyId>,
}

struct Bodies<'a> {
    types: &'a TypeSystem,
    document: &'a ExecutableDocument,
    list: Vec<Body<'a>>,
    of_fragment: HashMap<&'a str, BodyId>,
}

impl<'a> Bodies<'a> {
    fn collect(&mut self) {
        for (place, name) in self.document.fragments.keys().enumerate() {
            self.of_fragment.insert(name, self::place(place));
            self.list.push(Body::default());
        }
        for (at, fragment) in self.document.fragments.values().enumerate() {
            if let Some((on, _)) = self.types.find(&fragment.node.type_condition.node.on.node) {
                self.list[at] = self.read(&fragment.node.selection_set.node, on);
            }
        }
        for (_, operation) in self.document.operations.iter() {
            let root = match operation.node.ty {
                OperationType::Query => Some(self.types.query()),
                OperationType::Mutation => self.types.mutation(),
                OperationType::Subscription => self.types.subscription(),
            };
            if let Some(root) = root {
                self.add(&operation.node.selection_set.node, root);
            }
        }
    }

    fn add(&mut self, set: &'a SelectionSet, parent: TypeId) -> BodyId {
        let body = self.read(set, parent);
        self.list.push(body);
        place(self.list.len() - 1)
    }

    fn read(&mut self, set: &'a SelectionSet, parent: TypeId) -> Body<'a> {
        let mut body = Body::default();
        self.fill(&mut body, set, parent);
        body.entries.sort_by_key(|entry| entry.key);
        body
    }

    fn fill(&mut self, body: &mut Body<'a>, set: &'a SelectionSet, parent: TypeId) {
        for selection in &set.items {
            match &selection.node {
                Selection::Field(field) => self.entry(body, field, parent),
                Selection::InlineFragment(fragment) => {
                    let condition = fragment.node.type_condition.as_ref();
                    let on = condition
                        .and_then(|it| self.types.find(&it.node.on.node))
                        .map(|(id, _)| id);
                    self.fill(body, &fragment.node.selection_set.node, on.unwrap_or(parent));
                }
                Selection::FragmentSpread(spread) => {
                    body.spreads
                        .extend(self.of_fragment.get(spread.node.fragment_name.node.as_str()));
                }
            }
        }
    }

    fn entry(&mut self, body: &mut Body<'a>, field: &'a Positioned<Selected>, parent: TypeId) {
        let Some(definition) = self.types.field(parent, &field.node.name.node) else {
            return;
        };
        let set = &field.node.selection_set.node;
        let inner = if set.items.is_empty() {
            None
        } else {
            Some(self.add(set, definition.of))
        };
        body.entries.push(Entry {
            key: &field.node.response_key().node,
            at: field.pos,
            selected: &field.node,
            parent,
            definition,
            body: inner,
        });
    }
}

struct Comparison<'a> {
    types: &'a TypeSystem,
    seen: HashSet<(BodyId, BodyId, bool)>,
    open: Vec<(BodyId, BodyId, bool)>,
}

impl Comparison<'_> {
    /// Plans to compare two bodies. `exclusive`: no object can have fields of both, so only the shapes of what
    /// they answer must agree, not the fields themselves.
    fn plan(&mut self, one: BodyId, other: BodyId, exclusive: bool) {
        let (low, high) = (one.min(other), one.max(other));
        if exclusive && self.seen.contains(&(low, high, false)) {
            return;
        }
        if self.seen.insert((low, high, exclusive)) {
            self.open.push((low, high, exclusive));
        }
    }

    /// Compares the fields that two bodies hold themselves and plans the rest. Gives the first conflict.
    fn compare<'b>(
        &mut self,
        (one, first): (BodyId, &Body<'b>),
        (other, second): (BodyId, &Body<'b>),
        exclusive: bool,
    ) -> Option<(Pos, &'b str)> {
        for fragment in &second.spreads {
            self.plan(one, *fragment, exclusive);
        }
        for fragment in &first.spreads {
            self.plan(*fragment, other, exclusive);
        }
        let mut rest = second.entries.as_slice();
        for (at, entry) in first.entries.iter().enumerate() {
            // Both lists are sorted by key; a body compared with itself looks at each pair once.
            let candidates = if one == other {
                &first.entries[at + 1..]
            } else {
                let before = rest.partition_point(|candidate| candidate.key < entry.key);
                rest = &rest[before..];
                rest
            };
            for candidate in candidates
                .iter()
                .take_while(|candidate| candidate.key == entry.key)
            {
                if !self.agree(entry, candidate, exclusive) {
                    return Some((candidate.at, candidate.key));
                }
            }
        }
        None
    }

    fn agree(&mut self, one: &Entry<'_>, other: &Entry<'_>, exclusive: bool) -> bool {
        let is_object = |id| matches!(self.types.get(id).kind, Kind::Object(_));
        let exclusive =
            exclusive || (one.parent != other.parent && is_object(one.parent) && is_object(other.parent));
        if !exclusive && !is_same(one.selected, other.selected) {
            return false;
        }
        if !self.same_shape(&one.definition.kind, &other.definition.kind) {
            return false;
        }
        if let (Some(one), Some(other)) = (one.body, other.body) {
            self.plan(one, other, exclusive);
        }
        true
    }

    fn same_shape(&self, one: &TypeRef, other: &TypeRef) -> bool {
        match (one, other) {
            (TypeRef::NonNull(one), TypeRef::NonNull(other)) | (TypeRef::List(one), TypeRef::List(other)) => {
                self.same_shape(one, other)
            }
            (TypeRef::Named(one), TypeRef::Named(other)) => {
                let is_leaf = |name: &str| self.types.find(name).is_some_and(|(_, found)| found.is_leaf());
                one == other || !(is_leaf(one) || is_leaf(other))
            }
            _ => false,
        }
    }
}

/// The same field with the same arguments, in whatever order.
fn is_same(one: &Selected, other: &Selected) -> bool {
    one.name.node == other.name.node
        && one.arguments.len() == other.arguments.len()
        && one.arguments.iter().all(|(name, value)| {
            other
                .get_argument(&name.node)
                .is_some_and(|theirs| theirs.node == value.node)
        })
}
