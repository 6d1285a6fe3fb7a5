//! The fields of a row: its values, and the levels that hang on it.

use async_graphql::parser::types::SelectionSet;

use super::collect::Collected;
use super::level::Level;
use super::shape::{Selection, Source};
use super::{Compiled, Compiler, is_type_name};
use crate::api::assemble::text;
use crate::api::schema::FieldMeaning;
use crate::api::schema::meaning::Many;
use crate::api::types::{Field, TypeId};
use crate::catalog::ResourceId;
use crate::error::Code;
use crate::plan::read::{Direction, Link, PAGE_LIMIT, Page, Window};

impl<'a> Compiler<'a> {
    /// Adds to the level what is wanted of its rows; `rows` is how many there can be in all.
    pub(super) fn row(
        &mut self,
        level: &mut Level,
        resource: ResourceId,
        sets: &[&'a SelectionSet],
        rows: u64,
    ) -> Compiled<Selection> {
        let Some(surface) = self.ask.surface.resource(resource) else {
            return self.refuse(
                Code::ValidationFailed,
                "a type that is not part of the schema",
                &[],
            );
        };
        let mut selection = Selection::default();
        for field in self.scope.collect(surface.object, sets) {
            let definition = self.definition(surface.object, &field)?;
            let source = if is_type_name(&field) {
                self.literal_type_name(surface.object)
            } else {
                self.below(field.key, |compiler| {
                    compiler.row_field(level, resource, definition, &field, rows)
                })?
            };
            let slot = self.slot(definition, &field, source);
            selection.fields.push(slot);
        }
        Ok(selection)
    }

    fn row_field(
        &mut self,
        level: &mut Level,
        resource: ResourceId,
        definition: &'a Field,
        field: &Collected<'a>,
        rows: u64,
    ) -> Compiled<Source> {
        let tag = self.ask.catalog.get(resource).tag();
        match self.ask.surface.meaning(definition) {
            FieldMeaning::Id => Ok(Source::Id(tag)),
            FieldMeaning::Column { column, form } => Ok(Source::Column {
                index: level.column(column),
                form,
            }),
            FieldMeaning::BundlePath { state } => Ok(Source::BundlePath {
                state: level.column(state),
                tag,
            }),
            FieldMeaning::Reference { column, target } => {
                let referred = Window::Ids(Vec::new());
                self.single(level, Link::Forward(column), target, referred, field, rows)
            }
            FieldMeaning::Match { column, target, by } => {
                let link = Link::Matching {
                    upper: column,
                    lower: by,
                };
                let only = Window::Page(Page {
                    size: 1,
                    direction: Direction::Forward,
                    after: None,
                    before: None,
                });
                self.single(level, link, target, only, field, rows)
            }
            FieldMeaning::Connection(many) => self.nested_page(level, many, definition, field, rows),
            FieldMeaning::Parts(many) => self.parts(level, many, field, rows),
            _ => self.refuse(Code::ValidationFailed, "a field that rows do not have", &[]),
        }
    }

    /// The one row of another resource that belongs to each.
    fn single(
        &mut self,
        level: &mut Level,
        link: Link,
        target: ResourceId,
        window: Window,
        field: &Collected<'a>,
        rows: u64,
    ) -> Compiled<Source> {
        self.pay_rows(rows);
        let mut lower = Level::new(target);
        let selection = self.row(&mut lower, target, &field.sets, rows)?;
        let read = lower.finish(window);
        Ok(Source::Reference {
            child: level.child(link, read),
            selection,
        })
    }

    fn nested_page(
        &mut self,
        level: &mut Level,
        many: Many,
        definition: &'a Field,
        field: &Collected<'a>,
        rows: u64,
    ) -> Compiled<Source> {
        let Some(by) = many.by else {
            return self.refuse(Code::ValidationFailed, "a page that hangs on nothing", &[]);
        };
        let (read, page) = self.page(many, definition, field, rows)?;
        Ok(Source::Page {
            child: level.child(Link::Back(by), read),
            page,
        })
    }

    fn parts(&mut self, level: &mut Level, many: Many, field: &Collected<'a>, rows: u64) -> Compiled<Source> {
        let Some(by) = many.by else {
            return self.refuse(Code::ValidationFailed, "parts of nothing", &[]);
        };
        let reckoned = self.pay_parts(rows);
        let mut lower = Level::new(many.resource);
        let selection = self.row(&mut lower, many.resource, &field.sets, reckoned)?;
        let read = lower.finish(Window::Page(Page {
            size: PAGE_LIMIT,
            direction: Direction::Forward,
            after: None,
            before: None,
        }));
        Ok(Source::Parts {
            child: level.child(Link::Back(by), read),
            selection,
        })
    }

    /// The value of `__typename`.
    pub(super) fn literal_type_name(&self, object: TypeId) -> Source {
        let mut json = Vec::new();
        text::string(&mut json, &self.scope.types.get(object).name);
        Source::Literal(json.into())
    }
}
