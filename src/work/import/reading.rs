//! The thread that reads a file while another writes: rows go through a channel in which two portions wait at most.
//! Must not know what becomes of them.

use tokio::sync::mpsc;

use super::record::{Row, Warnings};
use super::report::Settings;
use super::{Opened, People};
use crate::error::{Code, Error, Fault, Refusal, Result};

/// Rows that are read, decided and committed together.
const BATCH: usize = 1_000;

/// What the reading thread sends.
pub(super) enum Portion {
    /// Rows, and how many bytes of the file were read in all.
    Rows(Vec<Row>, u64),
    /// The file is at its end.
    End(Warnings, u64),
    /// The file cannot be read further.
    Failed(Error),
}

/// Reads the file on a thread of its own; at most two portions wait.
pub(super) fn read(mut people: Box<People>) -> mpsc::Receiver<Portion> {
    let (sender, receiver) = mpsc::channel(2);
    tokio::task::spawn_blocking(move || {
        let progress = people.progress();
        loop {
            let mut rows = Vec::with_capacity(BATCH);
            let mut failure = None;
            for row in people.by_ref().take(BATCH) {
                match row {
                    Ok(row) => rows.push(row),
                    Err(error) => failure = Some(error),
                }
            }
            let is_last = rows.len() < BATCH;
            // Nobody listens any more when the import has failed; then there is nothing left to do.
            if !rows.is_empty()
                && sender
                    .blocking_send(Portion::Rows(rows, progress.bytes()))
                    .is_err()
            {
                return;
            }
            let end = match failure {
                Some(error) => Portion::Failed(error),
                None if is_last => Portion::End(people.warnings().clone(), progress.bytes()),
                None => continue,
            };
            let _ = sender.blocking_send(end);
            return;
        }
    });
    receiver
}

/// Opens the file on a thread of its own.
pub(super) async fn open(settings: &Settings) -> Result<Box<People>> {
    let (source, reading) = (settings.source.clone(), settings.reading.clone());
    let opened = tokio::task::spawn_blocking(move || super::open(&source, reading))
        .await
        .map_err(ended)??;
    match opened {
        Opened::People(people) => Ok(people),
        Opened::Bundle => Err(Refusal::new(
            Code::InvalidFile,
            format!(
                "{} is a bundle of Postern, not an export of people",
                settings.source.shown()
            ),
        )
        .into()),
    }
}

fn ended(error: tokio::task::JoinError) -> Error {
    Fault::Invariant(format!("the thread that reads an import ended: {error}")).into()
}
