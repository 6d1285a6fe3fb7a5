//! The rows of the small world.

use postern::access::permit;
use postern::access::viewer::Viewer;
use postern::catalog::{Catalog, Column};
use postern::cell::{Cell, Kind};
use postern::plan::write::{Conflict, Write};
use postern::store::{Database, write};
use uuid::Uuid;

use super::world::{ACME, id, instant};

pub type Given<'a> = Vec<(&'a str, Cell)>;

/// Writes rows with what is given and a plain value in every other column that needs one.
pub async fn put(database: &Database, catalog: &Catalog, account: u128, table: &str, rows: Vec<Given<'_>>) {
    let resource = catalog.table(table);
    let operator = Viewer::at_the_machine(catalog, Uuid::nil(), Uuid::from_u128(account));
    for given in rows {
        let mut columns = Vec::new();
        let mut row = Vec::new();
        for column in resource
            .columns
            .iter()
            .filter(|column| column.name != "account_id")
        {
            let value = given
                .iter()
                .find(|(name, _)| *name == column.name)
                .map(|(_, value)| value.clone());
            if let Some(value) = value.or_else(|| (!column.nullable).then(|| plain(column))) {
                columns.push(column.id);
                row.push(value);
            }
        }
        let wanted = Write {
            resource: resource.id,
            columns,
            rows: vec![row],
            conflict: Conflict::Fail,
        };
        let permitted = permit::write(catalog, &operator, wanted).unwrap();
        write::write(database, catalog, &permitted)
            .await
            .unwrap_or_else(|error| panic!("{table}: {error}"));
    }
}

fn plain(column: &Column) -> Cell {
    match column.kind {
        Kind::Bool => Cell::Bool(false),
        Kind::Int => Cell::Int(0),
        Kind::Text => Cell::from(column.name.as_str()),
        Kind::Enum => Cell::from(column.words[0].as_str()),
        Kind::Uuid => Cell::Uuid(Uuid::nil()),
        Kind::Instant => Cell::Instant(instant(0)),
        Kind::Json => Cell::from(serde_json::json!({})),
        Kind::Bytes => Cell::from(vec![1; 32]),
    }
}

pub async fn fill(database: &Database, catalog: &Catalog, account: u128, people: u128) {
    let of = |table: &str, number: u128| Cell::Uuid(id(account, table, number));
    let name = if account == ACME { "Acme" } else { "Globex" };
    let own = vec![
        ("id", Cell::Uuid(Uuid::from_u128(account))),
        ("name", name.into()),
        ("status", "active".into()),
    ];
    put(database, catalog, account, "accounts", vec![own]).await;
    // What the platform offers is written once, whoever asks for it.
    if account == ACME {
        let plan = vec![("id", of("plans", 1)), ("name", "Starter".into())];
        put(database, catalog, account, "plans", vec![plan]).await;
    }
    let lists = (1..=2_u128)
        .map(|number| {
            let name = format!("List {number} of \"{name}\"\n");
            vec![
                ("id", of("lists", number)),
                ("name", name.into()),
                ("created_at", instant(number as i64).into()),
            ]
        })
        .collect();
    put(database, catalog, account, "lists", lists).await;
    let fields = (1..=3_u128)
        .map(|number| {
            let class = ["identity", "none", "special"][number as usize - 1];
            vec![
                ("id", of("list_fields", number)),
                ("list_id", of("lists", 1)),
                ("tag", format!("TAG{number}").into()),
                ("options", serde_json::json!(["a", "b"]).into()),
                (
                    "personal_data_class",
                    if number == 3 { Cell::Null } else { class.into() },
                ),
            ]
        })
        .collect();
    put(database, catalog, account, "list_fields", fields).await;
    put(
        database,
        catalog,
        account,
        "subscribers",
        (1..=people).map(|n| person(account, n)).collect(),
    )
    .await;
    let mut profiles = Vec::new();
    let mut values = Vec::new();
    for n in 1..=people {
        for list in 1..=(1 + n % 2) {
            let profile = n * 10 + list;
            profiles.push(vec![
                ("id", of("subscriber_profiles", profile)),
                ("subscriber_id", of("subscribers", n)),
                ("list_id", of("lists", list)),
                ("status", ["subscribed", "unsubscribed"][(n % 2) as usize].into()),
                (
                    "tags",
                    if n == 2 {
                        serde_json::json!(["vip", "ü"]).into()
                    } else {
                        Cell::Null
                    },
                ),
                ("created_at", instant(100 + n as i64).into()),
            ]);
            for field in 1..=3 {
                values.push(vec![
                    ("id", of("profile_values", profile * 10 + field)),
                    ("profile_id", of("subscriber_profiles", profile)),
                    ("field_id", of("list_fields", field)),
                    ("value", format!("value {n}.{field}").into()),
                ]);
            }
        }
    }
    put(database, catalog, account, "subscriber_profiles", profiles).await;
    put(database, catalog, account, "profile_values", values).await;
    fill_campaigns(database, catalog, account, people).await;
    let export = vec![
        ("id", of("exports", 1)),
        ("state", "ready".into()),
        ("bytes_done", 5_000_000_000_i64.into()),
        ("requested_by_id", Cell::Null),
    ];
    put(database, catalog, account, "exports", vec![export]).await;
}

fn person(account: u128, n: u128) -> Given<'static> {
    let domain = if account == ACME {
        "example.com"
    } else {
        "example.org"
    };
    vec![
        ("id", Cell::Uuid(id(account, "subscribers", n))),
        ("email", format!("Person{n}@{domain}").into()),
        ("email_normalized", format!("person{n}@{domain}").into()),
        ("status", ["active", "blocklisted"][usize::from(n == 3)].into()),
        (
            "first_name",
            if n == 4 {
                Cell::Null
            } else {
                format!("Anna {n} ✓").into()
            },
        ),
        ("phone", "+1 555".into()),
        ("created_at", instant(n as i64 * 60).into()),
    ]
}

async fn fill_campaigns(database: &Database, catalog: &Catalog, account: u128, people: u128) {
    let of = |table: &str, number: u128| Cell::Uuid(id(account, table, number));
    let campaigns = (1..=3_u128)
        .map(|number| {
            vec![
                ("id", of("campaigns", number)),
                ("list_id", of("lists", if number == 3 { 2 } else { 1 })),
                ("name", format!("Campaign {number}").into()),
                (
                    "bounce_count",
                    if number == 3 {
                        3_000_000_000_i64.into()
                    } else {
                        1_i64.into()
                    },
                ),
                ("created_at", instant(number as i64 * 3_600).into()),
            ]
        })
        .collect();
    put(database, catalog, account, "campaigns", campaigns).await;
    let mut deliveries = Vec::new();
    let mut opens = Vec::new();
    for n in 1..=people {
        for campaign in 1..=2 {
            let delivery = n * 10 + campaign;
            deliveries.push(vec![
                ("id", of("deliveries", delivery)),
                ("campaign_id", of("campaigns", campaign)),
                ("subscriber_id", of("subscribers", n)),
                ("sent_at", instant(4_000 + delivery as i64).into()),
            ]);
            for open in 0..n {
                opens.push(vec![
                    ("id", of("opens", delivery * 10 + open)),
                    ("delivery_id", of("deliveries", delivery)),
                    ("campaign_id", of("campaigns", campaign)),
                    ("subscriber_id", of("subscribers", n)),
                    ("opened_at", instant(9_000 - open as i64).into()),
                    ("ip_address", "192.0.2.7".into()),
                ]);
            }
        }
    }
    put(database, catalog, account, "deliveries", deliveries).await;
    put(database, catalog, account, "opens", opens).await;
}
