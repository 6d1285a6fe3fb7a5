//! A walk over one table in key order, for exports: one statement for each slice, one for the number of rows.

use uuid::Uuid;

use super::Asker;
use super::draft::{Draft, column, table};
use super::scope::{Form, about, about_somebody_restricted, large_enough, visible};
use super::select::{Selection, Values};
use crate::access::permit::PermittedWalk;
use crate::catalog::{Catalog, Resource};
use crate::cell::Cell;
use crate::plan::slice::{Part, campaign_column, change_columns};
use crate::store::database::Dialect;
use crate::store::sql::Sql;

/// The most rows of one slice: a statement for each 2,500 rows costs next to nothing.
pub(in crate::store) const SLICE_LIMIT: u16 = 2_500;

/// A slice as a statement.
#[derive(Debug)]
pub(in crate::store) struct Slice {
    /// The statement.
    pub(in crate::store) sql: Sql,
    /// The place of the id.
    pub(in crate::store) id: usize,
    /// The values of each row.
    pub(in crate::store) values: Values,
}

/// The rows behind `after` in the order of their ids, at most `limit`. None: there can be none.
pub(in crate::store) fn slice(
    dialect: Dialect,
    catalog: &Catalog,
    asker: Asker,
    walk: &PermittedWalk,
    after: Option<Uuid>,
    limit: usize,
) -> Option<Slice> {
    let mut draft = Draft::new(catalog, dialect, asker);
    let resource = catalog.get(walk.walk.resource);
    let mut conditions = rows(&mut draft, resource, walk)?;
    if let Some(after) = after {
        conditions.push(format!("t.id > {}", draft.bind(Cell::Uuid(after))));
    }
    let mut selection = Selection::starting_at(0);
    let values = Values::of(&mut draft, resource, &walk.columns, &walk.clear, &mut selection);
    let limit = draft.bind(Cell::Int(limit.min(usize::from(SLICE_LIMIT)) as i64));
    let rows = format!(
        "SELECT {} FROM {} WHERE {} ORDER BY t.id LIMIT",
        selection.list(),
        table(resource, "t"),
        conditions.join(" AND ")
    );
    let text = match dialect {
        // The constant is for the plan, as in a page.
        Dialect::Postgres => format!("SELECT * FROM ({rows} {SLICE_LIMIT}) AS q LIMIT {limit}"),
        Dialect::Sqlite => format!("{rows} {limit}"),
    };
    Some(Slice {
        sql: draft.finish(text),
        id: selection.id(),
        values,
    })
}

/// The number of all rows of a walk. None: there can be none.
pub(in crate::store) fn number_of_rows(
    dialect: Dialect,
    catalog: &Catalog,
    asker: Asker,
    walk: &PermittedWalk,
) -> Option<Sql> {
    let mut draft = Draft::new(catalog, dialect, asker);
    let resource = catalog.get(walk.walk.resource);
    let conditions = rows(&mut draft, resource, walk)?;
    let text = format!(
        "SELECT count(*) FROM {} WHERE {}",
        table(resource, "t"),
        conditions.join(" AND ")
    );
    Some(draft.finish(text))
}

fn rows(draft: &mut Draft<'_>, resource: &Resource, walk: &PermittedWalk) -> Option<Vec<String>> {
    let mut conditions = visible(draft, resource, &walk.scope, "t", Form::Joinable)?;
    conditions.extend(large_enough(draft, resource, &walk.cells, &walk.clear, "t"));
    if let Some(subject) = &walk.walk.subject {
        if resource.subject.is_empty() {
            return None;
        }
        conditions.push(about(draft, resource, subject, "t"));
    }
    if let Some(now) = walk.walk.without_restricted {
        let restricted = about_somebody_restricted(draft, resource, now, "t");
        conditions.extend(restricted.map(|condition| format!("NOT {condition}")));
    }
    // The rows of one list are a matter of the scope.
    if let Part::Campaign(campaign) = walk.walk.part {
        let by = campaign_column(draft.catalog, resource)?;
        let campaign = draft.bind(Cell::Uuid(campaign));
        conditions.push(format!("{} = {campaign}", column("t", &resource.column(by).name)));
    }
    if let Some(since) = walk.walk.since {
        let instants = change_columns(resource);
        if !instants.is_empty() {
            let since = draft.bind(Cell::Instant(since));
            let ways = instants
                .iter()
                .map(|by| format!("{} >= {since}", column("t", &resource.column(*by).name)));
            conditions.push(format!("({})", ways.collect::<Vec<_>>().join(" OR ")));
        }
    }
    Some(conditions)
}
