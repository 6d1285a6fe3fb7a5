//! From rows and the shape of the answer to the bytes of `data`, in one pass and without a tree in between.
//!
//! Knows nothing of documents, askers or SQL. Null propagation is the specification's: a null where none is
//! allowed makes the object around it null, and the error says where it was.

mod page;
mod scalar;
pub mod text;
mod withheld;

#[cfg(test)]
mod tests;

use std::sync::Arc;

use async_graphql::Value as ConstValue;
use uuid::Uuid;

use super::answer::{GraphqlError, Step};
use super::compile::shape::{Selection, Slot, Source};
use crate::access::cursor::CursorKeys;
use crate::access::global_id::IdKeys;
use crate::error::{Fault, Result};
use crate::store::rows::Rows;

pub use withheld::withheld;

/// What assembling needs besides the shape.
#[derive(Clone, Copy)]
pub struct Materials<'a> {
    /// The keys of global ids.
    pub ids: &'a IdKeys,
    /// The keys of cursors.
    pub cursors: &'a CursorKeys,
    /// What was read, in the order of the reads; a fault makes the field that needs it null.
    pub branches: &'a [Result<Rows, Fault>],
    /// What async-graphql answered to the introspection fields.
    pub introspection: Option<&'a ConstValue>,
    /// The id under which the log has the request.
    pub request_id: &'a str,
}

/// Writes the value of `data` behind what is in the buffer, and gives the errors of fields.
pub fn assemble(
    selection: &Selection,
    materials: Materials<'_>,
    body: Vec<u8>,
) -> (Vec<u8>, Vec<GraphqlError>) {
    let mut assembler = Assembler {
        materials,
        body,
        path: Vec::new(),
        errors: Vec::new(),
    };
    let mark = assembler.body.len();
    if let Outcome::Failed | Outcome::Nothing = assembler.selection(selection, None) {
        assembler.body.truncate(mark);
        assembler.body.extend_from_slice(b"null");
    }
    (assembler.body, assembler.errors)
}

/// How many rows were read, on all levels together.
pub fn row_count(rows: &Rows) -> u64 {
    rows.ids.len() as u64 + rows.children.iter().map(row_count).sum::<u64>()
}

/// The row that an object stands for.
#[derive(Clone, Copy)]
struct Here<'a> {
    rows: &'a Rows,
    index: usize,
}

/// What became of a value.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Outcome {
    /// It is in the buffer.
    Written,
    /// It is null, which was not written.
    Nothing,
    /// An error made it null, which was not written; what is in the buffer of it must go.
    Failed,
}

struct Assembler<'a> {
    materials: Materials<'a>,
    body: Vec<u8>,
    path: Vec<Step>,
    errors: Vec<GraphqlError>,
}

impl<'a> Assembler<'a> {
    fn selection(&mut self, selection: &Selection, here: Option<Here<'a>>) -> Outcome {
        self.body.push(b'{');
        for (place, slot) in selection.fields.iter().enumerate() {
            self.body.extend_from_slice(&slot.key[usize::from(place == 0)..]);
            if self.slot(slot, here) == Outcome::Failed {
                return Outcome::Failed;
            }
        }
        self.body.push(b'}');
        Outcome::Written
    }

    fn key(&mut self, place: usize, name: &str) {
        self.body
            .extend_from_slice(if place > 0 { b",\"" } else { b"\"" });
        self.body.extend_from_slice(name.as_bytes());
        self.body.extend_from_slice(b"\":");
    }

    /// Writes the value of a field; fails only when the object around it must be null.
    fn slot(&mut self, slot: &Slot, here: Option<Here<'a>>) -> Outcome {
        let mark = self.body.len();
        match self.source(slot, here) {
            Outcome::Written => return Outcome::Written,
            Outcome::Nothing if slot.required => {
                self.fail(
                    &slot.name,
                    Fault::Invariant(format!("{} is null, which it must not be", slot.name)),
                );
                return Outcome::Failed;
            }
            Outcome::Failed if slot.required => return Outcome::Failed,
            Outcome::Nothing | Outcome::Failed => {}
        }
        self.body.truncate(mark);
        self.body.extend_from_slice(b"null");
        Outcome::Written
    }

    fn source(&mut self, slot: &Slot, here: Option<Here<'a>>) -> Outcome {
        match (&slot.source, here) {
            (Source::Literal(json), _) => self.raw(json),
            (Source::Object(selection), here) => self.below(&slot.name, |own| own.selection(selection, here)),
            (Source::Introspection, _) => self.introspection(&slot.name),
            (Source::Failed, _) => Outcome::Failed,
            (Source::BranchRow { branch, selection }, _) => self.branch_row(slot, *branch, selection),
            (Source::BranchPage { branch, page }, _) => match self.branch(slot, *branch) {
                Some(rows) => self.page(&slot.name, page, rows, 0),
                None => Outcome::Failed,
            },
            (Source::BranchRows { picks, selections }, _) => self.branch_rows(slot, picks, selections),
            (Source::Id(tag), Some(here)) => {
                let id = here.rows.ids.get(here.index).copied().unwrap_or_default();
                self.global_id(*tag, id)
            }
            (Source::Column { index, form }, Some(here)) => match here.rows.row(here.index).get(*index) {
                Some(cell) => self.cell(slot, cell, *form),
                None => self.lost(slot),
            },
            (Source::BundlePath { state, tag }, Some(here)) => self.bundle_path(here, *state, *tag),
            (Source::Reference { child, selection }, Some(here)) => {
                let Some((rows, group)) = lower(here, *child) else {
                    return self.lost(slot);
                };
                match group.clone().next() {
                    Some(index) => self.below(&slot.name, |own| {
                        own.selection(selection, Some(Here { rows, index }))
                    }),
                    None => Outcome::Nothing,
                }
            }
            (Source::Page { child, page }, Some(here)) => match lower(here, *child) {
                Some((rows, _)) => self.page(&slot.name, page, rows, here.index),
                None => self.lost(slot),
            },
            (Source::Parts { child, selection }, Some(here)) => match lower(here, *child) {
                Some((rows, group)) => self.below(&slot.name, |own| own.rows(selection, rows, group)),
                None => self.lost(slot),
            },
            (_, None) => self.lost(slot),
        }
    }

    fn raw(&mut self, json: &[u8]) -> Outcome {
        self.body.extend_from_slice(json);
        Outcome::Written
    }

    /// Writes a list of rows.
    fn rows(&mut self, selection: &Selection, rows: &'a Rows, group: std::ops::Range<usize>) -> Outcome {
        self.body.push(b'[');
        for (place, index) in group.enumerate() {
            if place > 0 {
                self.body.push(b',');
            }
            self.path.push(Step::Index(place));
            if self.selection(selection, Some(Here { rows, index })) == Outcome::Failed {
                return Outcome::Failed;
            }
            self.path.pop();
        }
        self.body.push(b']');
        Outcome::Written
    }

    fn branch_row(&mut self, slot: &Slot, branch: usize, selection: &Selection) -> Outcome {
        let Some(rows) = self.branch(slot, branch) else {
            return Outcome::Failed;
        };
        if rows.ids.is_empty() {
            return Outcome::Nothing;
        }
        self.below(&slot.name, |own| {
            own.selection(selection, Some(Here { rows, index: 0 }))
        })
    }

    fn branch_rows(
        &mut self,
        slot: &Slot,
        picks: &[Option<(usize, Uuid)>],
        selections: &[(usize, Selection)],
    ) -> Outcome {
        self.body.push(b'[');
        for (place, pick) in picks.iter().enumerate() {
            if place > 0 {
                self.body.push(b',');
            }
            let mark = self.body.len();
            let depth = self.path.len();
            self.path
                .extend([Step::Key(slot.name.clone()), Step::Index(place)]);
            let outcome = match pick {
                Some((branch, id)) => self.picked(slot, *branch, *id, selections),
                None => Outcome::Nothing,
            };
            self.path.truncate(depth);
            if outcome != Outcome::Written {
                self.body.truncate(mark);
                self.body.extend_from_slice(b"null");
            }
        }
        self.body.push(b']');
        Outcome::Written
    }

    fn picked(&mut self, slot: &Slot, branch: usize, id: Uuid, selections: &[(usize, Selection)]) -> Outcome {
        let rows = match self.materials.branches.get(branch) {
            Some(Ok(rows)) => rows,
            Some(Err(fault)) => {
                let error = GraphqlError::of_fault(fault, self.materials.request_id).on(self.path.clone());
                self.errors.push(error);
                return Outcome::Failed;
            }
            None => return self.lost(slot),
        };
        let index = rows.ids.iter().position(|known| *known == id);
        let selection = selections.iter().find(|(of, _)| *of == branch);
        match (index, selection) {
            (Some(index), Some((_, selection))) => self.selection(selection, Some(Here { rows, index })),
            _ => Outcome::Nothing,
        }
    }

    /// The rows of a branch; when it failed, the error is noted.
    fn branch(&mut self, slot: &Slot, branch: usize) -> Option<&'a Rows> {
        match self.materials.branches.get(branch) {
            Some(Ok(rows)) => Some(rows),
            Some(Err(fault)) => {
                let error = GraphqlError::of_fault(fault, self.materials.request_id);
                self.note(&slot.name, error);
                None
            }
            None => {
                self.lost(slot);
                None
            }
        }
    }

    fn introspection(&mut self, name: &Arc<str>) -> Outcome {
        let value = match self.materials.introspection {
            Some(ConstValue::Object(fields)) => fields.get(&**name),
            _ => None,
        };
        match value {
            None => Outcome::Nothing,
            Some(ConstValue::Null) => Outcome::Nothing,
            Some(value) => match serde_json::to_writer(&mut self.body, value) {
                Ok(()) => Outcome::Written,
                Err(error) => {
                    self.fail(
                        name,
                        Fault::Invariant(format!("introspection cannot be written: {error}")),
                    );
                    Outcome::Failed
                }
            },
        }
    }

    /// Runs `work` with one more step on the path. After a failure the path may be too long inside, so its
    /// length is set back here.
    fn below(&mut self, name: &Arc<str>, work: impl FnOnce(&mut Self) -> Outcome) -> Outcome {
        let depth = self.path.len();
        self.path.push(Step::Key(name.clone()));
        let outcome = work(self);
        self.path.truncate(depth);
        outcome
    }

    /// The shape does not fit the rows, which both come from us.
    fn lost(&mut self, slot: &Slot) -> Outcome {
        self.fail(
            &slot.name,
            Fault::Invariant(format!("the rows do not hold {}", slot.name)),
        );
        Outcome::Failed
    }

    fn fail(&mut self, name: &Arc<str>, fault: Fault) {
        let error = GraphqlError::of_fault(&fault, self.materials.request_id);
        self.note(name, error);
    }

    fn note(&mut self, name: &Arc<str>, error: GraphqlError) {
        let mut path = self.path.clone();
        path.push(Step::Key(name.clone()));
        self.errors.push(error.on(path));
    }
}

/// A lower level, and which of its rows hang on this one.
fn lower(here: Here<'_>, child: usize) -> Option<(&Rows, std::ops::Range<usize>)> {
    let rows = here.rows.children.get(child)?;
    let group = rows.groups.get(here.index)?;
    Some((rows, group.rows.clone()))
}
