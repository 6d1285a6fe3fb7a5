//! The promises about sealed logs, on both stores.

mod example;
mod retiring;
mod sealing;
mod tampering;

use chrono::TimeDelta;
use uuid::Uuid;

use super::check::{Report, check, kept, own_keys};
use super::{Head, Terms};
use crate::access::viewer::Viewer;
use crate::clock::{Clock, Instant};
use crate::id;
use crate::store::audit::{self, AuditEvent};
use crate::work::installation::Installation;
use crate::work::progress::Unwatched;
use crate::work::testing::TestInstallation;

/// What the installation itself judges by, now.
fn terms(test: &TestInstallation) -> Terms {
    Terms {
        keys: own_keys(&test.installation).unwrap(),
        kept: kept(&test.installation.catalog),
        known: None,
        now: test.installation.clock.now(),
    }
}

async fn report(test: &TestInstallation, account: Uuid, terms: &Terms) -> Report {
    check(&test.installation, account, terms, &Unwatched)
        .await
        .unwrap()
}

/// The codes of what is wrong, each once.
fn codes(report: &Report) -> Vec<&'static str> {
    let mut codes: Vec<&str> = report
        .findings
        .iter()
        .map(|finding| finding.code.as_str())
        .collect();
    codes.sort_unstable();
    codes.dedup();
    codes
}

/// An event that says everything that an event can say, made at that moment.
fn event(viewer: &Viewer, at: Instant) -> AuditEvent {
    let mut event = AuditEvent::by(viewer, id::new(&Clock::starting_at(at)), at, "query").rows(7);
    event.document_hash = Some("ab".repeat(32));
    event.personal_rows = 2;
    event.request = Some(event.id);
    event.of("Subscriber", viewer.account)
}

/// Writes so many events that happen now; gives their ids.
async fn write(test: &TestInstallation, viewer: &Viewer, count: usize) -> Vec<Uuid> {
    let events: Vec<AuditEvent> = (0..count)
        .map(|_| AuditEvent {
            id: test.installation.new_id(),
            ..event(viewer, test.installation.clock.now())
        })
        .collect();
    append(test, &events).await;
    events.iter().map(|event| event.id).collect()
}

async fn append(test: &TestInstallation, events: &[AuditEvent]) {
    let database = &test.installation.database;
    database
        .write(async |transaction| audit::append(transaction, events).await)
        .await
        .unwrap();
}

/// The same installation at another time.
fn later(test: &TestInstallation, by: TimeDelta) -> Installation {
    let clock = Clock::starting_at(test.installation.clock.now() + by);
    Installation {
        clock,
        ..test.installation.clone()
    }
}

fn head(report: &Report) -> Head {
    report.head.clone().expect("there is a seal")
}
