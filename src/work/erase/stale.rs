//! Bundles that hold an erased person, and rejected rows of imports, which may mention anybody: marked stale in the store first, then removed from the depot, then forgotten,
//! so that a crash at any place leaves something that says what is still to do. How many they are is counted where
//! they are marked, once each.

use uuid::Uuid;

use super::held;
use crate::error::Result;
use crate::fail_point::{FailPoint, reach};
use crate::store::erasure_log::{self, BUNDLES};
use crate::store::queue::Claim;
use crate::store::{Transaction, expiry, fence};
use crate::work::import::kept;
use crate::work::installation::Installation;
use crate::work::job::EXPORT;
use crate::work::job::objects::{remove_all_of, remove_void};

/// Marks and removes every finished bundle of the account that the person is in.
pub async fn remove(installation: &Installation, claim: &Claim, subscriber: Uuid) -> Result<()> {
    installation
        .database
        .write(async |transaction| {
            held::check(transaction, installation, claim).await?;
            mark(transaction, installation, claim, subscriber).await
        })
        .await?;
    reach(FailPoint::ErasureStale);
    remove_marked(installation, claim).await
}

/// Marks every finished bundle of the account that the person is in, inside a transaction that has checked the claim.
pub(super) async fn mark(
    transaction: &mut Transaction,
    installation: &Installation,
    claim: &Claim,
    subscriber: Uuid,
) -> Result<()> {
    let counted = Some((claim.id, BUNDLES));
    mark_for(transaction, installation, (claim.account, &[subscriber]), counted).await
}

/// The same for whoever has no claim; `counted`: under which number of which erasure's log.
pub(super) async fn mark_for(
    transaction: &mut Transaction,
    installation: &Installation,
    (account, subscribers): (Uuid, &[Uuid]),
    counted: Option<(Uuid, i64)>,
) -> Result<()> {
    let now = installation.clock.now();
    expiry::end_rejects(transaction, account, now).await?;
    let rows = fence::mark_bundles_stale(transaction, account, subscribers, now).await?;
    let Some((erasure, step)) = counted.filter(|_| rows > 0) else {
        return Ok(());
    };
    let entry = erasure_log::Entry {
        id: installation.new_id(),
        account,
        erasure,
        step,
        table: "exports",
        action: "remove_bundle",
        rows,
        at: now,
    };
    erasure_log::append(transaction, &entry).await
}

/// Removes the bundles that are marked.
pub(super) async fn remove_marked(installation: &Installation, claim: &Claim) -> Result<()> {
    remove_marked_for(installation, claim.account, Some(claim)).await
}

/// The same, where nobody else can take what it is done for out of our hands unless there is a claim to it.
pub(super) async fn remove_marked_for(
    installation: &Installation,
    account: Uuid,
    claim: Option<&Claim>,
) -> Result<()> {
    let stale = fence::stale_bundles(&installation.database, account).await?;
    for export in &stale {
        remove_all_of(installation, &EXPORT, account, *export).await?;
        reach(FailPoint::ErasureBundle);
    }
    remove_void(installation, &EXPORT, account).await?;
    reach(FailPoint::ErasureBundles);
    installation
        .database
        .write(async |transaction| {
            if let Some(claim) = claim {
                held::check(transaction, installation, claim).await?;
            }
            fence::forget_stale_bundles(transaction, account, &stale).await
        })
        .await?;
    kept::remove_due_of(installation, account).await?;
    reach(FailPoint::ErasureForgotten);
    Ok(())
}
