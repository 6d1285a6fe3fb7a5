//! Reads what the store knows of the people of a batch, and writes what was decided about them.
//!
//! Both in one transaction, under the account's fence lock: an erasure is either over, and its token is seen, or it
//! waits until these people are written, and finds them. Must not know what wins.

use std::collections::HashMap;

use uuid::Uuid;

use super::erased::erased;
use super::history::{CONSENT_COLUMNS, UNSUBSCRIBE_COLUMNS};
use super::merge::Target;
use super::record::Incoming;
use super::state::{Known, Record, VALUE_COLUMNS, Value, profile, subscriber};
use crate::access::permit::{self, Permitted};
use crate::access::viewer::Viewer;
use crate::cell::Cell;
use crate::clock::Instant;
use crate::error::Result;
use crate::plan::write::{Conflict, Write};
use crate::store::import::Lookup;
use crate::store::restriction::{self, Holding};
use crate::store::{Transaction, fence, write};
use crate::work::installation::Installation;

/// In whose name a batch is read and written.
pub struct Hands<'a> {
    pub installation: &'a Installation,
    pub viewer: &'a Viewer,
    /// The right to write subscribers.
    pub right: &'a Permitted<Write>,
    pub source: &'a str,
    pub now: Instant,
    pub dry_run: bool,
}

impl Hands<'_> {
    /// What looks things up; locks what it finds, unless nothing will be written.
    pub fn lookup(&self) -> Result<Lookup<'_>> {
        Lookup::new(&self.installation.catalog, self.right, !self.dry_run)
    }

    /// What the store knows of these people.
    pub async fn load(
        &self,
        transaction: &mut Transaction,
        people: &[&Incoming],
        targets: &[Target],
    ) -> Result<Known> {
        fence::fence_lock(transaction, self.viewer.account, false).await?;
        let mut addresses: Vec<&str> = people.iter().map(|row| row.address.normalized.as_str()).collect();
        addresses.sort_unstable();
        addresses.dedup();
        let mut external_ids: Vec<&str> = people
            .iter()
            .filter_map(|row| row.external_id.as_deref())
            .collect();
        external_ids.sort_unstable();
        external_ids.dedup();
        let lookup = self.lookup()?;
        let mut known = Known::default();
        self.load_suppressed(transaction, &addresses, &mut known).await?;
        let found = lookup
            .subscribers(
                transaction,
                &subscriber::COLUMNS,
                &addresses,
                self.source,
                &external_ids,
            )
            .await?;
        let mut ids = Vec::new();
        for cells in found {
            let record = Record::known(cells);
            // By address and by id one may be found twice.
            if !ids.contains(&record.id()) {
                ids.push(record.id());
                known.add_subscriber(record, self.source);
            }
        }
        self.load_restricted(transaction, &ids, &mut known).await?;
        let lists: Vec<Uuid> = targets.iter().map(|target| target.list).collect();
        let mut profiles = Vec::new();
        for cells in lookup
            .profiles(transaction, &profile::COLUMNS, &ids, &lists)
            .await?
        {
            let record = Record::known(cells);
            profiles.push(record.id());
            known.add_profile(record);
        }
        for cells in lookup.values(transaction, &VALUE_COLUMNS, &profiles).await? {
            add_value(&mut known.values, cells);
        }
        for values in known.values.values_mut() {
            values.sort_by_key(|value| value.ordinal);
        }
        Ok(known)
    }

    async fn load_suppressed(
        &self,
        transaction: &mut Transaction,
        addresses: &[&str],
        known: &mut Known,
    ) -> Result<()> {
        let account = self.viewer.account;
        known.suppressed = self
            .lookup()?
            .suppressed(transaction, addresses, self.now)
            .await?
            .into_iter()
            .collect();
        known.erased = erased(self.installation, transaction, account, addresses).await?;
        Ok(())
    }

    /// Whose data may be kept and not used. Who objects to being mailed is suppressed, and can be corrected; nothing is taken
    /// about the others.
    async fn load_restricted(
        &self,
        transaction: &mut Transaction,
        ids: &[Uuid],
        known: &mut Known,
    ) -> Result<()> {
        let account = self.viewer.account;
        // Also what was asked for since the import began.
        let now = self.installation.clock.now();
        let held = restriction::of_people(transaction, account, ids, now).await?;
        for record in &known.subscribers {
            let Some(held) = held.get(&record.id()) else {
                continue;
            };
            if !held.iter().all(Holding::is_objection) {
                known.restricted.insert(record.id());
            } else {
                known.objecting.insert(record.id());
            }
        }
        Ok(())
    }

    /// Writes what changed; what others refer to goes first.
    pub async fn store(&self, transaction: &mut Transaction, known: Known) -> Result<()> {
        self.put(
            transaction,
            "subscribers",
            &subscriber::COLUMNS,
            subscriber::UPDATED_AT,
            known.subscribers,
        )
        .await?;
        self.put(
            transaction,
            "subscriber_profiles",
            &profile::COLUMNS,
            profile::UPDATED_AT,
            known.profiles,
        )
        .await?;
        if !known.gone_values.is_empty() {
            self.lookup()?
                .delete_values(transaction, &known.gone_values)
                .await?;
        }
        let (mut new, mut changed) = (Vec::new(), Vec::new());
        for ((profile, field), values) in known.values {
            for value in values.into_iter().filter(|value| value.is_changed) {
                let rows = if value.is_new { &mut new } else { &mut changed };
                rows.push(vec![
                    value.id.into(),
                    profile.into(),
                    field.into(),
                    value.ordinal.into(),
                    value.text.into(),
                    self.now.into(),
                ]);
            }
        }
        // In the order of their ids, which is the order in which they were read.
        new.sort_by_key(|row: &Vec<Cell>| row[0].as_uuid());
        self.insert(transaction, "profile_values", &VALUE_COLUMNS, new, &[])
            .await?;
        self.update(
            transaction,
            "profile_values",
            &VALUE_COLUMNS,
            &["value", "changed_at"],
            changed,
        )
        .await?;
        let once = ["source", "external_id"];
        self.insert(transaction, "consents", &CONSENT_COLUMNS, known.consents, &once)
            .await?;
        self.insert(
            transaction,
            "unsubscribes",
            &UNSUBSCRIBE_COLUMNS,
            known.unsubscribes,
            &once,
        )
        .await
    }

    async fn put(
        &self,
        transaction: &mut Transaction,
        table: &str,
        columns: &[&str],
        updated_at: usize,
        records: Vec<Record>,
    ) -> Result<()> {
        let (mut new, mut changed) = (Vec::new(), Vec::new());
        for mut record in records.into_iter().filter(|record| record.is_changed) {
            if record.is_new {
                new.push(record.cells);
            } else {
                record.cells[updated_at] = self.now.into();
                changed.push(record.cells);
            }
        }
        self.insert(transaction, table, columns, new, &[]).await?;
        self.update(transaction, table, columns, &columns[1..], changed)
            .await
    }

    /// Inserts rows; those that exist by `key` stay.
    pub async fn insert(
        &self,
        transaction: &mut Transaction,
        table: &str,
        columns: &[&str],
        rows: Vec<Vec<Cell>>,
        key: &[&str],
    ) -> Result<()> {
        self.run(
            transaction,
            Write::of(&self.installation.catalog, table, columns, rows, key),
        )
        .await
    }

    async fn update(
        &self,
        transaction: &mut Transaction,
        table: &str,
        columns: &[&str],
        updated: &[&str],
        rows: Vec<Vec<Cell>>,
    ) -> Result<()> {
        let resource = self.installation.catalog.table(table);
        let conflict = Conflict::Update {
            key: vec![resource.id_of("id")],
            columns: updated.iter().map(|name| resource.id_of(name)).collect(),
        };
        let plan = Write::of(&self.installation.catalog, table, columns, rows, &[]);
        self.run(transaction, Write { conflict, ..plan }).await
    }

    async fn run(&self, transaction: &mut Transaction, plan: Write) -> Result<()> {
        if plan.rows.is_empty() {
            return Ok(());
        }
        let permitted = permit::write(&self.installation.catalog, self.viewer, plan)?;
        write::write_in(transaction, &self.installation.catalog, &permitted).await?;
        Ok(())
    }
}

fn add_value(values: &mut HashMap<(Uuid, Uuid), Vec<Value>>, cells: Vec<Cell>) {
    let id = |place: usize| cells[place].as_uuid().unwrap_or_default();
    values.entry((id(1), id(2))).or_default().push(Value {
        id: id(0),
        ordinal: cells[3].as_int().unwrap_or(0),
        text: cells[4].as_text().unwrap_or_default().to_owned(),
        is_new: false,
        is_changed: false,
    });
}
