//! What requests do to single rows, inside of a transaction: looks, changes, removals and new rows, each within the
//! account and the scope that the door let through.

use uuid::Uuid;

use super::compile;
use super::transaction::Transaction;
use super::write::{Written, write_rows};
use crate::access::permit::{InScope, Permitted};
use crate::catalog::Catalog;
use crate::cell::Cell;
use crate::error::{Code, Fault, Refusal, Result};
use crate::plan::write::{Change, Look, Remove, Write};

/// The rows that a look finds, each with the columns asked for.
pub async fn look(
    transaction: &mut Transaction,
    catalog: &Catalog,
    permitted: &Permitted<InScope<Look>>,
) -> Result<Vec<Vec<Cell>>> {
    let Some(sql) = compile::look(catalog, transaction.dialect(), permitted) else {
        return Ok(Vec::new());
    };
    let wanted = &permitted.plan().wanted;
    let resource = catalog.get(wanted.resource);
    let mut rows = Vec::new();
    for row in transaction.fetch(&sql).await? {
        let cells = wanted
            .columns
            .iter()
            .enumerate()
            .map(|(place, id)| row.cell(place, resource.column(*id).kind));
        rows.push(cells.collect::<Result<_>>()?);
    }
    Ok(rows)
}

/// Changes rows; gives how many it found.
pub async fn change(
    transaction: &mut Transaction,
    catalog: &Catalog,
    permitted: &Permitted<InScope<Change>>,
) -> Result<u64> {
    match compile::change(catalog, transaction.dialect(), permitted) {
        Some(sql) => transaction.execute(&sql).await,
        None => Ok(0),
    }
}

/// Deletes rows; gives how many it found.
pub async fn remove(
    transaction: &mut Transaction,
    catalog: &Catalog,
    permitted: &Permitted<InScope<Remove>>,
) -> Result<u64> {
    match compile::remove(catalog, transaction.dialect(), permitted) {
        Some(sql) => transaction.execute(&sql).await,
        None => Ok(0),
    }
}

/// Writes new rows of several tables that belong together. Whether each is in scope is seen when all of them are
/// there: a person is in scope by the profile that comes with it. Errors: `FORBIDDEN` when one is not.
pub async fn insert(
    transaction: &mut Transaction,
    catalog: &Catalog,
    permitted: &[Permitted<InScope<Write>>],
) -> Result<Written> {
    let mut written = Written::default();
    for rows in permitted {
        written += write_rows(transaction, catalog, rows.account(), &rows.plan().wanted).await?;
    }
    for rows in permitted {
        let wanted = &rows.plan().wanted;
        let resource = catalog.get(wanted.resource);
        let place = wanted.columns.iter().position(|id| *id == resource.id_of("id"));
        let place = place.ok_or_else(|| Fault::Invariant("new rows without ids".into()))?;
        let ids: Vec<Uuid> = wanted
            .rows
            .iter()
            .filter_map(|row| row[place].as_uuid())
            .collect();
        let Some(sql) = compile::outside(catalog, transaction.dialect(), rows, &ids) else {
            continue;
        };
        let outside = transaction.fetch(&sql).await?;
        if outside.first().map_or(Ok(0), |row| row.int(0))? > 0 {
            let message = format!("your groups do not let you write these {}", resource.plural);
            return Err(Refusal::new(Code::Forbidden, message).into());
        }
    }
    Ok(written)
}
