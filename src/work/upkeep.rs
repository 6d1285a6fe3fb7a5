//! What a running gateway does at its start and by the clock: removes what others left in the depot, looks whether
//! the live database has drifted, ends bundles, uploads, rejected rows, erasure plans and memberships whose time is over, erases again
//! whom others have written past a fence, and once a day looks for residue of erasures, sees to rows that are past their clock and
//! to closed accounts, and drops entries of the erasures' ledger that
//! no backup needs any more. Warns of backups that outlive their day. It seals the audit log.
//!
//! Every step is repeatable and finds by itself what is due, so that a crash in between is mended by the next run.

use std::time::Duration;

use chrono::TimeDelta;
use tokio_util::sync::CancellationToken;

use crate::clock::Instant;
use crate::depot::ABANDONED;
use crate::error::Result;
use crate::store::Transaction;
use crate::store::audit::{self, AuditEvent};
use crate::store::expiry::{self, Job};
use crate::store::identity;
use crate::store::live::{Drift, Weight};
use crate::work::audit::seal::seal_due;
use crate::work::backup;
use crate::work::erase;
use crate::work::erase::past::{Look, keep_away};
use crate::work::erase::recipients;
use crate::work::erase::whole::due::{Extent, see_to};
use crate::work::import::kept;
use crate::work::installation::Installation;
use crate::work::job::objects::{remove_all_of, remove_void_everywhere};
use crate::work::job::{EXPORT, IMPORT};
use crate::work::ledger::prune::prune;
use crate::work::progress::Unwatched;
use crate::work::retain::{Failed, Retired, retain};
use crate::work::upload;

/// How often it looks (ruling 9); settings in minutes are counted in looks.
const PAUSE: Duration = Duration::from_secs(60);

/// After so many looks the depot is tidied again: an hour.
const LOOKS_UNTIL_TIDY: u32 = 60;

/// So many looks are a day.
const LOOKS_OF_A_DAY: u32 = 24 * 60;

/// At which look of those of a day what is past its clock is seen to: not in the first minutes of a gateway.
const LOOK_THAT_RETAINS: u32 = 30;

/// At which look of those of a day erasures are swept for residue, and the ledger is pruned: also by a gateway that never
/// lives a day, and not beside what is past its clock.
const LOOK_THAT_SWEEPS: u32 = 45;

/// After how many looks events of which age are sealed, the longest pause first: most events within minutes, those that
/// came late, from a gateway that was cut off for a while, within an hour or a day. A seal each minute would cost more
/// room than the events of an account that is used little.
const SEALING: [(u32, Option<TimeDelta>); 3] = [
    (24 * 60, None),
    (60, Some(TimeDelta::hours(3))),
    (5, Some(TimeDelta::minutes(15))),
];

/// Looks at once and then each minute until `stop`. Never fails: what goes wrong is logged and tried again.
pub async fn keep_up(installation: Installation, stop: CancellationToken) {
    for looks in 0_u32.. {
        let look = async {
            if looks.is_multiple_of(LOOKS_UNTIL_TIDY) {
                tidy(&installation).await;
            }
            look(&installation, looks).await;
            tokio::time::sleep(PAUSE).await;
        };
        if stop.run_until_cancelled(look).await.is_none() {
            return;
        }
    }
}

/// Removes what nobody will publish: left by what died, was canceled, or could not remove it because the storage was
/// away.
async fn tidy(installation: &Installation) {
    let removed = async {
        installation.depot.sweep(ABANDONED).await?;
        for kind in [&EXPORT, &IMPORT] {
            remove_void_everywhere(installation, kind).await?;
        }
        upload::remove_void(installation).await
    };
    if let Err(error) = removed.await {
        tracing::warn!(code = error.code().as_str(), %error, "what was left in the depot was not removed");
    }
}

/// One look at everything that is due.
async fn look(installation: &Installation, looks: u32) {
    let sweep = looks % LOOKS_OF_A_DAY == LOOK_THAT_SWEEPS;
    let minutes = installation.catalog.settings.fence_sweep_minutes;
    let kept_away = match (sweep, looks.is_multiple_of(minutes)) {
        // Also what was written past whatever notes what is new.
        (true, _) => keep_away(installation, None, Look::Everything).await.map(|_| ()),
        (false, true) => keep_away(installation, None, Look::Arrived).await.map(|_| ()),
        (false, false) => Ok(()),
    };
    let drifted = look_for_drift(installation).await.map(|_| ());
    let expired = expire(installation).await.map(|_| ());
    let swept = match sweep {
        true => erase::due::sweep_due(installation, None).await.map(|_| ()),
        false => Ok(()),
    };
    let attested = match sweep {
        true => erase::attest::attest_without_backups(installation)
            .await
            .map(|_| ()),
        false => Ok(()),
    };
    let retained = match looks % LOOKS_OF_A_DAY {
        LOOK_THAT_RETAINS => retain_all(installation).await,
        _ => Ok(()),
    };
    let backups = match looks.is_multiple_of(LOOKS_UNTIL_TIDY) {
        true => backup::warn(installation).await,
        false => Ok(()),
    };
    let pruned = match sweep {
        true => prune(installation).await.map(|_| ()),
        false => Ok(()),
    };
    let sealing = SEALING.iter().find(|(pause, _)| looks.is_multiple_of(*pause));
    let sealed = match sealing {
        Some((_, reach)) => seal_due(installation, *reach).await.map(|_| ()),
        None => Ok(()),
    };
    let outcomes = [
        ("drift", drifted),
        ("expiry", expired),
        ("fences", kept_away),
        ("residue", swept),
        ("attestations", attested),
        ("retention", retained),
        ("backups", backups),
        ("ledger", pruned),
        ("seals", sealed),
    ];
    for (what, outcome) in outcomes {
        if let Err(error) = outcome {
            tracing::warn!(what, code = error.code().as_str(), %error, "a look at what is due failed");
        }
    }
}

/// Sees to what is past its clock, everywhere, and to accounts that were closed.
async fn retain_all(installation: &Installation) -> Result<()> {
    let accounts = identity::accounts(&installation.database).await?;
    let accounts: Vec<_> = accounts.into_iter().map(|(id, _)| id).collect();
    let outcome = retain(installation, &accounts, false, &Unwatched).await;
    for retired in outcome.retired {
        let Retired {
            account,
            table,
            action,
            due,
            rows,
        } = retired;
        tracing::info!(%account, table, action, due, rows, "rows were past their clock");
    }
    for Failed {
        account,
        table,
        error,
    } in outcome.failed
    {
        tracing::warn!(%account, table, code = error.code().as_str(), %error, "what is past its clock was not seen to");
    }
    let ended = see_to(installation, &accounts, Extent::Begin).await?;
    for (account, became) in ended.accounts {
        tracing::info!(%account, became = became.word(), "a closed account was seen to");
    }
    for (account, error) in ended.failed {
        tracing::warn!(%account, code = error.code().as_str(), %error, "a closed account was not seen to");
    }
    Ok(())
}

/// Compares the live database with the entities and logs what is new; gives all that differs.
pub async fn look_for_drift(installation: &Installation) -> Result<Vec<Drift>> {
    for drift in installation.drift.look(&installation.database).await? {
        match drift.weight {
            Weight::Blocks => {
                tracing::error!(%drift, "the live database has drifted: no export and no erasure there")
            }
            Weight::Warns => {
                tracing::warn!(%drift, "the live database differs from what this program expects")
            }
        }
    }
    Ok(installation.drift.known().to_vec())
}

/// What ended by the clock.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Expired {
    /// Bundles.
    pub exports: usize,
    /// Erasure plans.
    pub plans: usize,
    /// Memberships of groups.
    pub members: usize,
    /// Uploads.
    pub uploads: usize,
    /// Files of rejected rows.
    pub rejects: usize,
    /// Recipients of an erased person's data who have not confirmed its erasure in time.
    pub recipients: usize,
}

/// Ends what is past its time.
pub async fn expire(installation: &Installation) -> Result<Expired> {
    let now = installation.clock.now();
    let database = &installation.database;
    let exports = expiry::due_exports(database, now).await?;
    end_each(
        installation,
        now,
        &exports,
        ("export.expired", "Export"),
        expiry::end_export,
    )
    .await?;
    // After the rows: a bundle that is gone while its row says READY would be an error to whoever fetches it.
    for export in expiry::left_bundles(database).await? {
        remove_all_of(installation, &EXPORT, export.0, export.1).await?;
        expiry::forget_bundle(database, export).await?;
    }
    let plans = expiry::due_plans(database, now).await?;
    end_each(
        installation,
        now,
        &plans,
        ("erasure.expired", "Erasure"),
        expiry::end_plan,
    )
    .await?;
    recipients::settle_all(installation).await?;
    let members = expiry::due_members(database, now).await?;
    let gone = ("group.member_expired", "GroupMember");
    end_each(installation, now, &members, gone, expiry::end_member).await?;
    Ok(Expired {
        exports: exports.len(),
        plans: plans.len(),
        members: members.len(),
        uploads: upload::expire(installation).await?,
        rejects: kept::remove_due(installation).await?,
        recipients: recipients::overdue(installation).await?,
    })
}

/// Ends each row that is due, and notes it in the same transaction, unless it is not due any more.
async fn end_each(
    installation: &Installation,
    now: Instant,
    due: &[Job],
    (action, resource): (&'static str, &'static str),
    end: impl AsyncFn(&mut Transaction, Job, Instant) -> Result<bool>,
) -> Result<()> {
    for (account, id) in due.iter().copied() {
        let event = AuditEvent::by_system(account, installation.new_id(), now, action).of(resource, id);
        installation
            .database
            .write(
                async |transaction| match end(transaction, (account, id), now).await? {
                    true => audit::append(transaction, std::slice::from_ref(&event)).await,
                    false => Ok(()),
                },
            )
            .await?;
    }
    Ok(())
}
