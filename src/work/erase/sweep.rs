//! The residue sweep: every text, JSON and binary column of the account is searched for the person's address in all its
//! spellings, in one pass; what the policy lets be redacted is redacted, everything else is residue (ruling 30).

use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

use super::needle::Needles;
use super::plan::Sealed;
use crate::access::permit::{Erasure, Permitted};
use crate::catalog::{ColumnErase, Owner, Resource};
use crate::cell::Cell;
use crate::error::Result;
use crate::store::sweep::{self, Position};
use crate::work::installation::Installation;

/// An account whose every table has fewer rows is swept at once; a larger one by `erase sweep`.
pub const SMALL: i64 = 100_000;

/// What a sweep found.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Swept {
    /// Rows looked at.
    pub rows: u64,
    /// Columns looked at.
    pub columns: u64,
    /// Mentions that were redacted, by column.
    pub redacted: Vec<Mentions>,
    /// Mentions that are kept because the row is not about the subscriber, by column.
    pub kept: Vec<Mentions>,
    /// Mentions that should not be there, by column.
    pub residue: Vec<Mentions>,
}

/// How often a column mentions the person.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Mentions {
    /// `table.column`.
    pub column: String,
    /// In how many rows.
    pub rows: u64,
}

impl Swept {
    /// As it stands in receipts.
    pub fn document(&self) -> Value {
        json!(self)
    }
}

/// Sweeps the account for one person.
pub async fn sweep(
    installation: &Installation,
    erasure: &Permitted<Erasure>,
    person: &Sealed,
) -> Result<Swept> {
    let needles = Needles::new(&[&person.normalized, &person.original])?;
    let mut swept = Swept::default();
    let resources: Vec<&Resource> = sweep::resources(&installation.catalog).collect();
    for resource in resources {
        swept.columns += sweep::columns(resource).len() as u64;
        let mut position = Position::default();
        loop {
            let rows = sweep::slice(&installation.database, resource, erasure, &mut position).await?;
            if rows.is_empty() {
                break;
            }
            swept.rows += rows.len() as u64;
            for (id, cells) in rows {
                for (column, cell) in sweep::columns(resource).into_iter().zip(cells) {
                    let Some(mended) = mended(&needles, &cell) else {
                        continue;
                    };
                    let name = format!("{}.{}", resource.table, column.name);
                    let mut redacted = false;
                    if let (ColumnErase::Scan, Some(after)) = (&column.erase, mended) {
                        redacted = installation
                            .database
                            .write(async |transaction| {
                                sweep::redact(
                                    transaction,
                                    resource,
                                    erasure,
                                    id,
                                    column.id,
                                    &cell,
                                    after.clone(),
                                )
                                .await
                            })
                            .await?;
                    }
                    let list = match (redacted, resource.owner) {
                        (true, _) => &mut swept.redacted,
                        // The account's own name and address are the customer's, whoever else has the same.
                        (false, Owner::Itself) => &mut swept.kept,
                        (false, _) => &mut swept.residue,
                    };
                    note(list, name);
                }
            }
        }
    }
    Ok(swept)
}

fn note(list: &mut Vec<Mentions>, column: String) {
    match list.iter_mut().find(|mentions| mentions.column == column) {
        Some(mentions) => mentions.rows += 1,
        None => list.push(Mentions { column, rows: 1 }),
    }
}

/// Whether a value mentions the person: `Some(None)` when it does and cannot be mended.
#[expect(
    clippy::option_option,
    reason = "not mentioned, mentioned and mendable, mentioned and not mendable"
)]
fn mended(needles: &Needles, cell: &Cell) -> Option<Option<Cell>> {
    match cell {
        Cell::Text(text) => needles.redacted(text).map(|text| Some(Cell::Text(text))),
        Cell::Json(value) => {
            let text = value.to_string();
            let redacted = needles.redacted(&text)?;
            Some(serde_json::from_str(&redacted).ok().map(Cell::Json))
        }
        Cell::Bytes(bytes) => (!needles.find(bytes).is_empty()).then_some(None),
        Cell::Null | Cell::Bool(_) | Cell::Int(_) | Cell::Uuid(_) | Cell::Instant(_) => None,
    }
}
