//! Erasures that are stopped for a while: nothing is done meanwhile, and however often it happens, the end is the same.

use std::time::Duration;

use uuid::Uuid;

use super::erasure::{change, shared};
use super::kit::{Place, places};
use crate::cell::Kind;
use crate::config::Erasing;
use crate::error::Code;
use crate::store::Sql;
use crate::store::queue::{self, Claim, Queue};
use crate::work::erase::pause::{pause, resume};
use crate::work::erase::plan::{ErasureRequest, cancel, confirm, plan};
use crate::work::erase::row::read;
use crate::work::erase::run;
use crate::work::installation::Installation;
use crate::work::person::SubscriberChoice;

/// How often it is stopped.
const PAUSES: i64 = 3;

async fn planned(installation: &Installation, place: &Place, account: Uuid) -> (Uuid, String) {
    let (_, original) = shared(place).await;
    let wanted = ErasureRequest {
        subscriber: SubscriberChoice::Email(original),
        idempotency_key: format!("pause-{}", installation.new_id()),
    };
    let viewer = place.viewer(account);
    let id = plan(installation, &viewer, &wanted).await.unwrap();
    let row = read(installation, &viewer, id).await.unwrap();
    (id, row.plan_hash)
}

async fn state(place: &Place, account: Uuid, erasure: Uuid) -> String {
    let row = read(&place.installation, &place.viewer(account), erasure).await;
    row.unwrap().state
}

async fn claimed(installation: &Installation) -> Option<Claim> {
    queue::claim(&installation.database, Queue::Erasures, installation.terms())
        .await
        .unwrap()
}

async fn events(place: &Place, action: &str) -> i64 {
    let text = format!("SELECT count(*) FROM audit_events WHERE action = '{action}'");
    place.number(&text).await
}

#[tokio::test(flavor = "multi_thread")]
async fn an_erasure_that_is_paused_again_and_again_ends_as_if_it_never_was() {
    for place in places(150).await {
        let acme = place.world.accounts[0].id;
        let viewer = place.viewer(acme);
        let mut installation = place.installation.clone();
        installation.erasing = Erasing { batch: 1, pace: 100 };
        let (id, hash) = planned(&installation, &place, acme).await;
        confirm(&installation, &viewer, id, &hash).await.unwrap();
        let batches = "SELECT count(*) FROM erasure_batches";
        let mut pauses = 0;
        loop {
            let claim = claimed(&installation).await.expect("it waits for a worker");
            let (theirs, before) = (installation.clone(), place.number(batches).await);
            let worker = tokio::spawn(async move { run::run(&theirs, &claim).await });
            // A few batches further each time.
            while !worker.is_finished() && place.number(batches).await < before + 3 {
                tokio::time::sleep(Duration::from_millis(1)).await;
            }
            if pauses == PAUSES {
                worker.await.unwrap().unwrap();
                break;
            }
            pause(&installation, &viewer, id).await.unwrap();
            pauses += 1;
            let standing = place.dump(acme).await;
            // Whatever it still tried, nothing of it is there.
            let _ = worker.await.unwrap();
            assert!(place.dump(acme).await == standing, "done behind the pause");
            assert_eq!(state(&place, acme, id).await, "paused");
            assert_eq!(claimed(&installation).await, None);
            pause(&installation, &viewer, id).await.unwrap();
            confirm(&installation, &viewer, id, &hash).await.unwrap();
            resume(&installation, &viewer, id).await.unwrap();
            resume(&installation, &viewer, id).await.unwrap();
            assert_eq!(state(&place, acme, id).await, "running");
        }
        let row = read(&installation, &viewer, id).await.unwrap();
        assert_eq!(row.state, "done", "{:?}", row.receipt);
        let (receipt, _) = row.receipt.unwrap();
        let steps = receipt["steps"].as_array().unwrap();
        assert!(steps.iter().all(|step| step["drift"] == 0), "{steps:?}");
        assert_eq!(events(&place, "erasure.finished").await, 1);
        assert_eq!(events(&place, "erasure.paused").await, pauses);
        assert_eq!(events(&place, "erasure.resumed").await, pauses);
        for refused in [
            pause(&installation, &viewer, id).await,
            resume(&installation, &viewer, id).await,
        ] {
            assert_eq!(refused.unwrap_err().code(), Code::InvalidState);
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_pause_before_the_fence_can_end_in_nothing_and_one_after_it_cannot() {
    for place in places(150).await {
        let acme = place.world.accounts[0].id;
        let (installation, viewer) = (&place.installation, place.viewer(acme));
        let (id, hash) = planned(installation, &place, acme).await;
        let early = pause(installation, &viewer, id).await.unwrap_err();
        assert_eq!(early.code(), Code::InvalidState);
        confirm(installation, &viewer, id, &hash).await.unwrap();
        pause(installation, &viewer, id).await.unwrap();
        resume(installation, &viewer, id).await.unwrap();
        assert_eq!(state(&place, acme, id).await, "confirmed");
        pause(installation, &viewer, id).await.unwrap();
        cancel(installation, &viewer, id).await.unwrap();
        assert_eq!(state(&place, acme, id).await, "canceled");

        let (id, hash) = planned(installation, &place, acme).await;
        confirm(installation, &viewer, id, &hash).await.unwrap();
        let claim = claimed(installation).await.unwrap();
        let person = crate::work::erase::held::open(installation, &claim)
            .await
            .unwrap();
        let raised = crate::work::erase::fence::raise(installation, &claim, &person).await;
        assert!(raised.unwrap());
        pause(installation, &viewer, id).await.unwrap();
        let late = cancel(installation, &viewer, id).await.unwrap_err();
        assert_eq!(late.code(), Code::InvalidState);
        resume(installation, &viewer, id).await.unwrap();
        assert_eq!(state(&place, acme, id).await, "fenced");
        let claim = claimed(installation).await.unwrap();
        run::run(installation, &claim).await.unwrap();
        assert_eq!(state(&place, acme, id).await, "done");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn an_erasure_that_is_held_half_way_is_paused_and_goes_on_when_the_person_is_let_go() {
    for place in places(150).await {
        let acme = place.world.accounts[0].id;
        let (installation, viewer) = (&place.installation, place.viewer(acme));
        let (id, hash) = planned(installation, &place, acme).await;
        confirm(installation, &viewer, id, &hash).await.unwrap();
        let claim = claimed(installation).await.unwrap();
        let person = crate::work::erase::held::open(installation, &claim)
            .await
            .unwrap();
        assert!(
            crate::work::erase::fence::raise(installation, &claim, &person)
                .await
                .unwrap()
        );
        pause(installation, &viewer, id).await.unwrap();
        let mut hold =
            Sql::new("INSERT INTO legal_holds (account_id, id, subscriber_id, placed_at) VALUES (");
        hold.bind(acme).push(", ").bind(installation.new_id());
        hold.push(", ").bind(person.subscriber);
        hold.push(", ").bind(installation.clock.now()).push(")");
        change(&place, &hold).await;
        for _ in 0..2 {
            resume(installation, &viewer, id).await.unwrap();
            let claim = claimed(installation).await.unwrap();
            run::run(installation, &claim).await.unwrap();
            let columns = [("error_code", Kind::Text)];
            let row = queue::read(&installation.database, Queue::Erasures, acme, id, &columns)
                .await
                .unwrap();
            assert_eq!(state(&place, acme, id).await, "paused");
            assert_eq!(row.unwrap()[0].as_text(), Some("LEGAL_HOLD"));
            assert_eq!(claimed(installation).await, None, "it waits for somebody");
        }
        let release = Sql::new("UPDATE legal_holds SET subscriber_id = NULL WHERE subscriber_id IS NOT NULL");
        change(&place, &release).await;
        resume(installation, &viewer, id).await.unwrap();
        let claim = claimed(installation).await.unwrap();
        run::run(installation, &claim).await.unwrap();
        assert_eq!(state(&place, acme, id).await, "done");
        assert_eq!(events(&place, "erasure.refused").await, 0);
    }
}
