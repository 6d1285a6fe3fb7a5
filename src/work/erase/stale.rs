//! Bundles that hold an erased person: marked stale in the store first, then removed from the depot, then forgotten,
//! so that a crash at any place leaves something that says what is still to do.

use uuid::Uuid;

use crate::error::Result;
use crate::fail_point::{FailPoint, reach};
use crate::store::fence;
use crate::store::queue::Claim;
use crate::work::export::objects::{remove_all_of, remove_void};
use crate::work::installation::Installation;

/// Marks and removes every finished bundle of the account that the person is in; gives how many.
pub async fn remove(installation: &Installation, claim: &Claim, subscriber: Uuid) -> Result<u64> {
    let now = installation.clock.now();
    installation
        .database
        .write(async |transaction| {
            fence::mark_bundles_stale(transaction, claim.account, subscriber, now).await
        })
        .await?;
    reach(FailPoint::ErasureStale);
    let stale = fence::stale_bundles(&installation.database, claim.account).await?;
    for export in &stale {
        remove_all_of(installation, claim.account, *export).await?;
    }
    remove_void(installation, claim.account).await?;
    reach(FailPoint::ErasureBundles);
    installation
        .database
        .write(async |transaction| fence::forget_stale_bundles(transaction, claim.account, &stale).await)
        .await?;
    Ok(stale.len() as u64)
}
