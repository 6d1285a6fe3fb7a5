//! Rows of everything, in sets: a set has one row of each table, and its rows refer to one another. Whose list a set
//! hangs on says who is to see it.

use std::collections::{BTreeMap, HashSet};

use postern::access::permit;
use postern::access::viewer::Viewer;
use postern::catalog::{Catalog, Column, Mask, Owner, Resource};
use postern::cell::{Cell, Kind};
use postern::clock::Instant;
use postern::plan::write::{Conflict, Write};
use postern::store::write;
use postern::work::installation::Installation;
use rand::rngs::ChaCha8Rng;
use rand::{RngExt, SeedableRng};
use uuid::Uuid;

use super::marks::{ip_address, mark};
use super::rows::Rows;

/// A row that is to be written, by column.
pub type Draft = BTreeMap<String, Cell>;

/// Tables of which no set has rows: those of the installation, and accounts, which stand before all sets.
const APART: [&str; 3] = ["accounts", "audit_seals", "installations"];

/// What a set's rows refer to.
#[derive(Copy, Clone, Debug, PartialEq, Eq)]
pub enum Ties {
    /// To rows of the set alone.
    Own,
    /// To rows of any set of the account, here and there to none.
    Mixed,
}

/// One set.
#[derive(Copy, Clone, Debug)]
pub struct Set {
    pub account: Uuid,
    pub ties: Ties,
    /// Sets of two accounts with the same number hold people of the same addresses.
    pub number: usize,
}

/// Makes rows.
pub struct Filler<'a> {
    installation: &'a Installation,
    catalog: &'a Catalog,
    operator: Uuid,
    dice: ChaCha8Rng,
    /// The rows of each table, in the order they were made.
    made: BTreeMap<String, Vec<(Set, Draft)>>,
    /// The keys that are taken, so that a row of mixed ties is made anew instead of refused.
    taken: HashSet<String>,
    cells: usize,
    moment: Instant,
}

impl<'a> Filler<'a> {
    pub fn new(installation: &'a Installation, operator: Uuid, seed: u64) -> Filler<'a> {
        Filler {
            installation,
            catalog: &installation.catalog,
            operator,
            dice: ChaCha8Rng::seed_from_u64(seed),
            made: BTreeMap::new(),
            taken: HashSet::new(),
            cells: 0,
            moment: Instant::from_timestamp(1_767_225_600, 0).expect("a time"),
        }
    }

    /// The same, whose marks begin behind those of another one.
    pub fn with_marks_from(mut self, number: usize) -> Filler<'a> {
        self.cells = number;
        self
    }

    /// The same, among rows that are there already: those of mixed ties refer to them.
    pub fn among(mut self, rows: &Rows) -> Filler<'a> {
        for (number, (table, row)) in rows.all().enumerate() {
            let set = Set {
                account: row.account().unwrap_or_default(),
                ties: Ties::Own,
                number: 1_000 + number,
            };
            self.taken
                .extend(keys(self.catalog.table(table), &set, &row.cells));
            self.made
                .entry(table.to_owned())
                .or_default()
                .push((set, row.cells.clone()));
        }
        self
    }

    /// What was made of a table in an account.
    pub fn id(&self, table: &str, set: &Set) -> Uuid {
        let rows = self.made.get(table).map_or(&[][..], Vec::as_slice);
        let found = rows
            .iter()
            .find(|(other, _)| other.number == set.number && other.account == set.account);
        let (_, row) = found.unwrap_or_else(|| panic!("no row of {table} in {set:?}"));
        row["id"].as_uuid().expect("an id")
    }

    /// An account, with a value in each column.
    pub async fn account(&mut self, name: &str) -> Uuid {
        let id = self.installation.new_id();
        let set = Set {
            account: id,
            ties: Ties::Own,
            number: 0,
        };
        let given = [
            ("id", Cell::Uuid(id)),
            ("name", name.into()),
            ("status", "active".into()),
            ("is_platform", false.into()),
            ("closed_at", Cell::Null),
        ];
        let row = self.row(self.catalog.table("accounts"), &set, &given);
        self.write(id, "accounts", vec![row]).await;
        id
    }

    /// A row of each table in each set; what all accounts share is in the first set alone.
    pub async fn fill(&mut self, sets: &[Set]) {
        for resource in in_order(self.catalog) {
            if APART.contains(&resource.table.as_str()) {
                continue;
            }
            let sets = match resource.owner {
                Owner::Shared => &sets[..2],
                _ => sets,
            };
            let mut by_account: BTreeMap<Uuid, Vec<Draft>> = BTreeMap::new();
            for set in sets {
                let row = self.row(resource, set, &[]);
                by_account.entry(set.account).or_default().push(row.clone());
                let made = self.made.entry(resource.table.clone()).or_default();
                made.push((*set, row));
            }
            for (account, rows) in by_account {
                self.write(account, &resource.table, rows).await;
            }
        }
    }

    /// Writes rows that have the same columns or fewer.
    pub async fn write(&self, account: Uuid, table: &str, rows: Vec<Draft>) {
        let resource = self.catalog.table(table);
        let columns = resource
            .columns
            .iter()
            .filter(|column| column.name != "account_id");
        let columns: Vec<&Column> = columns.collect();
        let cells = |row: &Draft| {
            let cell = |column: &&Column| row.get(&column.name).cloned().unwrap_or_default();
            columns.iter().map(cell).collect()
        };
        let wanted = Write {
            resource: resource.id,
            columns: columns.iter().map(|column| column.id).collect(),
            rows: rows.iter().map(cells).collect(),
            conflict: Conflict::Fail,
        };
        let viewer = Viewer::at_the_machine(self.catalog, self.operator, account);
        let permitted = permit::write(self.catalog, &viewer, wanted).expect("operators may write everything");
        write::write(&self.installation.database, self.catalog, &permitted)
            .await
            .unwrap_or_else(|error| panic!("{table}: {error}"));
    }

    /// A row with what is given, and values of its own everywhere else.
    pub fn row(&mut self, resource: &Resource, set: &Set, given: &[(&str, Cell)]) -> Draft {
        for _ in 0..50 {
            let mut row = Draft::new();
            self.cells += 1;
            let first = self.cells;
            for column in &resource.columns {
                self.cells += 1;
                let value = match given.iter().find(|(name, _)| *name == column.name) {
                    Some((_, value)) => value.clone(),
                    None => self.value(resource, column, set, first),
                };
                row.insert(column.name.clone(), value);
            }
            let keys = keys(resource, set, &row);
            if keys.iter().all(|key| !self.taken.contains(key)) {
                self.taken.extend(keys);
                return row;
            }
        }
        panic!("no row of {} can be made that breaks no key", resource.table);
    }

    fn value(&mut self, resource: &Resource, column: &Column, set: &Set, first: usize) -> Cell {
        if let Some(reference) = resource.reference(column.id) {
            let target = &self.catalog.get(reference.target).table;
            return self.referred(target, column, set);
        }
        let is_mixed = set.ties == Ties::Mixed;
        if is_mixed && column.nullable && self.dice.random_bool(0.3) {
            return Cell::Null;
        }
        let number = self.cells;
        match (column.kind, column.name.as_str()) {
            (_, "id") => self.installation.new_id().into(),
            // Only the groups that every installation has are built in.
            (_, "built_in") => Cell::Null,
            (Kind::Uuid, _) => self.named(column, set),
            // An address and its normal form are one.
            (Kind::Text, name) if is_address(name) => {
                let number = match resource.table.as_str() {
                    // The same people are in both accounts.
                    "subscribers" => 90_000 + set.number,
                    _ => first,
                };
                Cell::from(format!(
                    "e{}@{}.example",
                    mark(number),
                    resource.table.replace('_', "-")
                ))
            }
            (Kind::Text, _) if column.mask == Mask::IpPrefix => ip_address(number).into(),
            (Kind::Text, _) => mark(number).into(),
            (Kind::Enum, "status") if resource.table == "users" => "enabled".into(),
            (Kind::Enum, "status") if resource.table == "subscribers" && !is_mixed => "active".into(),
            // Lists take people, every other one at once.
            (Kind::Enum, "status") if resource.table == "lists" => "active".into(),
            (Kind::Enum, "opt_in") => ["single", "double"][set.number % 2].into(),
            (Kind::Enum, _) => column.words[number % column.words.len()].as_str().into(),
            (Kind::Bool, _) => number.is_multiple_of(2).into(),
            (Kind::Int, _) => Cell::Int(i64::try_from(number % 1_000).expect("small")),
            (Kind::Instant, _) => {
                Cell::Instant(self.moment + chrono::TimeDelta::minutes((number % 50_000) as i64))
            }
            (Kind::Json, "tags" | "options") => serde_json::json!([mark(number)]).into(),
            (Kind::Json, _) => serde_json::json!({ "text": mark(number) }).into(),
            (Kind::Bytes, _) => {
                let mut bytes = mark(number).into_bytes();
                bytes.resize(32, b'.');
                Cell::from(bytes)
            }
        }
    }

    /// The row that a column refers to: none where there are none yet.
    fn referred(&mut self, target: &str, column: &Column, set: &Set) -> Cell {
        if column.name == "account_id" {
            return set.account.into();
        }
        let is_shared = self.catalog.table(target).owner != Owner::Account;
        let made = self.made.get(target).map_or(&[][..], Vec::as_slice);
        let near: Vec<&(Set, Draft)> = made
            .iter()
            .filter(|(other, _)| is_shared || other.account == set.account)
            .collect();
        let own = near
            .iter()
            .find(|(other, _)| other.account == set.account && other.number == set.number);
        let picked = match (set.ties, own) {
            (Ties::Mixed, _) if column.nullable && self.dice.random_bool(0.2) => None,
            (Ties::Mixed, _) if !near.is_empty() && self.dice.random_bool(0.7) => {
                near.get(self.dice.random_range(0..near.len()))
            }
            (_, Some(own)) => Some(own),
            (_, None) => near.first(),
        };
        match picked {
            Some((_, row)) => row["id"].clone(),
            None => {
                assert!(column.nullable, "{} needs a row of {target}", column.name);
                Cell::Null
            }
        }
    }

    /// The row that a column names without referring to it.
    fn named(&self, column: &Column, set: &Set) -> Cell {
        let target = column
            .loose
            .first()
            .map(|target| self.catalog.get(*target).table.clone());
        let made = target.and_then(|table| self.made.get(&table));
        let own = made.and_then(|rows| {
            rows.iter()
                .find(|(other, _)| other.account == set.account && other.number == set.number)
        });
        match own {
            Some((_, row)) => row["id"].clone(),
            None => self.installation.new_id().into(),
        }
    }
}

fn is_address(column: &str) -> bool {
    column == "email" || column.ends_with("_email") || column.ends_with("email_normalized")
}

/// The keys of a row that no other may have, as text.
fn keys(resource: &Resource, set: &Set, row: &Draft) -> Vec<String> {
    let account = match resource.owner {
        Owner::Account => set.account,
        _ => Uuid::nil(),
    };
    let keys = resource.unique.iter().map(|key| {
        let cells: Vec<&Cell> = key
            .iter()
            .map(|column| &row[&resource.column(*column).name])
            .collect();
        (key, cells)
    });
    // What has no value is like nothing else.
    keys.filter(|(_, cells)| cells.iter().all(|cell| !cell.is_null()))
        .map(|(key, cells)| format!("{} {account} {key:?} {cells:?}", resource.table))
        .collect()
}

/// The tables so that each comes behind those it refers to; where they refer to one another, behind those it cannot be
/// without.
pub fn in_order(catalog: &Catalog) -> Vec<&Resource> {
    let mut rest: Vec<&Resource> = catalog.resources().collect();
    let mut order: Vec<&Resource> = Vec::new();
    while !rest.is_empty() {
        let stands = |resource: &Resource, also_nullable: bool, order: &[&Resource]| {
            resource.references.iter().all(|reference| {
                let column = resource.column(reference.column);
                let is_there =
                    order.iter().any(|one| one.id == reference.target) || reference.target == resource.id;
                is_there || column.name == "account_id" || (column.nullable && !also_nullable)
            })
        };
        let next = [true, false]
            .into_iter()
            .find_map(|nullable| rest.iter().position(|one| stands(one, nullable, &order)))
            .expect("some table refers to what stands before it alone");
        order.push(rest.remove(next));
    }
    order
}
