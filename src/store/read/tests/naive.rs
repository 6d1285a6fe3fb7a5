//! The same questions answered in memory by plain loops, without SQL, indexes or batches.

use std::cmp::Ordering;

use uuid::Uuid;

use super::world::{Row, World, value};
use crate::access::permit::{Level, Scope, Show};
use crate::catalog::{Column, ColumnId, Mask, Owner, Resource, Step, SubjectPath};
use crate::cell::Cell;
use crate::plan::read::{Comparison, Direction, Filter, Link, Order, Page, Window};
use crate::plan::slice::Subject;
use crate::store::mask::{field_class_is_shown, masked, small_cell};
use crate::store::rows::Rows;

/// A list of an answer, as a tree.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct List {
    pub(super) rows: Vec<Seen>,
    pub(super) has_next: bool,
    pub(super) has_previous: bool,
    pub(super) count: Option<u64>,
}

/// A row of an answer.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Seen {
    pub(super) id: Uuid,
    pub(super) cells: Vec<Cell>,
    pub(super) key: Vec<Cell>,
    pub(super) children: Vec<List>,
}

/// What a store answered, as a tree.
pub(super) fn tree(rows: &Rows, group: usize) -> List {
    let group = &rows.groups[group];
    List {
        rows: group
            .rows
            .clone()
            .map(|index| Seen {
                id: rows.ids[index],
                cells: rows.row(index).to_vec(),
                key: rows.key(index).to_vec(),
                children: rows.children.iter().map(|child| tree(child, index)).collect(),
            })
            .collect(),
        has_next: group.has_next,
        has_previous: group.has_previous,
        count: group.count,
    }
}

/// Who asks.
pub(super) struct Naive<'a> {
    pub(super) world: &'a World,
    pub(super) account: Uuid,
    pub(super) operator: bool,
}

impl Naive<'_> {
    /// The answer to one level; below a row, to its part of the level.
    pub(super) fn list(&self, level: &Level, upper: Option<(Link, &Resource, &Row)>) -> List {
        let resource = self.world.catalog.get(level.resource);
        let mut rows: Vec<&Row> = self
            .world
            .rows(level.resource)
            .iter()
            .filter(|row| upper.is_none_or(|(link, of, upper)| linked(link, of, upper, resource, row)))
            .filter(|row| self.is_visible(resource, row, &level.scope))
            .filter(|row| self.is_large_enough(resource, row, &level.cells, &level.clear))
            .filter(|row| level.filter.as_ref().is_none_or(|filter| holds(filter, row)))
            .collect();
        rows.sort_by(|one, other| {
            compare(
                &key(resource, &level.order, one),
                &key(resource, &level.order, other),
                &level.order,
            )
        });
        let by_id = matches!(upper, Some((Link::Forward(_), ..)));
        match &level.window {
            Window::Ids(ids) => {
                rows.retain(|row| {
                    by_id
                        || value(resource, row, "id")
                            .as_uuid()
                            .is_some_and(|id| ids.contains(&id))
                });
                List {
                    has_next: false,
                    has_previous: false,
                    count: (level.count && !by_id).then_some(rows.len() as u64),
                    rows: self.seen(level, resource, rows),
                }
            }
            Window::Page(page) => self.page(level, resource, rows, page),
        }
    }

    fn page(&self, level: &Level, resource: &Resource, rows: Vec<&Row>, page: &Page) -> List {
        let count = level.count.then_some(rows.len() as u64);
        let at =
            |row: &Row, cursor: &[Cell]| compare(&key(resource, &level.order, row), cursor, &level.order);
        let low = |row: &&Row| page.after.as_ref().is_some_and(|cursor| at(row, cursor).is_le());
        let high = |row: &&Row| page.before.as_ref().is_some_and(|cursor| at(row, cursor).is_ge());
        let size = usize::from(page.size);
        if size == 0 {
            return List {
                rows: Vec::new(),
                has_next: false,
                has_previous: false,
                count,
            };
        }
        let mut has_previous = rows.iter().any(low);
        let mut has_next = rows.iter().any(high);
        let mut inside: Vec<&Row> = rows.into_iter().filter(|row| !low(row) && !high(row)).collect();
        match page.direction {
            Direction::Forward => {
                has_next |= inside.len() > size;
                inside.truncate(size);
            }
            Direction::Backward => {
                has_previous |= inside.len() > size;
                inside.drain(..inside.len().saturating_sub(size));
            }
        }
        List {
            rows: self.seen(level, resource, inside),
            has_next,
            has_previous,
            count,
        }
    }

    fn seen(&self, level: &Level, resource: &Resource, rows: Vec<&Row>) -> Vec<Seen> {
        rows.into_iter()
            .map(|row| {
                let clear = self.is_in(resource, row, &level.clear);
                let mut key = key(resource, &level.order, row);
                key.pop();
                Seen {
                    id: value(resource, row, "id").as_uuid().expect("an id"),
                    cells: level
                        .columns
                        .iter()
                        .map(|shown| {
                            self.shown(resource, resource.column(shown.column), row, shown.show, clear)
                        })
                        .collect(),
                    key,
                    children: level
                        .children
                        .iter()
                        .map(|(link, child)| self.list(child, Some((*link, resource, row))))
                        .collect(),
                }
            })
            .collect()
    }

    pub(super) fn shown(
        &self,
        resource: &Resource,
        column: &Column,
        row: &Row,
        show: Show,
        clear: bool,
    ) -> Cell {
        let cell = row[usize::from(column.id.0)].clone();
        match show {
            Show::Clear => cell,
            Show::IsSet => Cell::Bool(!cell.is_null()),
            Show::Masked(_) | Show::ByField if clear => cell,
            Show::Masked(Mask::SmallCell) => {
                let people = column.people.expect("a count says whom it counts");
                small_cell(&cell, &row[usize::from(people.0)], self.least())
            }
            Show::Masked(mask) => masked(mask, cell),
            Show::ByField => {
                let by = column.class_by.as_ref().expect("a column by field says which");
                let step = Step::Forward {
                    column: by.reference,
                    target: resource.reference(by.reference).expect("a reference").target,
                };
                let classes: Vec<Cell> = self
                    .ends(resource, row, &[step])
                    .into_iter()
                    .map(|(_, field)| field[usize::from(by.column.0)].clone())
                    .collect();
                match field_class_is_shown(classes.first().and_then(Cell::as_text)) {
                    true => cell,
                    false => Cell::Null,
                }
            }
        }
    }

    pub(super) fn is_visible(&self, resource: &Resource, row: &Row, scope: &Scope) -> bool {
        let account = Cell::Uuid(self.account);
        let own = match resource.owner {
            Owner::Account => value(resource, row, "account_id") == &account,
            Owner::Itself => value(resource, row, "id") == &account,
            Owner::Members => {
                let members = self.world.catalog.table("group_members");
                self.world.rows(members.id).iter().any(|member| {
                    value(members, member, "account_id") == &account
                        && value(members, member, "user_id") == value(resource, row, "id")
                })
            }
            Owner::Shared => true,
            Owner::Global => self.operator,
        };
        let is_operators = |by: ColumnId| row[usize::from(by.0)] == Cell::Bool(true);
        let shown = self.operator || !resource.operators_only.is_some_and(is_operators);
        own && shown && self.is_in(resource, row, scope)
    }

    pub(super) fn is_large_enough(
        &self,
        resource: &Resource,
        row: &Row,
        cells: &[ColumnId],
        clear: &Scope,
    ) -> bool {
        let counts_enough =
            |cell: &ColumnId| matches!(row[usize::from(cell.0)], Cell::Int(people) if people >= self.least());
        cells.is_empty() || self.is_in(resource, row, clear) || cells.iter().any(counts_enough)
    }

    fn least(&self) -> i64 {
        self.world.catalog.settings.small_cell.into()
    }

    pub(super) fn is_in(&self, resource: &Resource, row: &Row, scope: &Scope) -> bool {
        match scope {
            Scope::Nothing => false,
            Scope::All => true,
            Scope::Lists(lists) => resource.scope.iter().any(|path| {
                self.ends(resource, row, &path.steps)
                    .iter()
                    .any(|(of, end)| lists.contains(&value(of, end, "id").as_uuid().expect("an id")))
            }),
        }
    }

    pub(super) fn is_about(&self, resource: &Resource, row: &Row, subject: &Subject) -> bool {
        resource.subject.iter().any(|path| match path {
            SubjectPath::Address(column) => row[usize::from(column.0)].as_text() == Some(&subject.address),
            SubjectPath::References(path) => self
                .ends(resource, row, &path.steps)
                .iter()
                .any(|(of, end)| value(of, end, "id") == &Cell::Uuid(subject.subscriber)),
        })
    }

    /// The rows at the end of a walk.
    fn ends<'s>(
        &'s self,
        resource: &'s Resource,
        row: &'s Row,
        steps: &[Step],
    ) -> Vec<(&'s Resource, &'s Row)> {
        let Some((step, rest)) = steps.split_first() else {
            return vec![(resource, row)];
        };
        let (next, link) = match step {
            Step::Forward { column, target } => (*target, Link::Forward(*column)),
            Step::Back {
                resource: other,
                column,
            } => (*other, Link::Back(*column)),
        };
        let next = self.world.catalog.get(next);
        self.world
            .rows(next.id)
            .iter()
            .filter(|other| {
                same_account(resource, row, next, other) && linked(link, resource, row, next, other)
            })
            .flat_map(|other| self.ends(next, other, rest))
            .collect()
    }
}

fn same_account(one: &Resource, row: &Row, other: &Resource, other_row: &Row) -> bool {
    one.owner != Owner::Account
        || other.owner != Owner::Account
        || value(one, row, "account_id") == value(other, other_row, "account_id")
}

fn linked(link: Link, upper: &Resource, upper_row: &Row, resource: &Resource, row: &Row) -> bool {
    match link {
        Link::Forward(by) => &upper_row[usize::from(by.0)] == value(resource, row, "id"),
        Link::Back(by) => &row[usize::from(by.0)] == value(upper, upper_row, "id"),
        Link::Matching {
            upper: held,
            lower: by,
        } => {
            same_account(upper, upper_row, resource, row)
                && row[usize::from(by.0)] == upper_row[usize::from(held.0)]
        }
    }
}

/// The values of the order, then the id.
pub(super) fn key(resource: &Resource, order: &[Order], row: &Row) -> Vec<Cell> {
    let mut key: Vec<Cell> = order
        .iter()
        .map(|order| row[usize::from(order.column.0)].clone())
        .collect();
    key.push(value(resource, row, "id").clone());
    key
}

fn compare(one: &[Cell], other: &[Cell], order: &[Order]) -> Ordering {
    let last = order.last().is_some_and(|order| order.descending);
    let directions = order.iter().map(|order| order.descending).chain([last]);
    one.iter()
        .zip(other)
        .zip(directions)
        .map(|((one, other), descending)| match descending {
            true => between(other, one),
            false => between(one, other),
        })
        .find(|ordering| ordering.is_ne())
        .unwrap_or(Ordering::Equal)
}

fn between(one: &Cell, other: &Cell) -> Ordering {
    match (one, other) {
        (Cell::Bool(one), Cell::Bool(other)) => one.cmp(other),
        (Cell::Int(one), Cell::Int(other)) => one.cmp(other),
        (Cell::Text(one), Cell::Text(other)) => one.as_bytes().cmp(other.as_bytes()),
        (Cell::Uuid(one), Cell::Uuid(other)) => one.cmp(other),
        (Cell::Instant(one), Cell::Instant(other)) => one.cmp(other),
        (Cell::Bytes(one), Cell::Bytes(other)) => one.cmp(other),
        other => panic!("no order between {other:?}"),
    }
}

fn holds(filter: &Filter, row: &Row) -> bool {
    match filter {
        Filter::And(all) => all.iter().all(|one| holds(one, row)),
        Filter::Or(all) => all.iter().any(|one| holds(one, row)),
        Filter::Not(one) => !holds(one, row),
        Filter::Compare {
            column, comparison, ..
        } => compares(comparison, &row[usize::from(column.0)]),
    }
}

fn compares(comparison: &Comparison, cell: &Cell) -> bool {
    let known = |other: &Cell| !cell.is_null() && !other.is_null();
    match comparison {
        Comparison::Equal(other) => known(other) && cell == other,
        Comparison::NotEqual(other) => !(known(other) && cell == other),
        Comparison::In(others) => others.iter().any(|other| known(other) && cell == other),
        Comparison::Less(other) => known(other) && between(cell, other).is_lt(),
        Comparison::LessOrEqual(other) => known(other) && between(cell, other).is_le(),
        Comparison::Greater(other) => known(other) && between(cell, other).is_gt(),
        Comparison::GreaterOrEqual(other) => known(other) && between(cell, other).is_ge(),
        Comparison::StartsWith(prefix) => cell.as_text().is_some_and(|text| text.starts_with(prefix)),
        Comparison::IsNull(is) => cell.is_null() == *is,
    }
}
