//! What requests do to single rows: each statement finds nothing outside of the account and the asker's scope.
//!
//! None as a statement means that there can be no such row for the asker.

use uuid::Uuid;

use super::Asker;
use super::draft::{Draft, column, table};
use super::scope::{Form, in_lists, visible};
use crate::access::permit::{InScope, Permitted, Scope};
use crate::catalog::{Catalog, Resource};
use crate::cell::{Cell, Kind};
use crate::plan::write::{Change, Key, Look, Remove, Write};
use crate::store::database::Dialect;
use crate::store::sql::{Sql, quoted};

/// The name that the table goes by.
const ROW: &str = "t";

/// The rows of a look, in the order of their ids.
pub(in crate::store) fn look(
    catalog: &Catalog,
    dialect: Dialect,
    permitted: &Permitted<InScope<Look>>,
) -> Option<Sql> {
    let InScope { wanted, scope } = permitted.plan();
    let resource = catalog.get(wanted.resource);
    let mut draft = Draft::new(catalog, dialect, Asker::of(permitted));
    let found = found(&mut draft, resource, scope, &wanted.key)?;
    let columns: Vec<String> = wanted
        .columns
        .iter()
        .map(|id| column(ROW, &resource.column(*id).name))
        .collect();
    let lock = match dialect {
        Dialect::Postgres if wanted.lock => " FOR UPDATE OF t",
        // A writer of the embedded store is alone anyway.
        Dialect::Postgres | Dialect::Sqlite => "",
    };
    let text = format!(
        "SELECT {} FROM {} WHERE {found} ORDER BY {ROW}.id{lock}",
        columns.join(", "),
        table(resource, ROW)
    );
    Some(draft.finish(text))
}

/// The UPDATE of a change.
pub(in crate::store) fn change(
    catalog: &Catalog,
    dialect: Dialect,
    permitted: &Permitted<InScope<Change>>,
) -> Option<Sql> {
    let InScope { wanted, scope } = permitted.plan();
    let resource = catalog.get(wanted.resource);
    let mut draft = Draft::new(catalog, dialect, Asker::of(permitted));
    let set: Vec<String> = wanted
        .set
        .iter()
        .map(|(id, cell)| {
            format!(
                "{} = {}",
                quoted(&resource.column(*id).name),
                draft.bind(cell.clone())
            )
        })
        .collect();
    let found = found(&mut draft, resource, scope, &wanted.key)?;
    let text = format!(
        "UPDATE {} AS {ROW} SET {} WHERE {found}",
        quoted(&resource.table),
        set.join(", ")
    );
    Some(draft.finish(text))
}

/// The DELETE of a removal.
pub(in crate::store) fn remove(
    catalog: &Catalog,
    dialect: Dialect,
    permitted: &Permitted<InScope<Remove>>,
) -> Option<Sql> {
    let InScope { wanted, scope } = permitted.plan();
    let resource = catalog.get(wanted.resource);
    let mut draft = Draft::new(catalog, dialect, Asker::of(permitted));
    let found = found(&mut draft, resource, scope, &wanted.key)?;
    Some(draft.finish(format!(
        "DELETE FROM {} AS {ROW} WHERE {found}",
        quoted(&resource.table)
    )))
}

/// Counts those of the rows just written that the asker's scope does not reach; none where it reaches all.
pub(in crate::store) fn outside(
    catalog: &Catalog,
    dialect: Dialect,
    permitted: &Permitted<InScope<Write>>,
    ids: &[Uuid],
) -> Option<Sql> {
    let InScope { wanted, scope } = permitted.plan();
    let resource = catalog.get(wanted.resource);
    let mut draft = Draft::new(catalog, dialect, Asker::of(permitted));
    let outside = match scope {
        Scope::All => return None,
        Scope::Nothing => String::new(),
        Scope::Lists(lists) if lists.is_empty() || resource.scope.is_empty() => String::new(),
        Scope::Lists(lists) => {
            let inside = in_lists(&mut draft, resource, lists, ROW, Form::Joinable);
            format!(" AND ({inside}) IS NOT TRUE")
        }
    };
    let account = draft.same_account(resource, ROW);
    let ids = draft.bind_ids(ids);
    let text = format!(
        "SELECT count(*) FROM {} WHERE {account}{ROW}.id {ids}{outside}",
        table(resource, ROW)
    );
    Some(draft.finish(text))
}

fn found(draft: &mut Draft<'_>, resource: &Resource, scope: &Scope, key: &Key) -> Option<String> {
    let mut conditions = visible(draft, resource, scope, ROW, Form::Joinable)?;
    for (id, values) in key {
        let of = resource.column(*id);
        let name = column(ROW, &of.name);
        let condition = match values.as_slice() {
            [Cell::Null] => format!("{name} IS NULL"),
            [one] => format!("{name} = {}", draft.bind(one.clone())),
            many if of.kind == Kind::Uuid => {
                let ids: Vec<Uuid> = many.iter().filter_map(Cell::as_uuid).collect();
                format!("{name} {}", draft.bind_ids(&ids))
            }
            many => format!("{name} {}", draft.bind_list(of.kind, many)),
        };
        conditions.push(condition);
    }
    Some(conditions.join(" AND "))
}
