//! Which rows are about a person, or hang on another row, as SQL: the walks of `catalog::SubjectPath`, each bound to one
//! account.

use uuid::Uuid;

use super::sql::Sql;
use crate::catalog::{Catalog, Path, Resource, Step, SubjectPath};
use crate::plan::erase::Root;

/// Adds the condition that a row of `resource`, called `t`, leads to the root by this path.
pub fn push_path(
    sql: &mut Sql,
    catalog: &Catalog,
    resource: &Resource,
    path: &SubjectPath,
    account: Uuid,
    root: Root<'_>,
) {
    match path {
        SubjectPath::Address(column) => {
            match root.address {
                Some(address) => {
                    sql.push("t.")
                        .name(&resource.column(*column).name)
                        .push(" = ")
                        .bind(address);
                }
                None => {
                    sql.push("1 = 0");
                }
            };
        }
        SubjectPath::References(Path { steps }) => match steps.split_first() {
            None => {
                sql.push("t.id = ").bind(root.id);
            }
            Some((first, rest)) => {
                let Step::Forward { column, target } = first else {
                    unreachable!("the policy check lets subject paths go forward only")
                };
                sql.push("t.").name(&resource.column(*column).name);
                push_rest(sql, catalog, catalog.get(*target), rest, account, root);
            }
        },
    }
}

/// Adds ` = root` or ` IN (rows of the next table that lead there)`.
fn push_rest(
    sql: &mut Sql,
    catalog: &Catalog,
    here: &Resource,
    rest: &[Step],
    account: Uuid,
    root: Root<'_>,
) {
    let Some((first, rest)) = rest.split_first() else {
        sql.push(" = ").bind(root.id);
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
    push_rest(sql, catalog, catalog.get(*target), rest, account, root);
    sql.push(")");
}
