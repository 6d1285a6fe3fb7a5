//! The residue sweeps that are still due: of erasures in accounts too large to be swept at once, and of those that left
//! something behind.

use uuid::Uuid;

use super::held::{commit, open};
use super::plan::permitted;
use super::receipt;
use super::row::read;
use super::{stale, sweep};
use crate::access::viewer::Viewer;
use crate::cell::Cell;
use crate::error::Result;
use crate::fail_point::{FailPoint, reach};
use crate::store::audit::AuditEvent;
use crate::store::erasure_log::{self, LATER_REDACTIONS};
use crate::store::queue::{self, Queue};
use crate::work::installation::Installation;

/// Sweeps for the erasures that were too large to be swept at once, or that left residue; gives how many are clean
/// now and how many are not.
pub async fn sweep_due(installation: &Installation, account: Option<Uuid>) -> Result<(u64, u64)> {
    let mut outcome = (0, 0);
    for (account, id) in erasure_log::unswept(&installation.database, account).await? {
        let lease = (
            installation.clock.lease_milliseconds(),
            installation.lease_milliseconds,
        );
        let Some(claim) =
            queue::claim_one(&installation.database, Queue::Erasures, account, id, lease).await?
        else {
            continue;
        };
        let viewer = Viewer::at_the_machine(&installation.catalog, Uuid::nil(), account);
        let row = read(installation, &viewer, id).await?;
        let person = open(installation, &claim).await?;
        let erasure = permitted(&installation.catalog, &viewer, person.subject())?;
        let swept = sweep::sweep(installation, &claim, &erasure, &person, LATER_REDACTIONS).await?;
        stale::remove_marked(installation, &claim).await?;
        let now = installation.clock.now();
        let signed = receipt::make_second(installation, &claim, &row, &swept, now)?;
        let clean = swept.residue.is_empty();
        let mut columns: Vec<(&str, Cell)> = vec![
            ("state", if clean { "done" } else { "residue_found" }.into()),
            ("second_receipt", signed.receipt.into()),
            ("second_receipt_signature", signed.signature.into()),
            ("lease_until", Cell::Null),
            ("updated_at", now.into()),
        ];
        if clean {
            columns.push(("subject_sealed", Cell::Null));
        }
        let event =
            AuditEvent::by_system(account, installation.new_id(), now, "erasure.swept").of("Erasure", id);
        commit(installation, &claim, &columns, &event).await?;
        reach(FailPoint::ErasureSecondReceipt);
        if clean { outcome.0 += 1 } else { outcome.1 += 1 }
    }
    Ok(outcome)
}
