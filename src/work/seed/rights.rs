//! What few people do beside reading: look at the customer's pages, ask, object. Must not know what mail
//! they got. Nobody is under a legal hold, so that everybody who is made up can be erased.

use chrono::TimeDelta;
use rand::RngExt;
use rand::rngs::ChaCha8Rng;
use serde_json::json;
use uuid::Uuid;

use super::person::Person;
use super::tables::Tables;
use super::world::{World, id_at};
use super::year::ip;
use crate::cell::Cell;
use crate::clock::Instant;

/// One in so many people does each of these, about as many as ask in a year (`domain.md` 6.2); the first of them are
/// among the first people, so that small accounts have some, too.
const ONE_IN: u64 = 1_000;

/// Whether the person with this number does what has this place.
fn does(number: u64, place: u64) -> bool {
    number % ONE_IN == place
}

/// Whether the person with this number calls a mail spam.
pub(super) fn complains(number: u64) -> bool {
    number % (5 * ONE_IN) == 1
}

/// Adds what the person did beside reading.
pub(super) fn add(world: &World, person: &Person, number: u64, tables: &mut Tables, random: &mut ChaCha8Rng) {
    if person.steady || does(number, 2) || random.random_bool(0.03) {
        visits(world, person, tables, random);
    }
    if does(number, 3) {
        restriction(world, person, tables, random);
    }
    if person.steady || does(number, 5) {
        request(world, person, tables, random);
    }
    if person.steady || does(number, 6) {
        disclosure(world, person, tables, random);
    }
}

/// A moment of the last year, after the person came.
fn moment(world: &World, person: &Person, random: &mut ChaCha8Rng) -> Instant {
    let begin = (world.now - TimeDelta::days(365)).max(person.created_at);
    let span = (world.now - begin).num_seconds().max(1);
    begin + TimeDelta::seconds(random.random_range(0..span))
}

/// A browser and what it looked at; the first look was before anybody knew whose browser it is.
fn visits(world: &World, person: &Person, tables: &mut Tables, random: &mut ChaCha8Rng) {
    let first = moment(world, person, random);
    let visitor = id_at(first, random);
    let count = random.random_range(2..=4);
    let last = (first + TimeDelta::minutes(7 * (count - 1))).min(world.now);
    tables.visitors.push(vec![
        visitor.into(),
        person.id.into(),
        format!("{:032x}", random.random::<u128>()).into(),
        first.into(),
        last.into(),
    ]);
    let ip = ip(random);
    for number in 0..count {
        let at = (first + TimeDelta::minutes(7 * number)).min(world.now);
        let page = ["", "offers", "basket", "imprint"][number as usize % 4];
        tables.visits.push(vec![
            id_at(at, random).into(),
            (number > 0).then_some(person.id).into(),
            visitor.into(),
            format!("https://www.{}/{page}", person.account.domain).into(),
            page.into(),
            ip.clone().into(),
            "Mozilla/5.0 (Linux) Firefox".into(),
            "en".into(),
            at.into(),
        ]);
    }
}

fn restriction(world: &World, person: &Person, tables: &mut Tables, random: &mut ChaCha8Rng) {
    let at = moment(world, person, random);
    tables.restrictions.push(vec![
        id_at(at, random).into(),
        person.id.into(),
        "objection".into(),
        "direct marketing".into(),
        format!("Please stop writing to {}.", person.address.original).into(),
        at.into(),
    ]);
}

/// A question about the data, by a ticket, answered in time.
fn request(world: &World, person: &Person, tables: &mut Tables, random: &mut ChaCha8Rng) {
    let at = moment(world, person, random);
    let answered_at = (at + TimeDelta::days(2)).min(world.now);
    let ticket = id_at(at, random);
    tables.tickets.push(vec![
        ticket.into(),
        format!("S-{}", person.external_id).into(),
        format!("What do you know about {}?", person.address.original).into(),
        "privacy_request".into(),
        "email".into(),
        "normal".into(),
        "resolved".into(),
        person.id.into(),
        answered_at.into(),
        at.into(),
        answered_at.into(),
    ]);
    let question = format!("I am {}. Please send me my data.", person.address.original);
    let answer = format!(
        "Dear {}, you find it in the file that is linked here.",
        person.first
    );
    for (direction, body, at) in [("incoming", question, at), ("outgoing", answer, answered_at)] {
        tables.messages.push(vec![
            id_at(at, random).into(),
            ticket.into(),
            direction.into(),
            false.into(),
            body.into(),
            at.into(),
        ]);
    }
    tables.requests.push(vec![
        id_at(at, random).into(),
        "access".into(),
        "gdpr".into(),
        "email".into(),
        "completed".into(),
        person.id.into(),
        ticket.into(),
        format!("Asked as {}.", person.address.original).into(),
        at.into(),
        (at + TimeDelta::days(30)).into(),
        answered_at.into(),
    ]);
}

fn disclosure(world: &World, person: &Person, tables: &mut Tables, random: &mut ChaCha8Rng) {
    let at = moment(world, person, random);
    tables.disclosures.push(vec![
        id_at(at, random).into(),
        "Parcel service".into(),
        "partner".into(),
        Cell::from(None::<Uuid>),
        person.id.into(),
        json!(["contact", "identity"]).into(),
        "deliver an order".into(),
        "contract".into(),
        false.into(),
        at.into(),
    ]);
}
