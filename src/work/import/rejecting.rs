//! Where an import puts the rows that it cannot take: nowhere, into a file on this machine, or into the depot.

use std::path::PathBuf;

use super::kept::{Keeping, Kept};
use super::record::Rejected;
use super::rejects::Rejects;
use crate::error::{Fault, Result};

/// Rejected rows on their way.
pub(super) enum Rejecting<'a> {
    /// Nobody wants them.
    Nowhere,
    /// Into a file.
    OnDisk(Box<Rejects>),
    /// Into the depot.
    Kept(Box<Keeping<'a>>),
}

/// What came of them.
#[derive(Default)]
pub(super) struct Finished {
    /// The file on this machine, if there is one.
    pub(super) path: Option<PathBuf>,
    /// The object in the depot, if there is one.
    pub(super) kept: Option<Kept>,
}

impl Rejecting<'_> {
    /// Adds a row that the reader set aside.
    pub(super) fn add(&mut self, rejected: &Rejected) -> Result<()> {
        match self {
            Rejecting::Nowhere => Ok(()),
            Rejecting::OnDisk(rejects) => rejects.add(rejected),
            Rejecting::Kept(keeping) => Ok(keeping.rows.add(rejected).map_err(in_memory)?),
        }
    }

    /// Adds a row by its line alone.
    pub(super) fn add_without_record(&mut self, line: u64, file: &str, reason: &str) -> Result<()> {
        match self {
            Rejecting::Nowhere => Ok(()),
            Rejecting::OnDisk(rejects) => rejects.add_without_record(line, file, reason),
            Rejecting::Kept(keeping) => Ok(keeping
                .rows
                .add_without_record(line, file, reason)
                .map_err(in_memory)?),
        }
    }

    /// Sends on what has come together.
    pub(super) async fn send(&mut self) -> Result<()> {
        match self {
            Rejecting::Nowhere | Rejecting::OnDisk(_) => Ok(()),
            Rejecting::Kept(keeping) => keeping.send().await,
        }
    }

    /// Makes the file whole, where something was rejected.
    pub(super) async fn finish(self) -> Result<Finished> {
        Ok(match self {
            Rejecting::Nowhere => Finished::default(),
            Rejecting::OnDisk(rejects) => Finished {
                path: rejects.finish()?,
                kept: None,
            },
            Rejecting::Kept(keeping) => Finished {
                path: None,
                kept: keeping.finish().await?,
            },
        })
    }
}

/// Rows that wait in memory are written without fail.
pub(super) fn in_memory(error: std::io::Error) -> Fault {
    Fault::io("collecting rejected rows", error)
}
