//! Imports as jobs, where somebody gets in their way: canceled, overtaken, without a file, or with an erasure beside them.

use std::time::Duration;

use uuid::Uuid;

use super::kit::{Place, places};
use crate::access::viewer::Viewer;
use crate::cell::Kind;
use crate::error::Code;
use crate::store::Sql;
use crate::store::queue::{self, Claim, Queue};
use crate::work::erase::plan::{ErasureRequest, confirm, plan};
use crate::work::erase::row::read;
use crate::work::import::kept;
use crate::work::import::request::{ImportRequest, cancel, request};
use crate::work::person::SubscriberChoice;
use crate::work::{upload, worker};

/// Rows of a file: enough batches for something to happen in between.
const PEOPLE: usize = 12_000;

/// So many more that nobody is done with them before somebody else has taken them over, however busy the machine is.
const MANY: usize = 40_000;

fn file(bad: usize, people: usize) -> Vec<u8> {
    let mut text = String::from("email,name,attributes\n");
    for number in 0..bad {
        text.push_str(&format!("nobody-{number},Nobody,{{}}\n"));
    }
    for number in 0..people {
        text.push_str(&format!("p{number}@jobs.test,Person {number},{{}}\n"));
    }
    text.into_bytes()
}

/// A file that was sent in, and an import of it that was asked for.
async fn asked(place: &Place, viewer: &Viewer) -> (Uuid, Uuid) {
    asked_for(place, viewer, PEOPLE).await
}

/// The same of so many people.
async fn asked_for(place: &Place, viewer: &Viewer, people: usize) -> (Uuid, Uuid) {
    let installation = &place.installation;
    let mut arrival = upload::begin(installation, viewer).await.unwrap();
    arrival.write(&file(3, people)).await.unwrap();
    let upload = arrival.finish(None).await.unwrap().id;
    let wanted = ImportRequest {
        upload,
        file_name: Some("jobs.csv".to_owned()),
        idempotency_key: format!("test-{}", installation.new_id()),
        ..ImportRequest::default()
    };
    let import = request(installation, viewer, &wanted).await.unwrap();
    (upload, import)
}

async fn claimed(place: &Place) -> Claim {
    let installation = &place.installation;
    let claim = queue::claim(&installation.database, Queue::Imports, installation.terms()).await;
    claim.unwrap().expect("the import waits")
}

/// Works the import off on a task of its own, and waits until some of it is committed.
async fn begun(place: &Place) -> tokio::task::JoinHandle<crate::error::Result<()>> {
    let (installation, claim) = (place.installation.clone(), claimed(place).await);
    let task = tokio::spawn(async move { worker::run(&installation, &claim).await });
    while place.number("SELECT max(rows_done) FROM imports").await == 0 {
        assert!(!task.is_finished(), "it is over before it was seen");
        tokio::time::sleep(Duration::from_millis(5)).await;
    }
    task
}

async fn told(place: &Place, import: Uuid) -> (String, Option<String>) {
    let account = place.world.accounts[0].id;
    let columns = [("state", Kind::Text), ("error_code", Kind::Text)];
    let database = &place.installation.database;
    let row = queue::read(database, Queue::Imports, account, import, &columns).await;
    let row = row.unwrap().unwrap();
    let text = |place: usize| row[place].as_text().map(str::to_owned);
    (text(0).unwrap(), text(1))
}

async fn people(place: &Place) -> i64 {
    place
        .number("SELECT count(*) FROM subscribers WHERE email_normalized LIKE '%@jobs.test'")
        .await
}

async fn kept_objects(place: &Place) -> usize {
    let depot = &place.installation.depot;
    depot.list("imports").await.unwrap().len() + depot.unfinished("imports").await.unwrap().len()
}

#[tokio::test(flavor = "multi_thread")]
async fn a_canceled_import_stops_between_two_batches_and_keeps_what_it_says() {
    for place in places(10).await {
        let viewer = place.viewer(place.world.accounts[0].id);
        let (_, import) = asked(&place, &viewer).await;
        let task = begun(&place).await;
        cancel(&place.installation, &viewer, import).await.unwrap();
        task.await.unwrap().unwrap();
        assert_eq!(told(&place, import).await, ("canceled".to_owned(), None));
        let done = place.number("SELECT rows_added FROM imports").await;
        assert_eq!(people(&place).await, done);
        assert!(done > 0 && done < PEOPLE as i64, "{done}");
        assert_eq!(kept_objects(&place).await, 0);
        let again = cancel(&place.installation, &viewer, import).await.unwrap_err();
        assert_eq!(again.code(), Code::InvalidState);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn an_import_that_is_taken_over_goes_on_and_counts_each_row_once() {
    for place in places(10).await {
        let viewer = place.viewer(place.world.accounts[0].id);
        let (upload, import) = asked_for(&place, &viewer, MANY).await;
        let first = begun(&place).await;
        // As if the first worker had been silent for too long: it finds out at its next batch.
        let free = Sql::new("UPDATE imports SET lease_until = 0");
        let database = &place.installation.database;
        database
            .write(async |transaction| transaction.execute(&free).await)
            .await
            .unwrap();
        let second = claimed(&place).await;
        worker::run(&place.installation, &second).await.unwrap();
        first.await.unwrap().unwrap();
        assert_eq!(told(&place, import).await, ("done".to_owned(), None));
        let counts = "SELECT rows_added * 1000 + rows_rejected FROM imports WHERE rows_done = rows_added + rows_rejected";
        assert_eq!(place.number(counts).await, MANY as i64 * 1000 + 3);
        assert_eq!(people(&place).await, MANY as i64);
        assert_eq!(kept_objects(&place).await, 1);
        let rejects = kept::open(&place.installation, &viewer, import).await.unwrap();
        assert!(rejects.object.size() > 0);
        let left = upload::find(&place.installation, &viewer, upload).await.unwrap();
        assert_eq!(left, None, "what was imported is removed");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn an_erasure_beside_an_import_leaves_no_rejected_rows() {
    for place in places(10).await {
        let account = place.world.accounts[0].id;
        let viewer = place.viewer(account);
        let (_, import) = asked(&place, &viewer).await;
        let task = begun(&place).await;
        let installation = &place.installation;
        let mut sql = Sql::new(
            "SELECT email FROM subscribers WHERE email_normalized NOT LIKE '%jobs.test' AND account_id = ",
        );
        sql.bind(account).push(" ORDER BY id LIMIT 1");
        let email = installation.database.fetch(&sql).await.unwrap()[0]
            .text(0)
            .unwrap();
        let wanted = ErasureRequest {
            subscriber: SubscriberChoice::Email(email),
            idempotency_key: format!("test-{}", installation.new_id()),
        };
        let erasure = plan(installation, &viewer, &wanted).await.unwrap();
        let row = read(installation, &viewer, erasure).await.unwrap();
        confirm(installation, &viewer, erasure, &row.plan_hash)
            .await
            .unwrap();
        let claim = queue::claim(&installation.database, Queue::Erasures, installation.terms()).await;
        worker::run(installation, &claim.unwrap().expect("the erasure waits"))
            .await
            .unwrap();
        task.await.unwrap().unwrap();
        assert_eq!(told(&place, import).await, ("done".to_owned(), None));
        let gone = kept::open(installation, &viewer, import)
            .await
            .err()
            .expect("they are gone");
        assert_eq!(gone.code(), Code::Gone);
        assert_eq!(kept_objects(&place).await, 0);
    }
}

#[tokio::test]
async fn an_import_whose_file_is_gone_before_it_began_expires() {
    for place in places(10).await {
        let viewer = place.viewer(place.world.accounts[0].id);
        let (upload, import) = asked(&place, &viewer).await;
        upload::remove(&place.installation, viewer.account, upload)
            .await
            .unwrap();
        worker::run(&place.installation, &claimed(&place).await)
            .await
            .unwrap();
        let gone = Some(Code::Gone.as_str().to_owned());
        assert_eq!(told(&place, import).await, ("expired".to_owned(), gone));
        assert_eq!(people(&place).await, 0);
    }
}
