//! Sealing: everything gets one seal, whoever seals, whenever it was committed; and a log that nobody touched is clean.

use chrono::TimeDelta;

use super::{append, codes, event, head, later, report, terms, write};
use crate::store::audit::AuditEvent;
use crate::work::audit::seal::{seal_account, seal_due};
use crate::work::testing::installations;

#[tokio::test]
async fn an_empty_log_is_clean_and_has_no_head() {
    for test in installations().await {
        let nobody = test.installation.new_id();
        assert_eq!(seal_account(&test.installation, nobody).await.unwrap(), 0);
        let report = report(&test, nobody, &terms(&test)).await;
        assert!(report.is_clean(), "{}: {report:?}", test.name);
        assert_eq!((report.seals, report.events, report.head), (0, 0, None));
    }
}

#[tokio::test]
async fn sealers_at_the_same_time_seal_every_event_once_in_one_chain() {
    for test in installations().await {
        let viewer = test.account("Acme").await;
        // A seal spans no more than a day, so these are six of them.
        let now = test.installation.clock.now();
        let days = (0..6).rev().map(TimeDelta::days);
        let events: Vec<AuditEvent> = days
            .flat_map(|ago| (0..40).map(move |number| ago + TimeDelta::seconds(number)))
            .map(|ago| event(&viewer, now - ago))
            .collect();
        append(&test, &events).await;
        let sealers = (0..4).map(|_| seal_account(&test.installation, viewer.account));
        let sealed = futures_util::future::join_all(sealers).await;
        let sealed: u64 = sealed.into_iter().map(|sealed| sealed.unwrap()).sum();
        let report = report(&test, viewer.account, &terms(&test)).await;
        assert!(report.is_clean(), "{}: {report:?}", test.name);
        assert_eq!(report.waiting, 0, "{}", test.name);
        assert!(report.seals >= 5, "{}", test.name);
        let events = test.number("SELECT count(*) FROM audit_events e JOIN accounts a ON a.id = e.account_id WHERE a.name = 'Acme'");
        assert_eq!(report.events, events.await as u64, "{}", test.name);
        assert_eq!(report.events, sealed, "{}", test.name);
    }
}

#[tokio::test]
async fn what_is_committed_late_is_taken_by_a_later_seal() {
    for test in installations().await {
        let viewer = test.account("Acme").await;
        let straggler = event(&viewer, test.installation.clock.now());
        write(&test, &viewer, 3).await;
        seal_account(&test.installation, viewer.account).await.unwrap();
        append(&test, &[straggler]).await;
        let waits = report(&test, viewer.account, &terms(&test)).await;
        assert_eq!((codes(&waits).len(), waits.waiting), (0, 1), "{}", test.name);
        write(&test, &viewer, 2).await;
        assert_eq!(seal_account(&test.installation, viewer.account).await.unwrap(), 3);
        let report = report(&test, viewer.account, &terms(&test)).await;
        assert!(report.is_clean(), "{}: {report:?}", test.name);
        assert_eq!((report.seals, report.waiting), (2, 0), "{}", test.name);
        assert_eq!(seal_account(&test.installation, viewer.account).await.unwrap(), 0);
    }
}

#[tokio::test]
async fn a_gateway_seals_by_the_clock_what_has_settled_and_not_what_was_just_sealed() {
    for test in installations().await {
        let viewer = test.account("Acme").await;
        write(&test, &viewer, 3).await;
        let reach = Some(TimeDelta::minutes(15));
        assert_eq!(
            seal_due(&test.installation, reach).await.unwrap(),
            0,
            "{}",
            test.name
        );
        let next = later(&test, TimeDelta::minutes(1));
        let sealed = seal_due(&next, reach).await.unwrap();
        assert!(sealed >= 3, "{}", test.name);
        write(&test, &viewer, 1).await;
        assert_eq!(
            seal_due(&later(&test, TimeDelta::minutes(2)), reach)
                .await
                .unwrap(),
            0
        );
        assert_eq!(
            seal_due(&later(&test, TimeDelta::minutes(6)), reach)
                .await
                .unwrap(),
            1
        );
        // Out of reach of a short look, and found by the look at the whole log.
        append(
            &test,
            &[event(
                &viewer,
                test.installation.clock.now() - TimeDelta::hours(20),
            )],
        )
        .await;
        let hour = later(&test, TimeDelta::hours(1));
        assert_eq!(
            seal_due(&hour, Some(TimeDelta::hours(3))).await.unwrap(),
            0,
            "{}",
            test.name
        );
        assert_eq!(seal_due(&hour, None).await.unwrap(), 1, "{}", test.name);
        let report = report(&test, viewer.account, &terms(&test)).await;
        assert!(report.is_clean(), "{}: {report:?}", test.name);
    }
}

#[tokio::test]
async fn a_log_that_nobody_sealed_for_long_is_sealed_in_its_order_and_clean() {
    for test in installations().await {
        let viewer = test.account("Acme").await;
        let now = test.installation.clock.now();
        let old: Vec<AuditEvent> = [30, 20, 20, 5]
            .iter()
            .map(|days| event(&viewer, now - TimeDelta::days(*days)))
            .collect();
        append(&test, &old).await;
        let unsealed = report(&test, viewer.account, &terms(&test)).await;
        assert_eq!(codes(&unsealed), ["EVENT_UNSEALED"], "{}", test.name);
        seal_account(&test.installation, viewer.account).await.unwrap();
        let report = report(&test, viewer.account, &terms(&test)).await;
        assert!(report.is_clean(), "{}: {report:?}", test.name);
        // No seal spans more than a day, so that the seals of a stretch of time are found.
        assert_eq!(report.seals, 3, "{}: {report:?}", test.name);
    }
}

#[tokio::test]
async fn events_whose_time_was_over_may_be_gone_and_their_seals_still_hold() {
    for test in installations().await {
        let viewer = test.account("Acme").await;
        let ids = write(&test, &viewer, 5).await;
        seal_account(&test.installation, viewer.account).await.unwrap();
        let mut sql = crate::store::Sql::new("DELETE FROM audit_events WHERE id = ");
        sql.bind(ids[2]);
        test.execute(sql).await;
        let mut terms = terms(&test);
        let early = report(&test, viewer.account, &terms).await;
        assert_eq!(codes(&early), ["EVENT_MISSING"], "{}", test.name);
        assert_eq!(early.findings[0].event, Some(ids[2]), "{}", test.name);
        terms.now += TimeDelta::days(3 * 366);
        let late = report(&test, viewer.account, &terms).await;
        assert!(late.is_clean(), "{}: {late:?}", test.name);
        assert_eq!((late.retired, head(&late)), (1, head(&early)), "{}", test.name);
    }
}
