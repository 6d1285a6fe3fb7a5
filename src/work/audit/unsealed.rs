//! Which events no seal has: the events of an account and the leaves of its seals, held against each other stretch by
//! stretch, in memory that does not grow with the log.
//!
//! Events do not say which seal they are in: noting it would write each event's row a second time, and its indexes.

use std::collections::HashSet;

use chrono::TimeDelta;
use uuid::Uuid;

use super::format::{border_after, from_bytes};
use crate::error::Result;
use crate::store::Database;
use crate::store::{audit, audit_seal};

/// Events that are looked at together.
pub const STRETCH: usize = 5_000;

/// How far apart in time the first and the last event of a seal may be, so that the seals which can hold an event are
/// found by their last event.
pub const LONGEST_SEAL: TimeDelta = TimeDelta::days(1);

/// A stretch of the log.
pub struct Stretch {
    /// How many events it has.
    pub events: usize,
    /// The last of them; none: there is nothing more.
    pub last: Option<Uuid>,
    /// Those that no seal has, ascending.
    pub unsealed: Vec<Uuid>,
}

/// The next stretch of an account's events behind one id and before another.
pub async fn stretch(database: &Database, account: Uuid, between: (Uuid, Uuid)) -> Result<Stretch> {
    let ids = audit::ids(database, account, between, STRETCH).await?;
    let (Some(first), Some(last)) = (ids.first().copied(), ids.last().copied()) else {
        return Ok(Stretch {
            events: 0,
            last: None,
            unsealed: Vec::new(),
        });
    };
    // Behind the events: what was sealed meanwhile is seen to be.
    let mut sealed: HashSet<Uuid> = HashSet::new();
    let ends = (
        first,
        border_after(last, LONGEST_SEAL + TimeDelta::milliseconds(1)),
    );
    audit_seal::each_leaves(database, account, last, ends, |leaves| {
        let leaves = from_bytes(leaves).unwrap_or_default();
        let within = leaves.iter().map(|leaf| leaf.id);
        sealed.extend(within.filter(|id| (first..=last).contains(id)));
    })
    .await?;
    Ok(Stretch {
        events: ids.len(),
        last: Some(last),
        unsealed: ids.into_iter().filter(|id| !sealed.contains(id)).collect(),
    })
}

/// Those of these events, ascending, that a seal has.
pub async fn sealed_among(database: &Database, account: Uuid, ids: &[Uuid]) -> Result<Vec<Uuid>> {
    let (Some(first), Some(last)) = (ids.first().copied(), ids.last().copied()) else {
        return Ok(Vec::new());
    };
    let mut sealed: HashSet<Uuid> = HashSet::new();
    let ends = (
        first,
        border_after(last, LONGEST_SEAL + TimeDelta::milliseconds(1)),
    );
    audit_seal::each_leaves(database, account, last, ends, |leaves| {
        let leaves = from_bytes(leaves).unwrap_or_default();
        let within = leaves.iter().map(|leaf| leaf.id);
        sealed.extend(within.filter(|id| ids.binary_search(id).is_ok()));
    })
    .await?;
    Ok(ids.iter().copied().filter(|id| sealed.contains(id)).collect())
}
