//! Takes the rows of a bundle in, batch by batch, each batch in one transaction under the account's fence lock.
//!
//! What is committed stays; a bundle that was cut off is simply taken in again, and rows that are there already stay as
//! they are.

use std::collections::HashSet;

use uuid::Uuid;

use super::BundleSettings;
use super::counterpart::{self, Found};
use super::decided::{Taken, counters};
use super::lane::{Lane, Pass};
use super::report::{BundleReport, TableReport};
use super::row::{Around, Counterparts, Fate, Judge, Known};
use super::source::Portion;
use crate::access::grant::Verb;
use crate::access::permit;
use crate::access::viewer::Viewer;
use crate::catalog::{ColumnId, Resource};
use crate::cell::Cell;
use crate::error::{Error, Fault, Result};
use crate::plan::write::{Change, Conflict, Remove, Write};
use crate::store::{Transaction, Written, fence, touch, write};
use crate::work::account;
use crate::work::import::erased::erased;
use crate::work::import::follow::{Counts, Follow};
use crate::work::installation::Installation;
use crate::work::progress::Progress;

/// How often a batch is tried that another writer got in the way of.
const ATTEMPTS: u32 = 5;

/// An import under way.
pub(super) struct Taker<'a> {
    pub(super) installation: &'a Installation,
    pub(super) viewer: &'a Viewer,
    pub(super) settings: &'a BundleSettings,
    pub(super) job: Option<&'a Follow<'a>>,
    pub(super) is_operator: bool,
    pub(super) lanes: Vec<Lane>,
    pub(super) known: Known,
    pub(super) report: BundleReport,
}

/// What a batch came to; nothing of it counts before it is committed.
#[derive(Default)]
struct Batch {
    written: Written,
    suppressed: u64,
    unheld: u64,
    refused: Vec<Uuid>,
    counterparts: Counterparts,
    secrets: Vec<u64>,
}

impl Taker<'_> {
    /// Takes in everything that the thread sends.
    pub(super) async fn run(
        &mut self,
        mut portions: tokio::sync::mpsc::Receiver<Portion>,
        progress: &dyn Progress,
    ) -> Result<()> {
        let mut at = (0, Pass::Rows);
        while let Some(portion) = portions.recv().await {
            match portion {
                Portion::Begin(place, pass) => {
                    at = (place, pass);
                    self.begin(place, pass).await?;
                    progress.message(&self.lanes[place].table);
                }
                Portion::Rows(rows) => {
                    self.take(at, &rows).await?;
                    progress.add(rows.len() as u64);
                }
                Portion::End => return Ok(()),
                Portion::Failed(error) => return Err(error),
            }
        }
        Err(Fault::Invariant("the thread that reads a bundle ended without a word".into()).into())
    }

    async fn begin(&mut self, place: usize, pass: Pass) -> Result<()> {
        let lane = &self.lanes[place];
        if pass == Pass::Counters {
            return Ok(());
        }
        self.report.tables.push(TableReport {
            table: lane.table.clone(),
            ..TableReport::default()
        });
        if lane.taken != Taken::RollUp || self.settings.dry_run {
            return Ok(());
        }
        // What the database added up while the rows came in; the bundle's sums also hold what is gone.
        let catalog = &self.installation.catalog;
        let wanted = Remove {
            resource: lane.resource,
            key: Vec::new(),
        };
        let permitted = permit::touch(catalog, self.viewer, Verb::Write, wanted)?;
        self.installation
            .database
            .write(async |transaction| {
                transaction.without_time_limit().await?;
                touch::remove(transaction, catalog, &permitted).await
            })
            .await?;
        Ok(())
    }

    /// Decides and writes a batch; once more when another writer got in the way.
    async fn take(&mut self, (place, pass): (usize, Pass), rows: &[Vec<Cell>]) -> Result<()> {
        let mut attempt = 0;
        let batch = loop {
            attempt += 1;
            match self.attempt((place, pass), rows).await {
                Err(Error::Fault(Fault::KeyTaken(_) | Fault::StoreUnavailable(_))) if attempt < ATTEMPTS => {
                    tokio::time::sleep(std::time::Duration::from_millis(50 << attempt)).await;
                }
                done => break done?,
            }
        };
        self.known.refused.extend(batch.refused);
        self.known.counterparts.extend(batch.counterparts);
        let (lane, resource) = self.lane(place);
        if pass == Pass::Rows {
            let secrets = lane.secrets.iter().zip(batch.secrets);
            let named = secrets.filter(|(_, count)| *count > 0);
            let named: Vec<(String, String, u64)> = named
                .map(|((column, _), count)| {
                    (lane.table.clone(), resource.column(*column).name.clone(), count)
                })
                .collect();
            for (table, column, count) in named {
                self.report.note_secret(table, column, count);
            }
            if let Some(table) = self.report.tables.last_mut() {
                table.rows += rows.len() as u64;
                table.added += batch.written.inserted;
                table.known += batch.written.unchanged + batch.written.updated;
                table.suppressed += batch.suppressed;
                table.unheld += batch.unheld;
            }
        }
        Ok(())
    }

    fn lane(&self, place: usize) -> (&Lane, &Resource) {
        let lane = &self.lanes[place];
        (lane, self.installation.catalog.get(lane.resource))
    }

    async fn attempt(&self, (place, pass): (usize, Pass), rows: &[Vec<Cell>]) -> Result<Batch> {
        let mut transaction = self.installation.database.begin().await?;
        transaction.without_time_limit().await?;
        let account = self.viewer.account;
        fence::fence_lock(&mut transaction, account, false).await?;
        let (lane, resource) = self.lane(place);
        let columns = lane.columns(resource, pass);
        let judge = Judge {
            catalog: &self.installation.catalog,
            resource,
            lane,
            is_operator: self.is_operator,
            columns: &columns,
        };
        let mut batch = match lane.taken {
            Taken::Account => self.set_account(&mut transaction, lane, resource, rows).await?,
            Taken::Counterpart => self.settle(&mut transaction, &judge, rows).await?,
            _ => self.write(&mut transaction, &judge, pass, rows).await?,
        };
        if pass == Pass::Rows {
            let is_set = |place: usize| rows.iter().filter(|row| row[place] == Cell::Bool(true)).count();
            let nullable = |column: &ColumnId| u64::from(resource.column(*column).nullable);
            let secrets = lane.secrets.iter();
            batch.secrets = secrets
                .map(|(column, place)| is_set(*place) as u64 * nullable(column))
                .collect();
        }
        let rows = match pass {
            Pass::Rows => rows.len() as u64,
            Pass::Counters => 0,
        };
        let counts = self.counts(&batch, rows);
        if self.settings.dry_run {
            transaction.roll_back().await?;
            if let Some(job) = self.job {
                job.between(&counts).await?;
            }
        } else {
            if let Some(job) = self.job {
                job.in_batch(&mut transaction, &counts).await?;
            }
            transaction.commit().await?;
        }
        Ok(batch)
    }

    /// What is done of the bundle with a batch that is about to be. Rows that an earlier attempt added are there already
    /// when they come again, and were added all the same.
    fn counts(&self, batch: &Batch, rows: u64) -> Counts {
        let earlier = self.job.map_or(0, |job| job.earlier.added);
        let counted = |of: fn(&TableReport) -> u64| self.report.sum(of);
        // What sets counters alone writes rows that were counted before.
        let (mut added, mut known) = (0, 0);
        if rows > 0 {
            added = batch.written.inserted;
            known = batch.written.unchanged + batch.written.updated;
        }
        Counts {
            bytes: 0,
            rows: counted(|table| table.rows) + rows,
            added: earlier + counted(|table| table.added) + added,
            changed: 0,
            unchanged: (counted(|table| table.known) + known).saturating_sub(earlier),
            suppressed: counted(|table| table.suppressed) + batch.suppressed,
            rejected: counted(|table| table.unheld) + batch.unheld,
        }
    }

    /// Sets what the account's people may set of it.
    async fn set_account(
        &self,
        transaction: &mut Transaction,
        lane: &Lane,
        resource: &Resource,
        rows: &[Vec<Cell>],
    ) -> Result<Batch> {
        let catalog = &self.installation.catalog;
        for row in rows {
            let columns = account::COLUMNS.iter().map(|name| resource.id_of(name));
            let mut set: Vec<(ColumnId, Cell)> = columns
                .filter_map(|column| Some((column, row[lane.place(column)?].clone())))
                .collect();
            set.push((resource.id_of("updated_at"), self.installation.clock.now().into()));
            let wanted = Change {
                resource: resource.id,
                key: vec![(resource.id_of("id"), vec![self.viewer.account.into()])],
                set,
            };
            let permitted = permit::touch(catalog, self.viewer, Verb::Write, wanted)?;
            touch::change(transaction, catalog, &permitted).await?;
        }
        Ok(Batch {
            written: Written {
                unchanged: rows.len() as u64,
                ..Written::default()
            },
            ..Batch::default()
        })
    }

    async fn settle(
        &self,
        transaction: &mut Transaction,
        judge: &Judge<'_>,
        rows: &[Vec<Cell>],
    ) -> Result<Batch> {
        let found = counterpart::settle(
            self.installation,
            self.viewer,
            transaction,
            judge,
            &self.known,
            rows,
            !self.settings.dry_run,
        )
        .await?;
        let mut batch = Batch::default();
        for Found { id, here, is_new } in found {
            match (here, is_new) {
                (Some(_), true) => batch.written.inserted += 1,
                (Some(_), false) => batch.written.unchanged += 1,
                (None, _) => batch.unheld += 1,
            }
            batch.counterparts.insert((judge.resource.id, id), here);
        }
        Ok(batch)
    }

    async fn write(
        &self,
        transaction: &mut Transaction,
        judge: &Judge<'_>,
        pass: Pass,
        rows: &[Vec<Cell>],
    ) -> Result<Batch> {
        let (installation, resource) = (self.installation, judge.resource);
        let mut batch = Batch::default();
        let mut addresses: Vec<&str> = rows.iter().flat_map(|row| judge.addresses(row)).collect();
        addresses.sort_unstable();
        addresses.dedup();
        let erased: HashSet<String> = match addresses.is_empty() {
            true => HashSet::new(),
            false => erased(installation, transaction, self.viewer.account, &addresses).await?,
        };
        let found = counterpart::look_up(installation, transaction, judge, &self.known, rows).await?;
        let around = Around {
            erased: &erased,
            counterparts: &found,
            new_id: &|| installation.new_id(),
        };
        let mut written = Vec::with_capacity(rows.len());
        for row in rows {
            match judge.fate(row, &self.known, &around) {
                Fate::Written(cells) => written.push(cells),
                fate => {
                    match fate {
                        Fate::Suppressed => batch.suppressed += 1,
                        _ => batch.unheld += 1,
                    }
                    if judge.is_referred_to() {
                        batch.refused.push(judge.id(row));
                    }
                }
            }
        }
        batch.counterparts = found;
        if written.is_empty() {
            return Ok(batch);
        }
        if self.settings.dry_run {
            batch.written.inserted = written.len() as u64;
            return Ok(batch);
        }
        let plan = Write {
            resource: resource.id,
            columns: judge.columns.iter().map(|(column, _)| *column).collect(),
            rows: written,
            conflict: conflict(resource, pass),
        };
        let permitted = permit::write(&installation.catalog, self.viewer, plan)?;
        batch.written = write::write_in(transaction, &installation.catalog, &permitted).await?;
        Ok(batch)
    }
}

/// What happens to rows that are there already: those of an import that was cut off stay as they are.
fn conflict(resource: &Resource, pass: Pass) -> Conflict {
    let ids = |names: &[&str]| names.iter().map(|name| resource.id_of(name)).collect();
    match (resource.table.as_str(), pass) {
        (_, Pass::Counters) => Conflict::Update {
            key: ids(&["id"]),
            columns: counters(resource).map(|column| column.id).collect(),
        },
        // Whoever made the account may be a member of it already.
        ("group_members", Pass::Rows) => Conflict::Keep {
            key: ids(&["group_id", "user_id"]),
        },
        (_, Pass::Rows) => Conflict::Keep { key: ids(&["id"]) },
    }
}
