//! Which rows are a whole account's: all with its key, its own row, and the users whom no other account knows.

use uuid::Uuid;

use super::push_unlike;
use crate::catalog::{Catalog, Owner, Resource, SubjectPath};
use crate::plan::erase::{Action, EraseStep};
use crate::plan::whole::Whole;
use crate::store::database::Dialect;
use crate::store::sql::Sql;

/// Adds the condition that a row `t` is one of a step's. Rows that stay are found while something of them is to be changed.
pub(super) fn push_found(
    sql: &mut Sql,
    dialect: Dialect,
    catalog: &Catalog,
    step: &EraseStep,
    (account, whole): (Uuid, &Whole),
) {
    let resource = catalog.get(step.resource);
    match resource.owner {
        Owner::Account => sql.push("t.account_id = ").bind(account),
        Owner::Itself => sql.push("t.id = ").bind(account),
        Owner::Members => {
            push_nobody_elses(sql, dialect, catalog, resource, &whole.users);
            return;
        }
        Owner::Shared | Owner::Global => sql.push("1 = 0"),
    };
    match &step.action {
        Action::Delete | Action::Keep => {}
        Action::Change(changes) => {
            if resource.table == "erasures" {
                sql.push(" AND t.id <> ").bind(whole.erasure);
            }
            sql.push(" AND ");
            push_unlike(sql, dialect, resource, changes, &whole.token);
        }
        Action::Block => {
            for column in step.paths.iter().filter_map(SubjectPath::reference) {
                sql.push(" AND ")
                    .column("t", &resource.column(column).name)
                    .push(" IS NOT NULL");
            }
        }
    }
}

/// Adds that a user is one of these, and that no row refers to the user any more: what of other accounts does keeps the
/// user, who is theirs, too.
fn push_nobody_elses(sql: &mut Sql, dialect: Dialect, catalog: &Catalog, users: &Resource, chosen: &[Uuid]) {
    sql.push("t.id IN (SELECT chosen.id FROM ")
        .ids(dialect, chosen)
        .push(" AS chosen)");
    for (referring, reference) in catalog.inverse(users.id) {
        sql.push(" AND NOT EXISTS (SELECT 1 FROM ")
            .name(&referring.table)
            .push(" AS r WHERE ")
            .column("r", &referring.column(reference.column).name)
            .push(" = t.id)");
    }
}
