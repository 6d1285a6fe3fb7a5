//! Whether a database is as new as the ledger of erasures: one number is compared at start, and names are listed only
//! where it is lower. Must not know what is done about it.

use std::collections::HashMap;

use uuid::Uuid;

use super::{Entry, erasures, head, pruned, raise_head, read};
use crate::clock::Instant;
use crate::depot::Depot;
use crate::error::{Code, Refusal, Result};
use crate::store::{Database, generation};

/// How a database and the ledger stand to each other.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Standing {
    /// The generation of the database.
    pub generation: i64,
    /// The generation of the latest erasure in the ledger; 0: it has none.
    pub head: i64,
    /// Up to which generation the ledger holds nothing any more.
    pub pruned: i64,
}

impl Standing {
    /// Whether an erasure has ended that this database knows nothing of.
    pub fn is_older(&self) -> bool {
        self.generation < self.head
    }

    /// Whether the ledger no longer holds all erasures that this database knows nothing of.
    pub fn has_gap(&self) -> bool {
        self.generation < self.pruned
    }
}

/// Looks how they stand.
pub async fn look(database: &Database, depot: &Depot) -> Result<Standing> {
    let (generation, head) = (generation::current(database).await?, head(depot).await?);
    let head = match head {
        Some(head) => head,
        None => found_head(database, depot, generation).await?,
    };
    let pruned = match generation < head {
        true => pruned(depot).await?,
        false => 0,
    };
    Ok(Standing {
        generation,
        head,
        pruned,
    })
}

/// A ledger may have entries and no head yet: those are compared one by one, and then it gets one, which is higher than
/// a database's own that lacks any of them.
async fn found_head(database: &Database, depot: &Depot, generation: i64) -> Result<i64> {
    let entries = erasures(depot).await?;
    let Some((_, latest)) = entries.iter().max_by_key(|(_, erasure)| *erasure) else {
        return Ok(0);
    };
    let unknown = unknown(database, &entries).await?;
    let head = match unknown.is_empty() {
        true => generation,
        false => generation + 1,
    };
    raise_head(depot, head, *latest).await?;
    Ok(head)
}

/// The erasures of the ledger that a database does not know as finished.
async fn unknown(database: &Database, entries: &[(Uuid, Uuid)]) -> Result<Vec<(Uuid, Uuid)>> {
    let states = generation::erasures(database).await?;
    let is_unknown = |entry: &&(Uuid, Uuid)| !is_finished(&states, **entry);
    Ok(entries.iter().filter(is_unknown).copied().collect())
}

fn is_finished(states: &HashMap<(Uuid, Uuid), String>, erasure: (Uuid, Uuid)) -> bool {
    let state = states.get(&erasure).map(String::as_str);
    matches!(state, Some("done" | "residue_found" | "partial"))
}

/// Refuses a database that is older than the ledger: people who were erased would be back. Errors: `REPLAY_NEEDED`.
pub async fn refuse_older(database: &Database, depot: &Depot) -> Result<()> {
    let standing = look(database, depot).await?;
    if !standing.is_older() {
        return Ok(());
    }
    let count = unknown(database, &erasures(depot).await?).await?.len();
    let plural = if count == 1 { " has" } else { "s have" };
    let message = format!(
        "this database is older than the ledger of erasures (generation {} of {}): {count} erasure{plural} to be \
         repeated first; run postern replay",
        standing.generation, standing.head
    );
    Err(Refusal::new(Code::ReplayNeeded, message).into())
}

/// An entry of the ledger that is looked at again.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Outstanding {
    /// The entry.
    pub entry: Entry,
    /// What the database says of the erasure; `None`: it knows nothing of it, or nothing of its agreement.
    pub state: Option<String>,
}

impl Outstanding {
    /// Whether the database knows it as finished.
    pub fn is_known(&self) -> bool {
        matches!(self.state.as_deref(), Some("done" | "residue_found" | "partial"))
    }
}

/// The erasures to look at again, the oldest first: those that the database does not know as finished, those that ended
/// after it was written, and those that ended at `from` or later.
pub async fn outstanding(
    database: &Database,
    depot: &Depot,
    standing: &Standing,
    from: Option<Instant>,
) -> Result<Vec<Outstanding>> {
    let states = generation::erasures(database).await?;
    let mut found = Vec::new();
    for (account, erasure) in erasures(depot).await? {
        let is_finished = is_finished(&states, (account, erasure));
        if is_finished && !standing.is_older() && from.is_none() {
            continue;
        }
        let Some(entry) = read(depot, account, erasure).await? else {
            continue;
        };
        let is_later = from.is_some_and(|from| entry.finished_at >= from);
        if is_finished && !is_later && entry.generation <= standing.generation {
            continue;
        }
        let state = states.get(&(account, erasure)).cloned();
        found.push(Outstanding { entry, state });
    }
    found.sort_by_key(|one| (one.entry.generation, one.entry.finished_at, one.entry.erasure));
    Ok(found)
}
