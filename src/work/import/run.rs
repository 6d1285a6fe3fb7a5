//! Taking an upload in as a job: with the rights that whoever asked has now, read from the depot where it lies encrypted,
//! batch by batch, each with its place in the job's row, so that an interrupted import goes on where it was.

use chrono::TimeDelta;
use serde_json::Value;

use super::bundle::{self, BundleSettings};
use super::follow::{Counts, Follow};
use super::kept::{Keeping, Kept};
use super::rejecting::Rejecting;
use super::request::{ImportPlan, TABLES};
use super::source::Source;
use super::write::import_for;
use super::{Mapping, Options, Settings, is_bundle};
use crate::access::viewer::Viewer;
use crate::cell::{Cell, Kind};
use crate::error::{Code, Fault, Refusal, Result};
use crate::fail_point::{FailPoint, reach};
use crate::store::audit::{self, AuditEvent};
use crate::store::fence;
use crate::store::queue::{self, Claim};
use crate::work::installation::Installation;
use crate::work::job::attempt::{Failure, attempt};
use crate::work::job::{self, IMPORT, RUNNING, objects};
use crate::work::progress::Unwatched;
use crate::work::upload;

/// Runs a claimed import to its end, or gives it back for another attempt after a while, when what went wrong may pass.
pub async fn run(installation: &Installation, claim: &Claim) -> Result<()> {
    reach(FailPoint::ImportClaimed);
    let fail = async |failure: Failure| {
        let state = match failure.code {
            Code::Gone => "expired",
            _ => "failed",
        };
        let columns = [
            ("state", state.into()),
            ("error_message", failure.message.map_or(Cell::Null, Cell::from)),
        ];
        job::fail(installation, &IMPORT, claim, failure.code, &columns).await
    };
    attempt(installation, &IMPORT, claim, make(installation, claim), fail).await
}

/// What an import came to.
struct Outcome {
    report: Value,
    /// Counts of a bundle stand in its row already.
    kept: Option<Kept>,
    /// What is noted besides.
    event: Option<AuditEvent>,
}

/// An import in our hands.
struct Job<'a> {
    installation: &'a Installation,
    claim: &'a Claim,
    plan: ImportPlan,
    viewer: Viewer,
    source: Source,
    follow: Follow<'a>,
}

async fn make(installation: &Installation, claim: &Claim) -> Result<()> {
    let (plan, viewer) = load(installation, claim).await?;
    for table in TABLES {
        installation.drift.allow(table)?;
    }
    upload::may_import(installation, &viewer)?;
    // What an earlier worker stored and did not publish is nobody's.
    objects::remove_of_earlier_claims(installation, &IMPORT, claim).await?;
    let object = upload::open(installation, claim.account, plan.upload).await?;
    let gone = || Refusal::new(Code::Gone, "the upload is gone; send the file again");
    let source = Source::stored(object.ok_or_else(gone)?, plan.file_name.as_deref());
    // Whoever is erased from here on is not to be in the file of rejected rows.
    let raised = fences(installation, claim).await?;
    let follow = Follow::begin(installation, claim, plan.dry_run).await?;
    let job = Job {
        installation,
        claim,
        plan,
        viewer,
        source,
        follow,
    };
    let looked_at = job.source.clone();
    let is_bundle = tokio::task::spawn_blocking(move || is_bundle(&looked_at))
        .await
        .map_err(|_| Fault::Invariant("the look at an upload panicked".into()))??;
    let outcome = match is_bundle {
        true => job.bundle().await?,
        false => job.people().await?,
    };
    reach(FailPoint::ImportRows);
    job.publish(outcome, raised).await
}

async fn load(installation: &Installation, claim: &Claim) -> Result<(ImportPlan, Viewer)> {
    let columns = [("plan", Kind::Json), ("principal", Kind::Json)];
    let database = &installation.database;
    let row = queue::read(database, claim.queue, claim.account, claim.id, &columns).await?;
    let broken = || Fault::Invariant("an import's row cannot be read".into());
    let Some([Cell::Json(plan), Cell::Json(principal)]) = row.as_deref() else {
        return Err(broken().into());
    };
    let plan: ImportPlan = serde_json::from_value((**plan).clone()).map_err(|_| broken())?;
    let viewer = job::asker_again(installation, &IMPORT, claim, principal).await?;
    Ok((plan, viewer))
}

async fn fences(installation: &Installation, claim: &Claim) -> Result<i64> {
    installation
        .database
        .write(async |transaction| fence::raised(transaction, claim.account).await)
        .await
}

impl Job<'_> {
    async fn people(&self) -> Result<Outcome> {
        let mapping = self.plan.mapping.as_deref();
        let mapping = mapping.map(|text| Mapping::parse(text, "given")).transpose()?;
        let settings = Settings {
            source: self.source.clone(),
            reading: Options {
                mapping,
                ..Options::default()
            },
            list: self.list().await?,
            dry_run: self.plan.dry_run,
            rejects: None,
        };
        let keeping = Rejecting::Kept(Box::new(Keeping::new(self.installation, self.claim)?));
        let (report, finished) = import_for(
            self.installation,
            &self.viewer,
            &settings,
            (Some(&self.follow), keeping),
            &Unwatched,
        )
        .await?;
        Ok(Outcome {
            report: report.details(),
            kept: finished.kept,
            event: None,
        })
    }

    /// The list that is wanted, or that an earlier attempt has found or made.
    async fn list(&self) -> Result<Option<String>> {
        let Claim {
            queue, account, id, ..
        } = self.claim;
        let columns = [("list_id", Kind::Uuid)];
        let row = queue::read(&self.installation.database, *queue, *account, *id, &columns).await?;
        let list = row.and_then(|row| row[0].as_uuid()).or(self.plan.list);
        Ok(list.map(|list| list.to_string()))
    }

    async fn bundle(&self) -> Result<Outcome> {
        if self.plan.mapping.is_some() || self.plan.list.is_some() {
            let message = "neither a mapping nor a list goes with a bundle, which says everything itself";
            return Err(Refusal::new(Code::BadUserInput, message).into());
        }
        let settings = BundleSettings {
            source: self.source.clone(),
            trust: bundle::known_keys(self.installation)?,
            dry_run: self.plan.dry_run,
        };
        let open = bundle::open_bundle(self.installation, &self.viewer, &settings, &Unwatched).await?;
        let (report, event) = bundle::take_in_for(
            self.installation,
            &self.viewer,
            open,
            (&settings, Some(&self.follow)),
            &Unwatched,
        )
        .await?;
        self.follow.note(self.of_bundle(&report).columns()).await?;
        Ok(Outcome {
            report: report.details(),
            kept: None,
            event,
        })
    }

    /// The last word about a bundle's rows.
    fn of_bundle(&self, report: &bundle::BundleReport) -> Counts {
        let earlier = self.follow.earlier.added;
        Counts {
            bytes: 0,
            rows: report.sum(|table| table.rows),
            added: earlier + report.sum(|table| table.added),
            changed: 0,
            unchanged: report.sum(|table| table.known).saturating_sub(earlier),
            suppressed: report.sum(|table| table.suppressed),
            rejected: report.sum(|table| table.unheld),
        }
    }

    /// Says that the import is done, if it is still ours.
    async fn publish(&self, outcome: Outcome, raised: i64) -> Result<()> {
        let (installation, claim) = (self.installation, self.claim);
        let now = installation.clock.now();
        let rows = self.rows().await?;
        let mut event = AuditEvent::by(&self.viewer, installation.new_id(), now, "import.finished")
            .of(IMPORT.resource, claim.id);
        event.rows = rows.0;
        event.personal_rows = match self.plan.dry_run {
            true => 0,
            false => rows.1,
        };
        let events: Vec<AuditEvent> = [event].into_iter().chain(outcome.event).collect();
        let hours = i64::from(installation.catalog.settings.upload_hours);
        let kept = outcome.kept.as_ref();
        let (held, is_clean) = installation
            .database
            .write(async |transaction| {
                fence::fence_lock(transaction, claim.account, false).await?;
                let is_clean = fence::raised(transaction, claim.account).await? == raised;
                let text = |text: &str| Cell::from(text);
                let of_kept =
                    |of: fn(&Kept) -> &str| kept.filter(|_| is_clean).map(of).map_or(Cell::Null, text);
                let until = match is_clean {
                    true => now + TimeDelta::hours(hours),
                    false => now,
                };
                let columns = [
                    ("state", "done".into()),
                    ("report", outcome.report.clone().into()),
                    ("rejects_name", of_kept(|kept| &kept.name)),
                    ("rejects_sha256", of_kept(|kept| &kept.sha256)),
                    ("expires_at", kept.map(|_| until).into()),
                    ("finished_at", now.into()),
                    ("lease_until", Cell::Null),
                    ("updated_at", now.into()),
                ];
                let held = queue::change_if(transaction, claim, RUNNING, &columns).await?;
                if held {
                    audit::append(transaction, &events).await?;
                }
                Ok((held, is_clean))
            })
            .await?;
        if !(held && is_clean)
            && let Some(kept) = kept
        {
            installation.depot.delete(&kept.name).await?;
        }
        if !held {
            tracing::info!(import = %claim.id, "an import was canceled or taken over");
            return Ok(());
        }
        reach(FailPoint::ImportPublished);
        tracing::info!(import = %claim.id, rows = rows.0, "an import is done");
        // What was imported is not needed any more; if this fails, its time is over soon.
        if !self.plan.dry_run
            && let Err(error) = upload::remove(installation, claim.account, self.plan.upload).await
        {
            tracing::warn!(import = %claim.id, %error, "an upload that was imported was not removed");
        }
        Ok(())
    }

    /// How many rows were read, and how many of them were written.
    async fn rows(&self) -> Result<(u64, u64)> {
        let names = ["rows_done", "rows_added", "rows_changed"];
        let Claim {
            queue, account, id, ..
        } = self.claim;
        let columns = names.map(|name| (name, Kind::Int));
        let row = queue::read(&self.installation.database, *queue, *account, *id, &columns).await?;
        let count = |place: usize| {
            let cell = row.as_ref().and_then(|row| row[place].as_int());
            u64::try_from(cell.unwrap_or(0)).unwrap_or(0)
        };
        Ok((count(0), count(1) + count(2)))
    }
}
