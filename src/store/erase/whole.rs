//! Which rows are a whole account's: all with its key, its own row, and the users whom no other account knows.

use uuid::Uuid;

use super::push_unlike;
use crate::catalog::{Catalog, Hold, Owner, Resource, SubjectPath};
use crate::plan::erase::{Action, EraseStep};
use crate::plan::whole::{Whole, hold};
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
            push_nobody_elses(sql, dialect, catalog, resource, (account, &whole.users));
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
            if let Some(hold) = hold(catalog, step) {
                sql.push(" AND NOT EXISTS (SELECT 1");
                push_open(sql, catalog, catalog.hold(hold), account);
                sql.push(")");
            }
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

/// Adds ` FROM … WHERE …` of the rows of an account that are open.
pub(super) fn push_open(sql: &mut Sql, catalog: &Catalog, hold: &Hold, account: Uuid) {
    let resource = catalog.get(hold.resource);
    sql.push(" FROM ")
        .name(&resource.table)
        .push(" AS h WHERE h.account_id = ")
        .bind(account);
    sql.push(" AND ")
        .column("h", &resource.column(hold.column).name)
        .push(" IN (");
    for (index, value) in hold.values.iter().enumerate() {
        sql.push(if index > 0 { ", " } else { "" }).bind(value.as_str());
    }
    sql.push(")");
}

/// Adds that a user is one of these, and that no row of another account refers to the user, who is theirs, too, then. What
/// of the account itself does is gone or cut before.
fn push_nobody_elses(
    sql: &mut Sql,
    dialect: Dialect,
    catalog: &Catalog,
    users: &Resource,
    (account, chosen): (Uuid, &[Uuid]),
) {
    sql.push("t.id IN (SELECT chosen.id FROM ")
        .ids(dialect, chosen)
        .push(" AS chosen)");
    for (referring, reference) in catalog.inverse(users.id) {
        sql.push(" AND NOT EXISTS (SELECT 1 FROM ")
            .name(&referring.table)
            .push(" AS r WHERE ")
            .column("r", &referring.column(reference.column).name)
            .push(" = t.id");
        if referring.owner == Owner::Account {
            sql.push(" AND r.account_id <> ").bind(account);
        }
        sql.push(")");
    }
}
