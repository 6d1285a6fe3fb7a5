//! What an account's office has to do with: questions to the platform, use of the API, notices, disclosures, holds
//! that were released, and visits of people whom nobody knows.

use chrono::{TimeDelta, Timelike};
use rand::RngExt;
use serde_json::json;

use super::platform;
use super::tables::Rows;
use super::world::{Account, World, generator, id_at};
use crate::clock::Instant;

/// The rows, in an order in which they can be written.
pub(super) fn rows(world: &World, account: &Account) -> Vec<Rows> {
    let mut all = vec![usages(world, account)];
    all.extend(tickets(world, account));
    all.extend(privacy(world, account));
    all.extend(strangers(world, account));
    all
}

/// What the account's programs asked for, by day, for a month.
fn usages(world: &World, account: &Account) -> Rows {
    let mut random = generator(world.seed, account.index, u64::MAX - 8);
    let mut rows = Rows::new(
        "api_usages",
        &[
            "id",
            "period_start",
            "operation",
            "request_count",
            "error_count",
            "row_count",
            "personal_row_count",
            "byte_count",
            "duration_milliseconds",
            "source",
        ],
    );
    let today = world.now - TimeDelta::seconds(i64::from(world.now.num_seconds_from_midnight()));
    for day in (1..=30).rev() {
        let at = today - TimeDelta::days(day);
        for (operation, most) in [("Dashboard", 400), ("SubscriberPage", 90), ("NightlySync", 4)] {
            let requests: i64 = random.random_range(1..=most);
            let found: i64 = requests * random.random_range(5..60);
            rows.push(vec![
                id_at(at, &mut random).into(),
                at.into(),
                operation.into(),
                requests.into(),
                (requests / 50).into(),
                found.into(),
                if operation == "Dashboard" { 0 } else { found }.into(),
                (found * 180).into(),
                (requests * 3).into(),
                "seed".into(),
            ]);
        }
    }
    rows
}

/// Two questions of the account's own people.
fn tickets(world: &World, account: &Account) -> Vec<Rows> {
    let mut random = generator(world.seed, account.index, u64::MAX - 9);
    let mut tickets = Rows::new(
        "support_tickets",
        &[
            "id",
            "number",
            "subject",
            "kind",
            "channel",
            "priority",
            "status",
            "first_reply_at",
            "resolved_at",
            "source",
            "external_id",
            "created_at",
            "updated_at",
        ],
    );
    let mut messages = Rows::new(
        "ticket_messages",
        &["id", "ticket_id", "direction", "is_internal", "body", "sent_at"],
    );
    let asked = [
        (
            "Bounces of last week",
            "technical",
            "resolved",
            "Many mails of last Tuesday came back.",
        ),
        (
            "The bill of this month",
            "billing",
            "open",
            "Why is the bill higher than the last one?",
        ),
    ];
    for (number, (subject, kind, status, question)) in asked.into_iter().enumerate() {
        let at = world.now - TimeDelta::days(20 - 10 * number as i64);
        let answered_at = at + TimeDelta::hours(5);
        let is_resolved = status == "resolved";
        let ticket = id_at(at, &mut random);
        tickets.push(vec![
            ticket.into(),
            format!("T-{}", number + 1).into(),
            subject.into(),
            kind.into(),
            "web".into(),
            "normal".into(),
            status.into(),
            is_resolved.then_some(answered_at).into(),
            is_resolved.then_some(answered_at).into(),
            "seed".into(),
            format!("{}-ticket-{number}", account.index).into(),
            at.into(),
            at.into(),
        ]);
        let mut message = |direction: &str, is_internal: bool, body: &str, at: Instant| {
            messages.push(vec![
                id_at(at, &mut random).into(),
                ticket.into(),
                direction.into(),
                is_internal.into(),
                body.into(),
                at.into(),
            ]);
        };
        message("incoming", false, question, at);
        if is_resolved {
            message(
                "activity",
                true,
                "Their list had not been mailed for a year.",
                answered_at,
            );
            message(
                "outgoing",
                false,
                "They were old addresses; they are cleaned now.",
                answered_at,
            );
        }
    }
    vec![tickets, messages]
}

/// What the account was told, whom it gave data to, and a hold that is over.
fn privacy(world: &World, account: &Account) -> Vec<Rows> {
    let mut random = generator(world.seed, account.index, u64::MAX - 10);
    let at = world.now - TimeDelta::days(90);
    let mut notices = Rows::new(
        "notices",
        &[
            "id",
            "kind",
            "title",
            "body",
            "policy_version_id",
            "sub_processor_id",
            "channel",
            "effective_at",
            "sent_at",
            "delivered_at",
        ],
    );
    let told = [
        ("policy_change", "New terms", Some(platform::terms()), None),
        (
            "sub_processor_change",
            "A new hosting company",
            None,
            Some(platform::host()),
        ),
    ];
    for (kind, title, policy, company) in told {
        notices.push(vec![
            id_at(at, &mut random).into(),
            kind.into(),
            title.into(),
            "What changes, from when, and what you can do about it.".into(),
            policy.into(),
            company.into(),
            "email".into(),
            (at + TimeDelta::days(30)).into(),
            at.into(),
            (at + TimeDelta::seconds(7)).into(),
        ]);
    }
    let mut disclosures = Rows::new(
        "disclosures",
        &[
            "id",
            "recipient",
            "recipient_kind",
            "sub_processor_id",
            "data_categories",
            "purpose",
            "legal_basis",
            "instrument",
            "is_sale",
            "disclosed_at",
        ],
    );
    disclosures.push(vec![
        id_at(at, &mut random).into(),
        "Example Hosting".into(),
        "sub_processor".into(),
        platform::host().into(),
        json!(["contact", "identity", "behaviour"]).into(),
        "store the account's data".into(),
        "contract".into(),
        "data processing agreement".into(),
        false.into(),
        account.created_at.into(),
    ]);
    let mut holds = Rows::new(
        "legal_holds",
        &["id", "case_reference", "reason", "placed_at", "released_at"],
    );
    holds.push(vec![
        id_at(at, &mut random).into(),
        "12 C 34/25".into(),
        "A claim about a delivery, settled since.".into(),
        at.into(),
        (at + TimeDelta::days(40)).into(),
    ]);
    vec![notices, disclosures, holds]
}

/// A browser that came and never said whose it is.
fn strangers(world: &World, account: &Account) -> Vec<Rows> {
    let mut random = generator(world.seed, account.index, u64::MAX - 11);
    let at = world.now - TimeDelta::days(3);
    let visitor = id_at(at, &mut random);
    let mut visitors = Rows::new("visitors", &["id", "cookie_id", "first_seen_at", "last_seen_at"]);
    let cookie = format!("{:032x}", random.random::<u128>());
    visitors.push(vec![visitor.into(), cookie.into(), at.into(), at.into()]);
    let mut visits = Rows::new("page_visits", &["id", "visitor_id", "url", "title", "visited_at"]);
    visits.push(vec![
        id_at(at, &mut random).into(),
        visitor.into(),
        format!("https://www.{}/", account.domain).into(),
        "Home".into(),
        at.into(),
    ]);
    vec![visitors, visits]
}
