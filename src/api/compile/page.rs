//! A page of rows: its arguments, and what is wanted of the connection.

use std::sync::Arc;

use super::collect::Collected;
use super::level::Level;
use super::shape::{self, CountSource, EdgeSource, InfoSource, PageSource};
use super::{Arguments, Compiled, Compiler, binding, is_type_name};
use crate::api::schema::meaning::{ConnectionPart, EdgePart, Many, PagePart};
use crate::api::schema::{DEFAULT_PAGE, FieldMeaning};
use crate::api::types::{Field, TypeId};
use crate::cell::Cell;
use crate::error::Code;
use crate::plan::read::{Direction, PAGE_LIMIT, Page, Read, Window};

/// The size of a page and from which end it is taken.
struct Size {
    rows: u16,
    direction: Direction,
}

impl<'a> Compiler<'a> {
    /// A page below each of `parents` rows; at the root there is one.
    pub(super) fn page(
        &mut self,
        many: Many,
        definition: &'a Field,
        field: &Collected<'a>,
        parents: u64,
    ) -> Compiled<(Read, shape::Page)> {
        let arguments = self.arguments(definition, field)?;
        let size = self.size(&arguments)?;
        let mut level = Level::new(many.resource);
        level.filter = self.filter(many, arguments.get("filter"))?;
        level.order = self.order(many, arguments.get("orderBy"))?;
        let asker = self.asker()?;
        let seal = binding::of(self.ask.catalog, asker, many, level.filter.as_ref(), &level.order);
        let after = self.cursor(&arguments, "after", &seal, level.order.len())?;
        let before = self.cursor(&arguments, "before", &seal, level.order.len())?;
        let rows = parents.saturating_mul(u64::from(size.rows));
        let mut parts = PageParts::default();
        let fields = self.connection(definition.of, many, &mut level, field, rows, &mut parts)?;
        if parts.rows {
            self.pay_rows(rows);
        }
        if level.count {
            self.pay_counts(parents);
        }
        let window = Window::Page(Page {
            size: if parts.rows { size.rows } else { 0 },
            direction: size.direction,
            after,
            before,
        });
        let binding = if parts.cursors {
            seal.into()
        } else {
            Box::default()
        };
        Ok((level.finish(window), shape::Page { fields, binding }))
    }

    fn size(&self, arguments: &Arguments) -> Compiled<Size> {
        let (name, asked, direction) = match (arguments.int("first"), arguments.int("last")) {
            (Some(_), Some(_)) => {
                return self.refuse(
                    Code::BadUserInput,
                    "first and last do not go together; give one of them",
                    &["last"],
                );
            }
            (Some(first), None) => ("first", first, Direction::Forward),
            (None, Some(last)) => ("last", last, Direction::Backward),
            (None, None) => ("first", i64::from(DEFAULT_PAGE), Direction::Forward),
        };
        if asked > i64::from(PAGE_LIMIT) {
            return self.refuse(
                Code::PageTooLarge,
                format!("{name} is {asked}, and a page holds at most {PAGE_LIMIT} rows; ask for the next page with after"),
                &[name],
            );
        }
        match u16::try_from(asked) {
            Ok(rows @ 1..) => Ok(Size { rows, direction }),
            _ => self.refuse(
                Code::BadUserInput,
                format!("{name} is {asked}; it must be 1 to {PAGE_LIMIT}"),
                &[name],
            ),
        }
    }

    fn cursor(
        &self,
        arguments: &Arguments,
        name: &str,
        seal: &[u8],
        orders: usize,
    ) -> Compiled<Option<Vec<Cell>>> {
        let Some(text) = arguments.text(name) else {
            return Ok(None);
        };
        let opened = self.ask.cursors.open(text, seal);
        let values = opened.map_err(|refusal| refusal.at(self.argument_path(&[name])))?;
        if values.len() == orders + 1 {
            return Ok(Some(values));
        }
        self.refuse(
            Code::InvalidCursor,
            "the cursor does not fit this order; begin again without it",
            &[name],
        )
    }

    fn connection(
        &mut self,
        object: TypeId,
        many: Many,
        level: &mut Level,
        field: &Collected<'a>,
        rows: u64,
        parts: &mut PageParts,
    ) -> Compiled<Vec<(Arc<str>, PageSource)>> {
        let mut fields = Vec::new();
        for field in self.scope.collect(object, &field.sets) {
            let definition = self.definition(object, &field)?;
            let meaning = self.ask.surface.meaning(definition);
            let source = match meaning {
                _ if is_type_name(&field) => PageSource::TypeName(self.type_name(object)),
                FieldMeaning::OfConnection(ConnectionPart::Nodes) => {
                    parts.rows = true;
                    let wanted = |compiler: &mut Self| compiler.row(level, many.resource, &field.sets, rows);
                    PageSource::Nodes(self.below(field.key, wanted)?)
                }
                FieldMeaning::OfConnection(ConnectionPart::Edges) => {
                    parts.rows = true;
                    let wanted =
                        |compiler: &mut Self| compiler.edges(definition.of, many, level, &field, rows, parts);
                    PageSource::Edges(self.below(field.key, wanted)?)
                }
                FieldMeaning::OfConnection(ConnectionPart::PageInfo) => {
                    parts.rows = true;
                    PageSource::Info(self.page_info(definition.of, &field, parts)?)
                }
                FieldMeaning::OfConnection(ConnectionPart::TotalCount) => {
                    level.count = true;
                    PageSource::Count(self.total_count(definition.of, &field)?)
                }
                _ => return self.refuse(Code::ValidationFailed, "a field that pages do not have", &[]),
            };
            fields.push((field.key.into(), source));
        }
        Ok(fields)
    }

    fn edges(
        &mut self,
        object: TypeId,
        many: Many,
        level: &mut Level,
        field: &Collected<'a>,
        rows: u64,
        parts: &mut PageParts,
    ) -> Compiled<Vec<(Arc<str>, EdgeSource)>> {
        let mut fields = Vec::new();
        for field in self.scope.collect(object, &field.sets) {
            let meaning = self.ask.surface.meaning(self.definition(object, &field)?);
            let source = match meaning {
                _ if is_type_name(&field) => EdgeSource::TypeName(self.type_name(object)),
                FieldMeaning::OfEdge(EdgePart::Cursor) => {
                    parts.cursors = true;
                    EdgeSource::Cursor
                }
                FieldMeaning::OfEdge(EdgePart::Node) => {
                    let wanted = |compiler: &mut Self| compiler.row(level, many.resource, &field.sets, rows);
                    EdgeSource::Node(self.below(field.key, wanted)?)
                }
                _ => return self.refuse(Code::ValidationFailed, "a field that edges do not have", &[]),
            };
            fields.push((field.key.into(), source));
        }
        Ok(fields)
    }

    fn page_info(
        &mut self,
        object: TypeId,
        field: &Collected<'a>,
        parts: &mut PageParts,
    ) -> Compiled<Vec<(Arc<str>, InfoSource)>> {
        let mut fields = Vec::new();
        for field in self.scope.collect(object, &field.sets) {
            let meaning = self.ask.surface.meaning(self.definition(object, &field)?);
            let source = match meaning {
                FieldMeaning::OfPage(part) => {
                    parts.cursors |= matches!(part, PagePart::StartCursor | PagePart::EndCursor);
                    InfoSource::Part(part)
                }
                _ => InfoSource::TypeName(self.type_name(object)),
            };
            fields.push((field.key.into(), source));
        }
        Ok(fields)
    }

    fn total_count(
        &mut self,
        object: TypeId,
        field: &Collected<'a>,
    ) -> Compiled<Vec<(Arc<str>, CountSource)>> {
        let mut fields = Vec::new();
        for field in self.scope.collect(object, &field.sets) {
            let meaning = self.ask.surface.meaning(self.definition(object, &field)?);
            let source = match meaning {
                FieldMeaning::OfCount(part) => CountSource::Part(part),
                _ => CountSource::TypeName(self.type_name(object)),
            };
            fields.push((field.key.into(), source));
        }
        Ok(fields)
    }
}

/// What was found to be wanted of a page.
#[derive(Default)]
struct PageParts {
    rows: bool,
    cursors: bool,
}
