//! Which closed accounts are due, and what is done about each: begun, gone on with, or removed at last.

use std::time::Duration;

use uuid::Uuid;

use super::{begin, last, later};
use crate::access::viewer::Viewer;
use crate::error::{Code, Error, Refusal, Result};
use crate::store::ending::{self, ClosedAccount};
use crate::store::queue::{self, Queue};
use crate::work::closing::Closed;
use crate::work::erase::row::read;
use crate::work::erase::run::run;
use crate::work::installation::Installation;

/// How long it waits before it looks again, when another process runs the erasure.
const PAUSE: Duration = Duration::from_millis(200);

/// States of an erasure that somebody has to go on with.
const UNDER_WAY: [&str; 4] = ["confirmed", "fenced", "running", "verifying"];

/// How far accounts are seen to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Extent {
    /// Only what would be done is told.
    DryRun,
    /// Erasures are begun; the workers of this process run them.
    Begin,
    /// Erasures are run to their receipt.
    Run,
}

/// What became of a closed account.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Became {
    /// It is to be erased.
    Due,
    /// Its erasure has begun.
    Begun,
    /// It is erased.
    Erased,
    /// It is erased but for what is kept.
    Partial,
    /// Something that was kept is gone.
    Continued,
    /// Nothing of it is left.
    Removed,
}

impl Became {
    /// The word for programs.
    pub fn word(self) -> &'static str {
        match self {
            Became::Due => "DUE",
            Became::Begun => "BEGUN",
            Became::Erased => "ERASED",
            Became::Partial => "PARTIAL",
            Became::Continued => "CONTINUED",
            Became::Removed => "REMOVED",
        }
    }
}

/// What came of the closed accounts.
#[derive(Debug, Default)]
pub struct Ended {
    /// Those for which something was to be done.
    pub accounts: Vec<(Uuid, Became)>,
    /// Those that could not be seen to; the others were.
    pub failed: Vec<(Uuid, Error)>,
}

/// Sees to those of these accounts that are closed. Run again, it goes on with what is left.
pub async fn see_to(installation: &Installation, accounts: &[Uuid], extent: Extent) -> Result<Ended> {
    let mut ended = Ended::default();
    for closed in ending::closed(&installation.database).await? {
        if !accounts.contains(&closed.id) {
            continue;
        }
        match see_to_one(installation, closed, extent).await {
            Ok(Some(became)) => ended.accounts.push((closed.id, became)),
            Ok(None) => {}
            Err(error) => ended.failed.push((closed.id, error)),
        }
    }
    Ok(ended)
}

async fn see_to_one(
    installation: &Installation,
    closed: ClosedAccount,
    extent: Extent,
) -> Result<Option<Became>> {
    let dry_run = extent == Extent::DryRun;
    let known = ending::ending(&installation.database, closed.id).await?;
    match known {
        Some(known) if known.state == "partial" => {
            if dry_run || !later::go_on(installation, closed.id, known.id).await? {
                return Ok(None);
            }
            Ok(Some(Became::Continued))
        }
        Some(known) if known.state == "done" => {
            // The platform may have written into the account since.
            if !dry_run && later::go_on(installation, closed.id, known.id).await? {
                return Ok(Some(Became::Continued));
            }
            let finished_at = known.finished_at.unwrap_or(closed.closed_at);
            let removed = last::remove(installation, closed.id, known.id, finished_at, dry_run).await?;
            Ok(removed.then_some(Became::Removed))
        }
        // Until somebody goes on with it, the account stays as it is.
        Some(known) if known.state == "paused" => match extent {
            Extent::DryRun | Extent::Begin => Ok(None),
            Extent::Run => {
                let message = format!(
                    "the erasure {} of the account is paused; go on with postern erase resume",
                    known.id
                );
                Err(Refusal::new(Code::InvalidState, message).into())
            }
        },
        known => {
            let due = Closed::since(installation, closed.closed_at)?.erased_from;
            // What the account's own status says is the platform's word, and begins nothing.
            if known.is_none() && installation.clock.now() < due {
                return Ok(None);
            }
            erase(installation, closed, extent).await
        }
    }
}

async fn erase(installation: &Installation, closed: ClosedAccount, extent: Extent) -> Result<Option<Became>> {
    if extent == Extent::DryRun {
        return Ok(Some(Became::Due));
    }
    let Some(id) = begin::begin(installation, closed.id, closed.closed_at).await? else {
        return Ok(None);
    };
    if extent == Extent::Begin {
        return Ok(Some(Became::Begun));
    }
    let viewer = Viewer::at_the_machine(&installation.catalog, Uuid::nil(), closed.id);
    loop {
        let job = (closed.id, id);
        match queue::claim_this(&installation.database, Queue::Erasures, job, installation.terms()).await? {
            Some(claim) => run(installation, &claim).await?,
            None => tokio::time::sleep(PAUSE).await,
        }
        let state = read(installation, &viewer, id).await?.state;
        if !UNDER_WAY.contains(&state.as_str()) {
            return match state.as_str() {
                "done" => Ok(Some(Became::Erased)),
                "partial" => Ok(Some(Became::Partial)),
                "paused" => Ok(Some(Became::Begun)),
                _ => {
                    let message =
                        format!("the erasure of the account ended as {state}; the next run plans it anew");
                    Err(Refusal::new(Code::InvalidState, message).into())
                }
            };
        }
    }
}
