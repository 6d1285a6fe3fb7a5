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
use std::sync::Arc;

use tokio::sync::mpsc;

use crate::access::permit;
use crate::access::viewer::Viewer;
use crate::error::{Code, Fault, Refusal, Result};
use crate::plan::write::Write;
use crate::store::bulk::Bulk;
use crate::store::{Transaction, identity, write};
use crate::work::founding;
use crate::work::installation::Installation;
use crate::work::progress::Progress;
use tables::{Rows, Tables};
use world::{Account, World};

/// How many people are made up before they are written: some 10,000 rows. Three times as many are in memory at once,
/// whatever the number of subscribers: being made up, waiting, and being written.
const PORTION: u64 = 200;

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

/// Fills an installation with made-up accounts, in one transaction: all of them are there, or nothing is. Nobody else
/// can use the tables of people meanwhile. Errors: a refusal when one of the accounts exists already, because filling
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
    let world = Arc::new(world);
    installation
        .database
        .write(async |transaction| {
            transaction.without_time_limit().await?;
            let bulk = Bulk::begin(transaction, Tables::names()).await?;
            for account in &world.accounts {
                progress.message(&account.name);
                let viewer = Viewer::at_the_machine(&installation.catalog, platform.operator, account.id);
                report.accounts.push((account.name.clone(), account.subscribers));
                add_account(transaction, installation, &viewer, &world, account, &mut report).await?;
                add_people(
                    transaction,
                    installation,
                    &viewer,
                    &world,
                    account,
                    &mut report,
                    progress,
                )
                .await?;
                bulk.settle(transaction).await?;
            }
            progress.message("putting the indexes back");
            progress.add(0);
            bulk.end(transaction).await
        })
        .await?;
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
    transaction: &mut Transaction,
    installation: &Installation,
    viewer: &Viewer,
    world: &World,
    account: &Account,
    report: &mut Report,
) -> Result<()> {
    let mut rows = vec![accounts::account(account)];
    rows.extend(accounts::rows(world, account));
    report.add(write_rows(transaction, installation, viewer, rows).await?);
    founding::add_groups_in(transaction, installation, viewer).await
}

async fn add_people(
    transaction: &mut Transaction,
    installation: &Installation,
    viewer: &Viewer,
    world: &Arc<World>,
    account: &Account,
    report: &mut Report,
    progress: &dyn Progress,
) -> Result<()> {
    let (sender, mut portions) = mpsc::channel(1);
    let (world, index) = (world.clone(), account.index);
    // The next people are made up while the database writes the last ones.
    let making = tokio::task::spawn_blocking(move || make_up(&world, index, &sender));
    while let Some((people, tables)) = portions.recv().await {
        report.add(write_rows(transaction, installation, viewer, tables).await?);
        progress.add(people);
    }
    making
        .await
        .map_err(|error| Fault::Invariant(format!("making people up: {error}")).into())
}

/// Makes up the people of an account, portion by portion, until all are made or nobody takes them any more.
fn make_up(world: &World, account: usize, sender: &mpsc::Sender<(u64, Vec<Rows>)>) {
    let account = &world.accounts[account];
    let mut tables = Tables::default();
    for start in (0..account.subscribers).step_by(PORTION as usize) {
        let end = account.subscribers.min(start + PORTION);
        for number in start..end {
            person::add(world, account, number, &mut tables);
        }
        if sender.blocking_send((end - start, tables.drain())).is_err() {
            return;
        }
    }
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
