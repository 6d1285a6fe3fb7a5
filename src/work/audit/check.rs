//! Checks an account's log against its seals, in memory that does not grow with it.

use serde_json::{Value, json};
use uuid::Uuid;

use super::checker::{Checker, Found, Head, Terms};
use super::finding::Finding;
use super::format::digest;
use super::unsealed::stretch;
use crate::bundle::PublicKey;
use crate::catalog::{Catalog, Duration};
use crate::cell::Cell;
use crate::error::Result;
use crate::store::{Database, audit, audit_seal};
use crate::work::installation::Installation;
use crate::work::progress::Progress;

/// Events that are read in one statement.
pub(super) const EVENTS: usize = 1_000;

/// What came out for one account.
#[derive(Clone, Debug, PartialEq)]
pub struct Report {
    /// How many seals it has.
    pub seals: u64,
    /// How many events they seal.
    pub events: u64,
    /// Those of them that are gone because their time was over.
    pub retired: u64,
    /// How many events wait for their seal.
    pub waiting: u64,
    /// The newest seal.
    pub head: Option<Head>,
    /// What is wrong.
    pub findings: Vec<Finding>,
    /// How many findings there are beyond those.
    pub more_findings: u64,
}

impl Report {
    /// Whether nothing is wrong.
    pub fn is_clean(&self) -> bool {
        self.findings.is_empty()
    }

    /// For programs.
    pub fn json(&self) -> Value {
        json!({
            "seals": self.seals,
            "events": self.events,
            "retired": self.retired,
            "waiting": self.waiting,
            "head": self.head.as_ref().map(ToString::to_string),
            "findings": self.findings,
            "moreFindings": self.more_findings,
        })
    }
}

/// The keys of the installation itself that count for seals, past ones with them.
pub fn own_keys(installation: &Installation) -> Result<Vec<PublicKey>> {
    let keys = installation.keys.receipt_public_keys()?;
    keys.iter().map(|key| PublicKey::from_pem(&key.pem)).collect()
}

/// How long the policy keeps events.
pub fn kept(catalog: &Catalog) -> Option<Duration> {
    let keep = catalog.table("audit_events").keep.as_ref();
    keep.and_then(|keep| keep.duration)
}

/// Checks everything that an account's seals say, and that every event has one.
pub async fn check(
    installation: &Installation,
    account: Uuid,
    terms: &Terms,
    progress: &dyn Progress,
) -> Result<Report> {
    let database = &installation.database;
    let sealed = audit_seal::sealed_events(database, account).await?;
    progress.total(sealed + audit::count(database, account).await?);
    let mut checker = Checker::new(terms);
    seals(database, account, &mut checker, progress).await?;
    unsealed(database, account, &mut checker, progress).await?;
    checker.end();
    Ok(checker.into())
}

impl From<Checker<'_>> for Report {
    fn from(checker: Checker<'_>) -> Report {
        Report {
            seals: checker.seals,
            events: checker.events,
            retired: checker.retired,
            waiting: checker.waiting,
            head: checker.head,
            findings: checker.findings.kept,
            more_findings: checker.findings.more,
        }
    }
}

async fn seals(
    database: &Database,
    account: Uuid,
    checker: &mut Checker<'_>,
    progress: &dyn Progress,
) -> Result<()> {
    let mut after = i64::MIN;
    loop {
        let seals = audit_seal::page(database, account, after).await?;
        let Some(last) = seals.last() else { return Ok(()) };
        after = last.number;
        for seal in &seals {
            let leaves = checker.seal(seal);
            for leaves in leaves.chunks(EVENTS) {
                let ids: Vec<Uuid> = leaves.iter().map(|leaf| leaf.id).collect();
                let mut events = audit::by_ids(database, account, &ids).await?;
                events.sort_unstable_by_key(|(id, _)| *id);
                for leaf in leaves {
                    let at = events.binary_search_by_key(&leaf.id, |(id, _)| *id);
                    let found = at.map_or(Found::Gone, |at| found(events[at].1.as_deref()));
                    checker.event(seal, leaf, &found);
                }
                progress.add(leaves.len() as u64);
            }
            checker.reach(seal);
        }
    }
}

fn found(cells: Option<&[Cell]>) -> Found {
    let Some(cells) = cells else {
        return Found::Unreadable;
    };
    let place = audit::COLUMNS.iter().position(|(name, _)| *name == "happened_at");
    let says = place
        .and_then(|place| cells.get(place))
        .and_then(Cell::as_instant);
    Found::There(digest(cells), says)
}

async fn unsealed(
    database: &Database,
    account: Uuid,
    checker: &mut Checker<'_>,
    progress: &dyn Progress,
) -> Result<()> {
    let mut from = Uuid::nil();
    loop {
        let stretch = stretch(database, account, (from, Uuid::max())).await?;
        for event in &stretch.unsealed {
            checker.unsealed(*event);
        }
        progress.add(stretch.events as u64);
        match stretch.last {
            Some(last) => from = last,
            None => break,
        }
    }
    // No clock makes these two, which stand between no others.
    for (id, _) in audit::by_ids(database, account, &[Uuid::nil(), Uuid::max()]).await? {
        checker.unsealed(id);
    }
    Ok(())
}
