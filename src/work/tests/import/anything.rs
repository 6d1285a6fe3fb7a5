//! What an account holds may be any text and any document: it is the same after it was exported, imported and exported.

use proptest::prelude::*;
use proptest::test_runner::TestRunner;
use serde_json::Value;
use uuid::Uuid;

use super::same::assert_same;
use super::{empty, import};
use crate::bundle::arbitrary::{json, text};
use crate::bundle::verify;
use crate::catalog::{Catalog, Column, Resource};
use crate::cell::{Cell, Kind};
use crate::store::{Dialect, Sql};
use crate::work::import::bundle::decided::{Taken, taken};
use crate::work::tests::export::{bundle, trust};
use crate::work::tests::kit::{Place, places};

/// Rows of each table that are filled anew.
const ROWS: usize = 12;

/// What is put into rows, in turn.
#[derive(Clone, Debug)]
struct Content {
    texts: Vec<String>,
    documents: Vec<Value>,
}

fn content() -> impl Strategy<Value = Content> {
    // A document that is null is none; and neither store takes the character U+0000.
    let document = json().prop_filter("null", |value| !value.is_null());
    (
        prop::collection::vec(text(), 20..60),
        prop::collection::vec(document, 8..20),
    )
        .prop_map(|(texts, documents)| Content {
            texts: texts.iter().map(|text| text.replace('\0', "")).collect(),
            documents: documents.iter().map(without_nul).collect(),
        })
}

fn without_nul(value: &Value) -> Value {
    match value {
        Value::String(text) => text.replace('\0', "").into(),
        Value::Array(values) => values.iter().map(without_nul).collect(),
        Value::Object(map) => map
            .iter()
            .map(|(key, value)| (key.replace('\0', ""), without_nul(value)))
            .collect(),
        _ => value.clone(),
    }
}

/// The columns of a table that may hold anything: nothing is found by them.
fn open_columns<'a>(catalog: &Catalog, resource: &'a Resource) -> Vec<&'a Column> {
    if taken(catalog.table(&resource.table), true) != Taken::Rows {
        return Vec::new();
    }
    let columns = resource.columns.iter().filter(|column| {
        matches!(column.kind, Kind::Text | Kind::Json)
            && !column.is_secret()
            && column.export.account
            && !resource.unique.iter().any(|key| key.contains(&column.id))
    });
    columns.collect()
}

/// Fills rows of every table of an account with this content; says how many values that were.
async fn fill(place: &Place, account: Uuid, content: &Content) -> usize {
    let (mut texts, mut documents) = (content.texts.iter().cycle(), content.documents.iter().cycle());
    let mut filled = 0;
    let installation = &place.installation;
    for resource in installation.catalog.resources() {
        let columns = open_columns(&installation.catalog, resource);
        if columns.is_empty() {
            continue;
        }
        let mut ids = Sql::new("SELECT id FROM ");
        ids.name(&resource.table)
            .push(" WHERE account_id = ")
            .bind(account)
            .push(format!(" ORDER BY id LIMIT {ROWS}").as_str());
        for row in installation.database.fetch(&ids).await.unwrap() {
            let mut update = Sql::new("UPDATE ");
            update.name(&resource.table).push(" SET ");
            for (number, column) in columns.iter().enumerate() {
                let cell: Cell = match column.kind {
                    Kind::Json => documents.next().cloned().into(),
                    _ => texts.next().cloned().into(),
                };
                update.push(if number > 0 { ", " } else { "" }).name(&column.name);
                update.push(" = ").bind(cell);
                filled += 1;
            }
            update
                .push(" WHERE account_id = ")
                .bind(account)
                .push(" AND id = ")
                .bind(row.uuid(0).unwrap());
            let written = installation
                .database
                .write(async |transaction| transaction.execute(&update).await)
                .await;
            written.unwrap_or_else(|error| panic!("{}: {error}", resource.table));
        }
    }
    filled
}

async fn check(place: &Place, content: &Content) {
    let account = place.world.accounts[0].id;
    assert!(fill(place, account, content).await > 200);
    let before = bundle(place, account, None).await;
    let viewer = empty(place, &format!("New {}", Uuid::now_v7())).await;
    let report = import(place, &viewer, &before, trust(place)).await.unwrap();
    assert_eq!(
        report.sum(|table| table.suppressed + table.unheld),
        0,
        "{report:?}"
    );
    let after = bundle(place, viewer.account, None).await;
    let found = verify(std::io::Cursor::new(&after), &trust(place)).unwrap();
    assert!(found.is_trusted(), "{:?}", found.findings);
    assert_same(&place.installation.catalog, &before, &after, false, "anything");
}

#[test]
fn an_account_of_any_content_is_the_same_after_it_was_exported_imported_and_exported_again() {
    let runtime = tokio::runtime::Runtime::new().unwrap();
    let _entered = runtime.enter();
    for place in runtime.block_on(places(40)) {
        let dialect = place.installation.database.dialect();
        let mut runner = TestRunner::new(ProptestConfig {
            cases: match dialect {
                Dialect::Sqlite => 4,
                Dialect::Postgres => 1,
            },
            max_shrink_iters: 20,
            failure_persistence: None,
            ..ProptestConfig::default()
        });
        let outcome = runner.run(&content(), |content| {
            runtime.block_on(check(&place, &content));
            Ok(())
        });
        outcome.unwrap_or_else(|error| {
            panic!(
                "{}: {error}",
                if dialect == Dialect::Sqlite {
                    "SQLite"
                } else {
                    "PostgreSQL"
                }
            )
        });
    }
}
