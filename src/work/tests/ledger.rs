//! The ledger of erasures beside its databases: which is older, and how long an entry is kept.

use chrono::TimeDelta;

use super::erasure::{erase, shared};
use super::kit::{Place, places};
use crate::clock::{Clock, Instant};
use crate::error::{Code, Error};
use crate::store::Sql;
use crate::work::backup::{NewBackup, add, purged};
use crate::work::erase::replay::{Wanted, replay};
use crate::work::installation::Installation;
use crate::work::ledger::prune::prune;
use crate::work::ledger::standing::{look, refuse_older};
use crate::work::ledger::{self, erasures};
use crate::work::progress::Unwatched;

/// The same installation so many days later.
fn later(place: &Place, days: i64) -> Installation {
    Installation {
        clock: Clock::starting_at(place.installation.clock.now() + TimeDelta::days(days)),
        ..place.installation.clone()
    }
}

/// Makes the database say that it is of an earlier generation.
async fn set_back(place: &Place, generation: i64) {
    let mut sql = Sql::new("UPDATE installations SET generation = ");
    sql.bind(generation);
    let database = &place.installation.database;
    let done = database.write(async |transaction| transaction.execute(&sql).await);
    assert_eq!(done.await.unwrap(), 1);
}

async fn count(installation: &Installation) -> usize {
    erasures(&installation.depot).await.unwrap().len()
}

fn is_refused<T>(outcome: Result<T, Error>) -> bool {
    matches!(outcome, Err(Error::Refused(refusal)) if refusal.code == Code::ReplayNeeded)
}

#[tokio::test(flavor = "multi_thread")]
async fn every_erasure_has_a_higher_number_than_the_one_before_and_one_head_stays() {
    for place in places(150).await {
        let Installation { database, depot, .. } = &place.installation;
        refuse_older(database, depot).await.unwrap();
        let acme = place.world.accounts[0].id;
        let mut last = 1;
        for _ in 0..3 {
            let (_, email) = shared(&place).await;
            let (id, _) = erase(&place, acme, &email).await;
            let entry = ledger::read(depot, acme, id).await.unwrap().expect("an entry");
            assert!(entry.generation > last, "{entry:?}");
            last = entry.generation;
            let standing = look(database, depot).await.unwrap();
            assert_eq!((standing.generation, standing.head), (last, last));
            assert_eq!(depot.list("ledger-head").await.unwrap().len(), 1);
            refuse_older(database, depot).await.unwrap();
        }
        set_back(&place, last - 1).await;
        assert!(is_refused(refuse_older(database, depot).await));
        let done = replay(&place.installation, Wanted::default(), &Unwatched)
            .await
            .unwrap();
        assert_eq!(done.erasures.len(), 1, "{done:?}");
        refuse_older(database, depot).await.unwrap();
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn erasures_that_end_at_once_leave_the_highest_head() {
    for place in places(20).await {
        let depot = &place.installation.depot;
        let account = place.world.accounts[0].id;
        let entry = |generation: i64| ledger::Entry {
            erasure: place.installation.new_id(),
            account,
            who: ledger::Who::Person(place.installation.new_id()),
            token: vec![7; 32],
            key_version: Some(1),
            policy_hash: "sha256:00".to_owned(),
            finished_at: Instant::UNIX_EPOCH,
            generation,
        };
        let entries: Vec<_> = (2..34).map(entry).collect();
        let all = entries.iter().map(|entry| ledger::write(depot, entry));
        for written in futures_util::future::join_all(all).await {
            written.unwrap();
        }
        assert_eq!(ledger::head(depot).await.unwrap(), Some(33));
        assert_eq!(count(&place.installation).await, 32);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn an_entry_is_kept_while_a_backup_may_hold_the_person_and_a_database_older_than_that_is_told() {
    for place in places(150).await {
        let acme = place.world.accounts[0].id;
        let viewer = place.viewer(acme);
        let made_at = place.installation.clock.now();
        let wanted = NewBackup {
            label: "before".to_owned(),
            location: None,
            made_at,
            purge_at: None,
        };
        let backup = add(&place.installation, &viewer, wanted).await.unwrap();
        let (_, email) = shared(&place).await;
        erase(&place, acme, &email).await;
        assert_eq!(
            prune(&later(&place, 100)).await.unwrap(),
            0,
            "the margin is not over"
        );
        assert_eq!(prune(&later(&place, 200)).await.unwrap(), 0, "a backup is left");
        purged(&place.installation, &viewer, backup.id).await.unwrap();
        assert_eq!(
            prune(&later(&place, 119)).await.unwrap(),
            0,
            "the margin is not over"
        );
        assert_eq!(prune(&later(&place, 121)).await.unwrap(), 1);
        assert_eq!(count(&place.installation).await, 0);
        let Installation { database, depot, .. } = &place.installation;
        refuse_older(database, depot).await.unwrap();
        assert_eq!(prune(&later(&place, 300)).await.unwrap(), 0);

        set_back(&place, 1).await;
        assert!(is_refused(refuse_older(database, depot).await));
        let wanted = Wanted::default();
        assert!(is_refused(replay(&place.installation, wanted, &Unwatched).await));
        assert!(is_refused(refuse_older(database, depot).await));
        let wanted = Wanted {
            despite_gap: true,
            ..wanted
        };
        replay(&place.installation, wanted, &Unwatched).await.unwrap();
        refuse_older(database, depot).await.unwrap();
    }
}
