//! Each reference to the account is decided in the policy, and what it decides is what the end of the account does to the
//! rows of that table: another decision has another outcome.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use chrono::TimeDelta;
use postern::catalog::{Catalog, OnErase, Resource};
use postern::error::Code;
use postern::work::closing::close;
use postern::work::erase::whole::due::{Became, Extent, see_to};
use uuid::Uuid;

use super::filled::{Filled, NAME};
use super::policy::{self, Reference};
use super::ways::{Way, by};
use crate::kit::rows::Row;

/// The ids of the account's rows in a table.
fn ids(rows: &[Row], table: &str, account: Uuid) -> BTreeSet<Uuid> {
    let own = rows
        .iter()
        .find(|row| row.table == "accounts" && row.id() == account);
    let own = own.expect("the account's row stays").cell("id");
    let of_it = rows
        .iter()
        .filter(|row| row.table == table && row.account() == Some(own));
    of_it.map(Row::id).collect()
}

/// The tables whose rows outlast the account: as decided of the reference to it, and what is a part of such rows.
fn kept(catalog: &Catalog, references: &BTreeSet<Reference>) -> BTreeSet<String> {
    let own = |(table, column): &&Reference| {
        let resource = catalog.table(table);
        let reference = resource.reference(resource.id_of(column)).expect("it is one");
        matches!(reference.on_erase, OnErase::Retain(_))
    };
    let own: BTreeSet<String> = references
        .iter()
        .filter(own)
        .map(|(table, _)| table.clone())
        .collect();
    let is_part = |resource: &&Resource| {
        resource.references.iter().any(|reference| {
            reference.on_erase == OnErase::Cascade && own.contains(&catalog.get(reference.target).table)
        })
    };
    let parts = catalog
        .resources()
        .filter(is_part)
        .map(|resource| resource.table.clone());
    own.iter().cloned().chain(parts).collect()
}

#[tokio::test(flavor = "multi_thread")]
async fn each_table_of_an_account_that_ends_goes_or_is_kept_as_decided_and_forbids_the_end_when_decided_so() {
    let catalog = policy::built_in();
    let references = by(&catalog, Way::Account);
    assert!(references.len() > 60, "{}", references.len());
    for mut place in Filled::each().await {
        let account = place.account;
        close(&place.installation, &place.viewer(), NAME)
            .await
            .expect("it can be closed");
        place.wait(TimeDelta::days(31));
        let before = place.home.rows().await;
        let mut loader_refuses = BTreeSet::new();
        for reference in &references {
            let rows = ids(&before, &reference.0, account);
            // Nothing is sealed yet.
            assert!(!rows.is_empty() || reference.0 == "audit_seals", "{reference:?}");
            let Some(changed) = policy::with_one_of(reference, &["block"]) else {
                loader_refuses.insert(reference.0.as_str());
                continue;
            };
            if rows.is_empty() {
                continue;
            }
            let mut otherwise = place.installation.clone();
            otherwise.catalog = Arc::new(changed.catalog);
            let ended = see_to(&otherwise, &[account], Extent::Run)
                .await
                .expect("accounts can be read");
            let failed = ended.failed.first().map(|(id, error)| (*id, error.code()));
            assert_eq!(failed, Some((account, Code::LegalHold)), "{reference:?}");
        }
        // What only an unpaid bill keeps has to be kept.
        assert_eq!(loader_refuses, BTreeSet::from(["invoices"]));
        let own = |rows: Vec<Row>| -> Vec<Row> { rows.into_iter().filter(|row| !row.is_history()).collect() };
        assert!(
            own(before.clone()) == own(place.home.rows().await),
            "something went"
        );

        let ended = see_to(&place.installation, &[account], Extent::Run)
            .await
            .expect("accounts can be read");
        assert!(ended.failed.is_empty(), "{:?}", ended.failed);
        assert_eq!(ended.accounts, [(account, Became::Partial)]);
        let after = place.home.rows().await;
        let kept = kept(&catalog, &references);
        let mut outcomes: BTreeMap<&str, usize> = BTreeMap::new();
        for reference in &references {
            let [before, after] = [&before, &after].map(|rows| ids(rows, &reference.0, account));
            if kept.contains(&reference.0) {
                assert!(before.is_subset(&after), "{reference:?}");
                *outcomes.entry("kept").or_default() += 1;
            } else {
                assert_eq!(after, BTreeSet::new(), "{reference:?}");
                *outcomes.entry("gone").or_default() += 1;
            }
        }
        assert_eq!(outcomes["kept"], kept.len(), "{outcomes:?}");
    }
}
