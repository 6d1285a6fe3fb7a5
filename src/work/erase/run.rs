//! Running an erasure: fence, batches, bundles, verification, ledger, receipt (D9). Every step is repeatable: a worker
//! that takes over goes on where the last commit was, and a batch that is committed is never run twice.

use uuid::Uuid;

use super::finish::finish;
use super::held::{self, open};
use super::past::{Look, keep_away};
use super::plan::{Sealed, permitted, refuse_held};
use super::row::{ErasureRow, read};
use super::steps::{Purpose, Steps};
use super::sweep::{self, SMALL, Sought};
use super::{due, fence, stale, user, whole};
use crate::access::permit::{Erasure, Permitted};
use crate::access::viewer::{Principal, Viewer};
use crate::cell::{Cell, Kind};
use crate::clock::Instant;
use crate::error::{Code, Error, Fault, Refusal, Result};
use crate::fail_point::{FailPoint, reach};
use crate::plan::slice::Subject;
use crate::store::audit::AuditEvent;
use crate::store::erasure_log::{self, REDACTIONS};
use crate::store::queue::{self, Claim, Queue};
use crate::store::{identity, sweep as store_sweep};
use crate::work::identify::viewer_again;
use crate::work::installation::Installation;
use crate::work::job;

/// How often whoever has the address by the end is erased, too: a platform that goes on writing must not keep an erasure
/// from ending.
const AGAIN: u32 = 3;

/// An erasure in our hands.
pub(super) struct Job<'a> {
    pub(super) installation: &'a Installation,
    pub(super) claim: &'a Claim,
    pub(super) row: ErasureRow,
    pub(super) person: Sealed,
    pub(super) erasure: Permitted<Erasure>,
}

impl Job<'_> {
    /// What stands for the person in rows that stay: of a repeated erasure the token of then, whatever address the person
    /// had before.
    fn token(&self) -> Vec<u8> {
        if self.row.replay().is_some() {
            return self.row.subject();
        }
        let keys = &self.installation.keys;
        let (_, token) = keys.suppression_token(self.claim.account, &self.person.normalized);
        token.to_vec()
    }

    fn sought(&self) -> Sought<'_> {
        Sought {
            claim: self.claim,
            erasure: &self.erasure,
            person: &self.person,
        }
    }
}

/// Runs a claimed erasure to its end. A failure that another try may mend leaves it claimed; its lease runs out.
pub async fn run(installation: &Installation, claim: &Claim) -> Result<()> {
    reach(FailPoint::ErasureClaimed);
    match about(installation, claim).await? {
        About::Account(closed_at) => {
            let outcome = whole::run::run(installation, claim, closed_at).await;
            ended(installation, claim, outcome).await
        }
        About::User => {
            let outcome = user::run(installation, claim).await;
            ended(installation, claim, outcome).await
        }
        About::Person => run_for_person(installation, claim).await,
    }
}

/// What an erasure is about.
enum About {
    Person,
    User,
    /// A whole account, that was closed then.
    Account(Instant),
}

async fn about(installation: &Installation, claim: &Claim) -> Result<About> {
    let columns = [("account_closed_at", Kind::Instant), ("plan", Kind::Json)];
    let (database, account) = (&installation.database, claim.account);
    let row = queue::read(database, Queue::Erasures, account, claim.id, &columns).await?;
    Ok(match row.as_deref() {
        Some([closed_at, _]) if *closed_at != Cell::Null => {
            closed_at.as_instant().map_or(About::Person, About::Account)
        }
        Some([_, Cell::Json(plan)]) if user::is_of_a_user(plan) => About::User,
        _ => About::Person,
    })
}

/// The same of an erasure that is about a person.
pub(super) async fn run_for_person(installation: &Installation, claim: &Claim) -> Result<()> {
    let outcome = run_steps(installation, claim).await;
    ended(installation, claim, outcome).await
}

async fn ended(installation: &Installation, claim: &Claim, outcome: Result<()>) -> Result<()> {
    match outcome {
        Ok(()) => Ok(()),
        // A database that is busy is no reason to give it up.
        Err(Error::Refused(refusal)) if refusal.code != Code::Timeout => {
            let is_refused = refuse(installation, claim, refusal.code).await?;
            if !is_refused {
                hold_up(installation, claim, refusal.code).await?;
            }
            Ok(())
        }
        // Whatever else went wrong, the erasure is not given up: it was promised.
        Err(other) => Err(other),
    }
}

/// Ends an erasure that may not be begun; false when it has begun, or is another worker's.
async fn refuse(installation: &Installation, claim: &Claim, code: Code) -> Result<bool> {
    let now = installation.clock.now();
    let columns = [
        ("state", "refused".into()),
        ("error_code", code.as_str().into()),
        // Nobody is looked for any more.
        ("subject_sealed", Cell::Null),
        ("finished_at", now.into()),
        ("lease_until", Cell::Null),
        ("updated_at", now.into()),
    ];
    let mut event = AuditEvent::by_system(claim.account, installation.new_id(), now, "erasure.refused")
        .of("Erasure", claim.id);
    event.outcome = "refused";
    event.error_code = Some(code.as_str());
    let is_refused = job::finish(installation, claim, &["confirmed"], &columns, &event).await?;
    if is_refused {
        tracing::warn!(erasure = %claim.id, code = code.as_str(), "an erasure was refused");
    }
    Ok(is_refused)
}

/// Pauses an erasure that has begun and may not go on, as while somebody is held: whose rows are partly gone is not left so
/// by an end, and the fence stays up.
async fn hold_up(installation: &Installation, claim: &Claim, code: Code) -> Result<()> {
    let now = installation.clock.now();
    let columns = [
        ("state", "paused".into()),
        ("error_code", code.as_str().into()),
        ("lease_until", Cell::Null),
        ("updated_at", now.into()),
    ];
    let mut event = AuditEvent::by_system(claim.account, installation.new_id(), now, "erasure.paused")
        .of("Erasure", claim.id);
    event.outcome = "refused";
    event.error_code = Some(code.as_str());
    let states = ["fenced", "running", "verifying"];
    if job::finish(installation, claim, &states, &columns, &event).await? {
        tracing::warn!(erasure = %claim.id, code = code.as_str(), "an erasure that has begun may not go on, and is paused");
    }
    Ok(())
}

async fn run_steps(installation: &Installation, claim: &Claim) -> Result<()> {
    let job = load(installation, claim).await?;
    // What is repeated was not held when it was done; what held before that was let go when it began anew.
    if job.row.replay().is_none() {
        refuse_held(installation, &job.erasure).await?;
    }
    if job.row.state == "confirmed" {
        if !fence::raise(installation, claim, &job.person).await? {
            return Ok(());
        }
        reach(FailPoint::ErasureFenced);
    }
    let steps = Steps {
        installation,
        account: claim.account,
        erasure: &job.erasure,
        token: &job.token(),
        purpose: Purpose::Run(claim),
    };
    if steps.all().await?.is_none() || !erase_whoever_has_the_address(&job).await? {
        return Ok(());
    }
    reach(FailPoint::ErasureRows);
    held::set_state(installation, claim, "verifying").await?;
    reach(FailPoint::ErasureVerifying);
    let at_once = is_swept_at_once(&job).await?;
    // Without an address there is nothing to look for.
    let swept = if at_once && job.person.is_there() {
        sweep::sweep(installation, &[job.sought()], REDACTIONS)
            .await?
            .pop()
    } else {
        None
    };
    reach(FailPoint::ErasureSwept);
    // After the sweep, which redacts mentions: a bundle made before it may hold one.
    stale::remove(installation, claim, job.person.subscriber).await?;
    finish(&job, swept.as_ref()).await?;
    if swept.is_some_and(|swept| !swept.residue.is_empty()) {
        look_again(installation, claim).await;
    }
    if at_once {
        sweep_those_before(installation, claim).await;
    }
    Ok(())
}

/// Whether the account is looked through now: it is small, and nobody else of it waits to be erased. Of many who are erased
/// one after another the last is looked for at once, and those before together.
async fn is_swept_at_once(job: &Job<'_>) -> Result<bool> {
    let (database, account) = (&job.installation.database, job.claim.account);
    Ok(!erasure_log::is_any_waiting(database, account).await?
        && store_sweep::is_small(database, &job.installation.catalog, &job.erasure, SMALL).await?)
}

/// Looks for all who were erased before and not looked for, because others waited. The erasure has ended; those whom this
/// does not look for, the next sweep does.
async fn sweep_those_before(installation: &Installation, claim: &Claim) {
    if let Err(error) = due::sweep_unswept(installation, claim.account).await {
        tracing::warn!(account = %claim.account, code = error.code().as_str(), %error, "an account was not looked through after erasures");
    }
}

/// Looks at every address of the account at once, where the sweep has found the person's: written again meanwhile, or in
/// a form that is not the normal one, which no step finds. The erasure has ended; what this leaves, the next sweep finds.
async fn look_again(installation: &Installation, claim: &Claim) {
    if let Err(error) = keep_away(installation, Some(claim.account), Look::Everything).await {
        tracing::warn!(erasure = %claim.id, code = error.code().as_str(), %error, "what an erasure left was not looked at again");
    }
}

async fn load<'a>(installation: &'a Installation, claim: &'a Claim) -> Result<Job<'a>> {
    let viewer = viewer_of(installation, claim).await?;
    let row = read(installation, &viewer, claim.id).await?;
    let catalog = &installation.catalog;
    let changed =
        row.policy_hash != catalog.policy_hash || row.schema_fingerprint != catalog.schema_fingerprint;
    // Once the fence stands, the steps of today are run: fewer would leave somebody half erased.
    if changed && row.state == "confirmed" {
        return Err(Refusal::new(
            Code::PlanChanged,
            "the policy or the schema has changed since the plan was made",
        )
        .into());
    }
    let person = open(installation, claim).await?;
    let erasure = permitted(catalog, &viewer, person.subject())?;
    Ok(Job {
        installation,
        claim,
        row,
        person,
        erasure,
    })
}

/// The one who asked, with the rights of now. After the fence the promise is kept whoever loses which right.
pub(super) async fn viewer_of(installation: &Installation, claim: &Claim) -> Result<Viewer> {
    let columns = [("principal", Kind::Json), ("state", Kind::Text)];
    let row = queue::read(
        &installation.database,
        Queue::Erasures,
        claim.account,
        claim.id,
        &columns,
    )
    .await?;
    let broken = || Fault::Invariant("an erasure's row cannot be read".into());
    let Some([Cell::Json(principal), Cell::Text(state)]) = row.as_deref() else {
        return Err(broken().into());
    };
    let principal: Principal = serde_json::from_value((**principal).clone()).map_err(|_| broken())?;
    if state != "confirmed" {
        return Ok(Viewer::at_the_machine(
            &installation.catalog,
            principal.id(),
            claim.account,
        ));
    }
    let viewer = viewer_again(
        &installation.database,
        &installation.catalog,
        principal,
        claim.account,
        installation.clock,
    )
    .await?;
    Ok(viewer
        .ok_or_else(|| Refusal::new(Code::Forbidden, "who asked for the erasure may no longer come in"))?)
}

/// Erases whoever has the address by now: a platform may write the person anew while the erasure runs. What is written
/// after that is looked for as long as the fence stands (`past`). False: another worker has the erasure.
async fn erase_whoever_has_the_address(job: &Job<'_>) -> Result<bool> {
    let (installation, account) = (job.installation, job.claim.account);
    let viewer = Viewer::at_the_machine(&installation.catalog, Uuid::nil(), account);
    for _ in 0..AGAIN {
        let address = job.person.normalized.as_str();
        let Some(subscriber) = identity::subscriber(&installation.database, account, address).await? else {
            break;
        };
        let subject = Subject {
            subscriber,
            address: address.to_owned(),
        };
        let erasure = permitted(&installation.catalog, &viewer, subject)?;
        // Who is held stays, and the sweep says so.
        if refuse_held(installation, &erasure).await.is_err() {
            break;
        }
        let steps = Steps {
            installation,
            account,
            erasure: &erasure,
            token: &job.token(),
            purpose: Purpose::Run(job.claim),
        };
        if steps.all().await?.is_none() {
            return Ok(false);
        }
    }
    Ok(true)
}
