//! What an erasure leaves: nothing of the person in that account, everything in the others, and the totals as they
//! were (ruling 31).

use std::collections::BTreeMap;

use uuid::Uuid;

use super::kit::{Place, places};
use crate::access::permit;
use crate::bundle::{PublicKey, verify_receipt};
use crate::error::{Code, Error};
use crate::plan::erase::{Action, EraseStep, steps};
use crate::plan::slice::Subject;
use crate::store::erase::{batch, count};
use crate::store::queue::{self, Queue};
use crate::store::{Sql, identity};
use crate::work::erase::plan::{ErasureRequest, confirm, plan};
use crate::work::erase::row::{ErasureRow, read};
use crate::work::erase::{receipt, run};
use crate::work::person::SubscriberChoice;

/// Somebody who is a subscriber of both accounts.
pub(super) async fn shared(place: &Place) -> (String, String) {
    let mut sql = Sql::new(
        "SELECT a.email_normalized, a.email FROM subscribers a JOIN subscribers b ON b.email_normalized = a.email_normalized WHERE a.account_id = ",
    );
    sql.bind(place.world.accounts[0].id)
        .push(" AND b.account_id = ")
        .bind(place.world.accounts[1].id);
    sql.push(" ORDER BY a.id LIMIT 1");
    let rows = place.installation.database.fetch(&sql).await.unwrap();
    (rows[0].text(0).unwrap(), rows[0].text(1).unwrap())
}

pub(super) async fn erase(place: &Place, account: Uuid, email: &str) -> (Uuid, ErasureRow) {
    let id = agreed(place, account, email).await;
    run_next(place).await;
    let row = read(&place.installation, &place.viewer(account), id).await;
    (id, row.unwrap())
}

async fn agreed(place: &Place, account: Uuid, email: &str) -> Uuid {
    let viewer = place.viewer(account);
    let installation = &place.installation;
    let wanted = ErasureRequest {
        subscriber: SubscriberChoice::Email(email.to_owned()),
        idempotency_key: format!("test-{}", installation.new_id()),
    };
    let id = plan(installation, &viewer, &wanted).await.unwrap();
    let row = read(installation, &viewer, id).await.unwrap();
    confirm(installation, &viewer, id, &row.plan_hash).await.unwrap();
    id
}

/// Runs the next erasure that waits.
async fn run_next(place: &Place) {
    let installation = &place.installation;
    let claim = queue::claim(&installation.database, Queue::Erasures, installation.terms()).await;
    run::run(installation, &claim.unwrap().expect("an erasure waits"))
        .await
        .unwrap();
}

/// Nothing is left of the person: DONE, or PARTIAL where somebody who was given the data is to be told.
pub(super) fn has_ended(row: &ErasureRow) {
    let (receipt, _) = row.receipt.as_ref().unwrap();
    let expected = match receipt["recipients"].as_array().unwrap().is_empty() {
        true => "done",
        false => "partial",
    };
    assert_eq!(row.state, expected, "{receipt:#}");
    assert_eq!(receipt["state"], expected.to_uppercase());
}

fn mentions(dump: &BTreeMap<String, Vec<String>>, needle: &str) -> Vec<String> {
    let needle = needle.to_lowercase();
    let tables = dump
        .iter()
        .filter(|(_, rows)| rows.iter().any(|row| row.to_lowercase().contains(&needle)));
    tables.map(|(table, _)| table.clone()).collect()
}

const COUNTERS: &str = "SELECT CAST(sum(delivery_count * 7 + open_count * 5 + unique_open_count * 3 + click_count + unique_click_count + bounce_count) AS bigint) FROM campaigns";

#[tokio::test(flavor = "multi_thread")]
async fn an_erased_person_is_nowhere_in_the_account_and_untouched_in_the_others() {
    for place in places(150).await {
        let (acme, globex) = (place.world.accounts[0].id, place.world.accounts[1].id);
        let (normalized, original) = shared(&place).await;
        let others_before = place.dump(globex).await;
        let counters_before = place.number(COUNTERS).await;
        assert!(!mentions(&place.dump(acme).await, &normalized).is_empty());

        let (_, row) = erase(&place, acme, &original).await;
        has_ended(&row);

        let after = place.dump(acme).await;
        assert_eq!(mentions(&after, &normalized), Vec::<String>::new());
        assert_eq!(mentions(&after, &original), Vec::<String>::new());
        assert_eq!(place.dump(globex).await, others_before);
        assert_eq!(place.number(COUNTERS).await, counters_before);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn the_receipt_is_signed_and_counts_what_was_planned() {
    for place in places(150).await {
        let acme = place.world.accounts[0].id;
        let (_, original) = shared(&place).await;
        let (_, row) = erase(&place, acme, &original).await;
        let (document, signature) = row.receipt.unwrap();
        let pem = place.installation.keys.receipt_public_key_pem().unwrap();
        let bytes = receipt::canonical(&document).unwrap();
        let report = verify_receipt(&bytes, &signature, &PublicKey::from_pem(&pem).unwrap());
        assert!(report.is_trusted(), "{:?}", report.findings);
        let steps = document["steps"].as_array().unwrap();
        assert!(steps.iter().all(|step| step["drift"] == 0), "{steps:?}");
        assert!(
            steps
                .iter()
                .any(|step| step["table"] == "subscribers" && step["done"] == 1)
        );
        assert_eq!(document["attestation"], "L2");
        assert!(
            !document
                .to_string()
                .to_lowercase()
                .contains(&original.to_lowercase())
        );
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn an_erased_person_cannot_be_planned_again_and_another_hash_is_refused() {
    for place in places(150).await {
        let acme = place.world.accounts[0].id;
        let (_, original) = shared(&place).await;
        let viewer = place.viewer(acme);
        let wanted = |key: &str| ErasureRequest {
            subscriber: SubscriberChoice::Email(original.clone()),
            idempotency_key: key.to_owned(),
        };
        let id = plan(&place.installation, &viewer, &wanted("first-key"))
            .await
            .unwrap();
        assert_eq!(
            plan(&place.installation, &viewer, &wanted("first-key"))
                .await
                .unwrap(),
            id
        );
        let refused = confirm(&place.installation, &viewer, id, "sha256:00").await;
        assert!(matches!(refused, Err(Error::Refused(refusal)) if refusal.code == Code::PlanChanged));
        erase(&place, acme, &original).await;
        // The first plan is known by its key, though nobody is found any more.
        let known = plan(&place.installation, &viewer, &wanted("first-key")).await;
        assert_eq!(known.unwrap(), id);
        let again = plan(&place.installation, &viewer, &wanted("second-key")).await;
        assert!(matches!(again, Err(Error::Refused(refusal)) if refusal.code == Code::SubjectNotFound));
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn rows_that_a_policy_keeps_are_counted_and_left_alone() {
    for place in places(150).await {
        let acme = place.world.accounts[0].id;
        let (normalized, _) = shared(&place).await;
        let installation = &place.installation;
        let found = identity::subscriber(&installation.database, acme, &normalized).await;
        let subject = Subject {
            subscriber: found.unwrap().expect("the person is there"),
            address: normalized,
        };
        let kept: Vec<EraseStep> = steps(&installation.catalog)
            .into_iter()
            .map(|step| EraseStep {
                action: Action::Keep,
                ..step
            })
            .collect();
        let catalog = &installation.catalog;
        let erasure = permit::erase(catalog, &place.viewer(acme), subject, kept).unwrap();
        let before = place.dump(acme).await;
        let mut all = 0;
        for step in &erasure.plan().steps {
            let there = count(&installation.database, catalog, &erasure, step, &[])
                .await
                .unwrap();
            let done = installation
                .database
                .write(async |transaction| batch(transaction, catalog, &erasure, step, &[0; 32], 1).await)
                .await
                .unwrap();
            assert_eq!(done.rows, there);
            all += there;
        }
        assert!(all > 1);
        assert_eq!(place.dump(acme).await, before);
    }
}

/// Addresses of the account's people who have a row in the table.
async fn people_with(place: &Place, account: Uuid, table: &str) -> Vec<(Uuid, String)> {
    let mut sql = Sql::new("SELECT DISTINCT s.id, s.email FROM subscribers s JOIN ");
    sql.name(table)
        .push(" t ON t.account_id = s.account_id AND t.subscriber_id = s.id WHERE s.account_id = ")
        .bind(account);
    let rows = place.installation.database.fetch(&sql).await.unwrap();
    let people = rows.iter();
    people
        .map(|row| (row.uuid(0).unwrap(), row.text(1).unwrap()))
        .collect()
}

#[tokio::test(flavor = "multi_thread")]
async fn who_asked_complained_and_looked_around_is_erased_everywhere_and_requests_stay_without_them() {
    for place in places(150).await {
        let acme = place.world.accounts[0].id;
        let requests = place.number("SELECT count(*) FROM data_requests").await;
        for table in [
            "complaints",
            "page_visits",
            "processing_restrictions",
            "data_requests",
            "disclosures",
            "support_tickets",
        ] {
            let people = people_with(&place, acme, table).await;
            // Whoever is found by one table may be gone by another.
            let Some((id, email)) = people.first() else {
                assert!(table == "support_tickets", "nobody has {table}");
                continue;
            };
            let (_, row) = erase(&place, acme, email).await;
            has_ended(&row);
            let after = place.dump(acme).await;
            assert_eq!(mentions(&after, email), Vec::<String>::new(), "{table}");
            assert_eq!(mentions(&after, &id.to_string()), Vec::<String>::new(), "{table}");
        }
        assert_eq!(place.number("SELECT count(*) FROM data_requests").await, requests);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn an_account_is_looked_through_once_for_all_who_are_erased_one_after_another() {
    for place in places(20).await {
        let acme = place.world.accounts[0].id;
        let people = people_with(&place, acme, "subscriber_profiles").await;
        let mut agreed_to = Vec::new();
        for (_, email) in &people[..4] {
            agreed_to.push(agreed(&place, acme, email).await);
        }
        for _ in &agreed_to {
            run_next(&place).await;
        }
        let mut levels = Vec::new();
        for id in &agreed_to {
            let row = read(&place.installation, &place.viewer(acme), *id).await.unwrap();
            assert_eq!(row.state, "done", "{:?}", row.receipt);
            let level = |receipt: Option<(serde_json::Value, Vec<u8>)>| {
                receipt.map(|(receipt, _)| receipt["attestation"].as_str().unwrap_or_default().to_owned())
            };
            levels.push((level(row.receipt), level(row.second_receipt)));
        }
        let word = |level: &str| Some(level.to_owned());
        let before = (word("L1"), word("L2"));
        assert_eq!(
            levels,
            [before.clone(), before.clone(), before, (word("L2"), None)]
        );
    }
}

/// Changes one row.
pub(super) async fn change(place: &Place, sql: &Sql) {
    let database = &place.installation.database;
    let done = database.write(async |transaction| transaction.execute(sql).await);
    assert_eq!(done.await.unwrap(), 1);
}

#[tokio::test(flavor = "multi_thread")]
async fn nobody_is_erased_while_a_legal_hold_names_them() {
    for place in places(150).await {
        let acme = place.world.accounts[0].id;
        let (id, email) = people_with(&place, acme, "subscriber_profiles").await.remove(0);
        let mut hold = Sql::new("UPDATE legal_holds SET released_at = NULL, subscriber_id = ");
        hold.bind(id).push(" WHERE account_id = ").bind(acme);
        change(&place, &hold).await;
        let wanted = ErasureRequest {
            subscriber: SubscriberChoice::Email(email.clone()),
            idempotency_key: "while-held".to_owned(),
        };
        let refused = plan(&place.installation, &place.viewer(acme), &wanted).await;
        assert!(matches!(refused, Err(Error::Refused(refusal)) if refusal.code == Code::LegalHold));

        let mut release = Sql::new("UPDATE legal_holds SET subscriber_id = NULL, reason = ");
        release
            .bind(format!("{email} has withdrawn the claim."))
            .push(" WHERE subscriber_id = ")
            .bind(id);
        change(&place, &release).await;
        let (_, row) = erase(&place, acme, &email).await;
        has_ended(&row);
        assert_eq!(mentions(&place.dump(acme).await, &email), Vec::<String>::new());
    }
}
