//! Seeing to what is past its clock: rows are deleted with what belongs to them, or made nobody's, as the policy says of
//! their table (`keep`); in batches, each with its event in one transaction, so that nothing is lost or done twice
//! whenever it stops. Whoever runs it again finds what is left. The audit log, whose events go only under a seal, has its own
//! way (`audit::retire`).

use uuid::Uuid;

use super::progress::Progress;
use crate::access::permit::{self, Permitted};
use crate::access::viewer::Viewer;
use crate::error::{Error, Result};
use crate::fail_point::{FailPoint, reach};
use crate::plan::erase::Action;
use crate::plan::retention::{Due, due};
use crate::store::audit::{self, AuditEvent};
use crate::store::{erase, retention};
use crate::work::audit::retire::retire;
use crate::work::installation::Installation;

/// Rows of one batch: small enough that readers and writers hardly wait.
const BATCH: usize = 500;

/// What came of one table of one account.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Retired {
    /// The account.
    pub account: Uuid,
    /// The table.
    pub table: String,
    /// `delete` or `anonymise`.
    pub action: &'static str,
    /// Rows that were due, or in a dry run are.
    pub due: u64,
    /// Rows that went or were changed with them, those that were due among them; in a dry run none.
    pub rows: u64,
}

/// What could not be seen to.
#[derive(Debug)]
pub struct Failed {
    /// In which account.
    pub account: Uuid,
    /// Of which table.
    pub table: String,
    /// Why.
    pub error: Error,
}

/// What came of a run.
#[derive(Debug, Default)]
pub struct Retention {
    /// Tables in which something was due.
    pub retired: Vec<Retired>,
    /// Tables that could not be seen to; the others were.
    pub failed: Vec<Failed>,
}

/// Sees to everything that is due in these accounts; `dry_run`: counts it.
pub async fn retain(
    installation: &Installation,
    accounts: &[Uuid],
    dry_run: bool,
    watch: &dyn Progress,
) -> Retention {
    let catalog = &installation.catalog;
    let clocks = due(catalog, installation.clock.now());
    let mut outcome = Retention::default();
    watch.total((accounts.len() * clocks.len()) as u64);
    for account in accounts {
        let viewer = Viewer::at_the_machine(catalog, Uuid::nil(), *account);
        for due in &clocks {
            let table = &catalog.get(due.resource).table;
            watch.message(table);
            let mut retired = Retired {
                account: *account,
                table: table.clone(),
                action: due.action.word(),
                due: 0,
                rows: 0,
            };
            let done = see_to(installation, &viewer, due, dry_run, &mut retired).await;
            if retired.due > 0 {
                outcome.retired.push(retired);
            }
            if let Err(error) = done {
                let table = table.clone();
                outcome.failed.push(Failed {
                    account: *account,
                    table,
                    error,
                });
            }
            watch.add(1);
        }
    }
    outcome
}

/// Sees to one table of one account, stretch by stretch; what is done stands in `retired`, also when it fails.
async fn see_to(
    installation: &Installation,
    viewer: &Viewer,
    due: &Due,
    dry_run: bool,
    retired: &mut Retired,
) -> Result<()> {
    let catalog = &installation.catalog;
    // What is not as this program knows it is nothing to delete from (ruling 9).
    for step in &due.of(catalog, Vec::new()).steps {
        installation.drift.allow(&catalog.get(step.resource).table)?;
    }
    let permitted = permit::retire(viewer, due.resource, due.clone())?;
    if catalog.get(due.resource).table == "audit_events" {
        let mut taken = 0;
        let done = retire(installation, &permitted, dry_run, &mut taken).await;
        retired.due = taken;
        retired.rows = if dry_run { 0 } else { taken };
        return done;
    }
    let mut after = None;
    loop {
        let window = retention::window(&installation.database, catalog, &permitted, after).await?;
        if dry_run {
            retired.due += window.due.len() as u64;
        } else {
            for chosen in window.due.chunks(BATCH) {
                let (due, rows) = batch(installation, viewer, &permitted, chosen).await?;
                retired.due += due;
                retired.rows += rows;
                reach(FailPoint::RetentionBatch);
            }
        }
        if window.last.is_none() {
            return Ok(());
        }
        after = window.last;
    }
}

/// Sees to those of these rows that are due still; gives how many, and how many went or were changed with them.
async fn batch(
    installation: &Installation,
    viewer: &Viewer,
    permitted: &Permitted<Due>,
    chosen: &[Uuid],
) -> Result<(u64, u64)> {
    let (catalog, due) = (&installation.catalog, permitted.plan());
    let (id, now) = (installation.new_id(), installation.clock.now());
    let name = &catalog.get(due.resource).name;
    installation
        .database
        .write(async |transaction| {
            transaction.without_time_limit().await?;
            let chosen = retention::still_due(transaction, catalog, permitted, chosen).await?;
            let count = chosen.len() as u64;
            if count == 0 {
                return Ok((0, 0));
            }
            let retiring = permit::retire(viewer, due.resource, due.of(catalog, chosen))?;
            let mut rows = 0;
            for step in &retiring.plan().steps {
                if step.action != Action::Block {
                    rows += erase::batch(transaction, catalog, &retiring, step, &[], u32::MAX)
                        .await?
                        .rows;
                }
            }
            let action = match due.action {
                Action::Change(_) => "retention.anonymised",
                Action::Delete | Action::Keep | Action::Block => "retention.deleted",
            };
            let event = AuditEvent::by_system(viewer.account, id, now, action)
                .in_each(name.clone())
                .rows(rows);
            audit::append(transaction, std::slice::from_ref(&event)).await?;
            Ok((count, rows))
        })
        .await
}
