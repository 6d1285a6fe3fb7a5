//! Many who ask for exports at once: the daily limit holds, every account has its turn, and none has more than its share.

use futures_util::future::join_all;
use uuid::Uuid;

use super::kit::{Place, places};
use crate::bundle::Lanes;
use crate::error::{Code, Result};
use crate::plan::slice::BundleKind;
use crate::store::queue::{self, Again, Claim, Queue};
use crate::work::export::part::ExportPart;
use crate::work::export::request::{ExportRequest, request};
use crate::work::export::volumes::VolumeSize;

fn wanted(key: &str) -> ExportRequest {
    ExportRequest {
        subscriber: None,
        bundle: BundleKind::Account,
        part: ExportPart::Whole,
        since: None,
        without_restricted: false,
        volume_size: VolumeSize::default(),
        formats: Lanes::default(),
        idempotency_key: format!("turns-{key}"),
    }
}

/// Sends all requests at once, each as a gateway of its own would; gives what came of them, in order.
async fn at_once(place: &Place, limit: Option<i64>, keys: &[String]) -> Vec<Result<Uuid>> {
    let account = place.world.accounts[0].id;
    let asked = keys.iter().map(|key| {
        let (installation, mut viewer, wanted) =
            (place.installation.clone(), place.viewer(account), wanted(key));
        viewer.rights.max_bundles_per_day = limit;
        tokio::spawn(async move { request(&installation, &viewer, &wanted).await })
    });
    let asked = join_all(asked).await;
    asked.into_iter().map(|outcome| outcome.unwrap()).collect()
}

#[tokio::test(flavor = "multi_thread")]
async fn no_more_bundles_a_day_are_taken_than_allowed_however_many_ask_at_once() {
    for place in places(2).await {
        let keys: Vec<String> = (0..16).map(|number| format!("limit-{number}")).collect();
        let outcomes = at_once(&place, Some(3), &keys).await;
        let refused = outcomes.iter().filter_map(|outcome| outcome.as_ref().err());
        assert!(
            refused.clone().all(|error| error.code() == Code::LimitReached),
            "{outcomes:?}"
        );
        assert_eq!(refused.count(), 13);
        assert_eq!(place.number("SELECT count(*) FROM exports").await, 3);
        let noted = "SELECT count(*) FROM audit_events WHERE action = 'export.requested'";
        assert_eq!(place.number(noted).await, 3);
        // Who was taken and asks again because no answer came is not refused for it.
        let (taken, id) = keys
            .iter()
            .zip(&outcomes)
            .find_map(|(key, outcome)| Some((key, *outcome.as_ref().ok()?)))
            .unwrap();
        for again in at_once(&place, Some(3), &vec![taken.clone(); 4]).await {
            assert_eq!(again.unwrap(), id);
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn one_key_makes_one_export_however_often_it_is_sent_at_once() {
    for place in places(2).await {
        let outcomes = at_once(&place, Some(1), &vec!["same".to_owned(); 12]).await;
        let first = *outcomes[0].as_ref().unwrap();
        assert!(outcomes.into_iter().all(|outcome| outcome.unwrap() == first));
        assert_eq!(place.number("SELECT count(*) FROM exports").await, 1);
    }
}

async fn ask(place: &Place, account: usize, times: usize) {
    let viewer = place.viewer(place.world.accounts[account].id);
    for number in 0..times {
        let wanted = wanted(&format!("turn-{account}-{number}"));
        request(&place.installation, &viewer, &wanted).await.unwrap();
    }
}

async fn claim(place: &Place) -> Option<Claim> {
    let installation = &place.installation;
    queue::claim(&installation.database, Queue::Exports, installation.terms())
        .await
        .unwrap()
}

#[tokio::test(flavor = "multi_thread")]
async fn an_account_with_many_exports_lets_others_have_their_turn_and_has_its_share_at_most() {
    for place in places(2).await {
        let [busy, other] = [0, 1].map(|number| place.world.accounts[number].id);
        ask(&place, 0, 20).await;
        ask(&place, 1, 2).await;
        let mut claims = Vec::new();
        while let Some(claim) = claim(&place).await {
            claims.push(claim);
        }
        let turns: Vec<Uuid> = claims.iter().map(|claim| claim.account).collect();
        assert_eq!(turns, [busy, other, busy, other], "two of each, in turns");
        // Nobody has anything running: the one that was served longest ago comes first.
        for claim in &claims[..2] {
            let database = &place.installation.database;
            assert!(
                queue::give_back(database, claim, Again::NotBefore(i64::MAX))
                    .await
                    .unwrap()
            );
        }
        let next = claim(&place).await.expect("twenty were asked for");
        assert_eq!(next.account, busy, "the other has none left");
        assert_eq!(claim(&place).await, None, "one waits for its time, two run");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn gateways_that_claim_at_once_do_not_take_more_of_an_account_than_its_share() {
    for place in places(2).await {
        ask(&place, 0, 12).await;
        let tries = (0..12).map(|_| {
            let installation = place.installation.clone();
            tokio::spawn(async move {
                queue::claim(&installation.database, Queue::Exports, installation.terms()).await
            })
        });
        let outcomes = join_all(tries).await;
        let taken = outcomes
            .into_iter()
            .filter_map(|outcome| outcome.unwrap().unwrap())
            .count();
        assert_eq!(taken as i64, place.installation.exporting.each);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn the_account_that_was_served_longest_ago_comes_first() {
    for place in places(2).await {
        ask(&place, 0, 4).await;
        ask(&place, 1, 4).await;
        let mut turns = Vec::new();
        for _ in 0..6 {
            let claim = claim(&place).await.expect("eight were asked for");
            turns.push(claim.account);
            // As if it had ended: it is out of the way.
            let database = &place.installation.database;
            let again = Again::NotBefore(i64::MAX);
            assert!(queue::give_back(database, &claim, again).await.unwrap());
        }
        let [one, other] = [0, 1].map(|number| place.world.accounts[number].id);
        assert_eq!(turns, [one, other, one, other, one, other]);
    }
}
