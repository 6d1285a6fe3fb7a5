//! Made-up data of realistic shape: deterministic, streamed, at any size (`domain.md` 6.2 and 6.3).
//!
//! The world of accounts and lists is held in memory, the people are made, written and forgotten in batches.

pub mod accounts;
mod business;
mod content;
mod office;
pub mod person;
pub mod platform;
mod rights;
mod sending;
pub mod tables;
pub mod world;
mod year;

#[cfg(test)]
mod shape_tests;
#[cfg(test)]
mod tests;

use std::collections::BTreeMap;
use std::ops::Range;

use crate::access::permit;
use crate::access::viewer::Viewer;
use crate::error::{Code, Refusal, Result};
use crate::plan::write::Write;
use crate::store::{Dialect, Transaction, identity, write};
use crate::work::founding;
use crate::work::installation::Installation;
use crate::work::progress::Progress;
use tables::{Rows, Tables};
use world::{Account, World};

/// How many people are made up before they are written: some 8,000 rows, which is what the memory needed for
/// any number of subscribers follows from.
const PORTION: u64 = 150;

/// How many people are written in one transaction. SQLite then writes what they touch of an index once. PostgreSQL
/// keeps every state that a counter had within a transaction, and walks through all of them for each reference to
/// its campaign, so that long ones take many times as long.
fn stretch(dialect: Dialect) -> u64 {
    match dialect {
        Dialect::Postgres => PORTION,
        Dialect::Sqlite => 10 * PORTION,
    }
}

/// What to make up.
#[derive(Copy, Clone, Debug)]
pub struct Options {
    /// About how many subscribers in all accounts together.
    pub subscribers: u64,
    /// What everything is drawn from: the same seed and the same time give the same data.
    pub seed: u64,
}

/// What was made up.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Report {
    /// The accounts, the largest first, with their numbers of subscribers.
    pub accounts: Vec<(String, u64)>,
    /// Rows by table.
    pub rows: BTreeMap<&'static str, u64>,
}

impl Report {
    fn add(&mut self, written: Vec<(&'static str, u64)>) {
        for (table, count) in written {
            *self.rows.entry(table).or_default() += count;
        }
    }
}

/// Fills an installation with made-up accounts. Errors: a refusal when one of them exists already, because filling
/// half of it again would count everybody twice.
pub async fn seed(installation: &Installation, options: Options, progress: &dyn Progress) -> Result<Report> {
    let world = World::new(options.seed, options.subscribers, installation.clock.now());
    for account in &world.accounts {
        refuse_existing(installation, &account.name).await?;
    }
    let platform = founding::platform(installation).await?;
    progress.total(world.subscribers());
    let mut report = Report::default();
    report.add(add_platform_rows(installation, platform).await?);
    for account in &world.accounts {
        progress.message(&account.name);
        let viewer = Viewer::at_the_machine(&installation.catalog, platform.operator, account.id);
        report.accounts.push((account.name.clone(), account.subscribers));
        add_account(installation, &viewer, &world, account, &mut report).await?;
        add_people(installation, &viewer, &world, account, &mut report, progress).await?;
    }
    Ok(report)
}

/// Writes what the platform tells all its customers, where it is not there yet.
pub async fn add_platform_rows(
    installation: &Installation,
    platform: founding::Platform,
) -> Result<Vec<(&'static str, u64)>> {
    let viewer = Viewer::at_the_machine(&installation.catalog, platform.operator, platform.account);
    let mut written = Vec::new();
    for rows in platform::rows() {
        let (table, key) = (rows.table, ["source", "external_id"]);
        let plan = Write::of(&installation.catalog, table, rows.columns, rows.rows, &key);
        let permitted = permit::write(&installation.catalog, &viewer, plan)?;
        let done = write::write(&installation.database, &installation.catalog, &permitted).await?;
        written.push((table, done.inserted));
    }
    Ok(written)
}

async fn refuse_existing(installation: &Installation, name: &str) -> Result<()> {
    match identity::account(&installation.database, name).await? {
        None => Ok(()),
        Some(_) => Err(Refusal::new(
            Code::InvalidState,
            format!("there is an account named {name} already; made-up data goes into a store without it"),
        )
        .into()),
    }
}

async fn add_account(
    installation: &Installation,
    viewer: &Viewer,
    world: &World,
    account: &Account,
    report: &mut Report,
) -> Result<()> {
    let mut rows = vec![accounts::account(account)];
    rows.extend(accounts::rows(world, account));
    write_together(installation, viewer, rows, report).await?;
    founding::add_groups(installation, viewer).await
}

async fn add_people(
    installation: &Installation,
    viewer: &Viewer,
    world: &World,
    account: &Account,
    report: &mut Report,
    progress: &dyn Progress,
) -> Result<()> {
    let stretch = stretch(installation.database.dialect());
    for start in (0..account.subscribers).step_by(stretch as usize) {
        let end = account.subscribers.min(start + stretch);
        let written = installation
            .database
            .write(async |transaction| {
                transaction.without_time_limit().await?;
                add_stretch(transaction, installation, viewer, world, account, start..end).await
            })
            .await?;
        report.add(written);
        progress.add(end - start);
    }
    Ok(())
}

async fn add_stretch(
    transaction: &mut Transaction,
    installation: &Installation,
    viewer: &Viewer,
    world: &World,
    account: &Account,
    people: Range<u64>,
) -> Result<Vec<(&'static str, u64)>> {
    let mut written = Vec::new();
    let mut tables = Tables::default();
    for start in people.clone().step_by(PORTION as usize) {
        for number in start..people.end.min(start + PORTION) {
            person::add(world, account, number, &mut tables);
        }
        written.extend(write_rows(transaction, installation, viewer, tables.drain()).await?);
    }
    Ok(written)
}

async fn write_together(
    installation: &Installation,
    viewer: &Viewer,
    tables: Vec<Rows>,
    report: &mut Report,
) -> Result<()> {
    let written = installation
        .database
        .write(async |transaction| {
            transaction.without_time_limit().await?;
            write_rows(transaction, installation, viewer, tables).await
        })
        .await?;
    report.add(written);
    Ok(())
}

/// Writes rows in the order given, as a viewer who may; gives the number of rows of each table.
pub async fn write_rows(
    transaction: &mut Transaction,
    installation: &Installation,
    viewer: &Viewer,
    tables: Vec<Rows>,
) -> Result<Vec<(&'static str, u64)>> {
    let mut written = Vec::with_capacity(tables.len());
    for rows in tables {
        if rows.rows.is_empty() {
            continue;
        }
        let (table, count) = (rows.table, rows.rows.len() as u64);
        let plan = Write::of(&installation.catalog, table, rows.columns, rows.rows, &[]);
        let permitted = permit::write(&installation.catalog, viewer, plan)?;
        write::write_in(transaction, &installation.catalog, &permitted).await?;
        written.push((table, count));
    }
    Ok(written)
}
