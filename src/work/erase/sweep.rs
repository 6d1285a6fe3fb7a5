//! The residue sweep: every text, JSON and binary column of the account is searched for people's addresses in all their
//! spellings, in one pass for however many erasures; what the policy lets be redacted is redacted, everything else is
//! residue (ruling 30).

use std::borrow::Cow;
use std::collections::BTreeSet;
use std::time::{Duration, Instant};

use serde::{Deserialize, Serialize};
use serde_json::{Value, json};
use uuid::Uuid;

use super::needle::{Mention, Needles};
use super::plan::Sealed;
use super::{held, stale};
use crate::access::permit::{Erasure, Permitted};
use crate::catalog::{Column, ColumnErase, Owner, Resource};
use crate::cell::Cell;
use crate::error::Result;
use crate::fail_point::{FailPoint, reach};
use crate::store::erasure_log;
use crate::store::queue::Claim;
use crate::store::statistics::{Noted, note_anew};
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
    /// Tables of which the database notes no value of before any more.
    #[serde(rename = "statisticsNotedAnew")]
    pub noted_anew: Vec<String>,
    /// Tables of which it may, as they belong to another role: whoever that is has to run ANALYZE.
    #[serde(rename = "statisticsNotOurs")]
    pub not_ours: Vec<String>,
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
    /// How deep an erasure is attested with this sweep (`privacy.md` 3.4): the rows alone, or all columns and what the
    /// database notes of them.
    pub fn level(&self) -> &'static str {
        match self.residue.is_empty() && self.not_ours.is_empty() {
            true => "L2",
            false => "L1",
        }
    }

    /// As it stands in receipts.
    pub fn document(&self) -> Value {
        json!(self)
    }
}

/// An erasure in our hands whose person is looked for.
pub(super) struct Sought<'a> {
    pub(super) claim: &'a Claim,
    pub(super) erasure: &'a Permitted<Erasure>,
    pub(super) person: &'a Sealed,
}

/// Sweeps an account for the people of several erasures in one pass; gives what was found of each. What it redacts is
/// counted under `number` of the erasures' logs, so that a sweep that takes over from one that died tells of both.
pub(super) async fn sweep(
    installation: &Installation,
    sought: &[Sought<'_>],
    number: i64,
) -> Result<Vec<Swept>> {
    let Some(first) = sought.first() else {
        return Ok(Vec::new());
    };
    let pass = Pass {
        installation,
        sought,
        number,
        needles: Needles::new(sought.iter().map(|Sought { person, .. }| {
            let Sealed {
                normalized, original, ..
            } = person;
            [normalized.as_str(), original.as_str()]
        }))?,
    };
    let mut looked = Swept::default();
    let mut found: Vec<Swept> = vec![Swept::default(); sought.len()];
    let lease = u64::try_from(installation.lease_milliseconds).unwrap_or(0);
    let mut held = Instant::now();
    for resource in sweep::resources(&installation.catalog) {
        let columns = sweep::columns(resource);
        looked.columns += columns.len() as u64;
        let mut position = Position::default();
        loop {
            let rows = sweep::slice(&installation.database, resource, first.erasure, &mut position).await?;
            if rows.is_empty() {
                break;
            }
            looked.rows += rows.len() as u64;
            for (id, cells) in rows {
                for (column, cell) in columns.iter().zip(cells) {
                    pass.look((resource, id, column), &cell, &mut found).await?;
                }
            }
            if held.elapsed() > Duration::from_millis(lease / 3) {
                pass.hold().await?;
                held = Instant::now();
            }
        }
    }
    let noted = pass.note_anew().await?;
    for (swept, sought) in found.iter_mut().zip(sought) {
        swept.rows = looked.rows;
        swept.columns = looked.columns;
        swept.noted_anew.clone_from(&noted.0);
        swept.not_ours.clone_from(&noted.1);
        let (account, erasure) = (sought.claim.account, sought.claim.id);
        let redacted = erasure_log::rows_by_table(&installation.database, account, erasure, number).await?;
        swept.redacted = redacted
            .into_iter()
            .map(|(column, rows)| Mentions { column, rows })
            .collect();
    }
    Ok(found)
}

/// One pass over an account.
struct Pass<'a> {
    installation: &'a Installation,
    sought: &'a [Sought<'a>],
    number: i64,
    needles: Needles,
}

impl Pass<'_> {
    /// Looks at one value: mends it where the policy lets it be mended, notes it for everybody whom it mentions otherwise.
    async fn look(
        &self,
        (resource, id, column): (&Resource, Uuid, &Column),
        cell: &Cell,
        found: &mut [Swept],
    ) -> Result<()> {
        let Some((people, mended)) = mended(&self.needles, cell) else {
            return Ok(());
        };
        if let (ColumnErase::Scan, Some(after)) = (&column.erase, mended)
            && self.redact(&people, (resource, id, column), cell, &after).await?
        {
            reach(FailPoint::ErasureRedacted);
            return Ok(());
        }
        for person in people {
            let list = match resource.owner {
                // The account's own name and address are the customer's, whoever else has the same.
                Owner::Itself => &mut found[person].kept,
                _ => &mut found[person].residue,
            };
            note(list, column_name(resource, column));
        }
        Ok(())
    }

    /// Puts the mended value in the place of the one that mentions these people, and counts it for each of them.
    async fn redact(
        &self,
        people: &BTreeSet<usize>,
        (resource, id, column): (&Resource, Uuid, &Column),
        before: &Cell,
        after: &Cell,
    ) -> Result<bool> {
        let installation = self.installation;
        let name = column_name(resource, column);
        let place = (resource, id, column.id);
        installation
            .database
            .write(async |transaction| {
                let mut done = false;
                for (turn, person) in people.iter().enumerate() {
                    let Sought {
                        claim,
                        erasure,
                        person,
                    } = &self.sought[*person];
                    held::check(transaction, installation, claim).await?;
                    if turn == 0 {
                        done = sweep::redact(transaction, erasure, place, before, after.clone()).await?;
                    }
                    if !done {
                        break;
                    }
                    let entry = erasure_log::Entry {
                        id: installation.new_id(),
                        account: claim.account,
                        erasure: claim.id,
                        step: self.number,
                        table: &name,
                        action: "redact",
                        rows: 1,
                        at: installation.clock.now(),
                    };
                    erasure_log::append(transaction, &entry).await?;
                    // A bundle made before may hold the mention.
                    stale::mark(transaction, installation, claim, person.subscriber).await?;
                }
                Ok(done)
            })
            .await
    }

    /// Makes the database note anew what the tables hold in which these erasures have done anything.
    ///
    /// Gives the tables of which that was done, and those that belong to another role.
    async fn note_anew(&self) -> Result<(Vec<String>, Vec<String>)> {
        let database = &self.installation.database;
        let mut tables = BTreeSet::new();
        for Sought { claim, .. } in self.sought {
            tables.extend(erasure_log::touched(database, claim.account, claim.id).await?);
        }
        let mut noted = (Vec::new(), Vec::new());
        for table in tables {
            match note_anew(database, &table).await? {
                Noted::Anew => noted.0.push(table),
                Noted::NotOurs => noted.1.push(table),
                Noted::Nothing => {}
            }
            self.hold().await?;
        }
        Ok(noted)
    }

    /// Keeps all erasures in our hands: a pass over millions of rows outlives their leases.
    async fn hold(&self) -> Result<()> {
        let installation = self.installation;
        installation
            .database
            .write(async |transaction| {
                for sought in self.sought {
                    held::check(transaction, installation, sought.claim).await?;
                }
                Ok(())
            })
            .await
    }
}

fn column_name(resource: &Resource, column: &Column) -> String {
    format!("{}.{}", resource.table, column.name)
}

fn note(list: &mut Vec<Mentions>, column: String) {
    match list.iter_mut().find(|mentions| mentions.column == column) {
        Some(mentions) => mentions.rows += 1,
        None => list.push(Mentions { column, rows: 1 }),
    }
}

/// Whom a value mentions, and what it is without that; `None` for the second when it cannot be mended.
fn mended(needles: &Needles, cell: &Cell) -> Option<(BTreeSet<usize>, Option<Cell>)> {
    let text = match cell {
        Cell::Text(text) => Cow::Borrowed(text.as_str()),
        Cell::Json(value) => Cow::Owned(value.to_string()),
        Cell::Bytes(bytes) => return Some((people(&needles.find(bytes))?, None)),
        Cell::Null | Cell::Bool(_) | Cell::Int(_) | Cell::Uuid(_) | Cell::Instant(_) => return None,
    };
    let people = people(&needles.find(text.as_bytes()))?;
    let redacted = needles.redacted(&text)?;
    let after = match cell {
        Cell::Json(_) => serde_json::from_str(&redacted).ok().map(Cell::Json),
        _ => Some(Cell::from(redacted)),
    };
    Some((people, after))
}

/// Everybody who is mentioned; `None`: nobody.
fn people(mentions: &[Mention]) -> Option<BTreeSet<usize>> {
    let people: BTreeSet<usize> = mentions
        .iter()
        .flat_map(|mention| mention.people.iter().copied())
        .collect();
    (!people.is_empty()).then_some(people)
}
