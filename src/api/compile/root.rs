//! The fields of the root of queries: each is a read of its own.

use async_graphql::parser::types::SelectionSet;
use async_graphql_value::ConstValue;
use uuid::Uuid;

use super::collect::Collected;
use super::level::Level;
use super::shape::{Selection, Slot, Source};
use super::{Arguments, Compiled, Compiler, filter};
use crate::api::schema::meaning::Many;
use crate::api::schema::{FieldMeaning, MOST_IDS, Operand};
use crate::api::types::{Field, TypeId};
use crate::catalog::{Column, ColumnId, Resource, ResourceId};
use crate::cell::Cell;
use crate::error::Code;
use crate::plan::read::{Comparison, Direction, Filter, Page, Window};

impl<'a> Compiler<'a> {
    pub(super) fn root_field(&mut self, root: TypeId, field: &Collected<'a>) -> Compiled<Slot> {
        let definition = self.definition(root, field)?;
        let source = match field.field.node.name.node.as_str() {
            "__typename" => self.literal_type_name(root),
            "__schema" | "__type" => {
                self.introspects = true;
                Source::Introspection
            }
            _ => self.below(field.key, |compiler| compiler.read_field(definition, field))?,
        };
        Ok(self.slot(definition, field, source))
    }

    fn read_field(&mut self, definition: &'a Field, field: &Collected<'a>) -> Compiled<Source> {
        let asker = self.asker()?;
        let arguments = self.arguments(definition, field)?;
        match self.ask.surface.meaning(definition) {
            FieldMeaning::Viewer => self.viewer(definition.of, &field.sets),
            FieldMeaning::Account => {
                let account = self.ask.surface.of_type(definition.of);
                self.row_by_id(account, asker.viewer.account, &field.sets)
            }
            FieldMeaning::Node => {
                let id = arguments.text("id").and_then(|id| self.known_id(id));
                match id {
                    Some((resource, id)) => self.row_by_id(Some(resource), id, &field.sets),
                    None => Ok(null()),
                }
            }
            FieldMeaning::Nodes => self.nodes(&arguments, &field.sets),
            FieldMeaning::Lookup { resource, column } => self.lookup(resource, column, &arguments, field),
            FieldMeaning::Connection(many @ Many { by: None, .. }) => {
                let (read, page) = self.page(many, definition, field, 1)?;
                Ok(Source::BranchPage {
                    branch: self.branch(read),
                    page,
                })
            }
            _ => self.refuse(Code::ValidationFailed, "a field that the root does not have", &[]),
        }
    }

    /// Resource and id behind a global id, if it is one of ours.
    pub(super) fn known_id(&self, text: &str) -> Option<(ResourceId, Uuid)> {
        let (tag, id) = self.ask.ids.decode(text)?;
        Some((self.ask.surface.of_tag(tag)?, id))
    }

    /// The one row of this id.
    pub(super) fn row_by_id(
        &mut self,
        resource: Option<ResourceId>,
        id: Uuid,
        sets: &[&'a SelectionSet],
    ) -> Compiled<Source> {
        let Some(resource) = resource else {
            return Ok(null());
        };
        self.pay_rows(1);
        let mut level = Level::new(resource);
        let selection = self.row(&mut level, resource, sets, 1)?;
        Ok(self.branch_row(level, Window::Ids(vec![id]), selection))
    }

    fn branch_row(&mut self, level: Level, window: Window, selection: Selection) -> Source {
        Source::BranchRow {
            branch: self.branch(level.finish(window)),
            selection,
        }
    }

    fn nodes(&mut self, arguments: &Arguments, sets: &[&'a SelectionSet]) -> Compiled<Source> {
        let Some(ConstValue::List(asked)) = arguments.get("ids") else {
            return self.refuse(Code::BadUserInput, "ids is a list of ids", &["ids"]);
        };
        if asked.len() > MOST_IDS {
            let message = format!(
                "there are {} ids, and {MOST_IDS} is the limit; ask in several requests",
                asked.len()
            );
            return self.refuse(Code::PageTooLarge, message, &["ids"]);
        }
        let known: Vec<Option<(ResourceId, Uuid)>> = asked
            .iter()
            .map(|id| match id {
                ConstValue::String(text) => self.known_id(text),
                _ => None,
            })
            .collect();
        // One statement for each type, however its ids are mixed with others (ruling 19).
        let mut by_type: Vec<(ResourceId, Vec<Uuid>)> = Vec::new();
        for (resource, id) in known.iter().flatten() {
            match by_type.iter_mut().find(|(known, _)| known == resource) {
                Some((_, ids)) if ids.contains(id) => {}
                Some((_, ids)) => ids.push(*id),
                None => by_type.push((*resource, vec![*id])),
            }
        }
        let mut branches = Vec::with_capacity(by_type.len());
        let mut selections = Vec::with_capacity(by_type.len());
        for (resource, ids) in by_type {
            let rows = ids.len() as u64;
            self.pay_rows(rows);
            let mut level = Level::new(resource);
            let selection = self.row(&mut level, resource, sets, rows)?;
            let branch = self.branch(level.finish(Window::Ids(ids)));
            branches.push((resource, branch));
            selections.push((branch, selection));
        }
        let branch = |of: ResourceId| {
            branches
                .iter()
                .find(|(known, _)| *known == of)
                .map(|(_, branch)| *branch)
        };
        let picks = known
            .into_iter()
            .map(|found| found.and_then(|(resource, id)| Some((branch(resource)?, id))))
            .collect();
        Ok(Source::BranchRows { picks, selections })
    }

    fn lookup(
        &mut self,
        resource: ResourceId,
        column: ColumnId,
        arguments: &Arguments,
        field: &Collected<'a>,
    ) -> Compiled<Source> {
        let of = self.ask.catalog.get(resource);
        let Some((argument, value)) = arguments.0.first() else {
            return self.refuse(Code::BadUserInput, "the argument is missing", &[]);
        };
        let Some(value) = filter::leaf(&operand(of, of.column(column)), value) else {
            return self.refuse(Code::BadUserInput, "a value that does not fit", &[argument]);
        };
        self.pay_rows(1);
        let mut level = Level::new(resource);
        level.filter = Some(equal(column, value, self.argument_path(&[argument])));
        let selection = self.row(&mut level, resource, &field.sets, 1)?;
        let window = Window::Page(Page {
            size: 1,
            direction: Direction::Forward,
            after: None,
            before: None,
        });
        Ok(self.branch_row(level, window, selection))
    }
}

fn operand(resource: &Resource, column: &Column) -> Operand {
    let is_normal_form = column
        .name
        .strip_suffix("_normalized")
        .is_some_and(|plain| resource.find(plain).is_some());
    if is_normal_form {
        Operand::Address
    } else {
        Operand::Text
    }
}

fn equal(column: ColumnId, value: Cell, argument: Vec<String>) -> Filter {
    Filter::Compare {
        column,
        comparison: Comparison::Equal(value),
        argument,
    }
}

/// Null, for what is not there or not ours.
pub(super) fn null() -> Source {
    Source::Literal(b"null".as_slice().into())
}
