//! Repeating erasures in a database that was restored from a backup made before them: by the ledger, with the same
//! steps, proofs and receipts (ruling 32). Repeating one more than needed harms nobody.
//!
//! The ledger names nobody: a person is found by the id of then, or by comparing the keyed tokens of the account's
//! addresses. Must not know who asks for it, nor how it is shown.

mod account;
mod people;

use std::collections::HashMap;
use std::time::Duration;

use serde_json::{Value, json};
use uuid::Uuid;

use self::people::People;
use super::plan::{Sealed, document, hash, permitted};
use super::recipients;
use super::row::read;
use super::user;
use crate::access::viewer::Viewer;
use crate::cell::{Cell, Kind};
use crate::clock::Instant;
use crate::error::{Code, Fault, Refusal, Result};
use crate::fail_point::{FailPoint, reach};
use crate::store::audit::{self, AuditEvent};
use crate::store::erasure_recipient::Whose;
use crate::store::fence::{self, FenceToken};
use crate::store::queue::{self, Added, Queue};
use crate::store::replay as store;
use crate::store::{erasure_log, generation, identity};
use crate::work::founding;
use crate::work::installation::Installation;
use crate::work::job::job_columns;
use crate::work::ledger::standing::{self, Outstanding, Standing};
use crate::work::ledger::{Entry, Who};
use crate::work::progress::Progress;
use crate::work::worker;

/// How long it waits before it looks again, when another process runs the erasure.
const PAUSE: Duration = Duration::from_millis(200);

/// States of an erasure that somebody has to go on with.
pub(super) const UNDER_WAY: [&str; 3] = ["fenced", "running", "verifying"];

/// States of an erasure that is begun anew.
pub(super) const OTHERS: [&str; 9] = [
    "planned",
    "confirmed",
    "paused",
    "done",
    "partial",
    "residue_found",
    "refused",
    "canceled",
    "expired",
];

/// What is to be repeated.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Wanted {
    /// Also what ended then or later, though the database knows it as finished.
    pub from: Option<Instant>,
    /// Only say what would be repeated.
    pub dry_run: bool,
    /// Also where the ledger no longer holds all that this database knows nothing of, or is not there.
    pub despite_gap: bool,
}

/// What became of one erasure.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Became {
    /// It would be repeated.
    Due,
    /// The person was there, and is gone.
    Repeated,
    /// Nobody was there; the fence stands.
    NobodyThere,
    /// The database knew it as finished, and nobody was there.
    KnownAlready,
    /// The account is not in this database.
    NoAccount,
    /// The person is still mentioned somewhere; the receipt says where.
    ResidueFound,
}

impl Became {
    /// The word for programs.
    pub fn word(self) -> &'static str {
        match self {
            Became::Due => "DUE",
            Became::Repeated => "REPEATED",
            Became::NobodyThere => "NOBODY_THERE",
            Became::KnownAlready => "KNOWN_ALREADY",
            Became::NoAccount => "NO_ACCOUNT",
            Became::ResidueFound => "RESIDUE_FOUND",
        }
    }
}

/// What a replay came to.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Replayed {
    /// How database and ledger stood before.
    pub standing: Standing,
    /// Each erasure that was looked at again, and what became of it.
    pub erasures: Vec<(Entry, Became)>,
}

/// Repeats what is outstanding, and then gives the database the generation of the ledger. Errors: `REPLAY_NEEDED` where
/// the ledger no longer holds all that is needed, or is not in this depot.
pub async fn replay(installation: &Installation, wanted: Wanted, watch: &dyn Progress) -> Result<Replayed> {
    let Installation { database, depot, .. } = installation;
    let standing = standing::look(database, depot).await?;
    if standing.is_missing && !wanted.dry_run {
        if !wanted.despite_gap {
            return Err(standing.missing().into());
        }
        standing::begin_anew(depot, &standing, installation.new_id()).await?;
    }
    let outstanding = standing::outstanding(database, depot, &standing, wanted.from).await?;
    let mut done = Replayed {
        standing,
        erasures: Vec::new(),
    };
    if wanted.dry_run {
        done.erasures = outstanding
            .into_iter()
            .map(|one| (one.entry, Became::Due))
            .collect();
        return Ok(done);
    }
    watch.total(outstanding.len() as u64);
    let operator = founding::platform(installation).await?.operator;
    let mut by_account: HashMap<Uuid, Vec<Outstanding>> = HashMap::new();
    for one in outstanding {
        by_account.entry(one.entry.account).or_default().push(one);
    }
    for (account, outstanding) in by_account {
        if identity::account(database, &account.to_string()).await?.is_none() {
            watch.add(outstanding.len() as u64);
            let gone = outstanding.into_iter().map(|one| (one.entry, Became::NoAccount));
            done.erasures.extend(gone);
            continue;
        }
        let viewer = Viewer::at_the_machine(&installation.catalog, operator, account);
        let people = People::look(installation, account, &outstanding).await?;
        // The account itself after its people: each of them has a receipt.
        let is_last = |one: &Outstanding| matches!(one.entry.who, Who::Account(_));
        let (whole, others): (Vec<_>, Vec<_>) = outstanding.into_iter().partition(is_last);
        for one in others.into_iter().chain(whole) {
            let became = match one.entry.who {
                Who::Account(_) => account::repeat(installation, &viewer, &one).await?,
                Who::User(_) => user::repeat(installation, &viewer, &one).await?,
                Who::Person(_) => repeat(installation, &viewer, &one, &people).await?,
            };
            watch.add(1);
            done.erasures.push((one.entry, became));
        }
    }
    reach(FailPoint::ReplayRun);
    if done.standing.has_gap() && !wanted.despite_gap {
        let message = format!(
            "the ledger holds no erasures up to generation {} any more, and this database is of generation {}: people \
             who were erased in between may be in it; restore a later backup, or take it with --despite-gap",
            done.standing.pruned, done.standing.generation
        );
        return Err(Refusal::new(Code::ReplayNeeded, message).into());
    }
    let (head, now) = (done.standing.head, installation.clock.now());
    database
        .write(async |transaction| generation::raise(transaction, head, now).await)
        .await?;
    reach(FailPoint::ReplayDone);
    let order = |(entry, _): &(Entry, Became)| (entry.generation, entry.finished_at, entry.erasure);
    done.erasures.sort_by_key(order);
    Ok(done)
}

/// Repeats one erasure; goes on with one that is under way.
async fn repeat(
    installation: &Installation,
    viewer: &Viewer,
    one: &Outstanding,
    people: &People,
) -> Result<Became> {
    let mut state = one.state.clone().unwrap_or_default();
    let was_under_way = UNDER_WAY.contains(&state.as_str());
    if was_under_way {
        state = run(installation, viewer, one.entry.erasure).await?;
    }
    let mut found = people.of(installation, one).await?;
    let was_there = was_under_way || !found.is_empty();
    if !was_there {
        // A fence names the row of its erasure; where that is past its clock, it is written anew with the fence.
        if one.is_known() && one.state.is_some() {
            fence_again(installation, &one.entry).await?;
            return Ok(Became::KnownAlready);
        }
        found.push(Sealed::absent(one.entry.who.id()));
    }
    for person in found {
        state = repeat_for(installation, viewer, &one.entry, &person).await?;
    }
    match (state.as_str(), was_there) {
        ("done" | "partial", true) => Ok(Became::Repeated),
        ("done" | "partial", false) => Ok(Became::NobodyThere),
        ("residue_found", _) => Ok(Became::ResidueFound),
        _ => Err(Fault::Invariant(format!("a repeated erasure ended as {state}")).into()),
    }
}

/// Repeats an erasure for one person. Where another process has begun it since this one has looked, goes on with that.
async fn repeat_for(
    installation: &Installation,
    viewer: &Viewer,
    entry: &Entry,
    person: &Sealed,
) -> Result<String> {
    loop {
        if let Some(subscriber) = under_way(installation, entry).await? {
            let state = run(installation, viewer, entry.erasure).await?;
            if subscriber == person.subscriber {
                return Ok(state);
            }
        } else if begin(installation, viewer, entry, person).await? {
            reach(FailPoint::ReplayBegun);
            return run(installation, viewer, entry.erasure).await;
        }
    }
}

/// Whom an erasure that is under way now is about; `None`: it is not.
async fn under_way(installation: &Installation, entry: &Entry) -> Result<Option<Uuid>> {
    let columns = [("state", Kind::Text), ("subscriber_id", Kind::Uuid)];
    let database = &installation.database;
    let row = queue::read(database, Queue::Erasures, entry.account, entry.erasure, &columns).await?;
    let is_under_way = |row: &Vec<Cell>| row[0].as_text().is_some_and(|state| UNDER_WAY.contains(&state));
    Ok(row
        .filter(is_under_way)
        .map(|row| row[1].as_uuid().unwrap_or_default()))
}

/// Runs an erasure here, or waits for the process that runs it; gives how it ended.
pub(super) async fn run(installation: &Installation, viewer: &Viewer, erasure: Uuid) -> Result<String> {
    loop {
        let job = (viewer.account, erasure);
        match queue::claim_this(&installation.database, Queue::Erasures, job, installation.terms()).await? {
            Some(claim) => worker::run(installation, &claim).await?,
            None => tokio::time::sleep(PAUSE).await,
        }
        let row = read(installation, viewer, erasure).await?;
        if !UNDER_WAY.contains(&row.state.as_str()) {
            return Ok(row.state);
        }
    }
}

/// The erasure's row as if it had been fenced now, the fence, and whom it is about, in one transaction: from then on it
/// is an erasure like any other. A row that the database has keeps who asked and when. False: another process has begun it.
async fn begin(installation: &Installation, viewer: &Viewer, entry: &Entry, person: &Sealed) -> Result<bool> {
    let (catalog, now) = (&installation.catalog, installation.clock.now());
    let erasure = permitted(catalog, viewer, person.subject())?;
    let known = receipts(installation, viewer, entry.erasure).await?;
    let mut plan = document(installation, &erasure, &entry.token).await?;
    plan["replay"] = json!({ "receipt": known + 1 });
    let rows = plan["steps"].as_array().into_iter().flatten();
    let rows: u64 = rows.filter_map(|step| step["rows"].as_u64()).sum();
    let text = serde_json::to_string(person).map_err(|error| Fault::Invariant(error.to_string()))?;
    let sealed = installation
        .keys
        .seal_subject(entry.account, entry.erasure, &text)?;
    let plan_hash = hash(&plan);
    let columns: Vec<(&str, Cell)> = vec![
        ("plan", plan.into()),
        ("plan_hash", plan_hash.into()),
        ("subject_token", entry.token.clone().into()),
        ("subject_sealed", sealed.into()),
        ("subscriber_id", person.subscriber.into()),
        ("policy_hash", catalog.policy_hash.as_str().into()),
        ("schema_fingerprint", catalog.schema_fingerprint.as_str().into()),
        ("state", "fenced".into()),
        ("step_number", 0_i64.into()),
        ("rows_planned", i64::try_from(rows).unwrap_or(i64::MAX).into()),
        ("rows_done", 0_i64.into()),
        ("fenced_at", now.into()),
        ("lease_until", Cell::Null),
        ("error_code", Cell::Null),
        ("second_receipt", Cell::Null),
        ("second_receipt_signature", Cell::Null),
        ("updated_at", now.into()),
    ];
    let token = fence_token(installation, entry);
    let event = AuditEvent::by(viewer, installation.new_id(), now, "erasure.replayed")
        .of("Erasure", entry.erasure)
        .rows(rows);
    installation
        .database
        .write(async |transaction| {
            fence::fence_lock(transaction, entry.account, true).await?;
            let (account, id) = (entry.account, entry.erasure);
            let touched = [("updated_at", now.into())];
            if queue::change_from(transaction, Queue::Erasures, account, id, &UNDER_WAY, &touched).await? {
                return Ok(false);
            }
            let is_there =
                queue::change_from(transaction, Queue::Erasures, account, id, &OTHERS, &columns).await?;
            if is_there {
                // A sweep that has it just now would end it as what it was.
                queue::take_away(transaction, Queue::Erasures, account, id).await?;
                erasure_log::forget(transaction, account, id).await?;
            } else {
                let row = new_row(viewer, entry, &columns, now);
                let asker = ("requested_by_id", viewer.principal.id());
                let added = queue::add(transaction, Queue::Erasures, account, asker, &row).await?;
                if added != Added::New {
                    return Err(
                        Fault::Invariant("an erasure to be repeated stands under another id".into()).into(),
                    );
                }
            }
            fence::raise(transaction, &token).await?;
            // Whom the data was given to is to be told again: an older database does not know who was.
            let whose = Whose::Person(person.subscriber);
            recipients::note(installation, transaction, (account, id), whose, now).await?;
            let subject = (account, person.subscriber);
            store::release(transaction, catalog, &erasure.plan().steps, subject, now).await?;
            fence::restart_exports(transaction, account, now).await?;
            audit::append(transaction, std::slice::from_ref(&event)).await?;
            Ok(true)
        })
        .await
}

/// The fence of the ledger.
fn fence_token(installation: &Installation, entry: &Entry) -> FenceToken {
    let (newest, _) = installation.keys.suppression_token(entry.account, "");
    FenceToken {
        id: installation.new_id(),
        account: entry.account,
        erasure: entry.erasure,
        token: entry.token.clone(),
        key_version: entry.key_version.unwrap_or(newest),
        at: entry.finished_at,
    }
}

/// The fence of an erasure that the database knows, where it is gone, as after a single table was restored.
async fn fence_again(installation: &Installation, entry: &Entry) -> Result<()> {
    let token = fence_token(installation, entry);
    installation
        .database
        .write(async |transaction| {
            fence::fence_lock(transaction, entry.account, true).await?;
            fence::raise(transaction, &token).await
        })
        .await
}

/// The row of an erasure that the database knows nothing of.
pub(super) fn new_row(
    viewer: &Viewer,
    entry: &Entry,
    columns: &[(&'static str, Cell)],
    now: Instant,
) -> Vec<(&'static str, Cell)> {
    let key = format!("replay-{}", entry.erasure);
    let input: Value = json!({ "replay": entry.erasure });
    let is_set = |name: &str| columns.iter().any(|(other, _)| *other == name);
    job_columns(viewer, entry.erasure, &key, &input, "fenced", now)
        .into_iter()
        .filter(|(name, _)| !is_set(name))
        .chain(columns.iter().cloned())
        .collect()
}

/// The highest number of a receipt that an erasure has had; two at least, as the database may know less than whom they
/// were given to.
pub(super) async fn receipts(installation: &Installation, viewer: &Viewer, erasure: Uuid) -> Result<u64> {
    let columns = [
        ("plan", Kind::Json),
        ("receipt", Kind::Json),
        ("second_receipt", Kind::Json),
    ];
    let row = queue::read(
        &installation.database,
        Queue::Erasures,
        viewer.account,
        erasure,
        &columns,
    )
    .await?;
    let numbers = row.iter().flatten().filter_map(|cell| match cell {
        Cell::Json(document) => document["replay"]["receipt"]
            .as_u64()
            .max(document["number"].as_u64()),
        _ => None,
    });
    Ok(numbers.max().unwrap_or(2).max(2))
}
