//! Which status wins (the rules stand in `merge`). Pure.

use entities::value::{ProfileStatus, SubscriberStatus};
use sea_orm::ActiveEnum;

use super::record::{Incoming, Moment};
use super::state::{Record, profile, subscriber};
use crate::clock::Instant;

/// Since when the row says that its status holds, never later than now.
pub(super) fn since(row: &Incoming, status: ProfileStatus, now: Instant) -> Instant {
    let event = match status {
        ProfileStatus::Unsubscribed => at(&row.opted_out_at),
        ProfileStatus::Subscribed => at(&row.confirmed_at).or(at(&row.opted_in_at)),
        _ => None,
    };
    at(&row.status_changed_at).or(event).unwrap_or(now).min(now)
}

pub(super) fn at(moment: &Option<Moment>) -> Option<Instant> {
    moment.as_ref().and_then(|moment| moment.at)
}

/// The status under which the person is kept at least, whatever a file says.
pub(super) fn ceiling(suppressed: Option<&str>, person: &str) -> Option<ProfileStatus> {
    match (suppressed, person) {
        (Some("complaint"), _) => Some(ProfileStatus::Complained),
        (Some("hard_bounce" | "invalid_email"), _) => Some(ProfileStatus::Cleaned),
        (Some(_), _) | (None, "blocklisted") => Some(ProfileStatus::Unsubscribed),
        (None, "disabled") => Some(ProfileStatus::Disabled),
        (None, _) => None,
    }
}

pub(super) fn capped(status: ProfileStatus, ceiling: Option<ProfileStatus>) -> ProfileStatus {
    match ceiling {
        Some(ceiling) if rank(ceiling) > rank(status) => ceiling,
        _ => status,
    }
}

/// How much a status restricts.
pub(super) fn rank(status: ProfileStatus) -> u8 {
    match status {
        ProfileStatus::Subscribed => 0,
        ProfileStatus::PendingConfirm => 1,
        ProfileStatus::PendingApproval => 2,
        ProfileStatus::NonSubscribed => 3,
        ProfileStatus::Moved => 4,
        ProfileStatus::Disabled => 5,
        ProfileStatus::Unsubscribed => 6,
        ProfileStatus::Cleaned => 7,
        ProfileStatus::Complained => 8,
    }
}

pub(super) fn person_rank(status: SubscriberStatus) -> u8 {
    match status {
        SubscriberStatus::Active => 0,
        SubscriberStatus::Disabled => 1,
        SubscriberStatus::Blocklisted => 2,
    }
}

/// A word that we do not know, from a newer program, is left as it is by restricting most.
pub(super) fn status_of(record: &Record) -> ProfileStatus {
    let word = record.text(profile::STATUS).unwrap_or_default().to_owned();
    ProfileStatus::try_from_value(&word).unwrap_or(ProfileStatus::Complained)
}

pub(super) fn person_status(record: &Record) -> SubscriberStatus {
    let word = record.text(subscriber::STATUS).unwrap_or_default().to_owned();
    SubscriberStatus::try_from_value(&word).unwrap_or(SubscriberStatus::Blocklisted)
}

pub(super) fn merged_status(
    record: &Record,
    row: &Incoming,
    now: Instant,
    is_first: bool,
    ceiling: Option<ProfileStatus>,
) -> ProfileStatus {
    let before = status_of(record);
    let status = match row.status {
        Some(status) if rank(status) > rank(before) => status,
        Some(ProfileStatus::Subscribed) if is_first && is_proved(record, before, row, now) => {
            ProfileStatus::Subscribed
        }
        _ => before,
    };
    capped(status, ceiling)
}

/// Whether the row proves that somebody who was pending or never asked has agreed since.
fn is_proved(record: &Record, before: ProfileStatus, row: &Incoming, now: Instant) -> bool {
    let proof = match before {
        ProfileStatus::PendingConfirm => at(&row.confirmed_at),
        ProfileStatus::NonSubscribed => at(&row.confirmed_at).max(at(&row.opted_in_at)),
        _ => None,
    };
    let since = record.instant(profile::STATUS_CHANGED_AT).unwrap_or(now);
    proof.is_some_and(|proof| proof > since && proof <= now)
}

pub(super) fn set_status(record: &mut Record, status: ProfileStatus, row: &Incoming, now: Instant) -> bool {
    if !record.set(profile::STATUS, status.to_value().into()) {
        return false;
    }
    let mut since = if row.status == Some(status) {
        since(row, status, now)
    } else {
        now
    };
    if status != ProfileStatus::Subscribed {
        // Not before the opt-in that it ends, or the same opt-in would prove itself later at the next reading.
        let proofs = [profile::OPTED_IN_AT, profile::CONFIRMED_AT].map(|place| record.instant(place));
        since = proofs.into_iter().flatten().fold(since, Instant::max).min(now);
    }
    record.set(profile::STATUS_CHANGED_AT, since.into());
    true
}
