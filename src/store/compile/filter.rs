//! What the asker wants, as a condition in two-valued logic: NULL equals nothing, and the opposite of a
//! condition holds wherever the condition does not. Must not know what the asker may see.

use super::draft::{Draft, column};
use crate::catalog::{Column, Resource};
use crate::cell::{Cell, Kind};
use crate::error::{Code, Refusal, Result};
use crate::plan::read::{Comparison, Filter};

/// The condition of a filter on the rows of the alias `t`. Errors: `BAD_USER_INPUT` when a value is not of its
/// column's kind.
pub(super) fn condition(draft: &mut Draft<'_>, resource: &Resource, filter: &Filter) -> Result<String> {
    match filter {
        Filter::And(all) => joined(draft, resource, all, " AND ", "TRUE"),
        Filter::Or(all) => joined(draft, resource, all, " OR ", "FALSE"),
        Filter::Not(one) => Ok(format!("({}) IS NOT TRUE", condition(draft, resource, one)?)),
        Filter::Compare {
            column,
            comparison,
            argument,
        } => {
            let column = resource.column(*column);
            check(column, comparison, argument)?;
            Ok(compared(draft, column, comparison))
        }
    }
}

fn joined(
    draft: &mut Draft<'_>,
    resource: &Resource,
    all: &[Filter],
    word: &str,
    none: &str,
) -> Result<String> {
    let parts: Vec<String> = all
        .iter()
        .map(|one| condition(draft, resource, one))
        .collect::<Result<_>>()?;
    Ok(match parts.is_empty() {
        true => none.to_string(),
        false => format!("({})", parts.join(word)),
    })
}

fn compared(draft: &mut Draft<'_>, column_of: &Column, comparison: &Comparison) -> String {
    let left = column("t", &column_of.name);
    let mut against = |operator: &str, cell: &Cell| match cell {
        Cell::Null => "FALSE".to_string(),
        cell => format!("{left} {operator} {}", draft.bind(cell.clone())),
    };
    match comparison {
        Comparison::Equal(cell) => against("=", cell),
        Comparison::NotEqual(Cell::Null) => "TRUE".to_string(),
        Comparison::NotEqual(cell) if column_of.nullable => against("IS DISTINCT FROM", cell),
        Comparison::NotEqual(cell) => against("<>", cell),
        Comparison::Less(cell) => against("<", cell),
        Comparison::LessOrEqual(cell) => against("<=", cell),
        Comparison::Greater(cell) => against(">", cell),
        Comparison::GreaterOrEqual(cell) => against(">=", cell),
        Comparison::In(cells) => {
            let some: Vec<Cell> = cells.iter().filter(|cell| !cell.is_null()).cloned().collect();
            match some.is_empty() {
                true => "FALSE".to_string(),
                false => format!("{left} {}", draft.bind_list(column_of.kind, &some)),
            }
        }
        // As a range, which an index serves; LIKE would need another index and know `%`.
        Comparison::StartsWith(prefix) => {
            let from = draft.bind(Cell::from(prefix.as_str()));
            match text_behind(prefix) {
                None => format!("{left} >= {from}"),
                Some(end) => format!("({left} >= {from} AND {left} < {})", draft.bind(Cell::from(end))),
            }
        }
        Comparison::IsNull(true) => format!("{left} IS NULL"),
        Comparison::IsNull(false) => format!("{left} IS NOT NULL"),
    }
}

fn check(column: &Column, comparison: &Comparison, argument: &[String]) -> Result<()> {
    let fit = match comparison {
        Comparison::Equal(cell)
        | Comparison::NotEqual(cell)
        | Comparison::Less(cell)
        | Comparison::LessOrEqual(cell)
        | Comparison::Greater(cell)
        | Comparison::GreaterOrEqual(cell) => fits(column.kind, cell),
        Comparison::In(cells) => cells.iter().all(|cell| fits(column.kind, cell)),
        Comparison::StartsWith(_) => matches!(column.kind, Kind::Text | Kind::Enum),
        Comparison::IsNull(_) => true,
    };
    if fit {
        return Ok(());
    }
    Err(Refusal::new(
        Code::BadUserInput,
        format!(
            "{} cannot be compared with such a value; give one of its own type",
            column.field
        ),
    )
    .at(argument.iter().cloned())
    .into())
}

/// Whether a value can be compared with a column of that kind. JSON is never looked into.
pub(super) fn fits(kind: Kind, cell: &Cell) -> bool {
    match cell {
        Cell::Null => true,
        Cell::Bool(_) => kind == Kind::Bool,
        Cell::Int(_) => kind == Kind::Int,
        Cell::Text(_) => matches!(kind, Kind::Text | Kind::Enum),
        Cell::Uuid(_) => kind == Kind::Uuid,
        Cell::Instant(_) => kind == Kind::Instant,
        Cell::Bytes(_) => kind == Kind::Bytes,
        Cell::Json(_) => false,
    }
}

/// The first text behind all that begin with `prefix`, byte by byte. None: there is no such text.
fn text_behind(prefix: &str) -> Option<String> {
    let mut text = prefix.to_string();
    while let Some(last) = text.pop() {
        // UTF-8 has the order of the characters' numbers; those of surrogates are no characters.
        let next = match last {
            '\u{d7ff}' => Some('\u{e000}'),
            other => char::from_u32(u32::from(other) + 1),
        };
        if let Some(next) = next {
            text.push(next);
            return Some(text);
        }
    }
    None
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_end_of_a_prefix_is_the_next_text_that_does_not_begin_so() {
        let cases = [
            ("a", Some("b")),
            ("a\u{10ffff}", Some("b")),
            ("\u{d7ff}", Some("\u{e000}")),
            ("\u{7f}", Some("\u{80}")),
            ("\u{10ffff}", None),
            ("", None),
        ];
        for (prefix, end) in cases {
            assert_eq!(text_behind(prefix).as_deref(), end, "{prefix:?}");
        }
    }

    proptest::proptest! {
        #[test]
        fn a_text_lies_in_the_range_exactly_when_it_begins_so(prefix in "\\PC{0,3}", text in "\\PC{0,5}") {
            let inside = text >= prefix && text_behind(&prefix).is_none_or(|end| text < end);
            proptest::prop_assert_eq!(inside, text.starts_with(&prefix));
        }
    }
}
