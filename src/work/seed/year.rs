//! A year of mail on one membership: what was delivered, opened, clicked, what came back, and whether the person
//! left (`domain.md` 6.2). Must not know who the person is.

use chrono::TimeDelta;
use rand::rngs::ChaCha8Rng;
use rand::{Rng, RngExt};
use rand_distr::{Distribution, LogNormal};
use uuid::Uuid;

use super::person::{CITIES, Person};
use super::tables::Tables;
use super::world::{Campaign, List, World, id_at};
use crate::cell::Cell;
use crate::clock::Instant;

const BROWSERS: &[(&str, &str, &str)] = &[
    ("Chrome", "Windows", "desktop"),
    ("Safari", "iOS", "mobile"),
    ("Firefox", "Linux", "desktop"),
    ("Chrome", "Android", "mobile"),
    ("Safari", "macOS", "desktop"),
    ("Edge", "Windows", "desktop"),
];

/// How a membership stands at the end of the year.
pub(super) struct Year {
    pub(super) status: &'static str,
    pub(super) since: Instant,
    pub(super) last_open: Option<Instant>,
}

impl Year {
    fn quiet(status: &'static str, since: Instant) -> Year {
        Year {
            status,
            since,
            last_open: None,
        }
    }

    /// Somebody who was put on the list and never agreed to be mailed.
    pub(super) fn never(since: Instant) -> Year {
        Year::quiet("non_subscribed", since)
    }

    /// Somebody who had left before the year began, or before the first mail.
    pub(super) fn left_earlier(world: &World, joined: Instant, random: &mut impl Rng) -> Year {
        let begin = (world.now - TimeDelta::days(365)).max(joined + TimeDelta::hours(1));
        let span = (begin - joined).num_seconds().max(1);
        let since = joined + TimeDelta::seconds(random.random_range(0..span));
        Year::quiet("unsubscribed", since.min(world.now))
    }
}

/// One mail on its way to one person.
struct Mail<'a> {
    world: &'a World,
    person: &'a Person<'a>,
    campaign: &'a Campaign,
    delivery: Uuid,
}

/// Adds every mail of the year that the person got on the list while being there.
pub(super) fn add(
    world: &World,
    person: &Person,
    list: &List,
    profile: Uuid,
    tables: &mut Tables,
    random: &mut ChaCha8Rng,
) -> Year {
    let mut year = Year::quiet("subscribed", person.created_at);
    let campaigns = list
        .campaigns
        .iter()
        .filter(|campaign| campaign.sent_at > person.created_at);
    for (number, campaign) in campaigns.enumerate() {
        let mail = Mail {
            world,
            person,
            campaign,
            delivery: id_at(campaign.sent_at, random),
        };
        // An address that is gone comes back the first time, and is not written to again.
        let hard = !person.steady && !person.complains && number == 0 && random.random_bool(0.004);
        let soft = !hard && !person.steady && !person.complains && random.random_bool(0.006);
        mail.deliver(hard, soft, tables);
        if hard || soft {
            mail.bounce(hard, tables, random);
        }
        if hard {
            return Year {
                status: "cleaned",
                since: campaign.sent_at,
                ..year
            };
        }
        if soft {
            continue;
        }
        if person.scanner {
            mail.scan(tables, random);
        }
        if random.random_bool(person.engaged.clamp(0.0, 1.0)) {
            year.last_open = mail.open(tables, random).or(year.last_open);
        }
        if person.steady {
            continue;
        }
        let at = campaign.sent_at + TimeDelta::minutes(random.random_range(5..600));
        if !person.complains && random.random_bool(0.0025) {
            mail.unsubscribe(list.id, profile, at, tables, random);
            return Year {
                status: "unsubscribed",
                since: at,
                ..year
            };
        }
        if person.complains || random.random_bool(0.000_12) {
            mail.complain(at, tables, random);
            return Year {
                status: "complained",
                since: at,
                ..year
            };
        }
    }
    year
}

impl Mail<'_> {
    fn deliver(&self, hard: bool, soft: bool, tables: &mut Tables) {
        let status = match (hard, soft) {
            (true, _) => "fatal_error",
            (false, true) => "temporary_error",
            (false, false) => "success",
        };
        tables.deliveries.push(vec![
            self.delivery.into(),
            self.campaign.id.into(),
            self.person.id.into(),
            self.person.account.server.into(),
            self.person.address.original.clone().into(),
            self.campaign.subject.clone().into(),
            status.into(),
            i64::from(soft).into(),
            0_i64.into(),
            0_i64.into(),
            self.campaign.sent_at.into(),
        ]);
    }

    fn bounce(&self, hard: bool, tables: &mut Tables, random: &mut ChaCha8Rng) {
        let (kind, code, words) = match hard {
            true => ("hard", "5.1.1", "550 <{}>: no such user"),
            false => ("soft", "4.2.2", "452 <{}>: mailbox full"),
        };
        tables.bounces.push(vec![
            id_at(self.campaign.sent_at, random).into(),
            self.delivery.into(),
            self.campaign.id.into(),
            self.person.id.into(),
            kind.into(),
            code.into(),
            words.replace("{}", &self.person.address.original).into(),
            "smtp".into(),
            (self.campaign.sent_at + TimeDelta::seconds(4)).into(),
            self.person.account.setup.bounce_server.into(),
        ]);
    }

    fn complain(&self, at: Instant, tables: &mut Tables, random: &mut ChaCha8Rng) {
        tables.complaints.push(vec![
            id_at(at, random).into(),
            self.delivery.into(),
            self.campaign.id.into(),
            self.person.id.into(),
            self.person.account.setup.feedback_loop_server.into(),
            "abuse".into(),
            "feedback loop".into(),
            format!("Original-Rcpt-To: {}", self.person.address.original).into(),
            at.into(),
        ]);
    }

    /// A scanner follows every link within a minute.
    fn scan(&self, tables: &mut Tables, random: &mut ChaCha8Rng) {
        for (link, _) in &self.campaign.links {
            let at = self.campaign.sent_at + TimeDelta::seconds(random.random_range(1..60));
            self.click(*link, at, "bot", tables, random);
        }
    }

    /// Opens a mail one or more times, the first typically some hours after it was sent; of those who do, one in
    /// eight clicks.
    fn open(&self, tables: &mut Tables, random: &mut ChaCha8Rng) -> Option<Instant> {
        let delay = LogNormal::new((3.0_f64 * 3600.0).ln(), 1.5).expect("the deviation is positive");
        let mut at = self.campaign.sent_at;
        let mut last = None;
        loop {
            at += TimeDelta::seconds(delay.sample(random).min(3.0e6) as i64);
            if at > self.world.now {
                return last;
            }
            self.push_open(at, tables, random);
            if last.is_none() && random.random_bool(0.13) {
                // Click shares fall with the position of the link.
                let links = &self.campaign.links;
                let rank = (random.random::<f64>().powf(2.0) * links.len() as f64) as usize;
                let link = links[rank.min(links.len() - 1)].0;
                let clicked_at = (at + TimeDelta::seconds(20)).min(self.world.now);
                self.click(link, clicked_at, "human", tables, random);
            }
            last = Some(at);
            if !random.random_bool(1.0 / 3.0) {
                return last;
            }
        }
    }

    fn push_open(&self, at: Instant, tables: &mut Tables, random: &mut ChaCha8Rng) {
        let kind = if random.random_bool(0.35) {
            "proxy"
        } else {
            "human"
        };
        let mut row = vec![
            id_at(at, random).into(),
            self.delivery.into(),
            self.campaign.id.into(),
            self.person.id.into(),
            at.into(),
        ];
        row.extend(device(random));
        row.push(kind.into());
        tables.opens.push(row);
    }

    fn click(&self, link: Uuid, at: Instant, kind: &str, tables: &mut Tables, random: &mut ChaCha8Rng) {
        let mut row = vec![
            id_at(at, random).into(),
            self.delivery.into(),
            self.campaign.id.into(),
            link.into(),
            self.person.id.into(),
            at.into(),
        ];
        row.extend(device(random));
        row.push(kind.into());
        tables.clicks.push(row);
    }

    fn unsubscribe(
        &self,
        list: Uuid,
        profile: Uuid,
        at: Instant,
        tables: &mut Tables,
        random: &mut ChaCha8Rng,
    ) {
        let reason = random.random_bool(0.2).then_some("too many mails");
        tables.unsubscribes.push(vec![
            id_at(at, random).into(),
            profile.into(),
            self.person.id.into(),
            self.campaign.id.into(),
            list.into(),
            "one_click".into(),
            reason.into(),
            ip(random).into(),
            at.into(),
        ]);
    }
}

/// From where, and with what: address, user agent, country, city, browser, system, device.
fn device(random: &mut ChaCha8Rng) -> [Cell; 7] {
    let (browser, system, device) = BROWSERS[random.random_range(0..BROWSERS.len())];
    let (city, country, _) = CITIES[random.random_range(0..CITIES.len())];
    [
        ip(random).into(),
        format!("Mozilla/5.0 ({system}) {browser}").into(),
        country.into(),
        city.into(),
        browser.into(),
        system.into(),
        device.into(),
    ]
}

/// An address of the ranges set aside for documentation (RFC 5737, RFC 3849).
pub(super) fn ip(random: &mut impl Rng) -> String {
    if random.random_bool(0.1) {
        let (high, low) = (random.random_range(0..0xffff), random.random_range(1..0xffff));
        format!("2001:db8::{high:x}:{low:x}")
    } else {
        format!("203.0.113.{}", random.random_range(1..255))
    }
}
