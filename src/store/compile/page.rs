//! A page of a list, or one page for each of many lists, as one statement.
//!
//! A page is the rows behind a cursor and one more, which says whether there are others. What is asked of a list
//! as a whole (how many rows, whether there are rows on the other side of a cursor) stands in a relation `p` with
//! one row for each list, which also remains where a page is empty.
//!
//! Below parents, each parent's page is read by itself, whatever the size of its list: by LATERAL on PostgreSQL,
//! on SQLite by looking up the rows whose numbers a correlated sub-select gives.

use uuid::Uuid;

use super::draft::{Draft, table};
use super::keyset::{Side, Term, beside, bind_cursor, order_by, terms};
use super::level::{Compiled, RowPlaces, row_places};
use super::select::Selection;
use crate::access::permit::{Level, Scope};
use crate::catalog::Resource;
use crate::cell::Cell;
use crate::error::Result;
use crate::plan::read::{COUNT_LIMIT, Direction, PAGE_LIMIT, Page};
use crate::store::database::Dialect;

/// A page in the making.
pub(super) struct Paged<'a> {
    draft: Draft<'a>,
    resource: &'a Resource,
    level: &'a Level,
    /// `FROM … WHERE …` of the whole list, for the row of `p` at hand.
    list: String,
    /// The rows of `p`, when there are parents.
    parents: Option<String>,
    terms: Vec<Term>,
    /// The columns of `p` that the statement gives: name and expression.
    head: Vec<(&'static str, String)>,
}

/// The places of a page's cursors, in the order asked for.
struct Bounds {
    low: Option<Vec<String>>,
    high: Option<Vec<String>>,
}

impl<'a> Paged<'a> {
    /// A page of the rows that fit; below parents, a condition ties each to the `p.id` of its own.
    pub(super) fn new(
        mut draft: Draft<'a>,
        resource: &'a Resource,
        level: &'a Level,
        conditions: Vec<String>,
        parents: Option<&[Uuid]>,
    ) -> Self {
        let parents = parents.map(|ids| draft.bind_parents(ids));
        Paged {
            list: format!("FROM {} WHERE {}", table(resource, "t"), conditions.join(" AND ")),
            terms: terms(resource, &level.order),
            head: Vec::new(),
            draft,
            resource,
            level,
            parents,
        }
    }

    /// The statement. None: nothing is asked for.
    pub(super) fn compile(mut self, page: &Page) -> Result<Option<Compiled>> {
        let size = page.size.min(PAGE_LIMIT);
        if size == 0 && !self.level.count {
            return Ok(None);
        }
        let reversed = page.direction == Direction::Backward;
        let parent = self
            .parents
            .is_some()
            .then(|| self.head_column("n", "p.n".to_string()));
        let extras = self.head.len();
        let count = self.level.count.then(|| {
            let counted = format!(
                "(SELECT count(*) FROM (SELECT 1 {} LIMIT {}) AS q)",
                self.list,
                COUNT_LIMIT + 1
            );
            self.head_column("total", counted)
        });
        if size == 0 {
            let text = format!("{} SELECT {} FROM p", self.with_head(), self.head_list());
            return Ok(Some(self.finish(
                text,
                [parent, count, None, None],
                None,
                size,
                reversed,
            )));
        }
        let bounds = self.bounds(page)?;
        let low = bounds
            .low
            .as_ref()
            .map(|places| self.edge("low", places, Side::UpTo));
        let high = bounds
            .high
            .as_ref()
            .map(|places| self.edge("high", places, Side::FromOn));
        let mut selection = Selection::starting_at(self.head.len());
        let rows = row_places(&mut self.draft, self.resource, self.level, &mut selection);
        let limit = self.draft.bind(Cell::Int(i64::from(size) + 1));
        // How many rows are wanted decides between the order's index and another one where rows are looked for.
        let looks_for_rows = self.level.filter.is_some() || self.level.scope != Scope::All;
        let limit = match looks_for_rows {
            true => limit,
            false => self.draft.unseen(&limit),
        };
        let stretch = self.stretch(&bounds);
        let headed = self.head.len() > extras;
        let text = match (self.draft.dialect, headed, self.parents.is_some()) {
            (Dialect::Postgres, ..) => self.on_postgres(&selection, &stretch, reversed, &limit, headed),
            (Dialect::Sqlite, _, true) => {
                self.below_on_sqlite(&selection, &stretch, reversed, &limit, headed)
            }
            (Dialect::Sqlite, ..) => self.root_on_sqlite(&selection, &stretch, reversed, &limit, headed),
        };
        Ok(Some(self.finish(
            text,
            [parent, count, low, high],
            Some(rows),
            size,
            reversed,
        )))
    }

    fn finish(
        self,
        text: String,
        [parent, count, low, high]: [Option<usize>; 4],
        rows: Option<RowPlaces>,
        size: u16,
        reversed: bool,
    ) -> Compiled {
        Compiled {
            sql: self.draft.finish(text),
            parent,
            count,
            low,
            high,
            rows,
            size: Some(usize::from(size)),
            reversed,
        }
    }

    /// As in GraphQL, `after` is the lower bound in the order asked for and `before` the upper one, whatever the
    /// direction.
    fn bounds(&mut self, page: &Page) -> Result<Bounds> {
        let mut bind = |cursor: &Option<Vec<Cell>>| {
            cursor
                .as_ref()
                .map(|cells| bind_cursor(&mut self.draft, self.resource, &self.level.order, cells))
                .transpose()
        };
        Ok(Bounds {
            low: bind(&page.after)?,
            high: bind(&page.before)?,
        })
    }

    /// The condition for the rows between the cursors.
    fn stretch(&self, bounds: &Bounds) -> String {
        let mut text = String::new();
        for (places, side) in [(&bounds.low, Side::Behind), (&bounds.high, Side::Before)] {
            if let Some(places) = places {
                text.push_str(" AND ");
                text.push_str(&beside(&self.terms, places, side));
            }
        }
        text
    }

    /// Adds a column to the head that tells whether the list has rows on that side of a cursor. The order makes
    /// the look-up begin at the cursor, where the answer nearly always lies.
    fn edge(&mut self, name: &'static str, places: &[String], side: Side) -> usize {
        let expression = format!(
            "(SELECT TRUE {} AND {} ORDER BY {} LIMIT 1)",
            self.list,
            beside(&self.terms, places, side),
            order_by(&self.terms, side == Side::UpTo)
        );
        self.head_column(name, expression)
    }

    fn head_column(&mut self, name: &'static str, expression: String) -> usize {
        self.head.push((name, expression));
        self.head.len() - 1
    }

    /// `p.n, p.total`.
    fn head_list(&self) -> String {
        let named: Vec<String> = self.head.iter().map(|(name, _)| format!("p.{name}")).collect();
        named.join(", ")
    }

    /// `WITH p AS …`: materialised, so that what it says of a list is looked up once, not once for each row.
    fn with_head(&self) -> String {
        let mut columns: Vec<String> = self
            .head
            .iter()
            .map(|(name, expression)| format!("{expression} AS {name}"))
            .collect();
        let from = match &self.parents {
            Some(parents) => {
                columns.push("p.id AS id".to_string());
                format!(" FROM {parents}")
            }
            None => String::new(),
        };
        format!("WITH p AS MATERIALIZED (SELECT {}{from})", columns.join(", "))
    }

    /// The limit is said twice: once as a constant, so that the plan kept for the statement is one for a small
    /// page, and once bound, so that there is one text for all sizes. No order outside: rows come out of a nested
    /// loop, and each list's in its own order.
    fn on_postgres(
        &self,
        selection: &Selection,
        stretch: &str,
        reversed: bool,
        limit: &str,
        headed: bool,
    ) -> String {
        let rows = format!(
            "SELECT * FROM (SELECT {} {}{stretch} ORDER BY {} LIMIT {}) AS q LIMIT {limit}",
            selection.list(),
            self.list,
            order_by(&self.terms, reversed),
            PAGE_LIMIT + 1,
        );
        match (&self.parents, headed) {
            (None, false) => rows,
            (Some(parents), false) => {
                format!("SELECT p.n, c.* FROM {parents} CROSS JOIN LATERAL ({rows}) AS c")
            }
            (_, true) => format!(
                "{} SELECT {}, c.* FROM p LEFT JOIN LATERAL ({rows}) AS c ON TRUE",
                self.with_head(),
                self.head_list()
            ),
        }
    }

    fn root_on_sqlite(
        &self,
        selection: &Selection,
        stretch: &str,
        reversed: bool,
        limit: &str,
        headed: bool,
    ) -> String {
        let rows = format!(
            "SELECT {} {}{stretch} ORDER BY {} LIMIT {limit}",
            selection.list(),
            self.list,
            order_by(&self.terms, reversed)
        );
        match headed {
            false => rows,
            true => format!(
                "{} SELECT {}, c.* FROM p LEFT JOIN ({rows}) AS c ON TRUE",
                self.with_head(),
                self.head_list()
            ),
        }
    }

    /// NOT INDEXED leaves the row's own number as the only way to a row: with an index over all columns asked for
    /// at hand, SQLite would rather walk the whole account in it, once for each parent.
    fn below_on_sqlite(
        &self,
        selection: &Selection,
        stretch: &str,
        reversed: bool,
        limit: &str,
        headed: bool,
    ) -> String {
        let order = order_by(&self.terms, reversed);
        let join = match headed {
            // CROSS keeps the lists outside: SQLite does not change the order of such a join.
            false => "CROSS JOIN",
            true => "LEFT JOIN",
        };
        format!(
            "{} SELECT {}, {} FROM p {join} {} NOT INDEXED ON t.rowid IN (SELECT t.rowid {}{stretch} \
             ORDER BY {order} LIMIT {limit}) ORDER BY p.n, {order}",
            self.with_head(),
            self.head_list(),
            selection.list(),
            table(self.resource, "t"),
            self.list
        )
    }
}
