//! Whether the made-up data has the shape of real data (`domain.md` 6.2 and 6.3), without a store.

use std::collections::{HashMap, HashSet};

use chrono::{DateTime, Datelike, Timelike};
use uuid::Uuid;

use super::accounts;
use super::person;
use super::tables::{Rows, Tables};
use super::world::World;
use crate::address::Address;
use crate::cell::Cell;
use crate::clock::Instant;

const SUBSCRIBERS: u64 = 10_000;

fn now() -> Instant {
    DateTime::from_timestamp(1_772_000_000, 0).unwrap()
}

/// Everybody of every account: the tables by account.
fn people(seed: u64, subscribers: u64) -> (World, Vec<Tables>) {
    let world = World::new(seed, subscribers, now());
    let of = |account: usize| {
        let mut tables = Tables::default();
        for number in 0..world.accounts[account].subscribers {
            person::add(&world, &world.accounts[account], number, &mut tables);
        }
        tables
    };
    let tables = (0..world.accounts.len()).map(of).collect();
    (world, tables)
}

fn column<'a>(rows: &'a Rows, name: &str) -> impl Iterator<Item = &'a Cell> {
    let place = rows
        .columns
        .iter()
        .position(|column| *column == name)
        .expect("the table has the column");
    rows.rows.iter().map(move |row| &row[place])
}

fn texts<'a>(rows: &'a Rows, name: &str) -> Vec<&'a str> {
    column(rows, name).filter_map(Cell::as_text).collect()
}

fn ids(rows: &Rows, name: &str) -> Vec<Uuid> {
    column(rows, name).filter_map(Cell::as_uuid).collect()
}

/// Fails unless a share lies between two bounds.
fn assert_share(what: &str, part: usize, whole: usize, low: f64, high: f64) {
    let share = part as f64 / whole as f64;
    assert!(
        (low..=high).contains(&share),
        "{what}: {share:.4} is not in {low} to {high}"
    );
}

#[test]
fn shares_are_those_of_real_data() {
    let (_, all) = people(7, SUBSCRIBERS);
    let sum = |count: &dyn Fn(&Tables) -> usize| all.iter().map(count).sum::<usize>();
    let subscribers = sum(&|tables| tables.subscribers.rows.len());
    let profiles = sum(&|tables| tables.profiles.rows.len());
    let deliveries = sum(&|tables| tables.deliveries.rows.len());
    assert_eq!(subscribers as u64, SUBSCRIBERS);
    assert_share("profiles of a subscriber", profiles, subscribers, 1.2, 1.6);
    let status = |word: &str| {
        sum(&|tables| {
            texts(&tables.profiles, "status")
                .iter()
                .filter(|s| **s == word)
                .count()
        })
    };
    assert_share("subscribed", status("subscribed"), profiles, 0.89, 0.94);
    assert_share("unsubscribed", status("unsubscribed"), profiles, 0.05, 0.09);
    assert_share("cleaned", status("cleaned"), profiles, 0.001, 0.006);
    assert_share(
        "never subscribed",
        status("non_subscribed"),
        profiles,
        0.007,
        0.015,
    );
    assert_share("deliveries of a profile", deliveries, profiles, 18.0, 24.0);
    let opened = sum(&|tables| {
        ids(&tables.opens, "delivery_id")
            .into_iter()
            .collect::<HashSet<_>>()
            .len()
    });
    let opens = sum(&|tables| tables.opens.rows.len());
    assert_share("deliveries opened", opened, deliveries, 0.205, 0.245);
    assert_share("opens of an opened delivery", opens, opened, 1.4, 1.6);
    let kinds = |rows: &Rows, kind: &str| texts(rows, "kind").iter().filter(|k| **k == kind).count();
    let clicks = sum(&|tables| kinds(&tables.clicks, "human"));
    assert_share("human clicks of opened deliveries", clicks, opened, 0.11, 0.15);
    let scanners = sum(&|tables| kinds(&tables.clicks, "bot"));
    assert_share("scanners' clicks of deliveries", scanners, deliveries, 0.1, 0.5);
    assert_share(
        "soft bounces",
        sum(&|tables| kinds(&tables.bounces, "soft")),
        deliveries,
        0.004,
        0.008,
    );
    assert_share(
        "hard bounces",
        sum(&|tables| kinds(&tables.bounces, "hard")),
        profiles,
        0.001,
        0.007,
    );
    let left = sum(&|tables| tables.unsubscribes.rows.len());
    assert_share("unsubscribes of deliveries", left, deliveries, 0.0018, 0.0032);
    assert_share(
        "consents of a profile",
        sum(&|tables| tables.consents.rows.len()),
        profiles,
        1.9,
        2.0,
    );
    assert_share(
        "values of a profile",
        sum(&|tables| tables.values.rows.len()),
        profiles,
        1.0,
        6.0,
    );
}

/// Of those who got all mails of one list, which is what the figures are about.
#[test]
fn a_tenth_of_the_people_make_two_fifths_of_the_opens() {
    let (_, all) = people(7, SUBSCRIBERS);
    let mut counts: Vec<usize> = Vec::new();
    for tables in &all {
        let mut mails: HashMap<Uuid, usize> = HashMap::new();
        ids(&tables.deliveries, "subscriber_id")
            .into_iter()
            .for_each(|person| *mails.entry(person).or_default() += 1);
        let mut opened: HashMap<Uuid, HashSet<Uuid>> = HashMap::new();
        let pairs = ids(&tables.opens, "subscriber_id")
            .into_iter()
            .zip(ids(&tables.opens, "delivery_id"));
        pairs.for_each(|(person, delivery)| {
            opened.entry(person).or_default().insert(delivery);
        });
        let whole_year = mails.into_iter().filter(|(_, count)| *count == 24);
        counts.extend(whole_year.map(|(person, _)| opened.get(&person).map_or(0, HashSet::len)));
    }
    counts.sort_unstable_by(|one, other| other.cmp(one));
    let total: usize = counts.iter().sum();
    let top = |share: usize| counts.iter().take(counts.len() / share).sum::<usize>();
    assert_share("opens by the top 10 %", top(10), total, 0.39, 0.45);
    assert_share("opens by the top 20 %", top(5), total, 0.69, 0.75);
    assert_share(
        "people who open at all",
        counts.iter().filter(|count| **count > 0).count(),
        counts.len(),
        0.46,
        0.56,
    );
}

#[test]
fn addresses_are_addresses_of_many_kinds_and_some_are_in_two_accounts() {
    let (_, all) = people(7, SUBSCRIBERS);
    let mut owned: Vec<HashSet<&str>> = Vec::new();
    let (mut plus, mut upper, mut other_domain, mut other_local, mut largest, mut count) = (0, 0, 0, 0, 0, 0);
    for tables in &all {
        let normalized = texts(&tables.subscribers, "email_normalized");
        for (original, normal) in texts(&tables.subscribers, "email").into_iter().zip(&normalized) {
            assert_eq!(
                Address::parse(original)
                    .map(|address| address.normalized)
                    .as_deref(),
                Ok(*normal)
            );
            let (local, domain) = normal.rsplit_once('@').expect("an address has one");
            count += 1;
            plus += usize::from(local.contains('+'));
            upper += usize::from(original.chars().any(char::is_uppercase));
            other_domain += usize::from(domain.starts_with("xn--"));
            other_local += usize::from(!local.is_ascii());
            largest += usize::from(domain == "mail.example");
        }
        let unique: HashSet<&str> = normalized.iter().copied().collect();
        assert_eq!(
            unique.len(),
            normalized.len(),
            "an address is one person in an account"
        );
        owned.push(unique);
    }
    assert_share("plus tags", plus, count, 0.02, 0.04);
    assert_share("capitals", upper, count, 0.01, 0.03);
    assert_share("domains beyond ASCII", other_domain, count, 0.002, 0.009);
    assert_share("local parts beyond ASCII", other_local, count, 0.0002, 0.003);
    assert_share("the largest provider", largest, count, 0.30, 0.40);
    let shared = owned[1].intersection(&owned[0]).count();
    assert_share(
        "Globex's addresses that Acme has, too",
        shared,
        owned[1].len(),
        0.10,
        0.15,
    );
}

#[test]
fn the_same_seed_makes_the_same_rows_and_another_seed_others() {
    let rows = |seed: u64| -> Vec<Vec<Vec<Cell>>> {
        let (world, tables) = people(seed, 500);
        let base = world
            .accounts
            .iter()
            .flat_map(|account| accounts::rows(&world, account));
        let people = tables.into_iter().flat_map(|mut tables| tables.drain());
        base.chain(people).map(|rows| rows.rows).collect()
    };
    assert_eq!(rows(3), rows(3));
    assert_ne!(rows(3), rows(4));
}

#[test]
fn a_person_is_the_same_whoever_was_made_before() {
    let world = World::new(3, 500, now());
    let one = |before: bool| {
        let mut tables = Tables::default();
        if before {
            person::add(&world, &world.accounts[0], 6, &mut tables);
            tables.drain();
        }
        person::add(&world, &world.accounts[0], 7, &mut tables);
        tables
            .drain()
            .into_iter()
            .map(|rows| rows.rows)
            .collect::<Vec<_>>()
    };
    assert_eq!(one(false), one(true));
}

#[test]
fn mail_goes_out_on_midweek_mornings_and_nothing_happens_later_than_now() {
    let (world, all) = people(7, 1_000);
    for campaign in world
        .accounts
        .iter()
        .flat_map(|account| &account.lists)
        .flat_map(|list| &list.campaigns)
    {
        assert!((2..=4).contains(&campaign.sent_at.weekday().number_from_monday()));
        assert!((9..11).contains(&campaign.sent_at.hour()));
    }
    for tables in all {
        let mut tables = tables;
        for rows in tables.drain() {
            let late = rows
                .rows
                .iter()
                .flatten()
                .filter_map(Cell::as_instant)
                .filter(|at| *at > now())
                .count();
            assert_eq!(late, 0, "{}", rows.table);
        }
    }
}

#[test]
fn the_largest_account_dwarfs_the_others_in_a_large_world() {
    let world = World::new(1, 1_000_000, now());
    let largest = world.accounts[0].subscribers as usize;
    assert_share(
        "the largest account",
        largest,
        world.subscribers() as usize,
        0.25,
        0.40,
    );
    assert!(
        world
            .accounts
            .iter()
            .any(|account| account.lists.iter().any(|list| list.fields.len() >= 40))
    );
}
