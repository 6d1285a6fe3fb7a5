//! Which rows are about a person, as SQL: the walks of `catalog::SubjectPath`, each bound to one account.

use uuid::Uuid;

use super::sql::Sql;
use crate::catalog::{Catalog, Path, Resource, Step, SubjectPath};
use crate::plan::slice::Subject;

/// Adds the condition that a row of `resource`, called `t`, is about the subject by this path.
pub fn push_path(
    sql: &mut Sql,
    catalog: &Catalog,
    resource: &Resource,
    path: &SubjectPath,
    account: Uuid,
    subject: &Subject,
) {
    match path {
        SubjectPath::Address(column) => {
            sql.push("t.")
                .name(&resource.column(*column).name)
                .push(" = ")
                .bind(subject.address.as_str());
        }
        SubjectPath::References(Path { steps }) => match steps.split_first() {
            None => {
                sql.push("t.id = ").bind(subject.subscriber);
            }
            Some((first, rest)) => {
                let Step::Forward { column, target } = first else {
                    unreachable!("the policy check lets subject paths go forward only")
                };
                sql.push("t.").name(&resource.column(*column).name);
                push_rest(sql, catalog, catalog.get(*target), rest, account, subject);
            }
        },
    }
}

/// Adds ` = subject` or ` IN (rows of the next table that lead there)`.
fn push_rest(
    sql: &mut Sql,
    catalog: &Catalog,
    here: &Resource,
    rest: &[Step],
    account: Uuid,
    subject: &Subject,
) {
    let Some((first, rest)) = rest.split_first() else {
        sql.push(" = ").bind(subject.subscriber);
        return;
    };
    let Step::Forward { column, target } = first else {
        unreachable!("the policy check lets subject paths go forward only")
    };
    sql.push(" IN (SELECT id FROM ")
        .name(&here.table)
        .push(" WHERE account_id = ")
        .bind(account)
        .push(" AND ");
    sql.name(&here.column(*column).name);
    push_rest(sql, catalog, catalog.get(*target), rest, account, subject);
    sql.push(")");
}
