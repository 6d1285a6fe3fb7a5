//! The bundle as it is read: verified, held against what can be taken in, and its rows in the order of references, on a
//! thread of its own. Knows no store.

use tokio::sync::mpsc;
use uuid::Uuid;

use super::decided::Taken;
use super::lane::{Lane, Pass, in_order};
use crate::bundle::{Content, Limits, Report, SignedBy, Trust, open_within};
use crate::catalog::Catalog;
use crate::cell::Cell;
use crate::error::{Code, Error, Fault, Refusal, Result};
use crate::work::import::Readable;

/// Rows that are decided and committed together.
const BATCH: usize = 1_000;

/// Findings that a refusal names.
const NAMED: usize = 3;

/// A bundle that can be taken in.
pub(super) struct Source {
    content: Content<Box<dyn Readable>>,
    /// Its tables, each behind those it refers to.
    pub(super) lanes: Vec<Lane>,
    /// The account that it was made of.
    pub(super) account: Uuid,
    /// The export that made it.
    pub(super) export: Uuid,
}

/// What the reading thread sends.
pub(super) enum Portion {
    /// A table begins: its place among the lanes, and why it is read.
    Begin(usize, Pass),
    /// Some of its rows.
    Rows(Vec<Vec<Cell>>),
    /// Everything was sent.
    End,
    /// The bundle cannot be read further.
    Failed(Error),
}

/// Verifies a bundle and fits it to the catalog. Refused: what is not sound, not signed by whom `trust` names, or not
/// the whole of an account.
pub(super) fn open(
    source: Box<dyn Readable>,
    trust: &Trust,
    catalog: &Catalog,
    is_operator: bool,
) -> Result<Source> {
    let (report, content) = open_within(source, trust, &Limits::default())?;
    let content = content.ok_or_else(|| unsound(&report))?;
    if report.signed_by == SignedBy::Nobody {
        return Err(refuse("nobody signed the bundle").into());
    }
    let receipt = content.receipt();
    if receipt["kind"] != "postern-export" || receipt["bundle"] != "account" {
        return Err(
            refuse("the bundle is about one person; only that of a whole account can be taken in").into(),
        );
    }
    if receipt["part"] != "whole" || !receipt["since"].is_null() {
        return Err(refuse(
            "the bundle is of a part of an account, whose rows refer to others that it does not hold; export the whole \
             account",
        )
        .into());
    }
    if receipt.get("volume").is_some() {
        return Err(refuse(
            "the bundle has several files, and is taken in from one alone; export the account with --volume 51200 \
             (volumeMebibytes over GraphQL)",
        )
        .into());
    }
    if receipt["partial"] != false {
        return Err(refuse(
            "something is withheld or masked in the bundle, as its receipt says; have the account exported by somebody \
             who may see all of it",
        )
        .into());
    }
    if !content.is_exact() {
        return Err(refuse("the bundle has no exact lane; export with the format NDJSON").into());
    }
    let id = |key: &str| {
        let found = receipt[key].as_str().and_then(|text| text.parse::<Uuid>().ok());
        found.ok_or_else(|| refuse("the receipt names no account or no request"))
    };
    let (account, export) = (id("account")?, id("requestId")?);
    let mut lanes = Vec::new();
    for table in content.tables() {
        let counted = report.tables.iter().find(|checked| checked.name == table.name);
        let rows = counted.map_or(0, |checked| checked.rows);
        lanes.push(Lane::of(catalog, table, rows, is_operator)?);
    }
    Ok(Source {
        lanes: in_order(catalog, lanes),
        content,
        account,
        export,
    })
}

impl Source {
    /// What is read, in this order: rows behind those they refer to, then counters, then sums.
    fn passes(&self, catalog: &Catalog) -> Vec<(usize, Pass)> {
        let of = |wanted: &dyn Fn(&Lane) -> bool, pass: Pass| -> Vec<(usize, Pass)> {
            let lanes = self.lanes.iter().enumerate();
            lanes
                .filter(|(_, lane)| wanted(lane))
                .map(|(place, _)| (place, pass))
                .collect()
        };
        let is_first = |lane: &Lane| !matches!(lane.taken, Taken::Left(_) | Taken::RollUp);
        let has_counters = |lane: &Lane| lane.has_counters(catalog.get(lane.resource));
        let is_sum = |lane: &Lane| lane.taken == Taken::RollUp;
        [
            of(&is_first, Pass::Rows),
            of(&has_counters, Pass::Counters),
            of(&is_sum, Pass::Rows),
        ]
        .concat()
    }

    /// How many rows there are that are taken.
    pub(super) fn rows(&self) -> u64 {
        let taken = self
            .lanes
            .iter()
            .filter(|lane| !matches!(lane.taken, Taken::Left(_)));
        taken.map(|lane| lane.rows).sum()
    }

    /// How many rows are read in all; those with counters twice.
    pub(super) fn total(&self, catalog: &Catalog) -> u64 {
        let passes = self.passes(catalog);
        passes.iter().map(|(place, _)| self.lanes[*place].rows).sum()
    }

    /// Reads on a thread of its own; at most two portions wait.
    pub(super) fn read(self, catalog: &Catalog) -> mpsc::Receiver<Portion> {
        let passes = self.passes(catalog);
        let (sender, receiver) = mpsc::channel(2);
        tokio::task::spawn_blocking(move || {
            let end = match self.send(&passes, &sender) {
                Ok(()) => Portion::End,
                Err(error) => Portion::Failed(error),
            };
            // Nobody listens any more when the import has failed.
            let _ = sender.blocking_send(end);
        });
        receiver
    }

    fn send(&self, passes: &[(usize, Pass)], sender: &mpsc::Sender<Portion>) -> Result<()> {
        let stopped = || Fault::Invariant("the import has stopped".into());
        for (place, pass) in passes {
            let lane = &self.lanes[*place];
            sender
                .blocking_send(Portion::Begin(*place, *pass))
                .map_err(|_| stopped())?;
            let mut rows = Vec::with_capacity(BATCH);
            self.content.rows(&lane.table, &mut |row| {
                if lane
                    .account
                    .is_some_and(|place| row[place] != Cell::Uuid(self.account))
                {
                    return Err(
                        refuse("a row of the bundle is another account's than the receipt says").into(),
                    );
                }
                rows.push(row);
                if rows.len() == BATCH {
                    let full = std::mem::replace(&mut rows, Vec::with_capacity(BATCH));
                    return Ok(sender.blocking_send(Portion::Rows(full)).is_ok());
                }
                Ok(true)
            })?;
            if !rows.is_empty() {
                sender.blocking_send(Portion::Rows(rows)).map_err(|_| stopped())?;
            }
        }
        Ok(())
    }
}

fn unsound(report: &Report) -> Refusal {
    let named: Vec<String> = report
        .findings
        .iter()
        .take(NAMED)
        .map(|finding| match finding.file.is_empty() {
            true => finding.code.to_string(),
            false => format!("{} {}", finding.code, finding.file),
        })
        .collect();
    let more = report.findings.len() as u64 + report.more_findings - named.len() as u64;
    let more = match more {
        0 => String::new(),
        more => format!(" and {more} more"),
    };
    refuse(format!(
        "the bundle is not sound ({}{more}); `postern verify` says all that is wrong with it",
        named.join(", ")
    ))
}

fn refuse(message: impl Into<String>) -> Refusal {
    Refusal::new(Code::InvalidFile, message)
}
