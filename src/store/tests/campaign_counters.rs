//! The counters of campaigns, links and deliveries, which only rise, whoever writes.

use proptest::prelude::*;
use proptest::test_runner::{Config, TestRunner};
use uuid::Uuid;

use super::world::{World, catalog};
use crate::cell::Cell;
use crate::store::testing::stores;

const DELIVERIES: usize = 3;

/// What happens to a campaign with two links.
#[derive(Clone, Debug)]
enum Event {
    Open(Vec<Option<usize>>),
    Click(Vec<(Option<usize>, usize)>),
    Bounce,
    Complaint,
    Unsubscribe,
    /// All events are deleted, as an erasure does.
    Forget,
}

fn event() -> impl Strategy<Value = Event> {
    let delivery = || proptest::option::weighted(0.9, 0..DELIVERIES);
    prop_oneof![
        3 => proptest::collection::vec(delivery(), 1..5).prop_map(Event::Open),
        3 => proptest::collection::vec((delivery(), 0..2_usize), 1..5).prop_map(Event::Click),
        1 => Just(Event::Bounce),
        1 => Just(Event::Complaint),
        1 => Just(Event::Unsubscribe),
        1 => Just(Event::Forget),
    ]
}

/// What the counters have to be.
#[derive(Default)]
struct Expected {
    opens: i64,
    first_opens: i64,
    clicks: i64,
    first_clicks: i64,
    bounces: i64,
    complaints: i64,
    unsubscribes: i64,
    opens_of: [i64; DELIVERIES],
    clicks_of: [i64; DELIVERIES],
    clicks_of_link: [i64; 2],
    first_clicks_of_link: [i64; 2],
    /// Clicks that stand, by delivery and link.
    standing: [[i64; 2]; DELIVERIES],
}

impl Expected {
    fn note(&mut self, event: &Event) {
        match event {
            Event::Open(opens) => {
                self.opens += opens.len() as i64;
                for delivery in opens.iter().flatten() {
                    self.first_opens += i64::from(self.opens_of[*delivery] == 0);
                    self.opens_of[*delivery] += 1;
                }
            }
            Event::Click(clicks) => {
                self.clicks += clicks.len() as i64;
                for (delivery, link) in clicks {
                    self.clicks_of_link[*link] += 1;
                    let Some(delivery) = *delivery else { continue };
                    self.first_clicks += i64::from(self.clicks_of[delivery] == 0);
                    self.clicks_of[delivery] += 1;
                    self.first_clicks_of_link[*link] += i64::from(self.standing[delivery][*link] == 0);
                    self.standing[delivery][*link] += 1;
                }
            }
            Event::Bounce => self.bounces += 1,
            Event::Complaint => self.complaints += 1,
            Event::Unsubscribe => self.unsubscribes += 1,
            Event::Forget => self.standing = Default::default(),
        }
    }
}

struct Mailing {
    campaign: Uuid,
    links: [Uuid; 2],
    deliveries: Vec<Uuid>,
}

impl Mailing {
    async fn send(world: &World<'_>) -> Mailing {
        let campaign = world.add_campaign().await;
        let link = |url: &str| [("campaign_id", campaign.into()), ("url", url.into())];
        let one = world.add("campaign_links", &link("https://a.test")).await;
        let links = [one, world.add("campaign_links", &link("https://b.test")).await];
        let mut deliveries = Vec::new();
        for _ in 0..DELIVERIES {
            let row = [
                ("campaign_id", campaign.into()),
                ("status", "success".into()),
                ("retries", Cell::Int(0)),
                ("sent_at", world.now()),
            ];
            deliveries.push(world.add("deliveries", &row).await);
        }
        Mailing {
            campaign,
            links,
            deliveries,
        }
    }

    async fn happen(&self, world: &World<'_>, event: &Event) {
        let of = |delivery: &Option<usize>| Cell::from(delivery.map(|place| self.deliveries[place]));
        let base = |at: &'static str| {
            vec![
                ("id", world.new_id().into()),
                ("campaign_id", self.campaign.into()),
                (at, world.now()),
            ]
        };
        match event {
            Event::Open(opens) => {
                let row = |delivery| {
                    [
                        base("opened_at"),
                        vec![("delivery_id", of(delivery)), ("kind", "human".into())],
                    ]
                    .concat()
                };
                world.insert("opens", opens.iter().map(row).collect()).await;
            }
            Event::Click(clicks) => {
                let row = |(delivery, link): &(Option<usize>, usize)| {
                    let link = self.links[*link].into();
                    [
                        base("clicked_at"),
                        vec![
                            ("delivery_id", of(delivery)),
                            ("link_id", link),
                            ("kind", "human".into()),
                        ],
                    ]
                    .concat()
                };
                world.insert("clicks", clicks.iter().map(row).collect()).await;
            }
            Event::Bounce => {
                world
                    .insert(
                        "bounces",
                        vec![[base("bounced_at"), vec![("kind", "hard".into())]].concat()],
                    )
                    .await
            }
            Event::Complaint => {
                let row = [base("complained_at"), vec![("kind", "abuse".into())]].concat();
                world.insert("complaints", vec![row]).await;
            }
            Event::Unsubscribe => {
                let row = [base("unsubscribed_at"), vec![("method", "link".into())]].concat();
                world.insert("unsubscribes", vec![row]).await;
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
}

#[test]
fn campaign_counters_only_rise_and_count_a_delivery_once() {
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()
        .unwrap();
    let catalog = catalog();
    for store in runtime.block_on(stores()) {
        let events = proptest::collection::vec(event(), 1..20);
        let mut runner = TestRunner::new(Config {
            cases: 24,
            failure_persistence: None,
            ..Config::default()
        });
        let outcome = runner.run(&events, |events| {
            runtime.block_on(async {
                let world = World::found(&store, &catalog).await;
                let mailing = Mailing::send(&world).await;
                let mut expected = Expected::default();
                for event in &events {
                    mailing.happen(&world, event).await;
                    expected.note(event);
                }
                let campaign = world
                    .numbers(
                        "delivery_count, open_count, unique_open_count, click_count, unique_click_count, \
                         bounce_count, complaint_count, unsubscribe_count FROM campaigns",
                        mailing.campaign,
                    )
                    .await;
                let e = &expected;
                let sums = [
                    DELIVERIES as i64,
                    e.opens,
                    e.first_opens,
                    e.clicks,
                    e.first_clicks,
                    e.bounces,
                    e.complaints,
                    e.unsubscribes,
                ];
                prop_assert_eq!(campaign, sums.to_vec());
                for (place, link) in mailing.links.iter().enumerate() {
                    let found = world
                        .numbers("click_count, unique_click_count FROM campaign_links", *link)
                        .await;
                    prop_assert_eq!(
                        found,
                        vec![e.clicks_of_link[place], e.first_clicks_of_link[place]]
                    );
                }
                for (place, delivery) in mailing.deliveries.iter().enumerate() {
                    let found = world
                        .numbers("open_count, click_count FROM deliveries", *delivery)
                        .await;
                    prop_assert_eq!(found, vec![e.opens_of[place], e.clicks_of[place]]);
                }
                Ok(())
            })
        });
        outcome.unwrap_or_else(|error| panic!("{}: {error}", store.name));
    }
}
