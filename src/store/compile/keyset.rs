//! Order and cursors: a page begins behind a row, which an index finds at once, however far behind the first
//! that row lies (D6). Must not know what else a statement asks.

use super::draft::{Draft, column};
use crate::catalog::Resource;
use crate::cell::Cell;
use crate::error::{Code, Refusal, Result};
use crate::plan::read::Order;

use super::filter::fits;

/// One column of an order.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Term {
    /// The column of the alias `t`, in SQL.
    pub(super) column: String,
    /// Whether the largest come first.
    pub(super) descending: bool,
}

/// The whole order of a level: its columns, then the id in the direction of the last, so that no two rows are
/// equal in it and an index over the columns and the id serves it in both directions.
pub(super) fn terms(resource: &Resource, order: &[Order]) -> Vec<Term> {
    let mut terms: Vec<Term> = order
        .iter()
        .map(|order| Term {
            column: column("t", &resource.column(order.column).name),
            descending: order.descending,
        })
        .collect();
    let descending = terms.last().is_some_and(|term| term.descending);
    terms.push(Term {
        column: "t.id".to_string(),
        descending,
    });
    terms
}

/// `ORDER BY` of the terms, or of their reverse.
pub(super) fn order_by(terms: &[Term], reversed: bool) -> String {
    let parts: Vec<String> = terms
        .iter()
        .map(|term| match term.descending != reversed {
            true => format!("{} DESC", term.column),
            false => term.column.clone(),
        })
        .collect();
    parts.join(", ")
}

/// The places of a cursor's values. Errors: `INVALID_CURSOR` when it does not fit the order.
pub(super) fn bind_cursor(
    draft: &mut Draft<'_>,
    resource: &Resource,
    order: &[Order],
    cursor: &[Cell],
) -> Result<Vec<String>> {
    let kinds = order
        .iter()
        .map(|order| resource.column(order.column).kind)
        .chain([crate::cell::Kind::Uuid]);
    let fit = cursor.len() == order.len() + 1
        && kinds
            .zip(cursor)
            .all(|(kind, cell)| !cell.is_null() && fits(kind, cell));
    if !fit {
        return Err(Refusal::new(
            Code::InvalidCursor,
            "the cursor was made for another order; begin at the first page",
        )
        .into());
    }
    Ok(cursor.iter().map(|cell| draft.bind(cell.clone())).collect())
}

/// On which side of a cursor rows lie, in the order of the terms.
#[derive(Copy, Clone, Debug, PartialEq, Eq)]
pub(super) enum Side {
    /// Behind it, without the row itself.
    Behind,
    /// Before it, without the row itself.
    Before,
    /// At it or behind it.
    FromOn,
    /// At it or before it.
    UpTo,
}

impl Side {
    fn operator(self, descending: bool) -> &'static str {
        match (self, descending) {
            (Side::Behind, false) | (Side::Before, true) => ">",
            (Side::Behind, true) | (Side::Before, false) => "<",
            (Side::FromOn, false) | (Side::UpTo, true) => ">=",
            (Side::FromOn, true) | (Side::UpTo, false) => "<=",
        }
    }

    fn inclusive(self) -> Side {
        match self {
            Side::Behind | Side::FromOn => Side::FromOn,
            Side::Before | Side::UpTo => Side::UpTo,
        }
    }

    fn exclusive(self) -> Side {
        match self {
            Side::Behind | Side::FromOn => Side::Behind,
            Side::Before | Side::UpTo => Side::Before,
        }
    }
}

/// The condition for a row to lie on that side of a cursor.
pub(super) fn beside(terms: &[Term], places: &[String], side: Side) -> String {
    let first = terms[0].descending;
    let run = terms.iter().take_while(|term| term.descending == first).count();
    let (here, later) = terms.split_at(run);
    let (values, later_values) = places.split_at(run);
    let left = row(here.iter().map(|term| term.column.as_str()));
    let right = row(values.iter().map(String::as_str));
    if later.is_empty() {
        return format!("{left} {} {right}", side.operator(first));
    }
    // The outer comparison says nothing new, but an index can begin at it.
    format!(
        "({left} {} {right} AND ({left} {} {right} OR ({left} = {right} AND {})))",
        side.inclusive().operator(first),
        side.exclusive().operator(first),
        beside(later, later_values, side)
    )
}

fn row<'a>(parts: impl Iterator<Item = &'a str>) -> String {
    let parts: Vec<&str> = parts.collect();
    match parts.as_slice() {
        [one] => (*one).to_string(),
        many => format!("({})", many.join(", ")),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn term(column: &str, descending: bool) -> Term {
        Term {
            column: column.to_string(),
            descending,
        }
    }

    #[test]
    fn one_direction_is_one_comparison_of_rows() {
        let terms = [term("t.a", true), term("t.id", true)];
        let places = ["$1".to_string(), "$2".to_string()];
        assert_eq!(beside(&terms, &places, Side::Behind), "(t.a, t.id) < ($1, $2)");
        assert_eq!(beside(&terms, &places, Side::UpTo), "(t.a, t.id) >= ($1, $2)");
        assert_eq!(order_by(&terms, true), "t.a, t.id");
    }

    #[test]
    fn mixed_directions_keep_a_comparison_that_an_index_can_begin_at() {
        let terms = [term("t.a", true), term("t.b", false), term("t.id", false)];
        let places = ["$1".to_string(), "$2".to_string(), "$3".to_string()];
        assert_eq!(
            beside(&terms, &places, Side::Behind),
            "(t.a <= $1 AND (t.a < $1 OR (t.a = $1 AND (t.b, t.id) > ($2, $3))))"
        );
        assert_eq!(order_by(&terms, false), "t.a DESC, t.b, t.id");
    }
}
