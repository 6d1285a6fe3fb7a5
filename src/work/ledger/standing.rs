//! Whether a database is as new as the ledger of erasures: one number is compared at start, and names are listed only
//! where it is lower. Must not know what is done about it.

use std::collections::HashMap;

use uuid::Uuid;

use super::{Entry, PRUNED, erasures, head, pruned, raise, raise_head, read};
use crate::clock::Instant;
use crate::depot::Depot;
use crate::error::{Code, Refusal, Result};
use crate::store::{Database, generation};

/// States of an erasure that was finished.
const ENDED: [&str; 3] = ["done", "residue_found", "partial"];

/// States of an erasure that may have its number and is not finished.
const UNDER_WAY: [&str; 3] = ["fenced", "running", "verifying"];

/// How a database and the ledger stand to each other.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Standing {
    /// The generation of the database.
    pub generation: i64,
    /// The generation of the latest erasure in the ledger; 0: it has none.
    pub head: i64,
    /// Up to which generation the ledger holds nothing any more.
    pub pruned: i64,
    /// Whether the depot has no ledger at all, though this database has written one.
    pub is_missing: bool,
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

    /// What is said where the ledger is missing.
    pub fn missing(&self) -> Refusal {
        let message = format!(
            "the ledger of erasures is not in this depot, and this database is of generation {}: people who were \
             erased may be in it; name the right --depot, or begin a new ledger with postern replay --despite-gap",
            self.generation
        );
        Refusal::new(Code::ReplayNeeded, message)
    }
}

/// Looks how they stand. The head is read first: whoever finishes an erasure meanwhile takes the number in the database
/// before the head is raised to it.
pub async fn look(database: &Database, depot: &Depot) -> Result<Standing> {
    let found = match head(depot).await? {
        Some(known) => Some(known),
        None => found_head(database, depot).await?,
    };
    let generation = generation::current(database).await?;
    let is_missing = found.is_none() && is_missing(database, depot, generation).await?;
    let head = found.unwrap_or(0);
    let pruned = match generation < head {
        true => pruned(depot).await?,
        false => 0,
    };
    Ok(Standing {
        generation,
        head,
        pruned,
        is_missing,
    })
}

/// A ledger may have entries and no head yet: those are compared one by one, and then it gets one, which is higher than
/// a database's own that lacks any of them. `None`: there are no entries either.
async fn found_head(database: &Database, depot: &Depot) -> Result<Option<i64>> {
    let entries = erasures(depot).await?;
    let Some((_, latest)) = entries.iter().max_by_key(|(_, erasure)| *erasure) else {
        return Ok(None);
    };
    // The first erasure writes its head before its entry: it may have ended since.
    if let Some(known) = head(depot).await? {
        return Ok(Some(known));
    }
    let generation = generation::current(database).await?;
    let unknown = unknown(database, &entries).await?;
    let head = match unknown.is_empty() {
        true => generation,
        false => generation + 1,
    };
    raise_head(depot, head, *latest).await?;
    Ok(Some(head))
}

/// Whether a depot without head and entries is not the one that this database wrote its ledger to: a database is of
/// generation 1 until its first erasure is about to be done, which may have its number and not yet its head.
async fn is_missing(database: &Database, depot: &Depot, generation: i64) -> Result<bool> {
    if generation <= 1 {
        return Ok(false);
    }
    let states = generation::erasures(database).await?;
    let is_any = |wanted: &[&str]| states.values().any(|state| wanted.contains(&state.as_str()));
    if is_any(&UNDER_WAY) && !is_any(&ENDED) {
        return Ok(false);
    }
    // The first may have ended since.
    Ok(head(depot).await?.is_none())
}

/// Begins a new ledger in a depot that has none: whatever is older than this database is told by it from now on, and
/// cannot be made to forget.
pub async fn begin_anew(depot: &Depot, standing: &Standing, by: Uuid) -> Result<()> {
    raise(depot, PRUNED, standing.generation, &by.to_string()).await?;
    raise_head(depot, standing.generation, by).await
}

/// The erasures of the ledger that a database does not know as finished.
async fn unknown(database: &Database, entries: &[(Uuid, Uuid)]) -> Result<Vec<(Uuid, Uuid)>> {
    let states = generation::erasures(database).await?;
    let is_unknown = |entry: &&(Uuid, Uuid)| !is_finished(&states, **entry);
    Ok(entries.iter().filter(is_unknown).copied().collect())
}

fn is_finished(states: &HashMap<(Uuid, Uuid), String>, erasure: (Uuid, Uuid)) -> bool {
    let state = states.get(&erasure).map(String::as_str);
    state.is_some_and(|state| ENDED.contains(&state))
}

/// Refuses a database that is older than the ledger, or whose ledger is elsewhere: people who were erased would be back.
/// Errors: `REPLAY_NEEDED`.
pub async fn refuse_older(database: &Database, depot: &Depot) -> Result<()> {
    let standing = look(database, depot).await?;
    if standing.is_missing {
        return Err(standing.missing().into());
    }
    if !standing.is_older() {
        return Ok(());
    }
    let count = outstanding(database, depot, &standing, None).await?.len();
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
    /// Whether it was finished here, and its record is past its clock.
    pub is_past: bool,
}

impl Outstanding {
    /// Whether the database knows it as finished, or knew it once.
    pub fn is_known(&self) -> bool {
        self.is_past || self.state.as_deref().is_some_and(|state| ENDED.contains(&state))
    }
}

/// The erasures to look at again, the oldest first: those that the database does not know as finished, those that ended
/// after it was written, and those that ended at `from` or later. What has no row, and a number that the database has
/// reached, was finished here once.
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
        let state = states.get(&(account, erasure)).cloned();
        let is_reached = entry.generation <= standing.generation;
        let is_past = state.is_none() && entry.generation >= 1 && is_reached;
        if (is_past || (is_finished && is_reached)) && !is_later {
            continue;
        }
        found.push(Outstanding {
            entry,
            state,
            is_past,
        });
    }
    found.sort_by_key(|one| (one.entry.generation, one.entry.finished_at, one.entry.erasure));
    Ok(found)
}
