//! What a running gateway does beside answering: working off jobs, giving them back, ending what is due by the clock.

use std::time::Duration;

use chrono::TimeDelta;
use tokio_util::sync::CancellationToken;
use uuid::Uuid;

use super::kit::{Place, places};
use crate::bundle::Lanes;
use crate::cell::{Cell, Kind};
use crate::clock::Clock;
use crate::error::Code;
use crate::plan::slice::BundleKind;
use crate::store::Sql;
use crate::store::queue::{self, Again, Claim, Queue};
use crate::work::erase::plan::{ErasureRequest, plan};
use crate::work::export::download;
use crate::work::export::part::ExportPart;
use crate::work::export::request::{ExportRequest, request};
use crate::work::export::volumes::VolumeSize;
use crate::work::installation::Installation;
use crate::work::person::SubscriberChoice;
use crate::work::{upkeep, worker};

async fn wanted(place: &Place) -> Uuid {
    let wanted = ExportRequest {
        subscriber: None,
        bundle: BundleKind::Account,
        part: ExportPart::Whole,
        since: None,
        without_restricted: false,
        volume_size: VolumeSize::default(),
        formats: Lanes::default(),
        idempotency_key: format!("test-{}", place.installation.new_id()),
    };
    let viewer = place.viewer(place.world.accounts[0].id);
    request(&place.installation, &viewer, &wanted).await.unwrap()
}

async fn state(place: &Place, queue: Queue, id: Uuid) -> String {
    let account = place.world.accounts[0].id;
    let columns = [("state", Kind::Text)];
    let row = queue::read(&place.installation.database, queue, account, id, &columns).await;
    row.unwrap().unwrap()[0].as_text().unwrap().to_owned()
}

async fn claim(installation: &Installation, job: (Uuid, Uuid)) -> Option<Claim> {
    queue::claim_this(&installation.database, Queue::Exports, job, installation.terms())
        .await
        .unwrap()
}

/// The same installation, so much later.
fn later(installation: &Installation, by: TimeDelta) -> Installation {
    let mut later = installation.clone();
    later.clock = Clock::starting_at(installation.clock.now() + by);
    later
}

async fn bundles(place: &Place) -> usize {
    let folder = format!("exports/{}", place.world.accounts[0].id);
    place.installation.depot.list(&folder).await.unwrap().len()
}

#[tokio::test(flavor = "multi_thread")]
async fn a_worker_takes_up_what_is_asked_for_and_ends_when_it_is_told_to() {
    for place in places(20).await {
        let stop = CancellationToken::new();
        let working = tokio::spawn(worker::work(place.installation.clone(), stop.clone()));
        let jobs = [wanted(&place).await, wanted(&place).await, wanted(&place).await];
        for job in jobs {
            let ready = async {
                while state(&place, Queue::Exports, job).await != "ready" {
                    tokio::time::sleep(Duration::from_millis(20)).await;
                }
            };
            tokio::time::timeout(Duration::from_secs(60), ready)
                .await
                .expect("the bundle is made");
        }
        stop.cancel();
        tokio::time::timeout(Duration::from_secs(10), working)
            .await
            .expect("the worker ends")
            .unwrap();
        assert_eq!(bundles(&place).await, 3);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_job_that_is_given_back_is_free_at_once_and_void_for_who_had_it() {
    for place in places(5).await {
        let job = (place.world.accounts[0].id, wanted(&place).await);
        let database = &place.installation.database;
        let first = claim(&place.installation, job).await.expect("nobody has it");
        assert!(
            claim(&place.installation, job).await.is_none(),
            "two workers have one job"
        );
        assert!(queue::give_back(database, &first, Again::AtOnce).await.unwrap());
        let second = claim(&place.installation, job).await.expect("it was given back");
        assert!(second.number > first.number);
        assert!(
            !queue::hold(database, &first, i64::MAX).await.unwrap(),
            "an old claim holds a job"
        );
        worker::run(&place.installation, &second).await.unwrap();
        assert_eq!(state(&place, Queue::Exports, job.1).await, "ready");
        assert!(
            !queue::hold(database, &second, i64::MAX).await.unwrap(),
            "a finished job can be held"
        );
        assert!(
            claim(&place.installation, job).await.is_none(),
            "a finished job can be taken up"
        );
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn bundles_and_plans_end_by_the_clock_and_forget_whom_they_were_about() {
    for place in places(20).await {
        let account = place.world.accounts[0].id;
        let viewer = place.viewer(account);
        let export = wanted(&place).await;
        let claimed = claim(&place.installation, (account, export))
            .await
            .expect("nobody has it");
        worker::run(&place.installation, &claimed).await.unwrap();
        let mut sql = Sql::new("SELECT email FROM subscribers WHERE account_id = ");
        sql.bind(account).push(" ORDER BY id LIMIT 1");
        let person = place.installation.database.fetch(&sql).await.unwrap()[0]
            .text(0)
            .unwrap();
        let asked = ErasureRequest {
            subscriber: SubscriberChoice::Email(person),
            idempotency_key: format!("test-{}", place.installation.new_id()),
        };
        let erasure = plan(&place.installation, &viewer, &asked).await.unwrap();
        let nothing = upkeep::Expired {
            exports: 0,
            plans: 0,
            members: 0,
            uploads: 0,
            rejects: 0,
            recipients: 0,
        };
        assert_eq!(
            upkeep::expire(&place.installation).await.unwrap(),
            nothing,
            "nothing is due yet"
        );
        assert_eq!(bundles(&place).await, 1);
        let settings = &place.installation.catalog.settings;
        let days = settings.bundle_days.max(settings.plan_hours.div_ceil(24)) + 1;
        let later = later(&place.installation, TimeDelta::days(i64::from(days)));
        let gone = download::open(&later, &viewer, export, 1)
            .await
            .err()
            .expect("its time is over");
        assert_eq!(gone.code(), Code::Gone);
        let ended = upkeep::Expired {
            exports: 1,
            plans: 1,
            ..nothing
        };
        assert_eq!(upkeep::expire(&later).await.unwrap(), ended);
        assert_eq!(
            upkeep::expire(&later).await.unwrap(),
            nothing,
            "what has ended ends again"
        );
        assert_eq!(state(&place, Queue::Exports, export).await, "expired");
        assert_eq!(state(&place, Queue::Erasures, erasure).await, "expired");
        assert_eq!(bundles(&place).await, 0);
        let columns = [("subject_sealed", Kind::Bytes), ("subscriber_id", Kind::Uuid)];
        let database = &place.installation.database;
        let row = queue::read(database, Queue::Erasures, account, erasure, &columns)
            .await
            .unwrap()
            .unwrap();
        assert_eq!(row, [Cell::Null, Cell::Null]);
    }
}
