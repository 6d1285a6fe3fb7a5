//! Making a bundle: from one snapshot, in slices, through the writer into the depot, and published only if the claim
//! still holds (rulings 23 to 25). An interrupted export starts again from a new snapshot.

use std::collections::BTreeMap;
use std::sync::OnceLock;

use chrono::TimeDelta;
use data_encoding::HEXLOWER;
use serde_json::{Value, json};
use tokio::runtime::Handle;
use tokio::sync::mpsc;

use super::granted::{Granted, granted};
use super::part::resources;
use super::progress::Progress;
use super::receipt::{self, Withheld};
use super::request::ExportPlan;
use super::restricted;
use super::rows::{Block, Writing, write};
use super::table::table;
use crate::access::permit::{self, Permitted, PermittedWalk};
use crate::access::viewer::{Principal, Viewer};
use crate::catalog::Resource;
use crate::cell::{Cell, Kind};
use crate::clock::Instant;
use crate::depot::Stored;
use crate::error::{Code, Error, Fault, Refusal, Result};
use crate::fail_point::{FailPoint, reach};
use crate::plan::slice::{BundleKind, Part, Subject, Walk};
use crate::store::audit::AuditEvent;
use crate::store::queue::{self, Claim, Queue};
use crate::store::slice::{SLICE_LIMIT, slices};
use crate::store::{Snapshot, identity, restriction};
use crate::work::installation::Installation;
use crate::work::job::attempt::{Failure, attempt};
use crate::work::job::{self, EXPORT, RUNNING, objects};

/// Blocks that may wait between the store and the writer: enough to keep both busy, little enough to stay small.
const WAITING_BLOCKS: usize = 4;

/// What a bundle needs to be made.
pub(super) struct Job<'a> {
    pub(super) installation: &'a Installation,
    pub(super) claim: &'a Claim,
    pub(super) plan: ExportPlan,
    viewer: Viewer,
    subject: Option<Subject>,
    pub(super) account_name: String,
    /// Who is left out, once that is known.
    left_out: OnceLock<String>,
}

/// Runs a claimed export to its end, or gives it back for another attempt after a while, when what went wrong may pass.
pub async fn run(installation: &Installation, claim: &Claim) -> Result<()> {
    reach(FailPoint::ExportClaimed);
    let fail = async |failure: Failure| {
        let columns = [("rows_per_second", Cell::Null), ("seconds_left", Cell::Null)];
        job::fail(installation, &EXPORT, claim, failure.code, &columns).await
    };
    attempt(installation, &EXPORT, claim, make(installation, claim), fail).await
}

async fn finish_row(
    installation: &Installation,
    claim: &Claim,
    columns: &[(&str, Cell)],
    event: &AuditEvent,
) -> Result<bool> {
    job::finish(installation, claim, RUNNING, columns, event).await
}

/// A change that holds only while the job runs in our hands: neither claimed by another, nor canceled.
pub(super) async fn still_running(
    transaction: &mut crate::store::Transaction,
    claim: &Claim,
    columns: &[(&str, Cell)],
) -> Result<bool> {
    queue::change_if(transaction, claim, RUNNING, columns).await
}

async fn make(installation: &Installation, claim: &Claim) -> Result<()> {
    let job = load(installation, claim).await?;
    for resource in resources(&installation.catalog, job.plan.bundle, &job.plan.part) {
        installation.drift.allow(&resource.table)?;
    }
    // What an earlier worker stored and did not publish is nobody's.
    objects::remove_of_earlier_claims(installation, &EXPORT, claim).await?;
    reach(FailPoint::ExportTidied);
    let progress = Progress::new(installation, claim);
    // Before it is taken: whoever asks next for what changed since then misses nothing.
    let snapshot_at = installation.clock.now();
    let mut snapshot = installation.snapshot(claim.account).await?;
    let name = objects::name(&EXPORT, claim);
    let create = {
        let (depot, bytes, first) = (installation.depot.clone(), progress.bytes.clone(), name.clone());
        let runtime = Handle::current();
        move |number| {
            let writer = runtime.block_on(depot.create(&objects::volume(&first, number)))?;
            Ok(writer.counting(bytes.clone()).blocking())
        }
    };
    let (sender, receiver) = mpsc::channel(WAITING_BLOCKS);
    let writing = Writing {
        lanes: job.plan.formats.clone(),
        spool: installation.depot.spool_folder(),
        keys: installation.keys.clone(),
        about: receipt::about(&job, snapshot_at),
        volume_size: job.plan.volume_size,
    };
    let mut writer = tokio::task::spawn_blocking(move || write(create, receiver, writing));
    let (sent, written) = {
        // Dropped with this block: a change of the row that is under way when the bundle is whole would keep the end
        // of the job waiting for a transaction that nobody goes on with.
        let telling = progress.keep_telling();
        tokio::pin!(telling);
        let sending = send_rows(&job, &mut snapshot, snapshot_at, &progress, sender);
        let sent = tokio::select! {
            sent = tokio::time::timeout(installation.exporting.snapshot_time, sending) => {
                sent.unwrap_or_else(|_| Err(too_old(installation)))
            }
            error = &mut telling => Err(error),
        };
        // The bundle may take its time to be stored; the snapshot does not wait for it (ruling 24).
        let _ = snapshot.close().await;
        match sent {
            Err(error) => (Err(error), writer.await),
            Ok(()) => tokio::select! {
                written = &mut writer => (Ok(()), written),
                error = &mut telling => (Err(error), writer.await),
            },
        }
    };
    let written = written.map_err(|_| Fault::Invariant("the bundle writer panicked".into()))?;
    // When the writer failed, sending failed because of it: its reason is the one to tell.
    let done = match (sent, written) {
        (Err(reason @ Error::Refused(_)), _) | (_, Err(reason)) => return Err(reason),
        (Err(reason), Ok(_)) => return Err(reason),
        (Ok(()), Ok(None)) => return Err(Fault::Invariant("the bundle was not closed".into()).into()),
        (Ok(()), Ok(Some(done))) => done,
    };
    reach(FailPoint::ExportStored);
    let now = installation.clock.now();
    let granted = granted(
        &installation.catalog,
        &job.viewer,
        job.plan.bundle,
        &job.plan.part,
    );
    let plan = ExportPlan {
        granted,
        left_out: job.left_out.get().cloned(),
        ..job.plan.clone()
    };
    let bytes: u64 = done.files.iter().map(|file| file.byte_count).sum();
    let byte_count = i64::try_from(bytes).unwrap_or(i64::MAX);
    let columns = [
        ("state", "ready".into()),
        (
            "plan",
            serde_json::to_value(&plan)
                .map_err(|error| Fault::Invariant(error.to_string()))?
                .into(),
        ),
        ("bundle_name", name.as_str().into()),
        ("byte_count", byte_count.into()),
        ("sha256", sha256_of_all(&done.files)),
        ("volumes", volumes(&done.files)),
        (
            "receipt",
            serde_json::from_slice::<Value>(&done.receipt)
                .map_err(|error| Fault::Invariant(error.to_string()))?
                .into(),
        ),
        ("rows_done", i64::try_from(done.rows).unwrap_or(i64::MAX).into()),
        ("snapshot_at", snapshot_at.into()),
        ("finished_at", now.into()),
        (
            "expires_at",
            (now + TimeDelta::days(i64::from(installation.catalog.settings.bundle_days))).into(),
        ),
        ("bytes_done", byte_count.into()),
        ("lease_until", Cell::Null),
        ("current_resource", Cell::Null),
        ("rows_per_second", Cell::Null),
        ("seconds_left", Cell::Null),
        ("updated_at", now.into()),
    ];
    let event = AuditEvent::by_system(claim.account, installation.new_id(), now, "export.finished")
        .of("Export", claim.id)
        .rows(done.rows);
    if finish_row(installation, claim, &columns, &event).await? {
        reach(FailPoint::ExportPublished);
        tracing::info!(export = %claim.id, rows = done.rows, bytes, "an export is ready");
        return Ok(());
    }
    objects::remove_of(installation, &EXPORT, claim).await?;
    tracing::info!(export = %claim.id, "an export was canceled or taken over; its bundle is thrown away");
    Ok(())
}

/// The sum of a bundle that is one file.
fn sha256_of_all(files: &[Stored]) -> Cell {
    match files {
        [file] => HEXLOWER.encode(&file.sha256).into(),
        _ => Cell::Null,
    }
}

/// The files of a bundle that is several.
fn volumes(files: &[Stored]) -> Cell {
    if files.len() < 2 {
        return Cell::Null;
    }
    let each = (1..).zip(files).map(|(number, file)| {
        let sha256 = HEXLOWER.encode(&file.sha256);
        json!({ "number": number, "byteCount": file.byte_count, "sha256": sha256 })
    });
    Value::from_iter(each).into()
}

async fn load<'a>(installation: &'a Installation, claim: &'a Claim) -> Result<Job<'a>> {
    let columns = [("plan", Kind::Json), ("principal", Kind::Json)];
    let row = queue::read(
        &installation.database,
        Queue::Exports,
        claim.account,
        claim.id,
        &columns,
    )
    .await?;
    let broken = || Fault::Invariant("an export's row cannot be read".into());
    let Some([Cell::Json(plan), Cell::Json(principal)]) = row.as_deref() else {
        return Err(broken().into());
    };
    let plan: ExportPlan = serde_json::from_value((**plan).clone()).map_err(|_| broken())?;
    let viewer = job::asker_again(installation, &EXPORT, claim, principal).await?;
    let subject = match plan.subscriber {
        None => None,
        Some(subscriber) => {
            let address =
                identity::subscriber_address(&installation.database, claim.account, subscriber).await?;
            let gone = || Refusal::new(Code::SubjectNotFound, "the subscriber is no longer there");
            Some(Subject {
                subscriber,
                address: address.ok_or_else(gone)?,
            })
        }
    };
    let account = identity::account(&installation.database, &claim.account.to_string()).await?;
    let account_name = account.map(|(_, name)| name).unwrap_or_default();
    Ok(Job {
        installation,
        claim,
        plan,
        viewer,
        subject,
        account_name,
        left_out: OnceLock::new(),
    })
}

/// Permits every resource again, counts it, and sends its rows; the receipt goes last.
async fn send_rows(
    job: &Job<'_>,
    snapshot: &mut Snapshot,
    snapshot_at: Instant,
    progress: &Progress<'_>,
    sender: mpsc::Sender<Block>,
) -> Result<()> {
    let catalog = &job.installation.catalog;
    let plan = &job.plan;
    let granted = granted(catalog, &job.viewer, plan.bundle, &plan.part);
    let is_left_out = |resource: &Resource| {
        plan.without_restricted && restricted::names_people_by_the_way(catalog, resource)
    };
    // A part of the rows does not hold all that they refer to.
    let is_whole =
        plan.bundle == BundleKind::Account && plan.part.rows() == Part::All && plan.since.is_none();
    let whole: Vec<&str> = granted
        .iter()
        .filter(|grant| grant.scope == Granted::All && is_whole)
        .filter(|grant| !is_left_out(catalog.table(&grant.table)))
        .map(|grant| grant.table.as_str())
        .collect();
    let without_restricted = plan.without_restricted.then_some(snapshot_at);
    let people = match without_restricted {
        Some(now) => restriction::people_in(snapshot, job.claim.account, now).await?,
        None => Vec::new(),
    };
    if plan.without_restricted {
        job.left_out.get_or_init(|| restricted::mark(&people));
    }
    let mut walks: Vec<Permitted<PermittedWalk>> = Vec::new();
    let mut withheld = Withheld::default();
    for resource in resources(catalog, plan.bundle, &plan.part) {
        if is_left_out(resource) {
            withheld.left_out(resource);
            continue;
        }
        let walk = Walk {
            resource: resource.id,
            bundle: plan.bundle,
            subject: job.subject.clone(),
            part: plan.part.rows(),
            since: plan.since,
            without_restricted,
        };
        match permit::walk(catalog, &job.viewer, walk) {
            Ok(permitted) => walks.push(permitted),
            Err(refusal) => withheld.resource(resource, &refusal),
        }
    }
    let is_operator = matches!(job.viewer.principal, Principal::Operator(_));
    let mut expected = BTreeMap::new();
    for walk in &walks {
        let resource = catalog.get(walk.plan().walk.resource);
        let rows = slices(snapshot, catalog, walk).expected().await?;
        expected.insert(resource.table.clone(), rows);
        if !people.is_empty() && !resource.subject.is_empty() {
            let mut all = walk.plan().walk.clone();
            all.without_restricted = None;
            let all = permit::walk(catalog, &job.viewer, all)?;
            let all = slices(snapshot, catalog, &all).expected().await?;
            withheld.restricted(resource, all - rows);
        }
        withheld.of_walk(resource, walk.plan(), is_operator);
    }
    let total: u64 = expected.values().sum();
    check_limit(job, total)?;
    progress.expect(total).await?;
    let receipt = receipt::receipt(job, snapshot_at, withheld);
    send(&sender, Block::Start { receipt, expected }).await?;
    reach(FailPoint::ExportCounted);
    for walk in &walks {
        let table = table(catalog, walk.plan(), &whole);
        progress.table(&table.name);
        send(&sender, Block::Begin(Box::new(table))).await?;
        let mut rows = slices(snapshot, catalog, walk);
        while let Some(slice) = rows.next(SLICE_LIMIT).await? {
            let (width, count) = (slice.width, slice.len() as u64);
            let cells = rows.take_cells();
            send(&sender, Block::Rows { width, cells }).await?;
            progress.add(count);
            reach(FailPoint::ExportSlice);
        }
        send(&sender, Block::End).await?;
    }
    reach(FailPoint::ExportRows);
    send(&sender, Block::Finish).await
}

fn too_old(installation: &Installation) -> Error {
    let minutes = installation.exporting.snapshot_time.as_secs() / 60;
    let message = format!(
        "reading the rows took longer than the {minutes} minutes that a snapshot may last; \
         ask for a part of the account, or have --snapshot-minutes raised"
    );
    Refusal::new(Code::SnapshotTooOld, message).into()
}

fn check_limit(job: &Job<'_>, rows: u64) -> Result<()> {
    match job.viewer.rights.max_rows {
        Some(limit) if rows > u64::try_from(limit).unwrap_or(0) => Err(Refusal::new(
            Code::LimitReached,
            format!("the bundle would have {rows} rows; your groups allow {limit}"),
        )
        .into()),
        _ => Ok(()),
    }
}

async fn send(sender: &mpsc::Sender<Block>, block: Block) -> Result<()> {
    sender
        .send(block)
        .await
        .map_err(|_| Fault::Invariant("the bundle writer has stopped".into()).into())
}
