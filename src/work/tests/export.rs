//! What a bundle holds.

use std::io::{Cursor, Read};

use futures_util::TryStreamExt;

use super::kit::{Place, places};
use crate::bundle::{Lane, PublicKey, Trust, verify};
use crate::plan::slice::BundleKind;
use crate::store::queue::{self, Queue};
use crate::work::export::request::{ExportRequest, request};
use crate::work::export::{download, run};
use crate::work::person::SubscriberChoice;

async fn bundle(place: &Place, account: uuid::Uuid, subscriber: Option<&str>) -> Vec<u8> {
    let viewer = place.viewer(account);
    let wanted = ExportRequest {
        subscriber: subscriber.map(|email| SubscriberChoice::Email(email.to_owned())),
        bundle: if subscriber.is_some() {
            BundleKind::Access
        } else {
            BundleKind::Account
        },
        formats: Lane::ALL.into_iter().collect(),
        idempotency_key: format!("test-{}", place.installation.new_id()),
    };
    let installation = &place.installation;
    let id = request(installation, &viewer, &wanted).await.unwrap();
    let now = installation.clock.lease_milliseconds();
    let claim = queue::claim(
        &installation.database,
        Queue::Exports,
        now,
        5_000,
        installation.clock.now(),
    )
    .await;
    let claim = claim.unwrap().expect("the export waits");
    assert_eq!(claim.id, id);
    run::run(installation, &claim).await.unwrap();
    let bundle = download::open(installation, &viewer, id).await.unwrap();
    let size = bundle.object.size();
    let pieces: Vec<_> = bundle.object.read_range(0..size).try_collect().await.unwrap();
    pieces.concat()
}

fn trust(place: &Place) -> Trust {
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
