//! Each reference to a row that somebody can delete is decided in the policy, and what it decides is what a deletion would
//! do: another decision has another outcome.

use std::collections::BTreeMap;
use std::sync::Arc;

use postern::catalog::{Catalog, OnErase, Removal};
use postern::error::{Code, Error};
use postern::store::identity;
use postern::work::installation::Installation;
use postern::work::remove::{RemovalRequest, RemovedRows, remove};
use uuid::Uuid;

use super::removed::{Naming, Outcome, is_free};
use super::world::World;
use crate::access::fill::{Filler, Set, Ties};
use crate::erasures::filled::settle;
use crate::erasures::policy::{self, Reference};
use crate::erasures::ways::{Way, by};
use crate::kit::company;
use crate::kit::home::Home;
use crate::kit::rows::{Row, account};

/// What can be decided instead, in the order in which it is tried.
fn others(decided: &OnErase) -> &'static [&'static str] {
    match decided {
        OnErase::Cascade => &["unlink", "block"],
        OnErase::Unlink => &["cascade", "block"],
        OnErase::Block | OnErase::Retain(_) | OnErase::Reassign => &["cascade", "unlink"],
    }
}

/// The rows of an account that somebody can delete, each with what that would do.
fn deletions(
    catalog: &Catalog,
    rows: &[Row],
    naming: &Naming<'_>,
    account: &[u8],
) -> BTreeMap<usize, Outcome> {
    let can_be = |row: &Row| {
        let resource = catalog.by_table(&row.table);
        row.account() == Some(account)
            && resource.is_some_and(|resource| resource.removal == Some(Removal::Delete))
    };
    let places = (0..rows.len()).filter(|place| can_be(&rows[*place]));
    places
        .map(|place| (place, naming.worked_out(catalog, rows, place)))
        .collect()
}

/// Whether something hangs by a reference on what a deletion takes.
fn is_at_work(
    rows: &[Row],
    outcome: &Outcome,
    (table, column): &Reference,
    target: &str,
    named: &[&Row],
) -> bool {
    let gone = |id: &[u8]| {
        outcome
            .gone
            .iter()
            .any(|place| rows[*place].table == target && rows[*place].cell("id") == id)
    };
    debug_assert!(named.iter().all(|row| row.table == *table));
    named.iter().any(|row| gone(row.cell(column)))
}

/// What a dry run says.
async fn would_do(
    installation: &Installation,
    world: &World,
    account: Uuid,
    row: &Row,
) -> Result<(u64, u64), Code> {
    let wanted = RemovalRequest {
        table: &row.table,
        row: row.id(),
        field: "row",
        dry_run: true,
        most: None,
    };
    let viewer =
        postern::access::viewer::Viewer::at_the_machine(&installation.catalog, world.operator, account);
    match remove(installation, &viewer, wanted).await {
        Ok(rows) => {
            let sum = |is_cut: bool| {
                let rows = rows
                    .iter()
                    .filter(|rows: &&RemovedRows| rows.reference.is_some() == is_cut);
                rows.map(|rows| rows.rows).sum()
            };
            Ok((sum(false), sum(true)))
        }
        Err(Error::Refused(refusal)) => Err(refusal.code),
        Err(error) => panic!("{}: {error}", row.table),
    }
}

/// The same as it was worked out.
fn expected(outcome: &Outcome) -> Result<(u64, u64), Code> {
    match outcome.forbidden {
        true => Err(Code::InvalidState),
        false => Ok((outcome.gone.len() as u64, outcome.cuts)),
    }
}

#[tokio::test]
async fn each_reference_to_what_can_be_deleted_is_heeded_as_decided_and_otherwise_when_decided_otherwise() {
    let catalog = policy::built_in();
    let references = by(&catalog, Way::Deletion);
    assert!(references.len() > 40, "{}", references.len());
    for home in Home::each().await {
        company::found(&home, 40).await;
        let world = World::over(home).await;
        let (own, _) = identity::account(&world.installation.database, "Acme")
            .await
            .expect("accounts can be read")
            .expect("the seed makes it");
        // What made-up accounts have not.
        let sets = [0, 1].map(|number| Set {
            account: own,
            ties: Ties::Own,
            number,
        });
        Filler::new(&world.installation, world.operator, 5)
            .fill(&sets)
            .await;
        settle(&world.home).await;
        let rows = world.home.rows().await;
        let acme = account(&rows, "Acme");
        let naming = Naming::of(&catalog, &rows);
        let deletions = deletions(&catalog, &rows, &naming, &acme);
        let mut decided = Vec::new();
        for reference in &references {
            let resource = catalog.table(&reference.0);
            let way = resource
                .reference(resource.id_of(&reference.1))
                .expect("it is one");
            let Some(changed) = policy::with_one_of(reference, others(&way.on_erase)) else {
                panic!("{reference:?}: nothing else can be decided");
            };
            let otherwise = Arc::new(changed.catalog);
            let mut installation = world.installation.clone();
            installation.catalog = otherwise.clone();
            let target = catalog.get(way.target).table.as_str();
            let named: Vec<&Row> = rows
                .iter()
                .filter(|row| row.table == reference.0 && !row.cell(&reference.1).is_empty())
                .collect();
            let shown = deletions.iter().find_map(|(place, outcome)| {
                let is_good = !outcome.forbidden
                    && is_free(&rows, *place, outcome)
                    && is_at_work(&rows, outcome, reference, target, &named);
                let other = is_good.then(|| naming.worked_out(&otherwise, &rows, *place))?;
                let is_other = other != *outcome && (other.forbidden || is_free(&rows, *place, &other));
                is_other.then_some((*place, outcome, other))
            });
            let Some((place, outcome, other)) = shown else {
                panic!("no deletion shows {reference:?} of {} rows", named.len());
            };
            for (installation, outcome) in [(&world.installation, outcome), (&installation, &other)] {
                let found = would_do(installation, &world, own, &rows[place]).await;
                assert_eq!(found, expected(outcome), "{reference:?} by {}", rows[place].table);
            }
            decided.push(reference);
        }
        assert_eq!(decided.len(), references.len());
    }
}
