//! The audit log's own clock: events that are past it go, if a seal has them; their leaves stay in the seal, and tell that
//! their time was over. Knows no policy but what the plan says.

use uuid::Uuid;

use super::format::{border, made_at};
use super::seal::seal_between;
use super::unsealed::sealed_among;
use crate::access::permit::Permitted;
use crate::catalog::Duration;
use crate::error::Result;
use crate::fail_point::{FailPoint, reach};
use crate::plan::retention::Due;
use crate::store::audit::{self, AuditEvent};
use crate::store::{audit_retirement, ending};
use crate::work::installation::Installation;

/// Events of one batch.
const BATCH: usize = 1_000;

/// Takes what is due of an account's log, or in a dry run counts it. `taken` rises with each batch, also when a later one
/// fails.
pub async fn retire(
    installation: &Installation,
    due: &Permitted<Due>,
    dry_run: bool,
    taken: &mut u64,
) -> Result<()> {
    let (database, account) = (&installation.database, due.account());
    let keep = installation.catalog.get(due.plan().resource).keep.as_ref();
    let Some(kept) = keep.and_then(|keep| keep.duration) else {
        return Ok(());
    };
    let until = border(due.plan().before);
    let (mut after, mut unsealed, mut is_first) = (Uuid::nil(), 0, true);
    loop {
        let found = audit_retirement::past(database, due, (after, until), BATCH).await?;
        let Some(last) = found.last().copied() else { break };
        if is_first {
            is_first = false;
            // An event about each batch would keep an erased account for as long again: its log goes with the last of it.
            if is_erased(installation, account).await? {
                return Ok(());
            }
            if !dry_run {
                seal_between(installation, account, (Uuid::nil(), until)).await?;
            }
        }
        let over = found.into_iter().filter(|id| is_over(kept, due.plan(), *id));
        let over: Vec<Uuid> = over.collect();
        if dry_run {
            *taken += over.len() as u64;
        } else {
            let sealed = sealed_among(database, account, &over).await?;
            unsealed += over.len() - sealed.len();
            *taken += batch(installation, due, &sealed).await?;
            reach(FailPoint::RetentionBatch);
        }
        after = last;
    }
    if unsealed > 0 {
        tracing::warn!(%account, unsealed, "events of the audit log are past their clock and stay, because no seal has them");
    }
    Ok(())
}

async fn is_erased(installation: &Installation, account: Uuid) -> Result<bool> {
    let closed = ending::closed(&installation.database).await?;
    Ok(closed.iter().any(|one| one.id == account && one.is_erased))
}

/// Whether a check says, too, that the event's time is over: it knows no more of an event that is gone than its id.
fn is_over(kept: Duration, due: &Due, event: Uuid) -> bool {
    let end = made_at(event).and_then(|made| kept.end(made));
    end.is_some_and(|end| end <= due.now)
}

async fn batch(installation: &Installation, due: &Permitted<Due>, chosen: &[Uuid]) -> Result<u64> {
    if chosen.is_empty() {
        return Ok(0);
    }
    let (id, now) = (installation.new_id(), installation.clock.now());
    let name = &installation.catalog.get(due.plan().resource).name;
    installation
        .database
        .write(async |transaction| {
            transaction.without_time_limit().await?;
            let rows = audit_retirement::take(transaction, due, chosen).await?;
            if rows > 0 {
                let event = AuditEvent::by_system(due.account(), id, now, "retention.deleted")
                    .in_each(name.clone())
                    .rows(rows);
                audit::append(transaction, std::slice::from_ref(&event)).await?;
            }
            Ok(rows)
        })
        .await
}
