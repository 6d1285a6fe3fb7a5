//! Each reference to a row whose clock runs out is decided in the policy, and what it decides is what `retention run` does:
//! another decision has another outcome. For those that no erasure and no deletion shows.

use std::collections::BTreeSet;
use std::sync::Arc;

use chrono::TimeDelta;
use postern::catalog::{Catalog, OnErase};
use postern::work::progress::Unwatched;
use postern::work::retain::retain;

use super::filled::Filled;
use super::policy::{self, Reference};
use super::ways::{Way, by, waits};
use crate::kit::rows::Row;

/// What became of the rows that refer.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
enum Became {
    Gone,
    Cut,
    AsBefore,
}

fn shown_by_nothing_else(catalog: &Catalog) -> BTreeSet<Reference> {
    let mut references = by(catalog, Way::Clock);
    for way in [Way::Person, Way::Deletion, Way::Account] {
        let others = by(catalog, way);
        references.retain(|reference| !others.contains(reference));
    }
    references
}

/// What is to become of them when the row that they refer to is past its clock, and they are not.
fn decided(catalog: &Catalog, reference: &Reference) -> Became {
    match policy::decided(catalog, reference) {
        OnErase::Unlink => Became::Cut,
        // It waits for those that have a clock of their own.
        OnErase::Cascade if !waits(catalog, reference) => Became::Gone,
        OnErase::Cascade | OnErase::Block | OnErase::Retain(_) | OnErase::Reassign => Became::AsBefore,
    }
}

fn became(before: &[Row], after: &[Row], (table, column): &Reference) -> Became {
    let referring = before
        .iter()
        .filter(|row| row.table == *table && !row.cell(column).is_empty());
    let outcomes: BTreeSet<Became> = referring
        .map(|row| {
            let same = after
                .iter()
                .find(|other| other.table == *table && other.cell("id") == row.cell("id"));
            match same {
                None => Became::Gone,
                Some(after) if after.cell(column).is_empty() => Became::Cut,
                Some(after) => {
                    assert_eq!(after.cell(column), row.cell(column));
                    Became::AsBefore
                }
            }
        })
        .collect();
    assert_eq!(outcomes.len(), 1, "{table}.{column}: {outcomes:?}");
    outcomes.into_iter().next().expect("there is one")
}

#[tokio::test(flavor = "multi_thread")]
async fn each_reference_to_what_is_past_its_clock_is_heeded_as_decided_and_otherwise_when_decided_otherwise()
{
    let built_in = Arc::new(policy::built_in());
    let references = shown_by_nothing_else(&built_in);
    assert!(references.len() > 3, "{references:?}");
    let mut decisions: Vec<(Arc<Catalog>, Vec<&Reference>)> =
        vec![(built_in.clone(), references.iter().collect())];
    for reference in &references {
        let words: &[&str] = match decided(&built_in, reference) {
            Became::Cut => &["cascade"],
            Became::Gone | Became::AsBefore => &["block"],
        };
        let changed = policy::with_one_of(reference, words).expect("the loader takes it");
        assert_ne!(
            decided(&built_in, reference),
            decided(&changed.catalog, reference)
        );
        decisions.push((Arc::new(changed.catalog), vec![reference]));
    }
    for (catalog, references) in &decisions {
        for mut place in Filled::each().await {
            place.wait(TimeDelta::days(50 * 31));
            let now = place.installation.clock.now() - TimeDelta::days(31);
            // Requests are younger than what they refer to.
            let moment = match place.home.database_url() {
                Some(_) => format!("'{}'", now.to_rfc3339()),
                None => now.timestamp_micros().to_string(),
            };
            place
                .home
                .tamper(format!("UPDATE data_requests SET received_at = {moment}"))
                .await;
            place.installation.catalog = catalog.clone();
            let before = place.home.rows().await;
            let outcome = retain(&place.installation, &[place.account], false, &Unwatched).await;
            assert!(outcome.failed.is_empty(), "{:?}", outcome.failed);
            let after = place.home.rows().await;
            for reference in references {
                let expected = decided(catalog, reference);
                assert_eq!(became(&before, &after, reference), expected, "{reference:?}");
            }
        }
    }
}
