//! What the platform tells all its customers: plans, companies that it works with, versions of its texts. The same
//! whatever the seed and the time, so that it is there once.

use chrono::TimeDelta;
use serde_json::json;
use uuid::Uuid;

use super::tables::Rows;
use super::world::{Account, generator, id_at};
use crate::clock::Instant;

/// When the made-up platform opened: the start of 2024.
const OPENED: i64 = 1_704_067_200;

const PLANS: [(&str, i64, Option<i64>); 3] = [
    ("Starter", 1_900, Some(5_000)),
    ("Business", 9_900, Some(100_000)),
    ("Enterprise", 99_000, None),
];

fn opened() -> Instant {
    Instant::from_timestamp(OPENED, 0).unwrap_or_default()
}

fn id(thing: u64) -> Uuid {
    id_at(opened(), &mut generator(0, 0, u64::MAX - 100 - thing))
}

/// The plan that an account is on: the smallest that it fits in.
pub fn plan(account: &Account) -> Uuid {
    let count = i64::try_from(account.subscribers).unwrap_or(i64::MAX);
    let fits = |(_, _, limit): &(&str, i64, Option<i64>)| limit.is_none_or(|limit| count <= limit);
    id(PLANS.iter().position(fits).unwrap_or(0) as u64)
}

/// The company that stores the data.
pub(super) fn host() -> Uuid {
    id(20)
}

/// The terms of service of today.
pub(super) fn terms() -> Uuid {
    id(40)
}

/// The rows, each with a `source` and an `external_id` by which it is known again.
pub fn rows() -> Vec<Rows> {
    vec![plans(), sub_processors(), policy_versions()]
}

fn plans() -> Rows {
    let mut rows = Rows::new(
        "plans",
        &[
            "id",
            "name",
            "description",
            "price_minor",
            "currency",
            "billing_interval",
            "subscriber_limit",
            "is_public",
            "status",
            "source",
            "external_id",
            "created_at",
            "updated_at",
        ],
    );
    for (place, (name, price, limit)) in PLANS.into_iter().enumerate() {
        rows.push(vec![
            id(place as u64).into(),
            name.into(),
            limit.map(|limit| format!("Up to {limit} subscribers.")).into(),
            price.into(),
            "EUR".into(),
            "month".into(),
            limit.into(),
            limit.is_some().into(),
            "offered".into(),
            "seed".into(),
            name.to_lowercase().into(),
            opened().into(),
            opened().into(),
        ]);
    }
    rows
}

fn sub_processors() -> Rows {
    let mut rows = Rows::new(
        "sub_processors",
        &[
            "id",
            "name",
            "purpose",
            "country",
            "safeguard",
            "website",
            "data_categories",
            "engaged_at",
            "source",
            "external_id",
            "created_at",
            "updated_at",
        ],
    );
    let companies = [
        (
            "Example Hosting",
            "stores data",
            "DE",
            None,
            json!(["contact", "identity", "behaviour"]),
        ),
        (
            "Example Payments",
            "takes payments",
            "IE",
            None,
            json!(["financial", "identity"]),
        ),
        (
            "Example Helpdesk",
            "answers questions",
            "US",
            Some("standard contractual clauses"),
            json!(["contact", "content"]),
        ),
    ];
    for (place, (name, purpose, country, safeguard, classes)) in companies.into_iter().enumerate() {
        let word = name.to_lowercase().replace(' ', "-");
        rows.push(vec![
            id(20 + place as u64).into(),
            name.into(),
            purpose.into(),
            country.into(),
            safeguard.into(),
            format!("https://{word}.example/").into(),
            classes.into(),
            opened().into(),
            "seed".into(),
            word.into(),
            opened().into(),
            opened().into(),
        ]);
    }
    rows
}

fn policy_versions() -> Rows {
    let mut rows = Rows::new(
        "policy_versions",
        &[
            "id",
            "kind",
            "version",
            "title",
            "url",
            "is_significant",
            "published_at",
            "effective_at",
            "source",
            "external_id",
            "created_at",
            "updated_at",
        ],
    );
    let texts = [
        ("terms_of_service", "2", "Terms of service", 400),
        ("terms_of_service", "1", "Terms of service", 0),
        ("privacy_policy", "1", "Privacy policy", 0),
        ("data_processing_agreement", "1", "Data processing agreement", 0),
    ];
    for (place, (kind, version, title, days)) in texts.into_iter().enumerate() {
        let at = opened() + TimeDelta::days(days);
        rows.push(vec![
            id(40 + place as u64).into(),
            kind.into(),
            version.into(),
            title.into(),
            format!("https://platform.example/{kind}/{version}").into(),
            (days > 0).into(),
            at.into(),
            (at + TimeDelta::days(30)).into(),
            "seed".into(),
            format!("{kind}-{version}").into(),
            at.into(),
            at.into(),
        ]);
    }
    rows
}
