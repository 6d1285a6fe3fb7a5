//! How large a document is once its fragments stand where they are spread. Each fragment is measured once, and
//! sums saturate, so that a document of a few kilobytes cannot take long to measure however much it unfolds
//! to (`graphql.md` 3.2).
//!
//! Knows names, not types: `__schema` and `__type` are the introspection fields wherever they stand.

use std::collections::HashMap;

use async_graphql::parser::types::{ExecutableDocument, OperationDefinition, Selection, SelectionSet};
use async_graphql::{Name, Positioned};

use crate::api::answer::GraphqlError;
use crate::error::{Code, quote};

/// What one selection set comes to, with all that it spreads.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct Size {
    /// Fields, spreads and inline fragments.
    pub(super) selections: usize,
    pub(super) aliases: usize,
    pub(super) directives: usize,
    /// Fields of the outermost level.
    pub(super) fields: usize,
    /// Levels of fields, introspection left out.
    pub(super) depth: usize,
    /// Levels of fields below `__schema` and `__type`.
    pub(super) introspection_depth: usize,
    /// The most lists of introspection below one another; each multiplies the answer by the schema's size.
    pub(super) introspection_lists: usize,
    /// The same for a set of which it is not known yet whether introspection is what it stands in.
    lists: usize,
}

impl Size {
    fn add(&mut self, other: Size) {
        self.selections = self.selections.saturating_add(other.selections);
        self.aliases = self.aliases.saturating_add(other.aliases);
        self.directives = self.directives.saturating_add(other.directives);
        self.fields = self.fields.saturating_add(other.fields);
        self.depth = self.depth.max(other.depth);
        self.introspection_depth = self.introspection_depth.max(other.introspection_depth);
        self.introspection_lists = self.introspection_lists.max(other.introspection_lists);
        self.lists = self.lists.max(other.lists);
    }
}

pub(super) struct Measure<'a> {
    document: &'a ExecutableDocument,
    /// None while the fragment is being measured: whoever meets it then has found a cycle.
    known: HashMap<&'a str, Option<Size>>,
}

impl<'a> Measure<'a> {
    /// Measures all fragments, spread or not, so that cycles and unknown names are found wherever they are.
    pub(super) fn new(document: &'a ExecutableDocument) -> Result<Self, GraphqlError> {
        let mut measure = Measure {
            document,
            known: HashMap::with_capacity(document.fragments.len()),
        };
        for name in document.fragments.keys() {
            measure.fragment(name, async_graphql::Pos::default())?;
        }
        Ok(measure)
    }

    pub(super) fn operation(&mut self, operation: &'a OperationDefinition) -> Result<Size, GraphqlError> {
        let mut size = self.set(&operation.selection_set.node)?;
        let on_variables = operation
            .variable_definitions
            .iter()
            .map(|variable| variable.node.directives.len());
        let own = on_variables.fold(operation.directives.len(), usize::saturating_add);
        size.directives = size.directives.saturating_add(own);
        Ok(size)
    }

    fn set(&mut self, set: &'a SelectionSet) -> Result<Size, GraphqlError> {
        let mut size = Size::default();
        for selection in &set.items {
            size.add(self.selection(selection)?);
        }
        Ok(size)
    }

    fn selection(&mut self, selection: &'a Positioned<Selection>) -> Result<Size, GraphqlError> {
        let mut size = match &selection.node {
            Selection::Field(field) => {
                let inner = self.set(&field.node.selection_set.node)?;
                around(&field.node.name.node, field.node.alias.is_some(), inner)
            }
            Selection::InlineFragment(fragment) => self.set(&fragment.node.selection_set.node)?,
            Selection::FragmentSpread(spread) => {
                self.fragment(&spread.node.fragment_name.node, spread.pos)?
            }
        };
        size.selections = size.selections.saturating_add(1);
        size.directives = size.directives.saturating_add(selection.node.directives().len());
        Ok(size)
    }

    fn fragment(&mut self, name: &'a Name, at: async_graphql::Pos) -> Result<Size, GraphqlError> {
        match self.known.get(name.as_str()) {
            Some(Some(size)) => return Ok(*size),
            Some(None) => {
                let message = format!("the fragment {} spreads itself", quote(name));
                return Err(GraphqlError::new(Code::FragmentCycle, message).at(at));
            }
            None => {}
        }
        let Some(fragment) = self.document.fragments.get(name.as_str()) else {
            let message = format!("the fragment {} is not defined", quote(name));
            return Err(GraphqlError::new(Code::ValidationFailed, message).at(at));
        };
        self.known.insert(name, None);
        let mut size = self.set(&fragment.node.selection_set.node)?;
        size.directives = size.directives.saturating_add(fragment.node.directives.len());
        self.known.insert(name, Some(size));
        Ok(size)
    }
}

/// The size of a field from that of its selection set.
fn around(name: &str, has_alias: bool, inner: Size) -> Size {
    let is_introspection = matches!(name, "__schema" | "__type");
    let is_list = matches!(name, "fields" | "interfaces" | "possibleTypes" | "inputFields");
    let lists = inner.lists + usize::from(is_list);
    let (depth, introspection_depth, introspection_lists) = match is_introspection {
        true => (1, 1 + inner.depth.max(inner.introspection_depth), lists),
        false => (
            1 + inner.depth,
            inner.introspection_depth,
            inner.introspection_lists,
        ),
    };
    Size {
        aliases: inner.aliases.saturating_add(usize::from(has_alias)),
        fields: 1,
        depth,
        introspection_depth,
        introspection_lists,
        lists,
        ..inner
    }
}
