//! The residue sweep: every text, JSON and binary column of the account is searched for the person's address in all its
//! spellings, in one pass; what the policy lets be redacted is redacted, everything else is residue (ruling 30).

use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

use super::needle::Needles;
use super::plan::Sealed;
use super::{held, stale};
use crate::access::permit::{Erasure, Permitted};
use crate::catalog::{ColumnErase, Owner, Resource};
use crate::cell::Cell;
use crate::error::Result;
use crate::fail_point::{FailPoint, reach};
use crate::store::erasure_log;
use crate::store::queue::Claim;
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

/// Sweeps the account for one person. What it redacts is counted under `number` of the erasure's log, so that a sweep
/// that takes over from one that died tells of both.
pub(super) async fn sweep(
    installation: &Installation,
    claim: &Claim,
    erasure: &Permitted<Erasure>,
    person: &Sealed,
    number: i64,
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
                        let entry = erasure_log::Entry {
                            id: installation.new_id(),
                            account: claim.account,
                            erasure: claim.id,
                            step: number,
                            table: &name,
                            action: "redact",
                            rows: 1,
                            at: installation.clock.now(),
                        };
                        redacted = installation
                            .database
                            .write(async |transaction| {
                                held::check(transaction, installation, claim).await?;
                                let place = (resource, id, column.id);
                                let done =
                                    sweep::redact(transaction, erasure, place, &cell, after.clone()).await?;
                                if done {
                                    erasure_log::append(transaction, &entry).await?;
                                    // A bundle made before may hold the mention.
                                    stale::mark(transaction, installation, claim, person.subscriber).await?;
                                }
                                Ok(done)
                            })
                            .await?;
                    }
                    if redacted {
                        reach(FailPoint::ErasureRedacted);
                        continue;
                    }
                    let list = match resource.owner {
                        // The account's own name and address are the customer's, whoever else has the same.
                        Owner::Itself => &mut swept.kept,
                        _ => &mut swept.residue,
                    };
                    note(list, name);
                }
            }
        }
    }
    let redacted =
        erasure_log::rows_by_table(&installation.database, claim.account, claim.id, number).await?;
    swept.redacted = redacted
        .into_iter()
        .map(|(column, rows)| Mentions { column, rows })
        .collect();
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
        Cell::Text(text) => needles.redacted(text).map(|text| Some(Cell::from(text))),
        Cell::Json(value) => {
            let text = value.to_string();
            let redacted = needles.redacted(&text)?;
            Some(serde_json::from_str(&redacted).ok().map(Cell::Json))
        }
        Cell::Bytes(bytes) => (!needles.find(bytes).is_empty()).then_some(None),
        Cell::Null | Cell::Bool(_) | Cell::Int(_) | Cell::Uuid(_) | Cell::Instant(_) => None,
    }
}
