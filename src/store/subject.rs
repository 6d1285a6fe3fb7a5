//! Which rows are about a person, or hang on other rows, as SQL: the walks of `catalog::SubjectPath`, each bound to one
//! account.

use uuid::Uuid;

use super::database::Dialect;
use super::sql::Sql;
use crate::catalog::{Catalog, Path, Resource, Step, SubjectPath};
use crate::plan::erase::Root;

/// Where the ways end, as SQL.
#[derive(Copy, Clone)]
pub struct End<'a> {
    /// For the tables of ids.
    pub dialect: Dialect,
    /// What the row that begins the way is called.
    pub row: &'static str,
    /// Within which account.
    pub account: Uuid,
    /// Where.
    pub at: At<'a>,
}

/// Where the ways end.
#[derive(Copy, Clone)]
pub enum At<'a> {
    /// At the root of a plan.
    Root(Root<'a>),
    /// At the people whom a row names that keeps them from being erased.
    Held,
}

/// Adds the condition, in parentheses, that a row of `resource` leads to the end by any of these paths.
pub fn push_any(sql: &mut Sql, catalog: &Catalog, resource: &Resource, paths: &[SubjectPath], end: End<'_>) {
    sql.push("(");
    for (place, path) in paths.iter().enumerate() {
        sql.push(if place > 0 { " OR " } else { "" });
        push_path(sql, catalog, resource, path, end);
    }
    sql.push(")");
}

/// Adds the condition that a row of `resource` leads to the end by this path.
fn push_path(sql: &mut Sql, catalog: &Catalog, resource: &Resource, path: &SubjectPath, end: End<'_>) {
    match path {
        SubjectPath::Address(column) => {
            sql.column(end.row, &resource.column(*column).name);
            push_address(sql, catalog, end);
        }
        SubjectPath::References(Path { steps }) => match steps.split_first() {
            None => {
                sql.column(end.row, "id");
                push_end(sql, catalog, end);
            }
            Some((first, rest)) => {
                let Step::Forward { column, target } = first else {
                    unreachable!("the policy check lets subject paths go forward only")
                };
                sql.column(end.row, &resource.column(*column).name);
                push_rest(sql, catalog, catalog.get(*target), rest, end);
            }
        },
    }
}

/// Adds ` = root`, ` IN (roots)`, or ` IN (rows of the next table that lead there)`.
fn push_rest(sql: &mut Sql, catalog: &Catalog, here: &Resource, rest: &[Step], end: End<'_>) {
    let Some((first, rest)) = rest.split_first() else {
        push_end(sql, catalog, end);
        return;
    };
    let Step::Forward { column, target } = first else {
        unreachable!("the policy check lets subject paths go forward only")
    };
    sql.push(" IN (SELECT id FROM ")
        .name(&here.table)
        .push(" WHERE account_id = ")
        .bind(end.account)
        .push(" AND ");
    sql.name(&here.column(*column).name);
    push_rest(sql, catalog, catalog.get(*target), rest, end);
    sql.push(")");
}

fn push_end(sql: &mut Sql, catalog: &Catalog, end: End<'_>) {
    match end.at {
        At::Root(Root::Person(subject)) => {
            sql.push(" = ").bind(subject.subscriber);
        }
        At::Root(Root::Rows([row])) => {
            sql.push(" = ").bind(*row);
        }
        At::Root(Root::Rows(rows) | Root::Again(rows, _)) => {
            sql.push(" IN (SELECT chosen.id FROM ")
                .ids(end.dialect, rows)
                .push(" AS chosen)");
        }
        At::Root(Root::Account(_)) => {
            sql.push(" = ").bind(end.account);
        }
        At::Root(Root::User(departing)) => {
            sql.push(" = ").bind(departing.user);
        }
        At::Held => {
            sql.push(" IN (");
            push_held(sql, catalog, end.account);
            sql.push(")");
        }
    }
}

fn push_address(sql: &mut Sql, catalog: &Catalog, end: End<'_>) {
    match end.at {
        At::Root(Root::Person(subject)) => {
            sql.push(" = ").bind(subject.address.as_str());
        }
        At::Root(Root::User(departing)) => {
            sql.push(" = ").bind(departing.address.as_str());
        }
        At::Root(Root::Again(_, addresses)) => {
            sql.push(" IN (NULL");
            for address in addresses {
                sql.push(", ").bind(address.as_str());
            }
            sql.push(")");
        }
        // Rows that are no people's have no address.
        At::Root(Root::Rows(_) | Root::Account(_)) => {
            sql.push(" IN (NULL)");
        }
        At::Held => {
            sql.push(" IN (SELECT email_normalized FROM subscribers WHERE account_id = ")
                .bind(end.account)
                .push(" AND id IN (");
            push_held(sql, catalog, end.account);
            sql.push("))");
        }
    }
}

/// The people whom a row names whose reference the policy decides `block`: a legal hold.
fn push_held(sql: &mut Sql, catalog: &Catalog, account: Uuid) {
    let people = catalog.table("subscribers").id;
    sql.push("SELECT id FROM subscribers WHERE 1 = 0");
    let blocking = catalog
        .inverse(people)
        .filter(|(_, reference)| reference.on_erase == crate::catalog::OnErase::Block);
    for (resource, reference) in blocking {
        let column = &resource.column(reference.column).name;
        sql.push(" UNION ALL SELECT ")
            .name(column)
            .push(" FROM ")
            .name(&resource.table)
            .push(" WHERE account_id = ")
            .bind(account)
            .push(" AND ")
            .name(column)
            .push(" IS NOT NULL");
    }
}
