//! The end of the ledger's entries: when no backup is left in which the person could still be. Knows no backup itself,
//! only the register.

use chrono::TimeDelta;
use uuid::{Timestamp, Uuid};

use super::standing::look;
use super::{PRUNED, entry_name, erasures, raise, read};
use crate::clock::Instant;
use crate::error::Result;
use crate::store::backup;
use crate::work::installation::Installation;

/// How much longer than the longest life of a backup an entry is kept: a backup is not gone in the minute in which it
/// has to be.
const MARGIN: TimeDelta = TimeDelta::days(30);

/// Removes the entries that no backup needs any more; gives how many. Up to which generation is noted first, so that a
/// database that is older still is told from one that can be made to forget. The head stays.
pub async fn prune(installation: &Installation) -> Result<usize> {
    let Installation { database, depot, .. } = installation;
    let standing = look(database, depot).await?;
    // What this database has not repeated itself is nobody's to remove.
    if standing.is_older() {
        return Ok(0);
    }
    let end = end(installation).await?;
    let mut old = Vec::new();
    for (account, erasure) in erasures(depot).await? {
        // An erasure ends after it was planned, which its id tells; so most entries need not be read.
        if planned_at(erasure).is_some_and(|at| at >= end) {
            continue;
        }
        let entry = read(depot, account, erasure).await?;
        if let Some(entry) = entry.filter(|entry| entry.finished_at < end) {
            old.push(entry);
        }
    }
    let Some(highest) = old.iter().max_by_key(|entry| entry.generation) else {
        return Ok(0);
    };
    raise(depot, PRUNED, highest.generation, &highest.erasure.to_string()).await?;
    for entry in &old {
        depot.delete(&entry_name(entry.account, entry.erasure)).await?;
    }
    Ok(old.len())
}

/// Erasures that ended before this are in every backup that is left.
async fn end(installation: &Installation) -> Result<Instant> {
    let days = TimeDelta::days(i64::from(installation.catalog.settings.backup_days));
    let by_age = installation.clock.now() - days - MARGIN;
    // A backup that is registered as still there may be restored, however old it is.
    let kept = backup::kept(&installation.database).await?;
    let oldest = kept.iter().map(|backup| backup.made_at).min();
    Ok(oldest.map_or(by_age, |oldest| oldest.min(by_age)))
}

fn planned_at(erasure: Uuid) -> Option<Instant> {
    let (seconds, nanoseconds) = erasure.get_timestamp().as_ref().map(Timestamp::to_unix)?;
    Instant::from_timestamp(i64::try_from(seconds).ok()?, nanoseconds)
}
