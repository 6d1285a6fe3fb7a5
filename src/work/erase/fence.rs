//! The fence: the keyed token of the person, written before anything is deleted, so that no writer re-creates the
//! person behind the eraser.

use crate::cell::Cell;
use crate::error::Result;
use crate::store::Transaction;
use crate::store::erasure_recipient::Whose;
use crate::store::fence::{self, FenceToken};
use crate::store::queue::{self, Claim};
use crate::work::erase::plan::Sealed;
use crate::work::erase::recipients;
use crate::work::installation::Installation;

/// Writes the fence and the state FENCED in one transaction, under the account's lock, which every writer of
/// subscribers shares: after it, a writer either sees the token or was there before the eraser looks for rows. With it is
/// noted who was given the person's data and is to be told.
/// False when another worker has the erasure.
pub async fn raise(installation: &Installation, claim: &Claim, person: &Sealed) -> Result<bool> {
    let (key_version, token) = installation
        .keys
        .suppression_token(claim.account, &person.normalized);
    let now = installation.clock.now();
    let fence_token = FenceToken {
        id: installation.new_id(),
        account: claim.account,
        erasure: claim.id,
        token: token.to_vec(),
        key_version,
        at: now,
    };
    installation
        .database
        .write(async |transaction: &mut Transaction| {
            fence::fence_lock(transaction, claim.account, true).await?;
            let columns: [(&str, Cell); 3] = [
                ("state", "fenced".into()),
                ("fenced_at", now.into()),
                ("updated_at", now.into()),
            ];
            if !queue::change_if(transaction, claim, &["confirmed"], &columns).await? {
                return Ok(false);
            }
            fence::raise(transaction, &fence_token).await?;
            let (erasure, whose) = ((claim.account, claim.id), Whose::Person(person.subscriber));
            recipients::note(installation, transaction, erasure, whose, now).await?;
            // A bundle under way may have read the person already: it starts again from a new snapshot.
            fence::restart_exports(transaction, claim.account, now).await?;
            Ok(true)
        })
        .await
}
