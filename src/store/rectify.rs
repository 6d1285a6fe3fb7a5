//! Putting another address in place of a person's, in every text and document of every row about that person.
//!
//! Takes permitted rectifications alone. Knows no addresses: who calls says what becomes of a value.

use super::database::Dialect;
use super::sql::Sql;
use super::subject::{At, End, push_any};
use super::transaction::Transaction;
use crate::access::permit::Permitted;
use crate::catalog::{Catalog, Column, Resource};
use crate::cell::{Cell, Kind};
use crate::error::Result;
use crate::plan::erase::Root;
use crate::plan::write::Rectify;

/// Mends the rows about the person; gives how many differed. `mend` gives the new value of one that has to change.
pub async fn rectify(
    transaction: &mut Transaction,
    catalog: &Catalog,
    permitted: &Permitted<Rectify>,
    mend: impl Fn(&Column, &Cell) -> Option<Cell>,
) -> Result<u64> {
    let mut changed = 0;
    let about_people = catalog
        .resources()
        .filter(|resource| !resource.subject.is_empty());
    for resource in about_people {
        let columns: Vec<&Column> = resource
            .columns
            .iter()
            .filter(|column| matches!(column.kind, Kind::Text | Kind::Json))
            .collect();
        let rows = transaction
            .fetch(&about(
                catalog,
                resource,
                &columns,
                permitted,
                transaction.dialect(),
            ))
            .await?;
        for row in rows {
            let id = row.uuid(0)?;
            let mut set = Vec::new();
            for (place, column) in columns.iter().enumerate() {
                let value = row.cell(place + 1, column.kind)?;
                set.extend(mend(column, &value).map(|value| (*column, value)));
            }
            if set.is_empty() {
                continue;
            }
            let mut sql = Sql::new("UPDATE ");
            sql.name(&resource.table).push(" SET ");
            for (place, (column, value)) in set.into_iter().enumerate() {
                sql.push(if place > 0 { ", " } else { "" })
                    .name(&column.name)
                    .push(" = ")
                    .bind(value);
            }
            sql.push(" WHERE account_id = ")
                .bind(permitted.account())
                .push(" AND id = ")
                .bind(id);
            changed += transaction.execute(&sql).await?;
        }
    }
    Ok(changed)
}

fn about(
    catalog: &Catalog,
    resource: &Resource,
    columns: &[&Column],
    permitted: &Permitted<Rectify>,
    dialect: Dialect,
) -> Sql {
    let mut sql = Sql::new("SELECT t.id");
    for column in columns {
        sql.push(", ").column("t", &column.name);
    }
    let account = permitted.account();
    sql.push(" FROM ")
        .name(&resource.table)
        .push(" AS t WHERE t.account_id = ")
        .bind(account)
        .push(" AND ");
    let end = End {
        dialect,
        row: "t",
        account,
        at: At::Root(Root::Person(&permitted.plan().subject)),
    };
    push_any(&mut sql, catalog, resource, &resource.subject, end);
    sql.push(" ORDER BY t.id");
    if dialect == Dialect::Postgres {
        sql.push(" FOR UPDATE OF t");
    }
    sql
}
