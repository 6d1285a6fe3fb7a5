//! The log of reads (ruling 20): one event an operation, gathered in memory and written in batches at most a second
//! old. A crash loses what was gathered since the last batch, so at most a second of reads; writes, exports and
//! erasures write theirs in their own transaction and lose nothing.

use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Mutex, PoisonError};
use std::time::Duration;

use tokio::sync::Notify;

use crate::error::{Code, Refusal, Result};
use crate::store::audit::{self, AuditEvent};
use crate::work::installation::Installation;

/// How often events are written.
const INTERVAL: Duration = Duration::from_millis(500);

/// Events that wait at most. Beyond, the log counts as one that cannot be written.
const ROOM: usize = 50_000;

/// Gathers events and writes them; one for the whole gateway.
pub struct ReadLog {
    installation: Installation,
    waiting: Mutex<Vec<AuditEvent>>,
    failing: AtomicBool,
    stop: Notify,
}

impl ReadLog {
    /// A log with nothing in it. [`ReadLog::run`] writes it.
    pub fn new(installation: Installation) -> ReadLog {
        ReadLog {
            installation,
            waiting: Mutex::default(),
            failing: AtomicBool::new(false),
            stop: Notify::new(),
        }
    }

    /// The installation whose log it is.
    pub fn installation(&self) -> &Installation {
        &self.installation
    }

    /// Takes an event down before its answer is given. Refused when the log cannot be written and the event is about
    /// people in clear: nobody sees personal data without a trace.
    pub fn record(&self, event: AuditEvent) -> Result<(), Refusal> {
        let mut waiting = self.waiting.lock().unwrap_or_else(PoisonError::into_inner);
        let cannot = self.failing.load(Ordering::Relaxed) || waiting.len() >= ROOM;
        if cannot && event.personal_rows > 0 {
            let message = "the audit log cannot be written, so personal data is not given out; try again";
            return Err(Refusal::new(Code::DependencyUnavailable, message).retry_after(5));
        }
        if waiting.len() < ROOM {
            waiting.push(event);
        }
        Ok(())
    }

    /// Writes what was gathered, again and again, until [`ReadLog::stop`]; then once more.
    pub async fn run(&self) {
        loop {
            let stopped = tokio::select! {
                () = tokio::time::sleep(INTERVAL) => false,
                () = self.stop.notified() => true,
            };
            self.flush().await;
            if stopped {
                return;
            }
        }
    }

    /// Ends [`ReadLog::run`] after a last write.
    pub fn stop(&self) {
        self.stop.notify_one();
    }

    async fn flush(&self) {
        let mut events = std::mem::take(&mut *self.waiting.lock().unwrap_or_else(PoisonError::into_inner));
        if events.is_empty() {
            // A store that came back is noticed by trying, so a log that failed tries with nothing, too.
            if self.failing.load(Ordering::Relaxed) {
                let alive = self.installation.database.fetch(&"SELECT 1".into()).await.is_ok();
                self.failing.store(!alive, Ordering::Relaxed);
            }
            return;
        }
        let written = self.write(&mut events).await;
        if let Err(error) = &written {
            tracing::error!(%error, events = events.len(), "the audit log could not be written");
            let mut waiting = self.waiting.lock().unwrap_or_else(PoisonError::into_inner);
            let newer = std::mem::replace(&mut *waiting, events);
            waiting.extend(newer);
            waiting.truncate(ROOM);
        }
        self.failing.store(written.is_err(), Ordering::Relaxed);
    }

    async fn write(&self, events: &mut [AuditEvent]) -> Result<()> {
        // By account, so that one statement never mixes two accounts' rows; each account's stay in their order.
        events.sort_by_key(|event| event.account);
        self.installation
            .database
            .write(async |transaction| {
                for events in events.chunk_by(|one, next| one.account == next.account) {
                    audit::append(transaction, events).await?;
                }
                Ok(())
            })
            .await
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::work::testing::installations;

    #[tokio::test]
    async fn a_batch_whose_answer_was_lost_is_written_again_and_stands_once() {
        for test in installations().await {
            let viewer = test.account("Acme").await;
            let log = ReadLog::new(test.installation.clone());
            let mut events: Vec<AuditEvent> = (0..3)
                .map(|rows| {
                    let id = test.installation.new_id();
                    AuditEvent::by(&viewer, id, test.installation.clock.now(), "query").rows(rows)
                })
                .collect();
            // As after a connection that was cut between the commit and its answer.
            log.write(&mut events[..2]).await.unwrap();
            for event in events {
                log.record(event).unwrap();
            }
            log.flush().await;
            assert!(!log.failing.load(Ordering::Relaxed), "{}", test.name);
            let written = "SELECT count(*) FROM audit_events WHERE action = 'query'";
            assert_eq!(test.number(written).await, 3, "{}", test.name);
        }
    }
}
