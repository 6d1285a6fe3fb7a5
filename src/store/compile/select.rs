//! Which columns a statement gives, where each value of an answer stands among them, and how it is shown.
//!
//! What is masked for every row is not even read; the rest is masked while its row is, before it leaves the store.

use std::fmt::Write;

use super::draft::{Draft, column, table};
use super::scope::{Form, in_lists};
use crate::access::permit::{Scope, Show, Shown};
use crate::catalog::{Column, ColumnId, Mask, Resource};
use crate::cell::{Cell, Kind};
use crate::error::{Fault, Result};
use crate::store::mask::{field_class_is_shown, masked, small_cell};
use crate::store::row::Row;
use crate::store::sql::push_quoted;

/// The columns of a SELECT of the alias `t`, each once; the first is the id.
pub(super) struct Selection {
    next: usize,
    id: usize,
    /// `t.id AS c0, t."email" AS c1`.
    list: String,
    plain: Vec<(ColumnId, usize)>,
}

impl Selection {
    /// A selection whose id stands at the place `first` of the statement's columns.
    pub(super) fn starting_at(first: usize) -> Self {
        Selection {
            next: first + 1,
            id: first,
            list: format!("t.id AS c{first}"),
            plain: Vec::new(),
        }
    }

    /// The place of a column.
    pub(super) fn column(&mut self, resource: &Resource, id: ColumnId) -> usize {
        if let Some((_, place)) = self.plain.iter().find(|(known, _)| *known == id) {
            return *place;
        }
        self.list.push_str(", t.");
        push_quoted(&mut self.list, &resource.column(id).name);
        let place = self.named();
        self.plain.push((id, place));
        place
    }

    /// The place of an expression.
    pub(super) fn computed(&mut self, expression: &str) -> usize {
        self.list.push_str(", ");
        self.list.push_str(expression);
        self.named()
    }

    fn named(&mut self) -> usize {
        let place = self.next;
        self.next += 1;
        // Writing to a String cannot fail.
        let _ = write!(self.list, " AS c{place}");
        place
    }

    /// The place of the id.
    pub(super) fn id(&self) -> usize {
        self.id
    }

    /// The columns, with their names.
    pub(super) fn list(&self) -> &str {
        &self.list
    }
}

/// One value of an answer: its place in the row, and how it is shown.
#[derive(Clone, Debug, PartialEq)]
enum Value {
    /// As it is.
    Clear { place: usize, kind: Kind },
    /// Hidden in every row.
    Hidden,
    /// Masked in the rows that are not in clear.
    Masked { place: usize, kind: Kind, mask: Mask },
    /// A count, masked by how many people stand behind it, in the rows that are not in clear.
    SmallCell { place: usize, people: usize, least: i64 },
    /// Shown by the class that stands at another place, in the rows that are not in clear.
    ByField { place: usize, kind: Kind, class: usize },
}

/// In which rows personal data is in clear.
#[derive(Copy, Clone, Debug, PartialEq, Eq)]
enum ClearRows {
    All,
    None,
    /// Where this place is true.
    Place(usize),
}

/// The values of an answer's row.
#[derive(Clone, Debug, PartialEq)]
pub(in crate::store) struct Values {
    values: Vec<Value>,
    clear: ClearRows,
}

impl Values {
    /// Adds what the columns need to the selection.
    pub(super) fn of(
        draft: &mut Draft<'_>,
        resource: &Resource,
        shown: &[Shown],
        clear: &Scope,
        selection: &mut Selection,
    ) -> Values {
        let clear = clear_rows(draft, resource, shown, clear, selection);
        let values = shown
            .iter()
            .map(|shown| value(draft, resource, *shown, clear, selection))
            .collect();
        Values { values, clear }
    }

    /// How many values each row has.
    pub(in crate::store) fn width(&self) -> usize {
        self.values.len()
    }

    /// Reads one row behind the cells that are there.
    pub(in crate::store) fn read(&self, row: &Row, cells: &mut Vec<Cell>) -> Result<()> {
        let clear = match self.clear {
            ClearRows::All => true,
            ClearRows::None => false,
            ClearRows::Place(place) => row.cell(place, Kind::Bool)? == Cell::Bool(true),
        };
        for value in &self.values {
            cells.push(value.read(row, clear)?);
        }
        Ok(())
    }
}

impl Value {
    fn read(&self, row: &Row, clear: bool) -> Result<Cell> {
        match self {
            Value::Clear { place, kind } => row.cell(*place, *kind),
            Value::Hidden => Ok(Cell::Null),
            Value::Masked { place, kind, .. } | Value::ByField { place, kind, .. } if clear => {
                row.cell(*place, *kind)
            }
            Value::SmallCell { place, .. } if clear => row.cell(*place, Kind::Int),
            Value::SmallCell { place, people, least } => Ok(small_cell(
                &row.cell(*place, Kind::Int)?,
                &row.cell(*people, Kind::Int)?,
                *least,
            )),
            Value::Masked { mask: Mask::Hide, .. } => Ok(Cell::Null),
            Value::Masked { place, kind, mask } => Ok(masked(*mask, row.cell(*place, *kind)?)),
            Value::ByField { place, kind, class } => {
                let class = row.cell(*class, Kind::Enum)?;
                match field_class_is_shown(class.as_text()) {
                    true => row.cell(*place, *kind),
                    false => Ok(Cell::Null),
                }
            }
        }
    }
}

fn clear_rows(
    draft: &mut Draft<'_>,
    resource: &Resource,
    shown: &[Shown],
    clear: &Scope,
    selection: &mut Selection,
) -> ClearRows {
    let depends = shown
        .iter()
        .any(|shown| matches!(shown.show, Show::Masked(_) | Show::ByField));
    match clear {
        Scope::All => ClearRows::All,
        Scope::Nothing => ClearRows::None,
        Scope::Lists(lists) if lists.is_empty() || resource.scope.is_empty() || !depends => ClearRows::None,
        Scope::Lists(lists) => {
            let condition = in_lists(draft, resource, lists, "t", Form::Probe);
            ClearRows::Place(selection.computed(&condition))
        }
    }
}

fn value(
    draft: &mut Draft<'_>,
    resource: &Resource,
    shown: Shown,
    clear: ClearRows,
    selection: &mut Selection,
) -> Value {
    let of = resource.column(shown.column);
    let kind = of.kind;
    match shown.show {
        Show::IsSet => Value::Clear {
            place: selection.computed(&format!("{} IS NOT NULL", column("t", &of.name))),
            kind: Kind::Bool,
        },
        Show::Masked(Mask::Hide) if clear == ClearRows::None => Value::Hidden,
        Show::Masked(Mask::SmallCell) => Value::SmallCell {
            place: selection.column(resource, of.id),
            people: selection.column(resource, of.people.unwrap_or(of.id)),
            least: draft.catalog.settings.small_cell.into(),
        },
        Show::Masked(mask) => Value::Masked {
            place: selection.column(resource, of.id),
            kind,
            mask,
        },
        Show::ByField => match class_of(draft, resource, of) {
            Some(class) => Value::ByField {
                place: selection.column(resource, of.id),
                kind,
                class: selection.computed(&class),
            },
            // Without a way to its class, a value counts as special category.
            None => Value::Masked {
                place: selection.column(resource, of.id),
                kind,
                mask: Mask::Hide,
            },
        },
        Show::Clear => Value::Clear {
            place: selection.column(resource, of.id),
            kind,
        },
    }
}

/// The word that stands in the field definition of a custom value.
fn class_of(draft: &mut Draft<'_>, resource: &Resource, of: &Column) -> Option<String> {
    let by = of.class_by.as_ref()?;
    let reference = resource.reference(by.reference)?;
    let field = draft.catalog.get(reference.target);
    let account = draft.same_account(field, "f");
    Some(format!(
        "(SELECT {} FROM {} WHERE {account}f.id = {})",
        column("f", &field.column(by.column).name),
        table(field, "f"),
        column("t", &resource.column(by.reference).name)
    ))
}

/// The id that a row carries at a place, if any.
pub(in crate::store) fn id_at(row: &Row, place: usize) -> Result<Option<uuid::Uuid>> {
    match row.cell(place, Kind::Uuid)? {
        Cell::Uuid(id) => Ok(Some(id)),
        Cell::Null => Ok(None),
        _ => Err(Fault::Invariant(format!("the value at place {place} is no id")).into()),
    }
}
