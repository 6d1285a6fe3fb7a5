//! What a bundle holds.

use std::io::{Cursor, Read};

use futures_util::TryStreamExt;

use super::kit::{Place, places};
use crate::bundle::{Lane, PublicKey, Trust, verify};
use crate::cell::{Cell, Kind};
use crate::error::Code;
use crate::plan::slice::BundleKind;
use crate::store::queue::{self, Queue};
use crate::work::export::part::ExportPart;
use crate::work::export::request::{ExportRequest, request};
use crate::work::export::volumes::VolumeSize;
use crate::work::export::{download, run};
use crate::work::person::SubscriberChoice;

pub(super) async fn bundle(place: &Place, account: uuid::Uuid, subscriber: Option<&str>) -> Vec<u8> {
    let wanted = ExportRequest {
        subscriber: subscriber.map(|email| SubscriberChoice::Email(email.to_owned())),
        bundle: if subscriber.is_some() {
            BundleKind::Access
        } else {
            BundleKind::Account
        },
        ..whole(place)
    };
    made(place, account, &wanted).await
}

pub(super) fn whole(place: &Place) -> ExportRequest {
    ExportRequest {
        subscriber: None,
        bundle: BundleKind::Account,
        part: ExportPart::Whole,
        since: None,
        without_restricted: false,
        volume_size: VolumeSize::default(),
        formats: Lane::ALL.into_iter().collect(),
        idempotency_key: format!("test-{}", place.installation.new_id()),
    }
}

pub(super) async fn made(place: &Place, account: uuid::Uuid, wanted: &ExportRequest) -> Vec<u8> {
    let viewer = place.viewer(account);
    let installation = &place.installation;
    let id = request(installation, &viewer, wanted).await.unwrap();
    let claim = queue::claim(&installation.database, Queue::Exports, installation.terms()).await;
    let claim = claim.unwrap().expect("the export waits");
    assert_eq!(claim.id, id);
    run::run(installation, &claim).await.unwrap();
    let columns = [("state", Kind::Text), ("error_code", Kind::Text)];
    let row = queue::read(&installation.database, Queue::Exports, account, id, &columns).await;
    assert_eq!(row.unwrap().unwrap(), ["ready".into(), Cell::Null]);
    let bundle = download::open(installation, &viewer, id, 1).await.unwrap();
    let size = bundle.object.size();
    let pieces: Vec<_> = bundle.object.read_range(0..size).try_collect().await.unwrap();
    pieces.concat()
}

pub(super) fn trust(place: &Place) -> Trust {
    let pem = place.installation.keys.receipt_public_key_pem().unwrap();
    Trust::Keys(vec![PublicKey::from_pem(&pem).unwrap()])
}

#[tokio::test(flavor = "multi_thread")]
async fn an_accounts_bundle_is_intact_and_holds_every_row_the_policy_exports() {
    for place in places(150).await {
        let account = place.world.accounts[0].id;
        let bytes = bundle(&place, account, None).await;
        let report = verify(Cursor::new(bytes.clone()), &trust(&place)).unwrap();
        assert!(report.is_trusted(), "{:?}", report.findings);
        let subscribers = report
            .tables
            .iter()
            .find(|table| table.name == "subscribers")
            .unwrap();
        assert_eq!(subscribers.rows, place.world.accounts[0].subscribers);
        let mut zip = zip::ZipArchive::new(Cursor::new(bytes)).unwrap();
        for at in 0..zip.len() {
            let mut content = Vec::new();
            zip.by_index(at).unwrap().read_to_end(&mut content).unwrap();
            let text = String::from_utf8_lossy(&content);
            assert!(!text.contains("made-up-password"), "a secret is in the bundle");
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_persons_bundle_holds_that_persons_rows_alone() {
    for place in places(150).await {
        let account = place.world.accounts[0].id;
        let mut sql = crate::store::Sql::new("SELECT email FROM subscribers WHERE account_id = ");
        sql.bind(account).push(" ORDER BY id LIMIT 1");
        let email = place.installation.database.fetch(&sql).await.unwrap()[0]
            .text(0)
            .unwrap();
        let bytes = bundle(&place, account, Some(&email)).await;
        let report = verify(Cursor::new(bytes), &trust(&place)).unwrap();
        assert!(report.is_trusted(), "{:?}", report.findings);
        let rows = |name: &str| {
            report
                .tables
                .iter()
                .find(|table| table.name == name)
                .map(|table| table.rows)
        };
        assert_eq!(rows("subscribers"), Some(1));
        assert!(rows("subscriber_profiles") >= Some(1));
        assert_eq!(rows("lists"), None);
    }
}

/// The first value of a statement about an account.
async fn ask(place: &Place, account: uuid::Uuid, text: &str) -> crate::store::Row {
    let mut sql = crate::store::Sql::new(text);
    sql.push(" AND account_id = ")
        .bind(account)
        .push(" ORDER BY 1 LIMIT 1");
    let mut rows = place.installation.database.fetch(&sql).await.unwrap();
    rows.remove(0)
}

/// The rows of a table in the exact lane, and nothing when the bundle has no such table.
pub(super) fn lines(bundle: &[u8], table: &str) -> Option<Vec<serde_json::Value>> {
    let mut zip = zip::ZipArchive::new(Cursor::new(bundle)).unwrap();
    let mut entry = zip.by_name(&format!("data/ndjson/{table}.ndjson")).ok()?;
    let mut text = String::new();
    entry.read_to_string(&mut text).unwrap();
    Some(
        text.lines()
            .map(|line| serde_json::from_str(line).unwrap())
            .collect(),
    )
}

fn receipt(bundle: &[u8]) -> serde_json::Value {
    let mut zip = zip::ZipArchive::new(Cursor::new(bundle)).unwrap();
    serde_json::from_reader(zip.by_name("receipt.json").unwrap()).unwrap()
}

#[tokio::test(flavor = "multi_thread")]
async fn the_bundle_of_a_part_holds_the_rows_of_that_part_alone() {
    for place in places(150).await {
        let account = place.world.accounts[0].id;
        let list = ask(&place, account, "SELECT list_id FROM campaigns WHERE 1 = 1").await;
        let list = list.uuid(0).unwrap();
        let campaign = ask(&place, account, "SELECT campaign_id FROM deliveries WHERE 1 = 1").await;
        let campaign = campaign.uuid(0).unwrap();
        let parts = [
            (
                ExportPart::List(list),
                "list_id",
                list,
                ["lists", "subscriber_profiles", "campaigns"],
            ),
            (
                ExportPart::Campaign(campaign),
                "campaign_id",
                campaign,
                ["campaigns", "deliveries", "campaign_links"],
            ),
        ];
        for (part, column, id, tables) in parts {
            let wanted = ExportRequest {
                part,
                ..whole(&place)
            };
            let bytes = made(&place, account, &wanted).await;
            let report = verify(Cursor::new(&bytes), &trust(&place)).unwrap();
            assert!(report.is_trusted(), "{:?}", report.findings);
            assert_eq!(receipt(&bytes)["partial"], false);
            assert_eq!(lines(&bytes, "invoices"), None);
            for table in tables {
                let rows = lines(&bytes, table).unwrap();
                assert!(!rows.is_empty(), "{table}");
                for row in &rows {
                    let belongs = row.get(column).unwrap_or(&row["id"]);
                    assert_eq!(*belongs, id.to_string(), "{table}: {row}");
                }
            }
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn chosen_resources_since_an_instant_are_as_many_as_the_database_has() {
    for place in places(150).await {
        let account = place.world.accounts[0].id;
        let since = ask(
            &place,
            account,
            "SELECT max(updated_at) FROM subscribers WHERE 1 = 1",
        )
        .await;
        let since = since.instant(0).unwrap();
        let wanted = ExportRequest {
            part: ExportPart::Resources(["Subscriber", "ApiKey"].map(String::from).into()),
            since: Some(since),
            without_restricted: false,
            ..whole(&place)
        };
        let bytes = made(&place, account, &wanted).await;
        let report = verify(Cursor::new(&bytes), &trust(&place)).unwrap();
        assert!(report.is_trusted(), "{:?}", report.findings);
        let tables: Vec<&str> = report.tables.iter().map(|table| table.name.as_str()).collect();
        assert_eq!(tables, ["api_keys", "subscribers"]);
        let mut sql = crate::store::Sql::new("SELECT count(*) FROM subscribers WHERE updated_at >= ");
        sql.bind(since).push(" AND account_id = ").bind(account);
        let counted = place.installation.database.fetch(&sql).await.unwrap()[0]
            .int(0)
            .unwrap();
        let found = lines(&bytes, "subscribers").unwrap().len();
        assert!(found > 0 && found as i64 == counted, "{found} of {counted}");
        let unknown = ExportRequest {
            part: ExportPart::Resources(["Nothing".to_owned()].into()),
            ..whole(&place)
        };
        let refused = request(&place.installation, &place.viewer(account), &unknown).await;
        assert_eq!(refused.unwrap_err().code(), Code::BadUserInput);
        let nowhere = ExportRequest {
            part: ExportPart::List(place.installation.new_id()),
            ..whole(&place)
        };
        let refused = request(&place.installation, &place.viewer(account), &nowhere).await;
        assert_eq!(refused.unwrap_err().code(), Code::InvalidId);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn of_a_secret_a_bundle_says_whether_it_is_set_and_the_receipt_says_why() {
    for place in places(150).await {
        let bytes = bundle(&place, place.world.accounts[0].id, None).await;
        let servers = lines(&bytes, "delivery_servers").unwrap();
        assert!(!servers.is_empty());
        for server in &servers {
            assert!(server["password_is_set"].is_boolean(), "{server}");
            assert_eq!(server.get("password"), None);
        }
        let receipt = receipt(&bytes);
        assert_eq!(receipt["partial"], false);
        let withheld = receipt["withheld"].as_array().unwrap();
        let said = withheld
            .iter()
            .find(|item| item["resource"] == "delivery_servers")
            .unwrap();
        assert_eq!(said["reason"], "SECRET");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn templates_also_lie_as_folders_with_html_that_opens_by_itself() {
    for place in places(5).await {
        let bytes = bundle(&place, place.world.accounts[0].id, None).await;
        let templates = lines(&bytes, "templates").unwrap();
        let mut zip = zip::ZipArchive::new(Cursor::new(&bytes)).unwrap();
        let mut files = 0;
        for template in &templates {
            let id = template["id"].as_str().unwrap();
            let mut text = |file: &str| {
                let mut entry = zip.by_name(&format!("data/files/templates/{id}/{file}")).ok()?;
                let mut text = String::new();
                entry.read_to_string(&mut text).unwrap();
                Some(text)
            };
            let html = template["html_body"].as_str().filter(|html| !html.is_empty());
            assert_eq!(text("body.html").as_deref(), html);
            files += usize::from(html.is_some());
            let rest: serde_json::Value = serde_json::from_str(&text("meta.json").unwrap()).unwrap();
            assert_eq!(rest["name"], template["name"]);
            assert_eq!(rest.get("html_body"), None);
        }
        assert!(files > 0, "no template has HTML");
    }
}

/// The row is told of all the time, so that it is when the bundle is whole. What tells of it and what ends the job must
/// not wait for each other.
#[tokio::test(flavor = "multi_thread")]
async fn an_export_ends_at_once_while_its_row_is_being_told_of() {
    for mut place in places(3).await {
        place.installation.lease_milliseconds = 4;
        for _ in 0..5 {
            made(&place, place.world.accounts[0].id, &whole(&place)).await;
        }
    }
}
