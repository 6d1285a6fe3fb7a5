//! One made-up subscriber with everything that hangs on one: profiles, values, consents, and a year of mail.
//! Drawn from the world's seed and the person's number alone, so the same person comes out whatever was made
//! before (`domain.md` 6.2).

use chrono::TimeDelta;
use rand::rngs::ChaCha8Rng;
use rand::{Rng, RngExt};
use rand_distr::{Beta, Distribution, Geometric, Zipf};
use serde_json::json;
use uuid::Uuid;

use super::rights;
use super::tables::Tables;
use super::world::{Account, Field, List, World, generator, id_at};
use super::year::{self, Year};
use crate::address::Address;
use crate::cell::Cell;
use crate::clock::Instant;

const FIRST: &[&str] = &[
    "Ana", "Ben", "Chloé", "Dmitri", "Élodie", "Fatima", "Giulia", "Håkon", "Íris", "Jürgen", "Kenji",
    "Łukasz", "María", "Nguyễn", "O'Neil", "Priya", "Quentin", "Rosa", "Søren", "Taro", "Uma", "Víctor",
    "Wang", "Ximena", "Yusuf", "Zoë",
];
const LAST: &[&str] = &[
    "Silva", "Müller", "Martin", "Ivanov", "Rossi", "Hansen", "Kowalski", "García", "Tran", "Patel",
    "Dubois", "Sato", "Yılmaz", "Öztürk", "Li", "Cohen", "Smith", "O'Brien", "Jansen", "Novák",
];
/// City, country, time zone.
pub(super) const CITIES: &[(&str, &str, &str)] = &[
    ("Lisboa", "PT", "Europe/Lisbon"),
    ("Berlin", "DE", "Europe/Berlin"),
    ("Paris", "FR", "Europe/Paris"),
    ("Tōkyō", "JP", "Asia/Tokyo"),
    ("São Paulo", "BR", "America/Sao_Paulo"),
    ("London", "GB", "Europe/London"),
    ("Austin", "US", "America/Chicago"),
    ("Mumbai", "IN", "Asia/Kolkata"),
];
/// One address in eight of every other account is one of the first account's.
const SHARED_EVERY: u64 = 8;
/// Of a thousand memberships, those that were never asked for and those that ended before the year began.
const NEVER_SUBSCRIBED: u32 = 11;
const LEFT_EARLIER: u32 = 25;

/// Who a made-up subscriber is.
pub(super) struct Person<'a> {
    pub(super) account: &'a Account,
    pub(super) id: Uuid,
    pub(super) address: Address,
    pub(super) external_id: String,
    pub(super) first: &'static str,
    pub(super) last: &'static str,
    pub(super) place: (&'static str, &'static str, &'static str),
    pub(super) created_at: Instant,
    /// How likely the person is to open a mail.
    pub(super) engaged: f64,
    /// Whether a scanner in front of the person's mailbox follows every link.
    pub(super) scanner: bool,
    /// Whether the person fills in every field, gets every mail and stays.
    pub(super) steady: bool,
    /// Whether the person calls the first mail spam.
    pub(super) complains: bool,
}

/// Adds the person with this number to the tables.
pub fn add(world: &World, account: &Account, number: u64, tables: &mut Tables) {
    let mut random = generator(world.seed, account.index, number);
    let created_at = joined_at(world, account, number, &mut random);
    let person = Person {
        account,
        id: id_at(created_at, &mut random),
        address: address(world, account, number),
        external_id: format!("{}-{number}", account.index),
        first: one_of(FIRST, &mut random),
        last: one_of(LAST, &mut random),
        place: CITIES[random.random_range(0..CITIES.len())],
        created_at,
        engaged: Beta::new(0.15, 0.51)
            .expect("both parameters are positive")
            .sample(&mut random),
        scanner: random.random_bool(0.03),
        steady: false,
        complains: rights::complains(number),
    };
    let lists = lists(account, &mut random);
    write(world, &person, &lists, tables, &mut random);
    rights::add(world, &person, number, tables, &mut random);
}

/// Adds somebody of that address who is on the first `lists` lists of the account, has filled in every field and
/// reads nearly every mail: for examples, which need something to show.
pub fn add_known(world: &World, account: &Account, address: Address, lists: usize, tables: &mut Tables) {
    let mut random = generator(world.seed, account.index, u64::MAX - 3);
    let created_at = world.now - TimeDelta::days(500);
    let person = Person {
        account,
        id: id_at(created_at, &mut random),
        address,
        external_id: format!("{}-known", account.index),
        first: FIRST[0],
        last: LAST[0],
        place: CITIES[0],
        created_at,
        engaged: 0.9,
        scanner: false,
        steady: true,
        complains: false,
    };
    let lists: Vec<&List> = account.lists.iter().take(lists).collect();
    write(world, &person, &lists, tables, &mut random);
    rights::add(world, &person, account.subscribers, tables, &mut random);
}

fn write(world: &World, person: &Person, lists: &[&List], tables: &mut Tables, random: &mut ChaCha8Rng) {
    let mut last_active = None;
    for list in lists {
        let active = profile(world, person, list, tables, random);
        last_active = last_active.max(active);
    }
    let (city, country, timezone) = person.place;
    let mut perhaps = |share: f64, text: &str| match person.steady || random.random_bool(share) {
        true => Cell::from(text),
        false => Cell::Null,
    };
    let number = person.id.as_u64_pair().1 % 10_000_000;
    tables.subscribers.push(vec![
        person.id.into(),
        person.address.original.clone().into(),
        person.address.normalized.clone().into(),
        "active".into(),
        perhaps(0.98, person.first),
        perhaps(0.97, person.last),
        perhaps(0.15, &format!("+1 555 {number:07}")),
        "en".into(),
        timezone.into(),
        perhaps(0.58, country),
        perhaps(0.69, city),
        last_active.into(),
        "seed".into(),
        person.external_id.clone().into(),
        person.created_at.into(),
        person.created_at.into(),
    ]);
}

fn one_of(words: &[&'static str], random: &mut impl Rng) -> &'static str {
    words[random.random_range(0..words.len())]
}

/// Joined over three years, in the order of their numbers, so that ids and times rise together.
fn joined_at(world: &World, account: &Account, number: u64, random: &mut impl Rng) -> Instant {
    let span = (world.now - account.created_at).num_milliseconds().max(1);
    let share = (number as f64 + random.random::<f64>()) / (account.subscribers.max(1) as f64);
    account.created_at + TimeDelta::milliseconds((span as f64 * share * 0.999) as i64)
}

fn address(world: &World, account: &Account, number: u64) -> Address {
    let shared =
        account.index > 0 && number.is_multiple_of(SHARED_EVERY) && number < world.accounts[0].subscribers;
    let owner = if shared { 0 } else { account.index };
    let mut random = generator(world.seed, owner, number ^ (1 << 62));
    let first = one_of(FIRST, &mut random).to_lowercase().replace('\'', "");
    let mut local = if random.random_bool(0.001) {
        format!("ño.{first}.{number}.{owner}")
    } else {
        let plain: String = first.chars().filter(char::is_ascii_alphabetic).collect();
        format!("{plain}.{number}.{owner}")
    };
    if random.random_bool(0.03) {
        local.push_str("+news");
    }
    // The steepness that gives the largest provider about a third of all mailboxes.
    let rank = Zipf::new(20_000.0, 1.45)
        .expect("a rising number of domains")
        .sample(&mut random) as u32;
    let domain = match rank {
        _ if random.random_bool(0.005) => "bücher.example".to_owned(),
        1 => "mail.example".to_owned(),
        rank => format!("domain{rank}.example"),
    };
    let text = format!("{local}@{domain}");
    let text = if random.random_bool(0.02) {
        text.to_uppercase()
    } else {
        text
    };
    Address::parse(&text).expect("made-up addresses are addresses")
}

/// Three in four are on one list, some on two, few on many.
fn lists<'a>(account: &'a Account, random: &mut ChaCha8Rng) -> Vec<&'a List> {
    let tail = Geometric::new(0.3).expect("0.3 is a probability");
    let wanted = match random.random_range(0..100) {
        0..75 => 1,
        75..92 => 2,
        _ => 3 + usize::try_from(tail.sample(random)).unwrap_or(0).min(37),
    };
    let wanted = wanted.min(account.lists.len());
    let total: f64 = account.lists.iter().map(|list| list.weight).sum();
    let mut chosen: Vec<&List> = Vec::new();
    for _ in 0..wanted * 4 {
        let mut at = random.random::<f64>() * total;
        let list = account.lists.iter().find(|list| {
            at -= list.weight;
            at <= 0.0
        });
        if let Some(list) = list.or(account.lists.first())
            && chosen.len() < wanted
            && !chosen.iter().any(|other| other.id == list.id)
        {
            chosen.push(list);
        }
    }
    chosen
}

/// Adds one membership; gives the person's last opening there.
fn profile(
    world: &World,
    person: &Person,
    list: &List,
    tables: &mut Tables,
    random: &mut ChaCha8Rng,
) -> Option<Instant> {
    let id = id_at(person.created_at, random);
    for field in &list.fields {
        if !person.steady && !random.random_bool(field.fill.clamp(0.0, 1.0)) {
            continue;
        }
        let value = value(person, field, random);
        tables.values.push(vec![
            id_at(person.created_at, random).into(),
            id.into(),
            field.id.into(),
            0_i64.into(),
            value.into(),
            person.created_at.into(),
        ]);
    }
    let before = if person.steady || person.complains {
        999
    } else {
        random.random_range(0..1000)
    };
    if before < NEVER_SUBSCRIBED {
        push_profile(person, list, id, &Year::never(person.created_at), None, tables);
        return None;
    }
    let ip = year::ip(random);
    push_consents(person, list, &ip, tables, random);
    let year = if before < NEVER_SUBSCRIBED + LEFT_EARLIER {
        Year::left_earlier(world, person.created_at, random)
    } else {
        year::add(world, person, list, id, tables, random)
    };
    push_profile(person, list, id, &year, Some(&ip), tables);
    year.last_open
}

fn value(person: &Person, field: &Field, random: &mut ChaCha8Rng) -> String {
    match field.tag.as_str() {
        "FNAME" => person.first.to_owned(),
        "LNAME" => person.last.to_owned(),
        "CITY" => person.place.0.to_owned(),
        "BIRTHDAY" => format!(
            "{:02}/{:02}",
            random.random_range(1..=12),
            random.random_range(1..=28)
        ),
        "PHONE" => format!("+49 30 {:06}", random.random_range(0..1_000_000)),
        "SCORE" => random.random_range(0..100).to_string(),
        "DIET" => one_of(&["vegan", "halal", "gluten-free"], random).to_owned(),
        "WEBSITE" => format!("https://{}.example/", person.last.to_lowercase()),
        "NOTES" => format!("called, \"{}\" asked\nto be called back = maybe", person.first),
        _ => one_of(&["red", "blue", "=2+3", "green"], random).to_owned(),
    }
}

fn push_consents(person: &Person, list: &List, ip: &str, tables: &mut Tables, random: &mut ChaCha8Rng) {
    for purpose in ["newsletter", "tracking"] {
        tables.consents.push(vec![
            id_at(person.created_at, random).into(),
            person.id.into(),
            list.id.into(),
            purpose.into(),
            "opt_in".into(),
            "opt_in".into(),
            "consent".into(),
            "2025-01".into(),
            person.created_at.into(),
            ip.into(),
            person.created_at.into(),
        ]);
    }
}

/// A membership; `ip`: from where the person opted in, if ever.
fn push_profile(person: &Person, list: &List, id: Uuid, year: &Year, ip: Option<&str>, tables: &mut Tables) {
    let joined = ip.map(|_| person.created_at);
    let left = (year.status == "unsubscribed").then_some(year.since);
    let tags: &[&str] = if person.scanner { &["corporate"] } else { &[] };
    tables.profiles.push(vec![
        id.into(),
        person.id.into(),
        list.id.into(),
        year.status.into(),
        year.since.into(),
        ip.into(),
        joined.into(),
        ip.into(),
        joined.into(),
        left.into(),
        json!(tags).into(),
        "seed".into(),
        Cell::Null,
        person.created_at.into(),
        year.since.into(),
    ]);
}
