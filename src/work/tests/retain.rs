//! What is past its clock goes, or becomes nobody's, when it is due and not before; what somebody may not lose stays.

use std::collections::BTreeMap;

use chrono::{Months, Timelike};
use uuid::Uuid;

use super::kit::{Place, places};
use crate::catalog::{ColumnId, OnErase, Path, Resource, Step, SubjectPath, Then};
use crate::cell::Cell;
use crate::clock::{Clock, Instant};
use crate::plan::erase::{Change, changes};
use crate::store::Sql;
use crate::work::progress::Unwatched;
use crate::work::retain::{Retired, retain};

type Found = BTreeMap<Uuid, Vec<Cell>>;

/// The rows of a table of an account.
async fn rows(place: &Place, resource: &Resource, account: Uuid) -> Found {
    let mut sql = Sql::new("SELECT id");
    for column in &resource.columns {
        sql.push(", ").name(&column.name);
    }
    sql.push(" FROM ")
        .name(&resource.table)
        .push(" WHERE account_id = ")
        .bind(account);
    let rows = place.installation.database.fetch(&sql).await.unwrap();
    let of = |row: &crate::store::Row| {
        let cells = resource.columns.iter().enumerate();
        let cells = cells.map(|(at, column)| row.cell(at + 1, column.kind).unwrap());
        (row.uuid(0).unwrap(), cells.collect())
    };
    rows.iter().map(of).collect()
}

fn kept(place: &Place) -> Vec<&Resource> {
    let special = [
        "uploads",
        "legal_holds",
        "processing_restrictions",
        "data_requests",
        "invoices",
    ];
    place
        .installation
        .catalog
        .resources()
        .filter(|resource| resource.keep.as_ref().is_some_and(|keep| keep.duration.is_some()))
        .filter(|resource| !special.contains(&resource.table.as_str()))
        .collect()
}

fn has_run_out(resource: &Resource, cells: &[Cell], now: Instant) -> bool {
    let keep = resource.keep.as_ref().unwrap();
    let from = resource.id_of(&keep.from);
    let start = cells[usize::from(from.0)]
        .as_instant()
        .expect("a clock starts somewhere");
    keep.duration.unwrap().end(start).is_some_and(|end| end <= now)
}

/// Sees to everything, of which nothing may fail.
async fn run(place: &Place, account: Uuid, dry_run: bool) -> Vec<Retired> {
    let outcome = retain(&place.installation, &[account], dry_run, &Unwatched).await;
    assert!(outcome.failed.is_empty(), "{:?}", outcome.failed);
    outcome.retired
}

/// Whether a row can go with another that it refers to.
fn goes_with_another(resource: &Resource) -> bool {
    let mut references = resource.references.iter();
    references.any(|reference| reference.within_account && reference.on_erase == OnErase::Cascade)
}

/// Where a reference was cut, because what it led to is gone, nothing else of the row has changed.
fn is_the_same_but_for_cut_references(resource: &Resource, before: &[Cell], after: &[Cell]) -> bool {
    let mut pairs = resource.columns.iter().zip(before.iter().zip(after));
    pairs.all(|(column, (before, after))| {
        let reference = resource.reference(column.id);
        let is_cut = reference.is_some_and(|one| one.on_erase == OnErase::Unlink) && *after == Cell::Null;
        before == after || is_cut
    })
}

fn is_nobodys(resource: &Resource, after: &[Cell], changes: &[(ColumnId, Change)]) -> bool {
    let ways = resource.subject.iter().filter_map(|path| match path {
        SubjectPath::References(Path { steps }) => steps.first(),
        SubjectPath::Address(_) => None,
    });
    let mut ways = ways.map(|step| match step {
        Step::Forward { column, .. } => &after[usize::from(column.0)],
        Step::Back { .. } => unreachable!("ways to people go forward"),
    });
    ways.all(|cell| *cell == Cell::Null)
        && changes.iter().all(|(column, change)| {
            let after = &after[usize::from(column.0)];
            match change {
                Change::Null => *after == Cell::Null,
                Change::Redact => after.as_text() == Some("[erased]"),
                Change::TruncateDay => after
                    .as_instant()
                    .is_none_or(|at| at.num_seconds_from_midnight() == 0),
                Change::TruncateIp => after
                    .as_text()
                    .is_none_or(|ip| ip.ends_with(".0") || ip.ends_with("::")),
                Change::Token => false,
            }
        })
}

#[tokio::test(flavor = "multi_thread")]
async fn each_row_goes_or_becomes_nobodys_when_its_clock_has_run_out_and_not_before() {
    for mut place in places(12).await {
        let (account, other) = (place.world.accounts[0].id, place.world.accounts[1].id);
        let start = place.installation.clock.now();
        let others = place.dump(other).await;
        let mut seen = (0, 0, 0);
        for months in [1, 14, 26, 38] {
            let now = start + Months::new(months);
            place.installation.clock = Clock::starting_at(now);
            let resources = kept(&place);
            let mut before = Vec::new();
            for resource in &resources {
                before.push(rows(&place, resource, account).await);
            }
            let counted = run(&place, account, true).await;
            let done = run(&place, account, false).await;
            let due_of = |all: &[Retired]| -> Vec<(String, u64)> {
                all.iter().map(|one| (one.table.clone(), one.due)).collect()
            };
            assert_eq!(due_of(&counted), due_of(&done), "what is counted is what is done");
            let now = place.installation.clock.now();
            for (resource, before) in resources.iter().zip(before) {
                let table = &resource.table;
                let after = rows(&place, resource, account).await;
                for (id, cells) in &before {
                    let is_over = has_run_out(resource, cells, now);
                    match (resource.keep.as_ref().unwrap().then, after.get(id)) {
                        (Then::Delete, None) => {
                            assert!(is_over || goes_with_another(resource), "{table}: too soon");
                            seen.0 += 1;
                        }
                        (Then::Anonymise, Some(after)) if is_over => {
                            let all = changes(&place.installation.catalog, resource);
                            assert!(is_nobodys(resource, after, &all), "{table}: {after:?}");
                            seen.1 += 1;
                        }
                        (_, Some(after)) => {
                            assert!(!is_over, "{table}: {cells:?} is past its clock");
                            assert!(
                                is_the_same_but_for_cut_references(resource, cells, after),
                                "{table}"
                            );
                            seen.2 += 1;
                        }
                        (Then::Anonymise, None) => panic!("{table}: a row that stays is gone"),
                    }
                }
            }
            let again = run(&place, account, false).await;
            assert_eq!(again, [], "twice is once");
        }
        assert!(seen.0 > 50 && seen.1 > 20 && seen.2 > 50, "{seen:?}");
        assert_eq!(
            place.dump(other).await,
            others,
            "another account's rows are another's"
        );
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn nobody_loses_what_is_about_a_person_who_may_not_be_erased_for_now() {
    for mut place in places(12).await {
        let account = place.world.accounts[0].id;
        place.installation.clock = Clock::starting_at(place.installation.clock.now() + Months::new(38));
        let opens = place.installation.catalog.table("opens").clone();
        let by = usize::from(opens.id_of("subscriber_id").0);
        let all = rows(&place, &opens, account).await;
        let held = all
            .values()
            .find_map(|cells| cells[by].as_uuid())
            .expect("somebody opened a mail");
        let theirs: Found = all
            .into_iter()
            .filter(|(_, cells)| cells[by].as_uuid() == Some(held))
            .collect();
        let mut hold =
            Sql::new("INSERT INTO legal_holds (account_id, id, subscriber_id, placed_at) VALUES (");
        hold.bind(account)
            .push(", ")
            .bind(place.installation.new_id())
            .push(", ")
            .bind(held)
            .push(", ")
            .bind(place.installation.clock.now())
            .push(")");
        let mut release = Sql::new("UPDATE legal_holds SET subscriber_id = NULL WHERE account_id = ");
        release.bind(account);
        for (change, left) in [(hold, theirs), (release, Found::new())] {
            let database = &place.installation.database;
            database
                .write(async |transaction| transaction.execute(&change).await)
                .await
                .unwrap();
            run(&place, account, false).await;
            assert_eq!(rows(&place, &opens, account).await, left);
        }
    }
}
