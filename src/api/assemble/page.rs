//! Writes pages: nodes, edges, cursors, what lies before and behind, and counts.

use std::sync::Arc;

use super::{Assembler, Here, Outcome, text};
use crate::api::answer::Step;
use crate::api::compile::shape::{CountSource, EdgeSource, InfoSource, Page, PageSource};
use crate::api::schema::meaning::{CountPart, PagePart};
use crate::cell::Cell;
use crate::error::Fault;
use crate::plan::read::COUNT_LIMIT;
use crate::store::rows::{Group, Rows};

impl<'a> Assembler<'a> {
    /// Writes the page that hangs on one upper row.
    pub(super) fn page(&mut self, name: &Arc<str>, page: &Page, rows: &'a Rows, upper: usize) -> Outcome {
        let Some(group) = rows.groups.get(upper) else {
            self.fail(
                name,
                Fault::Invariant("a page without a group of rows".to_owned()),
            );
            return Outcome::Failed;
        };
        self.below(name, |own| own.connection(page, rows, group))
    }

    fn connection(&mut self, page: &Page, rows: &'a Rows, group: &'a Group) -> Outcome {
        self.body.push(b'{');
        for (place, (name, source)) in page.fields.iter().enumerate() {
            self.key(place, name);
            let outcome = match source {
                PageSource::TypeName(of) => self.type_name(of),
                PageSource::Nodes(selection) => {
                    self.below(name, |own| own.rows(selection, rows, group.rows.clone()))
                }
                PageSource::Edges(fields) => self.below(name, |own| own.edges(fields, page, rows, group)),
                PageSource::Info(fields) => self.info(fields, page, rows, group),
                PageSource::Count(fields) => self.count(name, fields, group),
            };
            if outcome != Outcome::Written {
                return Outcome::Failed;
            }
        }
        self.body.push(b'}');
        Outcome::Written
    }

    fn edges(
        &mut self,
        fields: &[(Arc<str>, EdgeSource)],
        page: &Page,
        rows: &'a Rows,
        group: &'a Group,
    ) -> Outcome {
        self.body.push(b'[');
        for (place, index) in group.rows.clone().enumerate() {
            if place > 0 {
                self.body.push(b',');
            }
            self.path.push(Step::Index(place));
            if self.edge(fields, page, Here { rows, index }) != Outcome::Written {
                return Outcome::Failed;
            }
            self.path.pop();
        }
        self.body.push(b']');
        Outcome::Written
    }

    fn edge(&mut self, fields: &[(Arc<str>, EdgeSource)], page: &Page, here: Here<'a>) -> Outcome {
        self.body.push(b'{');
        for (place, (name, source)) in fields.iter().enumerate() {
            self.key(place, name);
            let outcome = match source {
                EdgeSource::TypeName(of) => self.type_name(of),
                EdgeSource::Cursor => self.cursor(page, here),
                EdgeSource::Node(selection) => self.below(name, |own| own.selection(selection, Some(here))),
            };
            if outcome != Outcome::Written {
                return Outcome::Failed;
            }
        }
        self.body.push(b'}');
        Outcome::Written
    }

    fn info(
        &mut self,
        fields: &[(Arc<str>, InfoSource)],
        page: &Page,
        rows: &'a Rows,
        group: &'a Group,
    ) -> Outcome {
        self.body.push(b'{');
        for (place, (name, source)) in fields.iter().enumerate() {
            self.key(place, name);
            let ends = || (group.rows.start, group.rows.end.checked_sub(1));
            let cursor_of = |index: Option<usize>| index.filter(|_| !group.rows.is_empty());
            let outcome = match source {
                InfoSource::TypeName(of) => self.type_name(of),
                InfoSource::Part(PagePart::HasNextPage) => self.flag(group.has_next),
                InfoSource::Part(PagePart::HasPreviousPage) => self.flag(group.has_previous),
                InfoSource::Part(PagePart::StartCursor) => {
                    self.end_cursor(page, rows, cursor_of(Some(ends().0)))
                }
                InfoSource::Part(PagePart::EndCursor) => self.end_cursor(page, rows, cursor_of(ends().1)),
            };
            if outcome != Outcome::Written {
                return Outcome::Failed;
            }
        }
        self.body.push(b'}');
        Outcome::Written
    }

    fn end_cursor(&mut self, page: &Page, rows: &'a Rows, index: Option<usize>) -> Outcome {
        match index {
            Some(index) => self.cursor(page, Here { rows, index }),
            None => self.raw(b"null"),
        }
    }

    fn cursor(&mut self, page: &Page, here: Here<'a>) -> Outcome {
        let mut values = here.rows.key(here.index).to_vec();
        values.push(Cell::Uuid(
            here.rows.ids.get(here.index).copied().unwrap_or_default(),
        ));
        let cursor = self.materials.cursors.seal(&values, &page.binding);
        text::string(&mut self.body, &cursor);
        Outcome::Written
    }

    fn count(&mut self, page: &Arc<str>, fields: &[(Arc<str>, CountSource)], group: &Group) -> Outcome {
        let Some(count) = group.count else {
            self.fail(page, Fault::Invariant("a page was not counted".to_owned()));
            return Outcome::Failed;
        };
        self.body.push(b'{');
        for (place, (name, source)) in fields.iter().enumerate() {
            self.key(place, name);
            match source {
                CountSource::TypeName(of) => text::string(&mut self.body, of),
                CountSource::Part(CountPart::Value) => {
                    let value = i64::try_from(count.min(COUNT_LIMIT)).unwrap_or(i64::MAX);
                    text::number(&mut self.body, value);
                }
                CountSource::Part(CountPart::IsExact) => text::boolean(&mut self.body, count <= COUNT_LIMIT),
            }
        }
        self.body.push(b'}');
        Outcome::Written
    }

    fn flag(&mut self, value: bool) -> Outcome {
        text::boolean(&mut self.body, value);
        Outcome::Written
    }

    fn type_name(&mut self, of: &str) -> Outcome {
        text::string(&mut self.body, of);
        Outcome::Written
    }
}
