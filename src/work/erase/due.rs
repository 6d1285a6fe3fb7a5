//! The residue sweeps that are still due: of erasures in accounts too large to be swept at once, and of those that left
//! something behind.

use uuid::Uuid;

use super::held::{self, commit, open};
use super::plan::{Sealed, permitted};
use super::receipt;
use super::recipients::settle;
use super::row::{ErasureRow, read};
use super::stale;
use super::sweep::{self, Sought, Swept};
use crate::access::permit::{Erasure, Permitted};
use crate::access::viewer::Viewer;
use crate::cell::Cell;
use crate::error::Result;
use crate::fail_point::{FailPoint, reach};
use crate::store::audit::AuditEvent;
use crate::store::erasure_log::{self, LATER_REDACTIONS};
use crate::store::erasure_recipient;
use crate::store::queue::Claim;
use crate::work::installation::Installation;

/// For how many erasures of an account one pass looks at most: what is kept of each is small, but not nothing.
const TOGETHER: usize = 1_000;

/// Sweeps for the erasures that were too large to be swept at once, or that left residue: all of an account in one pass;
/// gives how many are clean now and how many are not.
pub async fn sweep_due(installation: &Installation, account: Option<Uuid>) -> Result<(u64, u64)> {
    let due = erasure_log::unswept(&installation.database, account).await?;
    let mut outcome = (0, 0);
    for of_account in due.chunk_by(|one, next| one.0 == next.0) {
        for together in of_account.chunks(TOGETHER) {
            let (clean, residue) = sweep_together(installation, together).await?;
            outcome.0 += clean;
            outcome.1 += residue;
        }
    }
    Ok(outcome)
}

/// The same for the erasures of an account that were swept and left residue.
pub(super) async fn sweep_residue(installation: &Installation, account: Uuid) -> Result<()> {
    sweep_all(
        installation,
        &erasure_log::left_residue(&installation.database, account).await?,
    )
    .await
}

/// The same for those that were never swept.
pub(super) async fn sweep_unswept(installation: &Installation, account: Uuid) -> Result<()> {
    sweep_all(
        installation,
        &erasure_log::never_swept(&installation.database, account).await?,
    )
    .await
}

async fn sweep_all(installation: &Installation, of_account: &[(Uuid, Uuid)]) -> Result<()> {
    for together in of_account.chunks(TOGETHER) {
        sweep_together(installation, together).await?;
    }
    Ok(())
}

/// An erasure that a pass looks for.
struct Due {
    claim: Claim,
    row: ErasureRow,
    person: Sealed,
    erasure: Permitted<Erasure>,
}

/// One pass over an account for these erasures of it, but those that somebody else has in hand.
async fn sweep_together(installation: &Installation, erasures: &[(Uuid, Uuid)]) -> Result<(u64, u64)> {
    let mut due = Vec::with_capacity(erasures.len());
    for (account, id) in erasures {
        if let Some(one) = take(installation, *account, *id).await? {
            due.push(one);
        }
    }
    let sought: Vec<Sought<'_>> = due
        .iter()
        .map(|one| Sought {
            claim: &one.claim,
            erasure: &one.erasure,
            person: &one.person,
        })
        .collect();
    let swept = sweep::sweep(installation, &sought, LATER_REDACTIONS).await?;
    let mut outcome = (0, 0);
    for (one, swept) in due.iter().zip(&swept) {
        stale::remove_marked(installation, &one.claim).await?;
        match end(installation, one, swept).await? {
            true => outcome.0 += 1,
            false => outcome.1 += 1,
        }
    }
    Ok(outcome)
}

async fn take(installation: &Installation, account: Uuid, id: Uuid) -> Result<Option<Due>> {
    let Some(claim) = held::take(installation, account, id).await? else {
        return Ok(None);
    };
    let viewer = Viewer::at_the_machine(&installation.catalog, Uuid::nil(), account);
    let row = read(installation, &viewer, id).await?;
    let person = open(installation, &claim).await?;
    let erasure = permitted(&installation.catalog, &viewer, person.subject())?;
    Ok(Some(Due {
        claim,
        row,
        person,
        erasure,
    }))
}

/// Writes the next receipt of an erasure; gives whether it is clean.
async fn end(installation: &Installation, due: &Due, swept: &Swept) -> Result<bool> {
    let Due { claim, row, .. } = due;
    let now = installation.clock.now();
    let recipients = erasure_recipient::of_erasure(&installation.database, claim.account, claim.id).await?;
    let signed = receipt::make_second(installation, claim, row, (swept, &recipients), now)?;
    let clean = swept.residue.is_empty();
    let mut columns: Vec<(&str, Cell)> = vec![
        ("state", receipt::state(Some(swept), &recipients).into()),
        ("second_receipt", signed.receipt.into()),
        ("second_receipt_signature", signed.signature.into()),
        ("lease_until", Cell::Null),
        ("updated_at", now.into()),
    ];
    if clean {
        columns.push(("subject_sealed", Cell::Null));
    }
    let event = AuditEvent::by_system(claim.account, installation.new_id(), now, "erasure.swept")
        .of("Erasure", claim.id);
    commit(installation, claim, &columns, &event).await?;
    reach(FailPoint::ErasureSecondReceipt);
    settle(installation, claim.account, claim.id).await?;
    Ok(clean)
}
