//! Whatever a file holds: reading it again changes nothing, and nobody is taken back who left.

use std::collections::HashSet;
use std::sync::Arc;

use chrono::DateTime;
use entities::value::{ProfileStatus, SubscriberStatus};
use proptest::collection::vec;
use proptest::option;
use proptest::prelude::*;
use uuid::Uuid;

use super::super::status::rank;
use super::*;
use crate::address::Address;
use crate::work::import::record::Moment;

const STATUSES: [ProfileStatus; 7] = [
    ProfileStatus::Subscribed,
    ProfileStatus::PendingConfirm,
    ProfileStatus::NonSubscribed,
    ProfileStatus::Disabled,
    ProfileStatus::Unsubscribed,
    ProfileStatus::Cleaned,
    ProfileStatus::Complained,
];

fn target() -> Target {
    Target {
        list: Uuid::from_u128(1),
        fields: vec![Uuid::from_u128(2), Uuid::from_u128(3)],
    }
}

fn at_second(second: i64) -> Instant {
    DateTime::from_timestamp(1_700_000_000 + second, 0).unwrap()
}

fn moment(second: i64) -> Moment {
    Moment {
        at: Some(at_second(second)),
        raw: second.to_string(),
    }
}

prop_compose! {
    fn row()(
        address in 0..4_u8,
        status in option::of(0..STATUSES.len()),
        is_blocked in any::<bool>(),
        external_id in option::of(0..4_u8),
        first_name in option::of("[ab]"),
        times in vec(option::of(0..100_i64), 5),
        tags in vec("[xy]", 0..3),
        values in vec((0..2_usize, "[pq]"), 0..4),
    ) -> Incoming {
        let address = Address::parse(&format!("p{address}@example.test")).unwrap();
        let mut row = Incoming::new(Arc::from("f.csv"), 1, address);
        row.status = status.map(|place| STATUSES[place]);
        row.person = is_blocked.then_some(SubscriberStatus::Blocklisted);
        row.external_id = external_id.map(|id| id.to_string());
        row.first_name = first_name;
        let mut times = times.into_iter().map(|second| second.map(moment));
        row.opted_in_at = times.next().flatten();
        row.confirmed_at = times.next().flatten();
        row.opted_out_at = times.next().flatten();
        row.status_changed_at = times.next().flatten();
        row.created_at = times.next().flatten();
        row.tags = tags;
        row.values = values;
        row.values.sort_by_key(|(field, _)| *field);
        row
    }
}

/// Takes the rows over as one run; gives what became of each.
fn run(known: &mut Known, rows: &[Incoming], second: i64) -> Vec<Outcome> {
    let counter = std::cell::Cell::new(u128::try_from(second).unwrap() * 1_000_000);
    let new_id = || {
        counter.set(counter.get() + 1);
        Uuid::from_u128(counter.get())
    };
    let run = Run {
        source: "shop",
        now: at_second(second),
        new_id: &new_id,
    };
    let (mut people, mut ids) = (HashSet::new(), HashSet::new());
    rows.iter()
        .map(|row| {
            let person = people.insert(row.address.normalized.clone());
            let external_id = row.external_id.clone().is_some_and(|id| ids.insert(id));
            take(
                known,
                &run,
                &target(),
                row,
                Turn {
                    person,
                    member: person,
                    external_id,
                },
            )
            .0
        })
        .collect()
}

/// As the store would give it to the next run.
fn stored(mut known: Known) -> Known {
    let all = known.subscribers.iter_mut().chain(&mut known.profiles);
    for record in all {
        (record.is_new, record.is_changed) = (false, false);
    }
    for value in known.values.values_mut().flatten() {
        (value.is_new, value.is_changed) = (false, false);
    }
    known.consents.clear();
    known.unsubscribes.clear();
    known.gone_values.clear();
    known
}

fn statuses(known: &Known) -> Vec<ProfileStatus> {
    known.profiles.iter().map(status_of).collect()
}

proptest! {
    #[test]
    fn the_same_rows_again_change_nothing(rows in vec(row(), 1..12), is_suppressed in any::<bool>()) {
        let mut known = Known::default();
        if is_suppressed {
            known.suppressed.insert("p1@example.test".to_owned(), "hard_bounce".to_owned());
        }
        run(&mut known, &rows, 1_000);
        let first = stored(known);
        let mut again = first.clone();
        let outcomes = run(&mut again, &rows, 2_000);
        prop_assert!(!outcomes.iter().any(|outcome| matches!(outcome, Outcome::Added | Outcome::Changed)), "{outcomes:?}");
        prop_assert!(!again.subscribers.iter().chain(&again.profiles).any(|record| record.is_changed));
        prop_assert!(again.consents.is_empty() && again.unsubscribes.is_empty() && again.gone_values.is_empty());
    }

    #[test]
    fn nobody_who_left_is_taken_back(before in vec(row(), 1..8), rows in vec(row(), 1..8)) {
        let mut known = Known::default();
        run(&mut known, &before, 1_000);
        let first = statuses(&known);
        let mut known = stored(known);
        run(&mut known, &rows, 2_000);
        for (one, other) in first.into_iter().zip(statuses(&known)) {
            let has_left =
                matches!(one, ProfileStatus::Unsubscribed | ProfileStatus::Cleaned | ProfileStatus::Complained);
            prop_assert!(!has_left || rank(other) >= rank(one), "{one:?} became {other:?}");
        }
    }

    #[test]
    fn the_suppressed_are_never_subscribed_and_the_erased_never_written(rows in vec(row(), 1..12)) {
        let mut known = Known::default();
        known.suppressed.insert("p1@example.test".to_owned(), "manual".to_owned());
        known.erased.insert("p2@example.test".to_owned());
        run(&mut known, &rows, 1_000);
        prop_assert!(!known.by_address.contains_key("p2@example.test"));
        let Some(place) = known.by_address.get("p1@example.test") else { return Ok(()) };
        let person = known.subscribers[*place].id();
        let profile = &known.profiles[known.by_member[&(person, target().list)]];
        prop_assert!(rank(status_of(profile)) >= rank(ProfileStatus::Unsubscribed));
    }
}

#[test]
fn an_opt_in_that_the_file_proves_ends_waiting_and_one_it_does_not_prove_does_not() {
    let cases = [
        (
            ProfileStatus::PendingConfirm,
            None,
            Some(500),
            ProfileStatus::Subscribed,
        ),
        (
            ProfileStatus::PendingConfirm,
            Some(500),
            None,
            ProfileStatus::PendingConfirm,
        ),
        (
            ProfileStatus::NonSubscribed,
            Some(500),
            None,
            ProfileStatus::Subscribed,
        ),
        (
            ProfileStatus::NonSubscribed,
            Some(50),
            None,
            ProfileStatus::NonSubscribed,
        ),
        (
            ProfileStatus::NonSubscribed,
            None,
            None,
            ProfileStatus::NonSubscribed,
        ),
        (
            ProfileStatus::PendingApproval,
            Some(500),
            Some(500),
            ProfileStatus::PendingApproval,
        ),
        (
            ProfileStatus::Unsubscribed,
            Some(500),
            Some(500),
            ProfileStatus::Unsubscribed,
        ),
    ];
    for (before, opted_in, confirmed, after) in cases {
        let mut row = Incoming::new(Arc::from("f.csv"), 1, Address::parse("a@example.test").unwrap());
        row.status = Some(before);
        row.status_changed_at = Some(moment(100));
        let mut known = Known::default();
        run(&mut known, std::slice::from_ref(&row), 200);
        row.status = Some(ProfileStatus::Subscribed);
        row.status_changed_at = None;
        row.opted_in_at = opted_in.map(moment);
        row.confirmed_at = confirmed.map(moment);
        run(&mut known, &[row], 1_000);
        assert_eq!(statuses(&known), [after], "{before:?} {opted_in:?} {confirmed:?}");
    }
}

#[test]
fn who_objects_is_not_subscribed_under_another_address_and_waits_where_the_own_word_is_awaited() {
    for (before, after) in [
        (None, ProfileStatus::Unsubscribed),
        (Some(ProfileStatus::Subscribed), ProfileStatus::Unsubscribed),
        (Some(ProfileStatus::PendingConfirm), ProfileStatus::PendingConfirm),
    ] {
        let mut row = Incoming::new(Arc::from("f.csv"), 1, Address::parse("a@example.test").unwrap());
        row.external_id = Some("7".to_owned());
        row.status = before;
        let mut known = Known::default();
        run(&mut known, std::slice::from_ref(&row), 200);
        let mut known = stored(known);
        if before.is_none() {
            known.profiles.clear();
            known.by_member.clear();
        }
        known.objecting.insert(known.subscribers[0].id());
        row.address = Address::parse("b@example.test").unwrap();
        row.status = Some(ProfileStatus::Subscribed);
        row.opted_in_at = Some(moment(500));
        row.confirmed_at = Some(moment(500));
        let outcomes = run(&mut known, &[row], 1_000);
        assert_eq!(outcomes, [Outcome::Suppressed], "{before:?}");
        assert_eq!(statuses(&known), [after], "{before:?}");
        assert_eq!(
            known.subscribers[0].text(subscriber::NORMALIZED),
            Some("b@example.test")
        );
    }
}
