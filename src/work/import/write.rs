//! The writing half of `postern import`: reads a file on a thread of its own, and takes its people over in batches,
//! each in one transaction.
//!
//! What is committed stays, whatever happens later: an import that was cut off is simply run again, and finds the
//! first half done. What wins stands in `merge`.

mod job;

use std::collections::HashSet;
use std::hash::{BuildHasher, RandomState};

use super::People;
use super::batch::Hands;
use super::follow::Follow;
use super::merge::{self, Run, Target, Turn};
use super::reading::{Portion, open, read};
use super::record::{Incoming, Layout, Row, Warnings};
use super::rejecting::{Finished, Rejecting};
use super::rejects::Rejects;
use super::report::{Report, Settings, Tally};
use super::resolve::{self, ListReport};
use super::state::{Known, Record, subscriber};
use crate::access::permit;
use crate::access::viewer::Viewer;
use crate::error::{Code, Error, Fault, Refusal, Result};
use crate::fail_point::{FailPoint, reach};
use crate::plan::write::Write;
use crate::store::audit::{self, AuditEvent};
use crate::store::identity;
use crate::work::installation::Installation;
use crate::work::progress::Progress;

/// How often a batch is tried that another writer got in the way of.
const ATTEMPTS: u32 = 5;

const ERASED: &str = "the address was erased at the person's request and is not taken in again";

const RESTRICTED: &str = "RESTRICTED: this person's data may be kept and not used (Art. 18 GDPR), so nothing of the row was taken; \
                          lift the restriction first, or correct what is wrong with updateSubscriber";

/// Imports a file into the viewer's account. Errors: a refusal when the file, the list, the rejects file or the
/// viewer's rights do not fit; what was committed before a later error stays.
pub async fn import(
    installation: &Installation,
    viewer: &Viewer,
    settings: &Settings,
    progress: &dyn Progress,
) -> Result<Report> {
    let rejects = match &settings.rejects {
        Some(path) if !settings.dry_run => Rejecting::OnDisk(Box::new(Rejects::create(path)?)),
        _ => Rejecting::Nowhere,
    };
    let (mut report, finished) =
        import_for(installation, viewer, settings, (None, rejects), progress).await?;
    report.rejects = finished.path;
    Ok(report)
}

/// The same, perhaps for a job, which goes on behind what its earlier attempts have committed and whose end is not told
/// here.
pub(super) async fn import_for<'a>(
    installation: &'a Installation,
    viewer: &'a Viewer,
    settings: &'a Settings,
    (job, rejects): (Option<&'a Follow<'a>>, Rejecting<'a>),
    progress: &dyn Progress,
) -> Result<(Report, Finished)> {
    let account = viewer.account.to_string();
    if identity::account(&installation.database, &account)
        .await?
        .is_none()
    {
        return Err(Refusal::new(Code::NotFound, "there is no such account to import into").into());
    }
    let right = permit::write(
        &installation.catalog,
        viewer,
        Write::of(&installation.catalog, "subscribers", &["id"], Vec::new(), &[]),
    )?;
    let people = open(settings).await?;
    if let Some(job) = job {
        job.opened(people.kind(), people.size()).await?;
    }
    let layout = people.layout().clone();
    let hands = Hands {
        installation,
        viewer,
        right: &right,
        source: &layout.source,
        now: installation.clock.now(),
        dry_run: settings.dry_run,
    };
    let (targets, lists) = resolve_lists(&hands, &layout, settings).await?;
    if let (Some(job), [list]) = (job, lists.as_slice())
        && !(settings.dry_run && list.is_new)
    {
        job.note(vec![("list_id", list.id.into())]).await?;
    }
    let earlier = job.map(|job| job.earlier).unwrap_or_default();
    let mut importer = Importer {
        hands,
        job,
        targets,
        hasher: RandomState::new(),
        seen: HashSet::new(),
        repeated: HashSet::new(),
        earlier: Known::default(),
        known_rows: earlier.rows,
        bytes: 0,
        held: 0,
        without_status: 0,
        rejects,
        report: Report {
            lists,
            ..Report::of(&earlier)
        },
    };
    if settings.dry_run {
        importer.find_repeated(settings).await?;
    }
    progress.total(people.size());
    let outcome = importer.run(people, progress).await;
    importer.tell(&outcome).await?;
    importer.finish(outcome?).await
}

async fn resolve_lists(
    hands: &Hands<'_>,
    layout: &Layout,
    settings: &Settings,
) -> Result<(Vec<Target>, Vec<ListReport>)> {
    let mut transaction = hands.installation.database.begin().await?;
    let wanted = settings.list.as_deref();
    let resolved = resolve::resolve(
        hands,
        &mut transaction,
        layout,
        wanted,
        settings.source.file_name(),
    )
    .await;
    if resolved.is_ok() && !settings.dry_run {
        transaction.commit().await?;
    } else {
        transaction.roll_back().await?;
    }
    resolved
}

struct Importer<'a> {
    hands: Hands<'a>,
    job: Option<&'a Follow<'a>>,
    targets: Vec<Target>,
    hasher: RandomState,
    /// People, memberships and external ids that rows of this run were about: some 20 bytes each.
    seen: HashSet<u64>,
    /// In a dry run: people who come again.
    repeated: HashSet<u64>,
    /// In a dry run: what would have become of them so far.
    earlier: Known,
    /// How many of the next rows an earlier attempt has committed.
    known_rows: u64,
    /// Bytes of the file that were read.
    bytes: u64,
    held: u64,
    without_status: u64,
    rejects: Rejecting<'a>,
    report: Report,
}

impl Importer<'_> {
    /// In a dry run nothing is written that a later batch could read; so the file is read once before, for the
    /// people who come more than once.
    async fn find_repeated(&mut self, settings: &Settings) -> Result<()> {
        let mut portions = read(open(settings).await?);
        let mut seen = HashSet::new();
        while let Some(Portion::Rows(rows, _)) = portions.recv().await {
            for row in &rows {
                if let Row::Person(person) = row {
                    let address = self.hasher.hash_one(&person.address.normalized);
                    let id = person
                        .external_id
                        .as_ref()
                        .map(|id| self.hasher.hash_one(("id", id)));
                    let again = std::iter::once(address)
                        .chain(id)
                        .filter(|key| !seen.insert(*key));
                    self.repeated.extend(again);
                }
            }
        }
        Ok(())
    }

    async fn run(&mut self, people: Box<People>, progress: &dyn Progress) -> Result<Warnings> {
        let mut portions = read(people);
        let mut told = 0;
        while let Some(portion) = portions.recv().await {
            match portion {
                Portion::Rows(mut rows, bytes) => {
                    self.bytes = bytes;
                    let known =
                        usize::try_from(self.known_rows).map_or(rows.len(), |all| all.min(rows.len()));
                    let rest = rows.split_off(known);
                    self.pass(rows).await?;
                    self.take(rest).await?;
                    self.rejects.send().await?;
                    progress.add(bytes.saturating_sub(told));
                    told = told.max(bytes);
                }
                Portion::End(warnings, bytes) => {
                    progress.add(bytes.saturating_sub(told));
                    return Ok(warnings);
                }
                Portion::Failed(error) => return Err(error),
            }
        }
        Err(Fault::Invariant("the thread that reads an import ended without a word".into()).into())
    }

    async fn take(&mut self, rows: Vec<Row>) -> Result<()> {
        self.report.read += rows.len() as u64;
        let mut people: Vec<Box<Incoming>> = Vec::with_capacity(rows.len());
        for row in rows {
            match row {
                Row::Person(person) => people.push(person),
                Row::Rejected(rejected) => {
                    self.report.rejected += 1;
                    self.set_aside(&rejected)?;
                }
            }
        }
        if people.is_empty() {
            return self.tell_job(None, &Tally::default()).await;
        }
        let turns: Vec<Turn> = people.iter().map(|person| self.turn(person)).collect();
        let tally = self.commit(&people, &turns).await?;
        for place in &tally.erased {
            self.set_aside_by_line(&people[*place], ERASED)?;
        }
        for place in &tally.restricted {
            self.set_aside_by_line(&people[*place], RESTRICTED)?;
        }
        self.held += tally.held;
        self.without_status += tally.without_status;
        self.report.count(tally);
        match self.hands.dry_run {
            true => self.tell_job(None, &Tally::default()).await,
            false => Ok(()),
        }
    }

    fn turn(&mut self, row: &Incoming) -> Turn {
        let address = &row.address.normalized;
        let person = self.seen.insert(self.hasher.hash_one(address));
        let member = match self.targets.len() {
            1 => person,
            _ => self.seen.insert(self.hasher.hash_one((address, row.list))),
        };
        let external_id = row.external_id.as_ref();
        let external_id = external_id.is_some_and(|id| self.seen.insert(self.hasher.hash_one(("id", id))));
        Turn {
            person,
            member,
            external_id,
        }
    }

    /// Decides and writes a batch; once more when another writer wrote one of its people first.
    async fn commit(&mut self, people: &[Box<Incoming>], turns: &[Turn]) -> Result<Tally> {
        for attempt in 1.. {
            match self.attempt(people, turns).await {
                Err(Error::Fault(Fault::KeyTaken(_) | Fault::StoreUnavailable(_))) if attempt < ATTEMPTS => {
                    tokio::time::sleep(std::time::Duration::from_millis(50 << attempt)).await;
                }
                done => return done,
            }
        }
        Err(Fault::Invariant("a batch was tried for ever".into()).into())
    }

    async fn attempt(&mut self, people: &[Box<Incoming>], turns: &[Turn]) -> Result<Tally> {
        let mut transaction = self.hands.installation.database.begin().await?;
        transaction.without_time_limit().await?;
        let rows: Vec<&Incoming> = people.iter().map(|person| &**person).collect();
        let mut known = self.hands.load(&mut transaction, &rows, &self.targets).await?;
        if self.hands.dry_run {
            let addresses: HashSet<&str> = rows.iter().map(|row| row.address.normalized.as_str()).collect();
            let ids: HashSet<&str> = rows.iter().filter_map(|row| row.external_id.as_deref()).collect();
            let is_wanted = |record: &Record| {
                record
                    .text(subscriber::NORMALIZED)
                    .is_some_and(|address| addresses.contains(address))
                    || record
                        .text(subscriber::EXTERNAL_ID)
                        .is_some_and(|id| ids.contains(id))
            };
            known.adopt(&self.earlier, is_wanted, self.hands.source);
        }
        let tally = self.decide(&mut known, &rows, turns)?;
        if self.hands.dry_run {
            transaction.roll_back().await?;
            let comes_again = |record: &Record| {
                let address = record.text(subscriber::NORMALIZED).unwrap_or_default();
                let id = record.text(subscriber::EXTERNAL_ID).unwrap_or_default();
                self.repeated.contains(&self.hasher.hash_one(address))
                    || self.repeated.contains(&self.hasher.hash_one(("id", id)))
                    || known.moved.contains(&record.id())
            };
            self.earlier.remember(&known, comes_again, self.hands.source);
        } else {
            self.hands.store(&mut transaction, known).await?;
            self.tell_job(Some(&mut transaction), &tally).await?;
            transaction.commit().await?;
            reach(FailPoint::ImportBatch);
        }
        Ok(tally)
    }

    /// What becomes of each row of a batch.
    fn decide(&self, known: &mut Known, rows: &[&Incoming], turns: &[Turn]) -> Result<Tally> {
        let new_id = || self.hands.installation.new_id();
        let run = Run {
            source: self.hands.source,
            now: self.hands.now,
            new_id: &new_id,
        };
        let mut tally = Tally::default();
        for (place, (row, turn)) in rows.iter().zip(turns).enumerate() {
            let target = self
                .targets
                .get(row.list)
                .ok_or_else(|| Fault::Invariant("a row of no list".into()))?;
            let (outcome, remarks) = merge::take(known, &run, target, row, *turn);
            tally.add(place, outcome, remarks);
        }
        Ok(tally)
    }

    /// Leaves the trace: who imported how many rows, and how it ended.
    async fn tell(&mut self, outcome: &Result<Warnings>) -> Result<()> {
        if self.hands.dry_run || self.job.is_some() {
            return Ok(());
        }
        let installation = self.hands.installation;
        let at = installation.clock.now();
        let mut event = AuditEvent::by(self.hands.viewer, installation.new_id(), at, "import.finished");
        if let Some(list) = self.report.lists.first() {
            event = event.of("List", list.id);
        }
        event.rows = self.report.read;
        event.personal_rows = self.report.added + self.report.changed;
        if let Err(error) = outcome {
            event.outcome = "failed";
            event.error_code = Some(error.code().as_str());
        }
        installation
            .database
            .write(async |transaction| audit::append(transaction, &[event]).await)
            .await
    }

    async fn finish(mut self, warnings: Warnings) -> Result<(Report, Finished)> {
        if let Some(job) = self.job {
            job.note(self.counts(&Tally::default()).columns()).await?;
        }
        self.report.warnings = warnings.sentences();
        if self.without_status > 0 {
            self.report.warnings.push(format!(
                "{} came without a status and are kept as non-subscribed, because nobody says that they agreed",
                people(self.without_status)
            ));
        }
        if self.held > 0 {
            self.report.warnings.push(format!(
                "{} are subscribed by the file and stay as they are here, because an import takes nobody back who \
                 left, is suppressed or has not confirmed",
                people(self.held)
            ));
        }
        Ok((self.report, self.rejects.finish().await?))
    }
}

fn people(count: u64) -> String {
    if count == 1 {
        "1 row".to_owned()
    } else {
        format!("{count} rows")
    }
}
