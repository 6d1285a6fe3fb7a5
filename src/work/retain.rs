//! Seeing to what is past its clock: rows are deleted with what belongs to them, or made nobody's, as the policy says of
//! their table (`keep`); in batches, each with its event in one transaction, so that nothing is lost or done twice
//! whenever it stops. Whoever runs it again finds what is left.

use uuid::Uuid;

use super::progress::Progress;
use crate::access::permit;
use crate::access::viewer::Viewer;
use crate::catalog::Catalog;
use crate::error::Result;
use crate::fail_point::{FailPoint, reach};
use crate::plan::erase::Action;
use crate::plan::retention::{Due, due};
use crate::store::audit::{self, AuditEvent};
use crate::store::{erase, retention};
use crate::work::installation::Installation;

/// Rows of one batch: small enough that readers and writers hardly wait.
const BATCH: u32 = 500;

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

/// Sees to everything that is due in these accounts; `dry_run`: counts it. Tables in which nothing is due are not told of.
pub async fn retain(
    installation: &Installation,
    accounts: &[Uuid],
    dry_run: bool,
    watch: &dyn Progress,
) -> Result<Vec<Retired>> {
    let catalog = &installation.catalog;
    let clocks = due(catalog, installation.clock.now());
    let mut all = Vec::new();
    watch.total((accounts.len() * clocks.len()) as u64);
    for account in accounts {
        let viewer = Viewer::at_the_machine(catalog, Uuid::nil(), *account);
        for due in &clocks {
            let table = &catalog.get(due.resource).table;
            watch.message(table);
            // What is not as this program knows it is nothing to delete from (ruling 9).
            installation.drift.allow(table)?;
            let mut retired = Retired {
                account: *account,
                table: table.clone(),
                action: due.action.word(),
                due: 0,
                rows: 0,
            };
            if dry_run {
                let permitted = permit::retire(&viewer, due.resource, due.clone())?;
                retired.due = retention::count(&installation.database, catalog, &permitted).await?;
            } else {
                while let Some((due, rows)) = batch(installation, catalog, &viewer, due).await? {
                    retired.due += due;
                    retired.rows += rows;
                    reach(FailPoint::RetentionBatch);
                }
            }
            if retired.due > 0 {
                all.push(retired);
            }
            watch.add(1);
        }
    }
    Ok(all)
}

/// Sees to some rows that are due; gives how many, and how many went or were changed with them. None when there are no more.
async fn batch(
    installation: &Installation,
    catalog: &Catalog,
    viewer: &Viewer,
    due: &Due,
) -> Result<Option<(u64, u64)>> {
    let permitted = permit::retire(viewer, due.resource, due.clone())?;
    let (id, now) = (installation.new_id(), installation.clock.now());
    let name = &catalog.get(due.resource).name;
    installation
        .database
        .write(async |transaction| {
            let chosen = retention::some(transaction, catalog, &permitted, BATCH).await?;
            if chosen.is_empty() {
                return Ok(None);
            }
            let count = chosen.len() as u64;
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
            Ok(Some((count, rows)))
        })
        .await
}
