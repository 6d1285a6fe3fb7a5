//! Events past their clock go, under a seal alone and not a day before; the log they leave is clean.

use chrono::{Months, TimeDelta};
use uuid::Uuid;

use super::{append, codes, event, report, terms, write};
use crate::store::Sql;
use crate::store::audit::AuditEvent;
use crate::work::progress::Unwatched;
use crate::work::retain::{Retired, retain};
use crate::work::testing::{TestInstallation, installations};

async fn run(test: &TestInstallation, account: Uuid, dry_run: bool) -> Vec<Retired> {
    let outcome = retain(&test.installation, &[account], dry_run, &Unwatched).await;
    assert!(outcome.failed.is_empty(), "{:?}", outcome.failed);
    let retired = outcome.retired.into_iter();
    retired.filter(|one| one.table == "audit_events").collect()
}

#[tokio::test]
async fn events_past_their_clock_go_and_the_log_is_clean() {
    for test in installations().await {
        let viewer = test.account("Acme").await;
        let account = viewer.account;
        let border = test.installation.clock.now() - Months::new(36);
        let (old, young) = (border - TimeDelta::days(1), border + TimeDelta::days(1));
        let mut events: Vec<AuditEvent> = (0..1_200).map(|_| event(&viewer, old)).collect();
        let kept = event(&viewer, young);
        // The time of one is that of its id alone, of the other that of its row alone.
        let (mut dated_back, mut dated_on) = (event(&viewer, young), event(&viewer, old));
        (dated_back.at, dated_on.at) = (old, young);
        let stay = [kept.id, dated_back.id, dated_on.id];
        events.extend([kept, dated_back, dated_on]);
        append(&test, &events).await;
        write(&test, &viewer, 3).await;

        let counted = run(&test, account, true).await;
        assert_eq!((counted[0].due, counted[0].rows), (1_200, 0), "{}", test.name);
        let done = run(&test, account, false).await;
        assert_eq!((done[0].due, done[0].rows), (1_200, 1_200), "{}", test.name);
        assert_eq!(
            run(&test, account, false).await,
            [],
            "{}: twice is once",
            test.name
        );
        let noted = "SELECT CAST(sum(row_count) AS BIGINT) FROM audit_events WHERE action = 'retention.deleted' \
                     AND resource = 'AuditEvent'";
        assert_eq!(test.number(noted).await, 1_200, "{}", test.name);
        crate::work::audit::seal::seal_account(&test.installation, account)
            .await
            .unwrap();
        let found = report(&test, account, &terms(&test)).await;
        assert!(found.is_clean(), "{}: {found:?}", test.name);
        assert_eq!(found.retired, 1_200, "{}", test.name);
        let database = &test.installation.database;
        let left = crate::store::audit::by_ids(database, account, &stay)
            .await
            .unwrap();
        assert_eq!(left.len(), 3, "{}", test.name);

        let mut early = Sql::new("DELETE FROM audit_events WHERE id = ");
        early.bind(stay[0]);
        test.execute(early).await;
        let found = report(&test, account, &terms(&test)).await;
        assert_eq!(codes(&found), ["EVENT_MISSING"], "{}", test.name);
    }
}
