//! One level of a read as one statement, and what stands where in its rows.

use uuid::Uuid;

use super::Asker;
use super::draft::{Draft, column, table};
use super::filter;
use super::page::Paged;
use super::scope::{Form, large_enough, visible};
use super::select::{Selection, Values};
use crate::access::permit::Level;
use crate::catalog::{Catalog, ColumnId, Resource, ResourceId};
use crate::cell::Kind;
use crate::error::{Fault, Result};
use crate::plan::read::{Link, Window};
use crate::store::database::Dialect;
use crate::store::sql::Sql;

/// What a level hangs on.
#[derive(Copy, Clone, Debug)]
pub(in crate::store) enum Parents<'a> {
    /// Nothing: it is the root.
    Root,
    /// It holds the rows that the upper level refers to; these ids, each once.
    Referred(&'a [Uuid]),
    /// Its rows refer by this column to the upper rows, which have these ids, each once.
    Referring(ColumnId, &'a [Uuid]),
    /// Its rows hold in the column `by` what the upper rows, which have these ids, hold in `column`.
    Matching {
        upper: ResourceId,
        column: ColumnId,
        by: ColumnId,
        ids: &'a [Uuid],
    },
}

/// A statement, and where in its rows everything stands.
#[derive(Debug)]
pub(in crate::store) struct Compiled {
    /// The statement.
    pub(in crate::store) sql: Sql,
    /// The place of the upper row's number.
    pub(in crate::store) parent: Option<usize>,
    /// The place of the count.
    pub(in crate::store) count: Option<usize>,
    /// The place that tells whether there are rows up to the lower cursor.
    pub(in crate::store) low: Option<usize>,
    /// The place that tells whether there are rows from the upper cursor on.
    pub(in crate::store) high: Option<usize>,
    /// What each row holds; None: the statement gives counts alone.
    pub(in crate::store) rows: Option<RowPlaces>,
    /// The most rows of a list; one more may come. None: all that come.
    pub(in crate::store) size: Option<usize>,
    /// Whether rows come in the reverse of the order asked for.
    pub(in crate::store) reversed: bool,
}

/// Where in a row everything stands.
#[derive(Debug)]
pub(in crate::store) struct RowPlaces {
    /// The id; NULL where a list has no row.
    pub(in crate::store) id: usize,
    /// The values of the answer.
    pub(in crate::store) values: Values,
    /// The order's values, for cursors.
    pub(in crate::store) keys: Vec<(usize, Kind)>,
    /// For each child, the id that it follows, or None for a child that follows the row's own id.
    pub(in crate::store) links: Vec<Option<usize>>,
}

/// One level as a statement. None: there can be no row, and nothing need be asked. Errors: `INVALID_CURSOR`,
/// `BAD_USER_INPUT`.
pub(in crate::store) fn level(
    dialect: Dialect,
    catalog: &Catalog,
    asker: Asker,
    level: &Level,
    parents: Parents<'_>,
) -> Result<Option<Compiled>> {
    let mut draft = Draft::new(catalog, dialect, asker);
    let resource = catalog.get(level.resource);
    // A whole list may be in scope here and there only, and the planner knows where; of single rows and of pages
    // below a parent, each row is looked up.
    let form = match (&level.window, parents) {
        (Window::Page(_), Parents::Root) => Form::Joinable,
        (_, _) => Form::Probe,
    };
    let Some(mut conditions) = visible(&mut draft, resource, &level.scope, "t", form) else {
        return Ok(None);
    };
    conditions.extend(draft.while_unchanged());
    conditions.extend(large_enough(
        &mut draft,
        resource,
        &level.cells,
        &level.clear,
        "t",
    ));
    if let Some(filter) = &level.filter {
        conditions.push(filter::condition(&mut draft, resource, filter)?);
    }
    match (&level.window, parents) {
        (Window::Ids(ids), Parents::Root) => Ok(Some(by_ids(draft, resource, level, conditions, ids))),
        (Window::Ids(_), Parents::Referred(ids)) => Ok(Some(by_ids(draft, resource, level, conditions, ids))),
        (Window::Page(page), Parents::Root) => {
            Paged::new(draft, resource, level, conditions, None).compile(page)
        }
        (Window::Page(page), Parents::Referring(by, ids)) => {
            let by = column("t", &resource.column(by).name);
            conditions.push(format!("{by} = p.id"));
            Paged::new(draft, resource, level, conditions, Some(ids)).compile(page)
        }
        (
            Window::Page(page),
            Parents::Matching {
                upper,
                column: held,
                by,
                ids,
            },
        ) => {
            let upper = catalog.get(upper);
            let by = column("t", &resource.column(by).name);
            let held = column("u", &upper.column(held).name);
            let account = draft.same_account(upper, "u");
            let from = table(upper, "u");
            conditions.push(format!(
                "{by} = (SELECT {held} FROM {from} WHERE {account}u.id = p.id)"
            ));
            Paged::new(draft, resource, level, conditions, Some(ids)).compile(page)
        }
        (Window::Page(_), Parents::Referred(_))
        | (Window::Ids(_), Parents::Referring(..) | Parents::Matching { .. }) => Err(Fault::Invariant(
            "a level's window does not fit the way it hangs on the upper one".into(),
        )
        .into()),
    }
}

fn by_ids(
    mut draft: Draft<'_>,
    resource: &Resource,
    level: &Level,
    mut conditions: Vec<String>,
    ids: &[Uuid],
) -> Compiled {
    conditions.push(format!("t.id {}", draft.bind_keys(ids)));
    let mut selection = Selection::starting_at(0);
    let rows = row_places(&mut draft, resource, level, &mut selection);
    let text = format!(
        "SELECT {} FROM {} WHERE {}",
        selection.list(),
        table(resource, "t"),
        conditions.join(" AND ")
    );
    Compiled {
        sql: draft.finish(text),
        parent: None,
        count: None,
        low: None,
        high: None,
        rows: Some(rows),
        size: None,
        reversed: false,
    }
}

pub(super) fn row_places(
    draft: &mut Draft<'_>,
    resource: &Resource,
    level: &Level,
    selection: &mut Selection,
) -> RowPlaces {
    let values = Values::of(draft, resource, &level.columns, &level.clear, selection);
    let keys = level
        .order
        .iter()
        .map(|order| {
            (
                selection.column(resource, order.column),
                resource.column(order.column).kind,
            )
        })
        .collect();
    let links = level
        .children
        .iter()
        .map(|(link, _)| match link {
            Link::Forward(by) => Some(selection.column(resource, *by)),
            Link::Back(_) | Link::Matching { .. } => None,
        })
        .collect();
    RowPlaces {
        id: selection.id(),
        values,
        keys,
        links,
    }
}
