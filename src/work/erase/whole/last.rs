//! The last of an account: when the records of its erasure are past their clocks, they go, and its own row with them.

use chrono::Months;
use uuid::Uuid;

use super::{kept::kept, permitted};
use crate::clock::Instant;
use crate::error::{Code, Refusal, Result};
use crate::fail_point::{FailPoint, reach};
use crate::plan::erase::rank;
use crate::plan::whole::{is_record, retained};
use crate::store::audit::{self, AuditEvent};
use crate::store::ending;
use crate::work::founding;
use crate::work::installation::Installation;

/// Rows of one batch.
const BATCH: u32 = 1_000;

/// Removes what is left of an account whose erasure ended then, if all of it is past its clock; true when it is gone.
pub(super) async fn remove(
    installation: &Installation,
    account: Uuid,
    erasure: Uuid,
    finished_at: Instant,
    dry_run: bool,
) -> Result<bool> {
    let (catalog, now) = (&installation.catalog, installation.clock.now());
    let months = Months::new(catalog.settings.erasure_record_months);
    let ending = permitted(installation, account, erasure, Vec::new())?;
    let kept = kept(installation, &ending).await?;
    let is_due = |until: Option<Instant>| until.is_none_or(|until| until <= now);
    let is_over = finished_at
        .checked_add_months(months)
        .is_some_and(|end| end <= now);
    if !is_over || !kept.iter().all(|one| one.is_record && is_due(one.until)) {
        return Ok(false);
    }
    if dry_run {
        return Ok(true);
    }
    let mut records: Vec<_> = catalog
        .resources()
        .filter(|resource| is_record(resource) && retained(catalog, resource).is_some())
        .collect();
    // The erasure's own row last: as long as it is there, the next run goes on.
    records.sort_by_key(|resource| {
        (
            resource.table == "erasures",
            std::cmp::Reverse(rank(catalog, resource.id)),
        )
    });
    for resource in records.iter().filter(|resource| resource.table != "erasures") {
        loop {
            let gone = installation
                .database
                .write(async |transaction| {
                    ending::remove_records(transaction, account, &resource.table, BATCH).await
                })
                .await?;
            reach(FailPoint::RetentionBatch);
            if gone < u64::from(BATCH) {
                break;
            }
        }
    }
    let platform = founding::platform(installation).await?;
    let event = AuditEvent::by_system(platform.account, installation.new_id(), now, "account.removed")
        .of("Account", account);
    installation
        .database
        .write(async |transaction| {
            while ending::remove_records(transaction, account, "erasures", BATCH).await? > 0 {}
            // With the row or not at all: without its record the account would look as if it had never been erased.
            if !ending::remove_account(transaction, account).await? {
                let message = "the account was reopened, or is gone";
                return Err(Refusal::new(Code::InvalidState, message).into());
            }
            audit::append(transaction, std::slice::from_ref(&event)).await?;
            Ok(true)
        })
        .await
}
