//! The buckets and breakdowns of campaigns: what a count over the events would give, and what it gave before they
//! went, whoever writes.

use std::collections::BTreeMap;

use chrono::{DateTime, DurationRound, TimeDelta};
use proptest::prelude::*;
use proptest::test_runner::{Config, TestRunner};
use uuid::Uuid;

use super::world::{World, catalog};
use crate::cell::{Cell, Kind};
use crate::clock::Instant;
use crate::store::testing::stores;

const CAMPAIGNS: usize = 2;
const DELIVERIES: usize = 6;
const COUNTRIES: [Option<&str>; 3] = [Some("FR"), Some("LI"), None];
const BROWSERS: [Option<&str>; 3] = [Some("Chrome"), Some("Łynx 🌱"), None];

/// When something happens: minutes around the beginning of a day before 1970 and one of today.
type Minute = i64;

fn instant(minute: Minute) -> Instant {
    let day = if minute % 2 == 0 { 1_767_225_600 } else { -86_400 };
    DateTime::from_timestamp(day + minute * 60, 0).unwrap()
}

/// An open or a click: of which delivery, when, from where and with what.
type Act = (Option<usize>, Minute, usize, usize);

/// One statement about deliveries; those with an even number are of the first campaign.
#[derive(Clone, Debug)]
enum Event {
    Open(Vec<Act>),
    Click(Vec<Act>),
    Bounce(Vec<Minute>),
    Complaint(Vec<Minute>),
    Unsubscribe(Vec<Minute>),
    /// All events are deleted, as an erasure does.
    Forget,
}

fn event() -> impl Strategy<Value = Event> {
    let minute = || -200..200_i64;
    let act = move || {
        (
            proptest::option::weighted(0.9, 0..DELIVERIES),
            minute(),
            0..COUNTRIES.len(),
            0..BROWSERS.len(),
        )
    };
    let acts = move || {
        proptest::collection::vec(act(), 1..7).prop_map(|mut acts| {
            // SQLite takes the first of several opens that is written, PostgreSQL the earliest.
            acts.sort_by_key(|(_, minute, ..)| instant(*minute));
            acts
        })
    };
    let minutes = move || proptest::collection::vec(minute(), 1..4);
    prop_oneof![
        3 => acts().prop_map(Event::Open),
        3 => acts().prop_map(Event::Click),
        1 => minutes().prop_map(Event::Bounce),
        1 => minutes().prop_map(Event::Complaint),
        1 => minutes().prop_map(Event::Unsubscribe),
        1 => Just(Event::Forget),
    ]
}

/// Counts in the order of the table's columns, by what they are about.
type Counts<const N: usize> = BTreeMap<(usize, String, String), [i64; N]>;

/// What the roll-ups have to be.
#[derive(Default)]
struct Expected {
    buckets: Counts<8>,
    values: Counts<4>,
    opens_of: [i64; DELIVERIES],
    clicks_of: [i64; DELIVERIES],
}

impl Expected {
    fn bucket(&mut self, campaign: usize, minute: Minute, place: usize, count: i64) {
        for (size, width) in [("hour", TimeDelta::hours(1)), ("day", TimeDelta::days(1))] {
            let begins = instant(minute).duration_trunc(width).unwrap();
            let key = (campaign, size.to_owned(), begins.to_rfc3339());
            self.buckets.entry(key).or_default()[place] += count;
        }
    }

    fn act(&mut self, act: &Act, is_click: bool) {
        let (delivery, minute, country, browser) = *act;
        let of = if is_click {
            &mut self.clicks_of
        } else {
            &mut self.opens_of
        };
        let is_first = delivery.is_some_and(|delivery| of[delivery] == 0);
        if let Some(delivery) = delivery {
            of[delivery] += 1;
        }
        let campaign = campaign_of(delivery);
        let place = if is_click { 3 } else { 1 };
        self.bucket(campaign, minute, place, 1);
        self.bucket(campaign, minute, place + 1, is_first.into());
        let values = [
            ("country", COUNTRIES[country]),
            ("browser", BROWSERS[browser]),
            ("kind", Some("human")),
        ];
        for (dimension, value) in values {
            let Some(value) = value else { continue };
            let key = (campaign, dimension.to_owned(), value.to_owned());
            let counts = self.values.entry(key).or_default();
            counts[place - 1] += 1;
            counts[place] += i64::from(is_first);
        }
    }

    fn note(&mut self, event: &Event) {
        let mut all = |minutes: &[Minute], place| {
            for minute in minutes {
                self.bucket(0, *minute, place, 1);
            }
        };
        match event {
            Event::Open(acts) => acts.iter().for_each(|act| self.act(act, false)),
            Event::Click(acts) => acts.iter().for_each(|act| self.act(act, true)),
            Event::Bounce(minutes) => all(minutes, 5),
            Event::Complaint(minutes) => all(minutes, 6),
            Event::Unsubscribe(minutes) => all(minutes, 7),
            Event::Forget => {}
        }
    }
}

fn campaign_of(delivery: Option<usize>) -> usize {
    delivery.unwrap_or(0) % CAMPAIGNS
}

struct Mailing {
    campaigns: Vec<Uuid>,
    links: Vec<Uuid>,
    deliveries: Vec<Uuid>,
}

impl Mailing {
    async fn send(world: &World<'_>, deliveries: usize) -> Mailing {
        let mut mailing = Mailing {
            campaigns: Vec::new(),
            links: Vec::new(),
            deliveries: (0..deliveries).map(|_| world.new_id()).collect(),
        };
        for _ in 0..CAMPAIGNS {
            let campaign = world.add_campaign().await;
            let link = [("campaign_id", campaign.into()), ("url", "https://a.test".into())];
            mailing.campaigns.push(campaign);
            mailing.links.push(world.add("campaign_links", &link).await);
        }
        let row = |(place, delivery): (usize, &Uuid)| {
            vec![
                ("id", (*delivery).into()),
                ("campaign_id", mailing.campaigns[place % CAMPAIGNS].into()),
                ("status", "success".into()),
                ("retries", Cell::Int(0)),
                ("sent_at", instant(0).into()),
            ]
        };
        let rows = mailing.deliveries.iter().enumerate().map(row).collect();
        world.insert("deliveries", rows).await;
        mailing
    }

    fn act(&self, world: &World<'_>, at: &'static str, act: &Act) -> Vec<(&'static str, Cell)> {
        let (delivery, minute, country, browser) = *act;
        vec![
            ("id", world.new_id().into()),
            ("campaign_id", self.campaigns[campaign_of(delivery)].into()),
            ("delivery_id", delivery.map(|place| self.deliveries[place]).into()),
            (at, instant(minute).into()),
            ("country", COUNTRIES[country].into()),
            ("browser", BROWSERS[browser].into()),
            ("kind", "human".into()),
        ]
    }

    async fn happen(&self, world: &World<'_>, event: &Event) {
        let plain = |minutes: &[Minute], at: &'static str, word: (&'static str, &'static str)| {
            let row = |minute: &Minute| {
                vec![
                    ("id", world.new_id().into()),
                    ("campaign_id", self.campaigns[0].into()),
                    (at, instant(*minute).into()),
                    (word.0, word.1.into()),
                ]
            };
            minutes.iter().map(row).collect::<Vec<Vec<(&str, Cell)>>>()
        };
        match event {
            Event::Open(acts) => {
                let rows = acts.iter().map(|act| self.act(world, "opened_at", act));
                world.insert("opens", rows.collect()).await;
            }
            Event::Click(acts) => {
                let row = |act: &Act| {
                    let link = self.links[campaign_of(act.0)];
                    [self.act(world, "clicked_at", act), vec![("link_id", link.into())]].concat()
                };
                world.insert("clicks", acts.iter().map(row).collect()).await;
            }
            Event::Bounce(minutes) => {
                let rows = plain(minutes, "bounced_at", ("kind", "hard"));
                world.insert("bounces", rows).await;
            }
            Event::Complaint(minutes) => {
                let rows = plain(minutes, "complained_at", ("kind", "abuse"));
                world.insert("complaints", rows).await;
            }
            Event::Unsubscribe(minutes) => {
                let rows = plain(minutes, "unsubscribed_at", ("method", "link"));
                world.insert("unsubscribes", rows).await;
            }
            Event::Forget => {
                for table in ["opens", "clicks", "bounces", "complaints", "unsubscribes"] {
                    world
                        .run(world.of_account(&format!("DELETE FROM {table} WHERE")))
                        .await;
                }
            }
        }
    }

    /// A roll-up as it stands: two columns that say what it is about, then counts.
    async fn rolled_up<const N: usize>(
        &self,
        world: &World<'_>,
        table: &str,
        about: [(&str, Kind); 2],
        counts: [&str; N],
    ) -> Counts<N> {
        let [(one, one_kind), (two, two_kind)] = about;
        let text = format!(
            "SELECT campaign_id, {one}, {two}, {} FROM {table} WHERE",
            counts.join(", ")
        );
        let rows = world
            .store
            .database
            .fetch(&world.of_account(&text))
            .await
            .unwrap();
        let word = |cell: Cell| match cell {
            Cell::Instant(at) => at.to_rfc3339(),
            other => other.as_text().unwrap().to_owned(),
        };
        let entry = |row: &crate::store::row::Row| {
            let campaign = row.uuid(0).unwrap();
            let place = self
                .campaigns
                .iter()
                .position(|other| *other == campaign)
                .unwrap();
            let about = (
                place,
                word(row.cell(1, one_kind).unwrap()),
                word(row.cell(2, two_kind).unwrap()),
            );
            (about, std::array::from_fn(|count| row.int(count + 3).unwrap()))
        };
        let found: Counts<N> = rows.iter().map(entry).collect();
        assert_eq!(found.len(), rows.len(), "one row for each of {table}");
        found
    }

    async fn buckets(&self, world: &World<'_>) -> Counts<8> {
        let counts = [
            "delivery_count",
            "open_count",
            "unique_open_count",
            "click_count",
            "unique_click_count",
            "bounce_count",
            "complaint_count",
            "unsubscribe_count",
        ];
        let about = [("size", Kind::Enum), ("starts_at", Kind::Instant)];
        self.rolled_up(world, "campaign_buckets", about, counts).await
    }

    async fn values(&self, world: &World<'_>) -> Counts<4> {
        let counts = [
            "open_count",
            "unique_open_count",
            "click_count",
            "unique_click_count",
        ];
        let about = [("dimension", Kind::Enum), ("value", Kind::Text)];
        self.rolled_up(world, "campaign_breakdowns", about, counts).await
    }
}

#[test]
fn buckets_and_breakdowns_equal_a_count_over_all_events_that_ever_were() {
    let runtime = tokio::runtime::Runtime::new().unwrap();
    let catalog = catalog();
    for store in runtime.block_on(stores()) {
        let events = proptest::collection::vec(event(), 1..16);
        let mut runner = TestRunner::new(Config {
            cases: 24,
            failure_persistence: None,
            ..Config::default()
        });
        let outcome = runner.run(&events, |events| {
            runtime.block_on(async {
                let world = World::found(&store, &catalog).await;
                let mailing = Mailing::send(&world, DELIVERIES).await;
                let mut expected = Expected::default();
                for place in 0..DELIVERIES {
                    expected.bucket(campaign_of(Some(place)), 0, 0, 1);
                }
                for event in &events {
                    mailing.happen(&world, event).await;
                    expected.note(event);
                }
                prop_assert_eq!(mailing.buckets(&world).await, expected.buckets);
                prop_assert_eq!(mailing.values(&world).await, expected.values);
                Ok(())
            })
        });
        outcome.unwrap_or_else(|error| panic!("{}: {error}", store.name));
    }
}

#[tokio::test]
async fn what_browsers_say_of_themselves_neither_makes_a_breakdown_endless_nor_names_anybody() {
    let catalog = catalog();
    for store in stores().await {
        let world = World::found(&store, &catalog).await;
        let mailing = Mailing::send(&world, 100).await;
        let mut names = vec!["ana@example.test".to_owned()];
        names.extend((0..90).map(|number| format!("Browser {number}")));
        names.push("x".repeat(65));
        names.push("x".repeat(100_000));
        for round in 0..2 {
            let row = |(place, name): (usize, &String)| {
                vec![
                    ("id", world.new_id().into()),
                    ("campaign_id", mailing.campaigns[0].into()),
                    ("delivery_id", mailing.deliveries[place].into()),
                    ("opened_at", instant(0).into()),
                    ("browser", name.as_str().into()),
                    ("kind", "human".into()),
                ]
            };
            world
                .insert("opens", names.iter().enumerate().map(row).collect())
                .await;
            let values = mailing.values(&world).await;
            let mut browsers = values.clone();
            browsers.retain(|(_, word, _), _| word == "browser");
            assert_eq!(browsers.len(), 65, "{}", store.name);
            let opens: i64 = browsers.values().map(|counts| counts[0]).sum();
            assert_eq!(opens, 93 * (round + 1), "{}", store.name);
            let firsts: i64 = browsers.values().map(|counts| counts[1]).sum();
            assert_eq!(firsts, 93, "{}", store.name);
            let names_somebody = browsers.keys().any(|(_, _, value)| value.contains('@'));
            assert!(!names_somebody, "{}", store.name);
            let other = &values[&(0, "browser".to_owned(), "(other)".to_owned())];
            assert_eq!(other[0], 29 * (round + 1), "{}", store.name);
        }
    }
}

#[tokio::test]
async fn writers_of_the_same_campaigns_in_another_order_wait_and_never_block_each_other() {
    let catalog = catalog();
    for store in stores().await {
        let world = World::found(&store, &catalog).await;
        let mailing = Mailing::send(&world, 8).await;
        for round in 0..6 {
            let rows = |first: usize| {
                let act = |step: usize| {
                    let delivery = (first + step * 3) % 8;
                    let minute = (round * 7 + step as i64) * 30;
                    (Some(delivery), minute, delivery % 2, step % 2)
                };
                let rows = (0..8).map(|step| mailing.act(&world, "opened_at", &act(step)));
                rows.collect::<Vec<_>>()
            };
            let (one, two) = (rows(0), rows(1));
            tokio::join!(world.insert("opens", one), world.insert("opens", two));
        }
        let buckets = mailing.buckets(&world).await;
        let hours = buckets.iter().filter(|((_, size, _), _)| size == "hour");
        let opens: i64 = hours.map(|(_, counts)| counts[1]).sum();
        assert_eq!(opens, 96, "{}", store.name);
    }
}
