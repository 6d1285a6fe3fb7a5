//! A statement with its values beside it: text is written by us, values only ever travel bound.
//!
//! Must not know where it runs; `$1` is understood by both stores. What differs between them asks for the
//! [`Dialect`].

use std::cell::Cell as Slot;
use std::fmt::Write;
use std::future::Future;

use uuid::Uuid;

use super::database::Dialect;
use crate::cell::{Cell, Kind};

/// A statement under construction: its text, and the values of `$1`, `$2` and so on.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Sql {
    pub(super) text: String,
    pub(super) values: Vec<Bound>,
}

/// One value beside a statement.
#[derive(Clone, Debug, PartialEq)]
pub(super) enum Bound {
    /// A single value.
    One(Cell),
    /// Any number of ids in one value, so that the text, and with it the prepared statement, stays the same.
    Ids(Vec<Uuid>),
    /// The values of one column in many rows, as an array; for PostgreSQL alone.
    Array(Kind, Vec<Cell>),
}

impl Sql {
    /// A statement that starts with this text.
    pub fn new(text: &str) -> Self {
        Sql {
            text: text.to_owned(),
            values: Vec::new(),
        }
    }

    /// Appends text of ours. Never a value, and never a name that came from outside.
    pub fn push(&mut self, text: &str) -> &mut Self {
        self.text.push_str(text);
        self
    }

    /// Appends a name from the catalog, quoted.
    pub fn name(&mut self, name: &str) -> &mut Self {
        push_quoted(&mut self.text, name);
        self
    }

    /// Appends `alias."name"`.
    pub fn column(&mut self, alias: &str, name: &str) -> &mut Self {
        self.push(alias).push(".").name(name)
    }

    /// Appends a place and binds a value to it.
    pub fn bind(&mut self, value: impl Into<Cell>) -> &mut Self {
        self.values.push(Bound::One(value.into()));
        self.place()
    }

    /// Appends a table of ids in parentheses, with the columns `id` and `place` (the position, from 0), for
    /// example after `FROM` or `JOIN`. However many ids there are, the text is the same.
    pub fn ids(&mut self, dialect: Dialect, ids: impl Into<Vec<Uuid>>) -> &mut Self {
        self.values.push(Bound::Ids(ids.into()));
        match dialect {
            Dialect::Postgres => self
                .push("(SELECT u.id, u.place - 1 AS place FROM unnest(")
                .place()
                .push("::uuid[]) WITH ORDINALITY AS u(id, place))"),
            Dialect::Sqlite => self
                .push("(SELECT unhex(j.value) AS id, j.key AS place FROM json_each(")
                .place()
                .push(") AS j)"),
        }
    }

    /// Appends a place and binds the values of one column in many rows to it, as an array of PostgreSQL.
    pub(super) fn bind_array(&mut self, kind: Kind, cells: Vec<Cell>) -> &mut Self {
        self.values.push(Bound::Array(kind, cells));
        self.place().push(match kind {
            Kind::Bool => "::boolean[]",
            Kind::Int => "::bigint[]",
            Kind::Text | Kind::Enum => "::text[]",
            Kind::Uuid => "::uuid[]",
            Kind::Instant => "::timestamptz[]",
            Kind::Json => "::jsonb[]",
            Kind::Bytes => "::bytea[]",
        })
    }

    /// Appends `unnest($1::uuid[], $2::text[])` of PostgreSQL: a value for each column instead of one for each value, so
    /// that the text is the same for any number of rows. Planning a list of thousands of values takes ten times as long
    /// as writing them.
    pub(super) fn unnest(&mut self, columns: impl Iterator<Item = (Kind, Vec<Cell>)>) -> &mut Self {
        self.push("unnest(");
        for (number, (kind, cells)) in columns.enumerate() {
            self.push(if number > 0 { ", " } else { "" })
                .bind_array(kind, cells);
        }
        self.push(")")
    }

    /// Appends `VALUES (…), (…)`.
    pub(super) fn values_of(&mut self, rows: impl Iterator<Item = impl Iterator<Item = Cell>>) -> &mut Self {
        self.push("VALUES ");
        for (number, row) in rows.enumerate() {
            self.push(if number > 0 { ", (" } else { "(" });
            for (number, cell) in row.enumerate() {
                self.push(if number > 0 { ", " } else { "" }).bind(cell);
            }
            self.push(")");
        }
        self
    }

    /// Appends another statement, whose places are renumbered behind those of this one. The other one's text
    /// may hold `$` only as a place, which is so for everything made by this type.
    pub fn append(&mut self, other: Sql) -> &mut Self {
        let offset = self.values.len();
        let mut rest = other.text.as_str();
        while let Some(at) = rest.find('$') {
            self.text.push_str(&rest[..=at]);
            rest = &rest[at + 1..];
            let digits = rest.bytes().take_while(u8::is_ascii_digit).count();
            if let Ok(number) = rest[..digits].parse::<usize>() {
                // Writing to a String cannot fail.
                let _ = write!(self.text, "{}", number + offset);
                rest = &rest[digits..];
            }
        }
        self.text.push_str(rest);
        self.values.extend(other.values);
        self
    }

    /// The text so far.
    pub fn text(&self) -> &str {
        &self.text
    }

    /// How many values are bound so far.
    pub fn places(&self) -> usize {
        self.values.len()
    }

    fn place(&mut self) -> &mut Self {
        // Writing to a String cannot fail.
        let _ = write!(self.text, "${}", self.values.len());
        self
    }
}

impl From<&str> for Sql {
    fn from(text: &str) -> Self {
        Sql::new(text)
    }
}

/// A name in double quotes, as both stores take it.
pub fn quoted(name: &str) -> String {
    let mut text = String::with_capacity(name.len() + 2);
    push_quoted(&mut text, name);
    text
}

/// Appends a name in double quotes: every statement has dozens, so nothing is made for one alone.
pub(super) fn push_quoted(text: &mut String, name: &str) {
    text.push('"');
    for (place, part) in name.split('"').enumerate() {
        if place > 0 {
            text.push_str("\"\"");
        }
        text.push_str(part);
    }
    text.push('"');
}

tokio::task_local! {
    static STATEMENTS: Slot<u64>;
}

/// Runs a future and counts the statements that its task sends meanwhile; what it spawns is not counted.
pub async fn counted<F: Future>(future: F) -> (F::Output, u64) {
    STATEMENTS
        .scope(Slot::new(0), async {
            let output = future.await;
            (output, STATEMENTS.with(Slot::get))
        })
        .await
}

/// Notes that a statement is sent. Outside of [`counted`] nothing is noted.
pub(super) fn count_statement() {
    let _ = STATEMENTS.try_with(|count| count.set(count.get() + 1));
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn values_are_numbered_in_the_order_they_are_bound() {
        let mut sql = Sql::new("SELECT ");
        sql.column("t", "na\"me")
            .push(" FROM t WHERE a = ")
            .bind(1_i64)
            .push(" AND b = ")
            .bind("x");
        assert_eq!(sql.text(), "SELECT t.\"na\"\"me\" FROM t WHERE a = $1 AND b = $2");
        assert_eq!(sql.values, [Bound::One(Cell::Int(1)), Bound::One("x".into())]);
    }

    #[test]
    fn an_appended_statement_is_renumbered() {
        let mut inner = Sql::new("b = ");
        inner.bind(2_i64).push(" OR c = ").bind(3_i64);
        let mut outer = Sql::new("a = ");
        outer.bind(1_i64).push(" AND (").append(inner).push(")");
        assert_eq!(outer.text(), "a = $1 AND (b = $2 OR c = $3)");
        assert_eq!(outer.places(), 3);
    }

    #[tokio::test]
    async fn statements_are_counted_per_task() {
        count_statement();
        let (inner, outer) = counted(async {
            count_statement();
            let ((), inner) = counted(async { count_statement() }).await;
            inner
        })
        .await;
        assert_eq!((inner, outer), (1, 1));
    }
}
