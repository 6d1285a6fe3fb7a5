//! The same rows asked for twice: files under `data/` are the same bytes, and the rest says the same but for which request
//! it was and when.

use std::collections::BTreeMap;
use std::io::{Cursor, Read};

use serde_json::Value;
use uuid::Uuid;

use super::export::{made, whole};
use super::kit::{Place, places};
use crate::catalog::Owner;
use crate::plan::slice::BundleKind;
use crate::store::Sql;
use crate::work::export::part::ExportPart;
use crate::work::export::request::ExportRequest;
use crate::work::person::SubscriberChoice;

type Files = BTreeMap<String, Vec<u8>>;

fn unpack(bundle: &[u8]) -> Files {
    let mut zip = zip::ZipArchive::new(Cursor::new(bundle)).unwrap();
    let mut files = Files::new();
    for at in 0..zip.len() {
        let mut entry = zip.by_index(at).unwrap();
        let mut content = Vec::new();
        entry.read_to_end(&mut content).unwrap();
        files.insert(entry.name().unwrap().into_owned(), content);
    }
    files
}

/// Tables into which nothing is written because somebody asks for a bundle.
fn quiet(place: &Place) -> ExportPart {
    let catalog = &place.installation.catalog;
    let tables = catalog
        .resources()
        .filter(|resource| resource.owner == Owner::Account || resource.owner == Owner::Itself)
        .filter(|resource| resource.columns.iter().any(|column| column.export.account))
        .map(|resource| resource.table.clone())
        .filter(|table| !["exports", "audit_events", "audit_seals"].contains(&table.as_str()));
    ExportPart::Resources(tables.collect())
}

/// The first id that a statement about an account finds.
async fn first(place: &Place, account: Uuid, column: &str, table: &str) -> Uuid {
    let mut sql = Sql::new("SELECT ");
    sql.name(column)
        .push(" FROM ")
        .name(table)
        .push(" WHERE account_id = ");
    sql.bind(account)
        .push(" AND ")
        .name(column)
        .push(" IS NOT NULL ORDER BY 1 LIMIT 1");
    place.installation.database.fetch(&sql).await.unwrap()[0]
        .uuid(0)
        .unwrap()
}

/// What a bundle says besides its rows, without the sums that follow from it, and without what tells one request from
/// another.
fn said(files: &Files) -> Vec<(&str, String)> {
    let receipt: Value = serde_json::from_slice(&files["receipt.json"]).unwrap();
    let request = receipt["requestId"].as_str().unwrap();
    let at = receipt["snapshotAt"].as_str().unwrap();
    // A link ends some days after the rows were read.
    let (_, until) = std::str::from_utf8(&files["README.txt"])
        .unwrap()
        .split_once("Download until: ")
        .unwrap();
    let until = until.lines().next().unwrap();
    let names = [
        "README.txt",
        "bag-info.txt",
        "bagit.txt",
        "datapackage.json",
        "manifest-sha256.txt",
        "receipt.json",
    ];
    let said = |name: &str| {
        let text = String::from_utf8(files[name].clone()).unwrap();
        text.replace(request, "REQUEST")
            .replace(at, "AT")
            .replace(until, "UNTIL")
    };
    names.map(|name| (name, said(name))).into()
}

#[tokio::test(flavor = "multi_thread")]
async fn the_same_rows_asked_for_twice_are_the_same_bytes_in_every_scope() {
    for place in places(60).await {
        let account = place.world.accounts[0].id;
        let list = first(&place, account, "list_id", "campaigns").await;
        let campaign = first(&place, account, "campaign_id", "deliveries").await;
        let person = SubscriberChoice::Id(first(&place, account, "id", "subscribers").await);
        let part = |part| ExportRequest {
            part,
            ..whole(&place)
        };
        let about = |bundle| ExportRequest {
            subscriber: Some(person.clone()),
            bundle,
            ..whole(&place)
        };
        let scopes: [(&str, &dyn Fn() -> ExportRequest); 5] = [
            ("resources", &|| part(quiet(&place))),
            ("list", &|| part(ExportPart::List(list))),
            ("campaign", &|| part(ExportPart::Campaign(campaign))),
            ("access", &|| about(BundleKind::Access)),
            ("portability", &|| about(BundleKind::Portability)),
        ];
        for (scope, wanted) in scopes {
            let one = unpack(&made(&place, account, &wanted()).await);
            let other = unpack(&made(&place, account, &wanted()).await);
            assert!(one.keys().eq(other.keys()), "{scope}");
            for (name, bytes) in one.iter().filter(|(name, _)| name.starts_with("data/")) {
                assert!(*bytes == other[name], "{scope}: {name} differs");
            }
            assert_eq!(said(&one), said(&other), "{scope}");
        }
    }
}
