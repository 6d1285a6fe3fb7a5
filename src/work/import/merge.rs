//! What wins when a file and the store, or two rows of a file, say different things of one person.
//!
//! The rules, of which each makes that reading the same file again changes nothing:
//! - A person is one normalised address. An address that is new, under an id that the other platform gave to somebody
//!   we have, is that person's new address.
//! - The first row of a run that names a person may overwrite; later rows of the run only fill in what is missing.
//!   Tags are only ever added.
//! - Of two statuses the more restrictive one wins. An import never takes anybody back who left, came back as
//!   undeliverable or complained, and confirms nobody: a pending or never asked person becomes subscribed only by an
//!   opt-in that the file proves and that is later than the status.
//! - A new person whose status the file does not state was never asked: non-subscribed, because pending would
//!   promise a confirmation mail that nobody sends.
//! - Who is suppressed or objects to being mailed is never subscribed. Who was erased, or whose data may be kept and not
//!   used, is not written at all.
//!
//! Pure. Must not know the store.

use entities::value::{ProfileStatus, SubscriberStatus};
use sea_orm::ActiveEnum;
use serde_json::{Value as Json, json};
use uuid::Uuid;

use super::history::{self, Member};
use super::record::Incoming;
use super::state::{Known, Record, Value, profile, subscriber};
use super::status::{
    at, capped, ceiling, merged_status, person_rank, person_status, set_status, since, status_of,
};
use crate::cell::Cell;
use crate::clock::Instant;

/// What the rows of one list of the file go to.
#[derive(Clone, Debug)]
pub struct Target {
    /// The list.
    pub list: Uuid,
    /// Its fields, in the order of the file's.
    pub fields: Vec<Uuid>,
}

/// What holds for the whole run.
pub struct Run<'a> {
    /// Where the rows come from.
    pub source: &'a str,
    /// The time of the run.
    pub now: Instant,
    /// Makes ids.
    pub new_id: &'a dyn Fn() -> Uuid,
}

/// How a row stands among the others of its run.
#[derive(Clone, Copy, Debug)]
pub struct Turn {
    /// The first row about this person.
    pub person: bool,
    /// The first row about this person on this list.
    pub member: bool,
    /// The first row with this external id.
    pub external_id: bool,
}

/// What becomes of a row.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Outcome {
    /// Somebody new, or somebody known who is new on the list.
    Added,
    /// Something about somebody known.
    Changed,
    /// Nothing that was not known.
    Unchanged,
    /// Somebody who must not be mailed, and is not subscribed.
    Suppressed,
    /// Somebody who was erased, and is not written.
    Erased,
    /// Somebody whose data may be kept and not used, and who stays as they are.
    Restricted,
}

/// What a row did, beyond its outcome.
#[derive(Clone, Copy, Debug, Default)]
pub struct Remarks {
    /// The file calls somebody subscribed who stays as restricted as before.
    pub is_held: bool,
    /// Somebody new came without a status.
    pub has_no_status: bool,
}

/// Why somebody who objects is not subscribed.
const OBJECTED: &str = "unsubscribed";

/// Takes one row over.
pub fn take(
    known: &mut Known,
    run: &Run<'_>,
    target: &Target,
    row: &Incoming,
    turn: Turn,
) -> (Outcome, Remarks) {
    let mut remarks = Remarks::default();
    if let Some(outcome) = kept_out(known, row, turn) {
        return (outcome, remarks);
    }
    let suppressed = known.suppressed.get(&row.address.normalized).cloned();
    let (person, mut changed) = take_person(known, run, row, turn);
    let subscriber_id = known.subscribers[person].id();
    let person_status = known.subscribers[person]
        .text(subscriber::STATUS)
        .unwrap_or_default()
        .to_owned();
    let found = known.by_member.get(&(subscriber_id, target.list)).copied();
    let objects = suppressed.is_none() && known.objecting.contains(&subscriber_id);
    let waits = found.is_some_and(|place| status_of(&known.profiles[place]) == ProfileStatus::PendingConfirm);
    let (suppressed, ceiling) = match objects {
        // Who has asked to come back waits for the own word, which no file is.
        true if waits => (Some(OBJECTED.to_owned()), Some(ProfileStatus::PendingConfirm)),
        true => {
            let ceiling = ceiling(Some(OBJECTED), &person_status);
            (Some(OBJECTED.to_owned()), ceiling)
        }
        false => {
            let ceiling = ceiling(suppressed.as_deref(), &person_status);
            (suppressed, ceiling)
        }
    };
    let place = found.unwrap_or_else(|| {
        remarks.has_no_status = row.status.is_none();
        known.add_profile(new_profile(run, target.list, subscriber_id, row, ceiling))
    });
    let record = &mut known.profiles[place];
    if found.is_some() {
        let status = merged_status(record, row, run.now, turn.member, ceiling);
        changed |= set_status(record, status, row, run.now);
    }
    remarks.is_held =
        row.status == Some(ProfileStatus::Subscribed) && status_of(record) != ProfileStatus::Subscribed;
    let proofs = take_proofs(record, row, turn.member);
    changed |= proofs | take_tags(record, row);
    let profile_id = record.id();
    if found.is_none() || proofs {
        let member = Member {
            subscriber: subscriber_id,
            list: target.list,
            profile: profile_id,
        };
        history::push(known, run, member, row);
    }
    changed |= take_values(known, run, target, profile_id, row, turn.member);
    let outcome = match (suppressed, found) {
        (Some(_), _) => Outcome::Suppressed,
        (None, None) => Outcome::Added,
        (None, Some(_)) if changed => Outcome::Changed,
        (None, Some(_)) => Outcome::Unchanged,
    };
    (outcome, remarks)
}

/// What keeps a row from being written at all, if anything does.
pub fn kept_out(known: &Known, row: &Incoming, turn: Turn) -> Option<Outcome> {
    if known.erased.contains(&row.address.normalized) {
        return Some(Outcome::Erased);
    }
    let person = known_person(known, row, turn)?;
    let id = known.subscribers[person].id();
    known.restricted.contains(&id).then_some(Outcome::Restricted)
}

/// The place of the person whom a row is about, by address or else by id.
fn known_person(known: &Known, row: &Incoming, turn: Turn) -> Option<usize> {
    let external_id = row.external_id.as_deref().filter(|_| turn.external_id);
    let by_address = known.by_address.get(&row.address.normalized).copied();
    by_address.or_else(|| known.by_external_id.get(external_id?).copied())
}

/// Finds or makes the person; gives the place and whether anything changed.
fn take_person(known: &mut Known, run: &Run<'_>, row: &Incoming, turn: Turn) -> (usize, bool) {
    let external_id = row.external_id.as_deref().filter(|_| turn.external_id);
    let by_address = known.by_address.get(&row.address.normalized).copied();
    let Some(place) = known_person(known, row, turn) else {
        let free = external_id.filter(|id| !known.by_external_id.contains_key(*id));
        return (
            known.add_subscriber(new_subscriber(run, row, free), run.source),
            true,
        );
    };
    let is_free = external_id.is_some_and(|id| !known.by_external_id.contains_key(id));
    let record = &mut known.subscribers[place];
    let mut changed = false;
    if by_address.is_none() {
        let before = record.text(subscriber::NORMALIZED).unwrap_or_default().to_owned();
        record.set(subscriber::EMAIL, row.address.original.clone().into());
        changed |= record.set(subscriber::NORMALIZED, row.address.normalized.clone().into());
        known.moved.insert(record.id());
        known.by_address.remove(&before);
        known.by_address.insert(row.address.normalized.clone(), place);
    }
    let record = &mut known.subscribers[place];
    for (column, detail) in subscriber::DETAILS.zip(details(row)) {
        changed |= record.put(column, detail.clone().into(), turn.person);
    }
    if let Some(status) = row.person
        && person_rank(status) > person_rank(person_status(record))
    {
        changed |= record.set(subscriber::STATUS, status.to_value().into());
    }
    if is_free
        && record.cells[subscriber::SOURCE].is_null()
        && record.cells[subscriber::EXTERNAL_ID].is_null()
    {
        changed |= record.set(subscriber::SOURCE, run.source.into());
        changed |= record.set(subscriber::EXTERNAL_ID, external_id.into());
        known
            .by_external_id
            .insert(external_id.unwrap_or_default().to_owned(), place);
    }
    (place, changed)
}

fn new_subscriber(run: &Run<'_>, row: &Incoming, external_id: Option<&str>) -> Record {
    let mut cells: Vec<Cell> = vec![
        (run.new_id)().into(),
        row.address.original.clone().into(),
        row.address.normalized.clone().into(),
        row.person.unwrap_or(SubscriberStatus::Active).to_value().into(),
    ];
    cells.extend(details(row).map(|detail| Cell::from(detail.clone())));
    cells.extend([
        run.source.into(),
        external_id.into(),
        began(row, run.now).into(),
        run.now.into(),
    ]);
    Record::new(cells)
}

fn details(row: &Incoming) -> [&Option<String>; 7] {
    [
        &row.first_name,
        &row.last_name,
        &row.phone,
        &row.language,
        &row.timezone,
        &row.country,
        &row.city,
    ]
}

fn new_profile(
    run: &Run<'_>,
    list: Uuid,
    subscriber: Uuid,
    row: &Incoming,
    ceiling: Option<ProfileStatus>,
) -> Record {
    let stated = row.status.unwrap_or(ProfileStatus::NonSubscribed);
    let status = capped(stated, ceiling);
    let since = if status == stated {
        since(row, status, run.now)
    } else {
        run.now
    };
    let mut cells: Vec<Cell> = vec![
        (run.new_id)().into(),
        subscriber.into(),
        list.into(),
        status.to_value().into(),
        since.into(),
    ];
    cells.extend(std::iter::repeat_n(Cell::Null, profile::PROOFS.len() + 1));
    cells.extend([
        run.source.into(),
        Cell::Null,
        began(row, run.now).into(),
        run.now.into(),
    ]);
    Record::new(cells)
}

/// When the row says that it began, never later than now.
fn began(row: &Incoming, now: Instant) -> Instant {
    at(&row.created_at)
        .or(at(&row.opted_in_at))
        .unwrap_or(now)
        .min(now)
}

fn take_proofs(record: &mut Record, row: &Incoming, is_first: bool) -> bool {
    let proofs: [Cell; 6] = [
        at(&row.opted_in_at).into(),
        row.opt_in_ip.clone().into(),
        at(&row.confirmed_at).into(),
        row.confirm_ip.clone().into(),
        at(&row.opted_out_at).into(),
        row.opt_out_reason.clone().into(),
    ];
    let mut changed = false;
    for (place, proof) in profile::PROOFS.zip(proofs) {
        changed |= record.put(place, proof, is_first);
    }
    changed
}

/// Adds the tags that are missing, behind those that are there.
fn take_tags(record: &mut Record, row: &Incoming) -> bool {
    let mut tags = match &record.cells[profile::TAGS] {
        Cell::Json(tags) => tags.as_array().cloned().unwrap_or_default(),
        _ => Vec::new(),
    };
    let before = tags.len();
    for tag in &row.tags {
        if !tags.iter().any(|known| known.as_str() == Some(tag)) {
            tags.push(json!(tag));
        }
    }
    tags.len() > before && record.set(profile::TAGS, Json::Array(tags).into())
}

fn take_values(
    known: &mut Known,
    run: &Run<'_>,
    target: &Target,
    profile: Uuid,
    row: &Incoming,
    is_first: bool,
) -> bool {
    let mut changed = false;
    let mut rest = row.values.as_slice();
    while let Some((field, _)) = rest.first() {
        // Several values of one field stand one behind the other.
        let (same, others) = rest.split_at(rest.iter().take_while(|(other, _)| other == field).count());
        rest = others;
        let Some(field) = target.fields.get(*field) else {
            continue;
        };
        let stated: Vec<&str> = same.iter().map(|(_, text)| text.as_str()).collect();
        let there = known.values.entry((profile, *field)).or_default();
        if !there.is_empty()
            && (!is_first
                || there
                    .iter()
                    .map(|value| value.text.as_str())
                    .eq(stated.iter().copied()))
        {
            continue;
        }
        changed = true;
        for gone in there.drain(stated.len().min(there.len())..) {
            if !gone.is_new {
                known.gone_values.push(gone.id);
            }
        }
        for (place, text) in stated.into_iter().enumerate() {
            match there.get_mut(place) {
                Some(value) if value.text == text => {}
                Some(value) => {
                    text.clone_into(&mut value.text);
                    value.is_changed = true;
                }
                None => there.push(Value {
                    id: (run.new_id)(),
                    ordinal: there.last().map_or(0, |last| last.ordinal + 1),
                    text: text.to_owned(),
                    is_new: true,
                    is_changed: true,
                }),
            }
        }
    }
    changed
}

#[cfg(test)]
#[path = "merge_tests.rs"]
mod tests;
