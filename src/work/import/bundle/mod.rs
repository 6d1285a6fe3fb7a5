//! Taking a bundle of Postern in: into an empty account, so that it is the account that was exported, but for what
//! [`decided`] says.
//!
//! The bundle is verified first, to its last byte. Ids stay, since an account's rows are known by account and id. Rows go
//! in behind those they refer to; counters and sums last. Nothing is held in memory but the rows of a batch, who stands
//! for whom, and the ids of people who were erased here.

mod counterpart;
pub mod decided;
mod lane;
mod report;
mod row;
mod source;
mod take;

use uuid::Uuid;

pub use report::{BundleReport, TableReport};

use self::decided::Taken;
use self::lane::Lane;
use self::row::Known;
use self::source::Source;
use self::take::Taker;
use super::follow::Follow;
use crate::access::permit::{self, Permitted};
use crate::access::viewer::{Principal, Viewer};
use crate::bundle::{PublicKey, Trust};
use crate::catalog::{Area, Owner};
use crate::error::{Code, Fault, Refusal, Result};
use crate::plan::write::Write;
use crate::store::audit::{self, AuditEvent};
use crate::store::{Transaction, identity, takeover};
use crate::work::installation::Installation;
use crate::work::progress::Progress;

const BEGUN: &str = "import.begun";
const FINISHED: &str = "import.finished";
const FAILED: &str = "import.failed";

/// What to take in.
#[derive(Clone, Debug)]
pub struct BundleSettings {
    /// The bundle.
    pub source: super::Source,
    /// Who must have signed it.
    pub trust: Trust,
    /// Tell what would happen, and write nothing.
    pub dry_run: bool,
}

/// Whoever must have signed a bundle when nobody else is named: this installation, with a key of today or of the past, or
/// another one whose key the settings name.
pub fn known_keys(installation: &Installation) -> Result<Trust> {
    let own = installation.keys.receipt_public_keys()?;
    let own = own.iter().map(|key| PublicKey::from_pem(&key.pem));
    let trusted = installation.trusted_keys.iter().cloned().map(Ok);
    Ok(Trust::Keys(own.chain(trusted).collect::<Result<_>>()?))
}

/// A bundle that was verified and can be taken in.
pub struct OpenBundle {
    source: Source,
    is_operator: bool,
}

/// Verifies a bundle for somebody who would take it in. Nothing is written. Errors: a refusal when the bundle is not
/// sound, not whole, or not signed by whom the settings name.
pub async fn open_bundle(
    installation: &Installation,
    viewer: &Viewer,
    settings: &BundleSettings,
    progress: &dyn Progress,
) -> Result<OpenBundle> {
    let is_operator = matches!(viewer.principal, Principal::Operator(_));
    progress.message("verifying");
    let source = open(installation, settings, is_operator).await?;
    Ok(OpenBundle { source, is_operator })
}

/// Opens a bundle and takes it in.
pub async fn import_bundle(
    installation: &Installation,
    viewer: &Viewer,
    settings: &BundleSettings,
    progress: &dyn Progress,
) -> Result<BundleReport> {
    let bundle = open_bundle(installation, viewer, settings, progress).await?;
    take_in(installation, viewer, bundle, settings, progress).await
}

/// As [`take_in_for`], for nobody's job; how it ended is told in the log.
pub async fn take_in(
    installation: &Installation,
    viewer: &Viewer,
    bundle: OpenBundle,
    settings: &BundleSettings,
    progress: &dyn Progress,
) -> Result<BundleReport> {
    let (report, event) = take_in_for(installation, viewer, bundle, (settings, None), progress).await?;
    if let Some(event) = event {
        installation
            .database
            .write(async |transaction| audit::append(transaction, std::slice::from_ref(&event)).await)
            .await?;
    }
    Ok(report)
}

/// Takes a bundle into the viewer's account, perhaps for a job. Gives what is to be noted when that is the end, which goes
/// with whatever says so. Errors: a refusal when the account is not empty, or when the viewer may not
/// write all of it; what was committed before a later error stays, and the same bundle can be taken in again.
pub(super) async fn take_in_for(
    installation: &Installation,
    viewer: &Viewer,
    bundle: OpenBundle,
    (settings, job): (&BundleSettings, Option<&Follow<'_>>),
    progress: &dyn Progress,
) -> Result<(BundleReport, Option<AuditEvent>)> {
    let OpenBundle { source, is_operator } = bundle;
    let known = identity::account(&installation.database, &viewer.account.to_string()).await?;
    if known.is_none() {
        return Err(Refusal::new(Code::NotFound, "there is no such account to import into").into());
    }
    let right = may(installation, viewer, &source.lanes)?;
    let mut report = BundleReport {
        export: source.export,
        ..BundleReport::default()
    };
    for lane in &source.lanes {
        if let (Taken::Left(reason), true) = (lane.taken, lane.rows > 0) {
            report.left.push((lane.table.clone(), lane.rows, reason));
        }
    }
    let mut transaction = installation.database.begin().await?;
    let begun = begin(
        installation,
        viewer,
        &mut transaction,
        &right,
        source.export,
        settings,
    )
    .await;
    match &begun {
        Ok(_) if !settings.dry_run => transaction.commit().await?,
        _ => transaction.roll_back().await?,
    }
    report.is_resumed = begun?;
    progress.total(source.total(&installation.catalog));
    if let Some(job) = job {
        job.verified(source.rows()).await?;
    }
    let export = source.export;
    let mut taker = Taker {
        installation,
        viewer,
        settings,
        job,
        is_operator,
        lanes: source.lanes.clone(),
        known: Known::default(),
        report,
    };
    let outcome = taker.run(source.read(&installation.catalog), progress).await;
    let event = told(installation, viewer, &taker.report, export, &outcome);
    let event = (!settings.dry_run).then_some(event);
    if let (Err(_), Some(event)) = (&outcome, &event) {
        installation
            .database
            .write(async |transaction| audit::append(transaction, std::slice::from_ref(event)).await)
            .await?;
    }
    outcome.map(|()| (taker.report, event))
}

async fn open(installation: &Installation, settings: &BundleSettings, is_operator: bool) -> Result<Source> {
    let (file, trust) = (settings.source.clone(), settings.trust.clone());
    let catalog = installation.catalog.clone();
    tokio::task::spawn_blocking(move || source::open(file.open()?, &trust, &catalog, is_operator))
        .await
        .map_err(|error| Fault::Invariant(format!("the thread that verifies a bundle ended: {error}")))?
}

/// The right to write subscribers, for whoever may write every row of everything that is taken.
fn may(installation: &Installation, viewer: &Viewer, lanes: &[Lane]) -> Result<Permitted<Write>> {
    let catalog = &installation.catalog;
    let of = |table: &str| {
        permit::write(
            catalog,
            viewer,
            Write::of(catalog, table, &["id"], Vec::new(), &[]),
        )
    };
    for lane in lanes {
        match lane.taken {
            Taken::Left(_) => continue,
            // Who may add none looks for them alone.
            Taken::Counterpart => {}
            Taken::Account | Taken::Rows | Taken::RollUp => {
                of(&lane.table)?;
            }
        }
        installation.drift.allow(&lane.table)?;
    }
    Ok(of("subscribers")?)
}

/// Says that the import begins, unless the account is not empty; gives whether it was begun before and not finished.
async fn begin(
    installation: &Installation,
    viewer: &Viewer,
    transaction: &mut Transaction,
    right: &Permitted<Write>,
    export: Uuid,
    settings: &BundleSettings,
) -> Result<bool> {
    let is_resumed = takeover::was_told(transaction, right, BEGUN, export).await?
        && !takeover::was_told(transaction, right, FINISHED, export).await?;
    if !is_resumed {
        let tables: Vec<&str> = installation
            .catalog
            .resources()
            .filter(|resource| resource.owner == Owner::Account && resource.area != Area::Access)
            .filter(|resource| decided::taken(resource, true) == Taken::Rows)
            .map(|resource| resource.table.as_str())
            .collect();
        if let Some(table) = takeover::first_filled(transaction, right, &tables).await? {
            let message = format!(
                "a bundle is taken into an empty account, and this one has rows in {table}; make a new one, on the \
                 command line with --new-account"
            );
            return Err(Refusal::new(Code::InvalidState, message).into());
        }
    }
    if !settings.dry_run {
        let at = installation.clock.now();
        let event = AuditEvent::by(viewer, installation.new_id(), at, BEGUN).of("Export", export);
        audit::append(transaction, &[event]).await?;
    }
    Ok(is_resumed)
}

/// The trace: who took in how many rows, and how it ended.
fn told(
    installation: &Installation,
    viewer: &Viewer,
    report: &BundleReport,
    export: Uuid,
    outcome: &Result<()>,
) -> AuditEvent {
    let at = installation.clock.now();
    let action = if outcome.is_ok() { FINISHED } else { FAILED };
    let mut event = AuditEvent::by(viewer, installation.new_id(), at, action).of("Export", export);
    event.rows = report.sum(|table| table.rows);
    let is_personal = |table: &str| {
        let resource = installation.catalog.by_table(table);
        resource.is_some_and(|resource| !resource.subject.is_empty())
    };
    event.personal_rows = report.sum(|table| if is_personal(&table.table) { table.added } else { 0 });
    if let Err(error) = outcome {
        event.outcome = "failed";
        event.error_code = Some(error.code().as_str());
    }
    event
}
