//! Runs permitted writes: many rows a statement, conflicts decided by the database, so that two writers of the
//! same person end in one row.

mod target;

use std::collections::HashSet;

use uuid::Uuid;

use self::target::Target;
use super::bind::write_field;
use super::copy::copy_in;
use super::database::{Database, Dialect};
use super::sql::count_statement;
use super::transaction::Transaction;
use crate::access::permit::Permitted;
use crate::catalog::Catalog;
use crate::cell::Cell;
use crate::error::Result;
use crate::plan::write::{Conflict, Write};

/// Rows of one statement on SQLite. Finding the place of a value takes it as long as there are values before it,
/// so that more rows a statement are slower. A power of two, as [`evenly`] needs it.
const SQLITE_ROWS: usize = 16;

/// Rows of one statement on PostgreSQL, where they travel as one array a column.
const POSTGRES_ROWS: usize = 1_000;

/// From how many rows on COPY is worth its round trips.
const COPY_ROWS: usize = 50;

/// What a write did.
#[derive(Copy, Clone, Debug, Default, PartialEq, Eq)]
pub struct Written {
    /// Rows that are new.
    pub inserted: u64,
    /// Rows that existed and differed.
    pub updated: u64,
    /// Rows that existed and stayed as they were.
    pub unchanged: u64,
}

impl std::ops::AddAssign for Written {
    fn add_assign(&mut self, other: Written) {
        self.inserted += other.inserted;
        self.updated += other.updated;
        self.unchanged += other.unchanged;
    }
}

/// Writes in a transaction of its own: all of it or nothing.
pub async fn write(database: &Database, catalog: &Catalog, write: &Permitted<Write>) -> Result<Written> {
    database
        .write(async |transaction| write_in(transaction, catalog, write).await)
        .await
}

/// Writes inside of a transaction. Rows are written in their order, so of two with the same key the second one
/// meets the first. Errors: `Fault::KeyTaken` when a row meets another under [`Conflict::Fail`], or by another key
/// than the one that conflicts are recognised by.
pub async fn write_in(
    transaction: &mut Transaction,
    catalog: &Catalog,
    write: &Permitted<Write>,
) -> Result<Written> {
    write_rows(transaction, catalog, write.account(), write.plan()).await
}

/// Writes the rows of a plan that was permitted by whoever calls.
pub(super) async fn write_rows(
    transaction: &mut Transaction,
    catalog: &Catalog,
    account: Uuid,
    write: &Write,
) -> Result<Written> {
    let account = Cell::Uuid(account);
    let target = Target::new(catalog.get(write.resource), write, account, transaction.dialect());
    target.check(write)?;
    if let (Transaction::Postgres(connection), Conflict::Fail) = (&mut *transaction, &write.conflict)
        && write.rows.len() >= COPY_ROWS
    {
        count_statement();
        let inserted = copy_in(connection, &target.copy(), target.account.as_ref(), &write.rows).await?;
        return Ok(Written {
            inserted,
            ..Written::default()
        });
    }
    let key = target.places(write, write.conflict.key());
    let mut written = Written::default();
    match transaction.dialect() {
        Dialect::Postgres => {
            for batch in batches(write, &key, POSTGRES_ROWS) {
                written += write_batch(transaction, &target, &write.conflict, &key, batch).await?;
            }
        }
        Dialect::Sqlite => {
            for batch in batches(write, &key, SQLITE_ROWS).into_iter().flat_map(evenly) {
                written += write_batch(transaction, &target, &write.conflict, &key, batch).await?;
            }
        }
    }
    Ok(written)
}

/// Takes a batch apart into pieces of 16, 8, 4, 2 and 1 rows, for statements whose text grows with their rows: a
/// handful of texts are prepared and kept, not one for each number of rows there ever was.
fn evenly(mut rows: &[Vec<Cell>]) -> Vec<&[Vec<Cell>]> {
    let mut pieces = Vec::new();
    while !rows.is_empty() {
        let (piece, rest) = rows.split_at(1 << rows.len().ilog2());
        pieces.push(piece);
        rows = rest;
    }
    pieces
}

async fn write_batch(
    transaction: &mut Transaction,
    target: &Target<'_>,
    conflict: &Conflict,
    key: &[usize],
    rows: &[Vec<Cell>],
) -> Result<Written> {
    let total = rows.len() as u64;
    // Neither store says which rows of an upsert were new: those whose key was not there before.
    let known = match conflict {
        Conflict::Fail | Conflict::Keep { .. } => 0,
        Conflict::Update { .. } => {
            let found = transaction.fetch(&target.count_known(key, rows)).await?;
            let count = found.first().map_or(Ok(0), |row| row.int(0))?;
            u64::try_from(count).unwrap_or(0)
        }
    };
    let changed = transaction.execute(&target.insert(rows, conflict)).await?;
    let inserted = changed.min(total.saturating_sub(known));
    Ok(Written {
        inserted,
        updated: changed - inserted,
        unchanged: total.saturating_sub(changed),
    })
}

/// The rows in batches, and never two with the same key in a batch that updates, because PostgreSQL refuses to
/// update a row twice in one statement.
fn batches<'w>(write: &'w Write, key: &[usize], most: usize) -> Vec<&'w [Vec<Cell>]> {
    let updates = matches!(write.conflict, Conflict::Update { .. });
    let mut batches = Vec::new();
    let mut seen = HashSet::new();
    let mut start = 0;
    for (place, row) in write.rows.iter().enumerate() {
        let is_repeated = updates && !seen.insert(key_bytes(row, key));
        if is_repeated || place - start == most {
            batches.push(&write.rows[start..place]);
            start = place;
            seen.clear();
            seen.insert(key_bytes(row, key));
        }
    }
    if start < write.rows.len() {
        batches.push(&write.rows[start..]);
    }
    batches
}

/// The key's values, each behind its length, so that different keys have different bytes. A value that cannot be
/// sent is told when its row is.
fn key_bytes(row: &[Cell], key: &[usize]) -> Vec<u8> {
    let mut bytes = Vec::new();
    for place in key {
        let _ = write_field(&row[*place], &mut bytes);
    }
    bytes
}
