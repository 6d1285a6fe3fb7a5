//! Sealing the log: what no seal has yet, a batch at a time, each seal chained to the one before and signed.
//!
//! Several gateways may do it at once: a seal's number is there once, and whoever comes second looks again.

use chrono::TimeDelta;
use uuid::Uuid;

use super::format::{self, BEFORE_THE_FIRST, Leaf, border, border_after, digest};
use super::unsealed::{LONGEST_SEAL, STRETCH, stretch};
use crate::clock::Instant;
use crate::error::Result;
use crate::store::audit_seal::{self, Seal};
use crate::store::{Database, audit};
use crate::work::installation::Installation;

/// Most events of a seal.
pub(super) const LARGEST: usize = 2 * STRETCH;

/// Events younger than this wait: others with smaller ids may still be on their way to the database.
const GRACE: TimeDelta = TimeDelta::seconds(30);

/// How long nobody seals an account again by the clock, so that many gateways make no more seals than one.
const FRESH: TimeDelta = TimeDelta::minutes(4);

/// How often an account is tried again that another gateway is sealing.
const TRIES: u32 = 5;

/// Seals what is due in all accounts, among the events of the last `reach`; `None`: of the whole log. Gives how many
/// events were sealed.
pub async fn seal_due(installation: &Installation, reach: Option<TimeDelta>) -> Result<u64> {
    let now = installation.clock.now();
    let between = (
        reach.map_or(Uuid::nil(), |reach| border(now - reach)),
        border(now - GRACE),
    );
    let mut sealed = 0;
    for account in audit::accounts(&installation.database, between).await? {
        if reach.is_some() && is_fresh(&installation.database, account, now).await? {
            continue;
        }
        sealed += seal_between(installation, account, between).await?;
    }
    Ok(sealed)
}

/// Seals everything in an account that happened until now. Gives how many events were sealed.
pub async fn seal_account(installation: &Installation, account: Uuid) -> Result<u64> {
    let until = border(installation.clock.now() + TimeDelta::milliseconds(1));
    seal_between(installation, account, (Uuid::nil(), until)).await
}

async fn is_fresh(database: &Database, account: Uuid, now: Instant) -> Result<bool> {
    let newest = audit_seal::head(database, account).await?;
    Ok(newest.is_some_and(|seal| (TimeDelta::zero()..FRESH).contains(&(now - seal.sealed_at))))
}

/// Seals what no seal has of an account's events behind one id and before another. Gives how many events were sealed.
pub(super) async fn seal_between(
    installation: &Installation,
    account: Uuid,
    between: (Uuid, Uuid),
) -> Result<u64> {
    let database = &installation.database;
    let (mut from, until) = between;
    let (mut sealed, mut tries) = (0, TRIES);
    loop {
        // First the head, then what is unsealed: whatever a seal behind this head takes, this one's number is taken too.
        let head = audit_seal::head(database, account).await?;
        let batch = next_batch(database, account, (from, until)).await?;
        let leaves = leaves(database, account, &batch.unsealed).await?;
        if !leaves.is_empty() {
            let seal = make(installation, account, head.as_ref(), &leaves)?;
            if !audit_seal::append(database, &seal).await? {
                tries -= 1;
                match tries {
                    0 => return Ok(sealed),
                    _ => continue,
                }
            }
            sealed += leaves.len() as u64;
        }
        match batch.walked_to {
            Some(id) => from = id,
            None => return Ok(sealed),
        }
    }
}

struct Batch {
    unsealed: Vec<Uuid>,
    /// Until where the log was looked through; none: to the end.
    walked_to: Option<Uuid>,
}

/// The next unsealed events, no more than a seal takes.
async fn next_batch(database: &Database, account: Uuid, between: (Uuid, Uuid)) -> Result<Batch> {
    let (mut from, until) = between;
    let mut unsealed: Vec<Uuid> = Vec::new();
    while unsealed.len() + STRETCH <= LARGEST {
        let stretch = stretch(database, account, (from, until)).await?;
        unsealed.extend(stretch.unsealed);
        if let Some(first) = unsealed.first() {
            let end = border_after(*first, LONGEST_SEAL);
            let fits = unsealed.partition_point(|id| *id < end);
            if fits < unsealed.len() {
                unsealed.truncate(fits);
                let walked_to = unsealed.last().copied();
                return Ok(Batch { unsealed, walked_to });
            }
        }
        match stretch.last {
            Some(last) if stretch.events == STRETCH => from = last,
            _ => {
                return Ok(Batch {
                    unsealed,
                    walked_to: None,
                });
            }
        }
    }
    Ok(Batch {
        unsealed,
        walked_to: Some(from),
    })
}

/// The leaves of events, in the order of their ids. An event whose row cannot be read is none that Postern wrote; it
/// stays unsealed, for the check to find.
async fn leaves(database: &Database, account: Uuid, ids: &[Uuid]) -> Result<Vec<Leaf>> {
    let mut leaves = Vec::with_capacity(ids.len());
    for ids in ids.chunks(1_000) {
        for (id, cells) in audit::by_ids(database, account, ids).await? {
            match cells {
                Some(cells) => leaves.push(Leaf {
                    id,
                    digest: digest(&cells),
                }),
                None => tracing::error!(event = %id, "an event of the audit log cannot be read"),
            }
        }
    }
    leaves.sort_unstable_by_key(|leaf| leaf.id);
    Ok(leaves)
}

fn make(installation: &Installation, account: Uuid, head: Option<&Seal>, leaves: &[Leaf]) -> Result<Seal> {
    let id_at = |leaf: Option<&Leaf>| leaf.map_or(Uuid::nil(), |leaf| leaf.id);
    let bytes = format::to_bytes(leaves);
    let mut seal = Seal {
        account,
        id: installation.new_id(),
        number: head.map_or(0, |seal| seal.number) + 1,
        event_count: i64::try_from(leaves.len()).unwrap_or(i64::MAX),
        first_event: id_at(leaves.first()),
        last_event: id_at(leaves.last()),
        root: format::root(&bytes),
        previous_hash: head.map_or(BEFORE_THE_FIRST, |seal| &seal.hash).to_owned(),
        sealed_at: installation.clock.now(),
        key_id: installation.keys.receipt_key_id(),
        hash: String::new(),
        signature: String::new(),
        leaves: bytes,
    };
    let statement = format::statement(&seal);
    seal.hash = format::hash(&statement);
    seal.signature = format::hex(&installation.keys.sign_receipt(&statement));
    Ok(seal)
}
