//! What the erasure of a person does, worked out row by row from the policy's words alone.

use std::collections::{BTreeMap, HashMap};

use postern::catalog::{Catalog, ColumnErase, OnErase, Resource, Step, SubjectPath};

use crate::kit::rows::{Row, comparable};

/// Somebody who is a subscriber of an account.
#[derive(Clone, Debug)]
pub struct Person {
    /// The account's id, as the database writes it.
    pub account: Vec<u8>,
    /// The subscriber's id.
    pub id: Vec<u8>,
    /// The address as it is written.
    pub email: String,
    /// The address as it is compared.
    pub normalized: Vec<u8>,
}

/// The people of an account.
pub fn people(rows: &[Row], account: &[u8]) -> Vec<Person> {
    rows.iter()
        .filter(|row| row.table == "subscribers" && row.account() == Some(account))
        .map(|row| Person {
            account: account.to_vec(),
            id: row.cell("id").to_vec(),
            email: String::from_utf8(row.cell("email").to_vec()).expect("an address is text"),
            normalized: row.cell("email_normalized").to_vec(),
        })
        .collect()
}

/// The rows of an installation, to be looked up by their keys.
pub struct World<'a> {
    catalog: &'a Catalog,
    rows: &'a [Row],
    by_key: HashMap<(&'a str, &'a [u8], &'a [u8]), &'a Row>,
}

/// What a policy makes of a row about somebody who is erased.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Fate {
    /// The person may not be erased at all.
    Forbids,
    /// It stays as it is.
    Kept,
    /// It goes.
    Gone,
    /// It stays without what is about the person.
    Cut,
}

impl<'a> World<'a> {
    pub fn of(catalog: &'a Catalog, rows: &'a [Row]) -> World<'a> {
        let of_accounts = rows.iter().filter(|row| row.table != "accounts");
        let keyed = of_accounts.filter_map(|row| {
            let account = row.account()?;
            let id = row.cells.iter().find(|(name, _)| name == "id")?;
            Some(((row.table.as_str(), account, id.1.as_slice()), row))
        });
        World {
            catalog,
            rows,
            by_key: keyed.collect(),
        }
    }

    /// The rows about a person: each with the ways that lead from it to the person.
    pub fn about(&self, person: &'a Person) -> Vec<(&'a Row, Vec<&'a SubjectPath>)> {
        let of_account = self
            .rows
            .iter()
            .filter(|row| row.account() == Some(&person.account));
        let mut about = Vec::new();
        for row in of_account {
            let Some(resource) = self.catalog.by_table(&row.table) else {
                continue;
            };
            let leading = |path: &&SubjectPath| self.leads(resource, row, path, person);
            let ways: Vec<_> = resource.subject.iter().filter(leading).collect();
            if !ways.is_empty() {
                about.push((row, ways));
            }
        }
        about
    }

    fn leads(&self, resource: &Resource, row: &Row, path: &SubjectPath, person: &Person) -> bool {
        let path = match path {
            SubjectPath::Address(column) => {
                return row.cell(&resource.column(*column).name) == person.normalized;
            }
            SubjectPath::References(path) => path,
        };
        let (mut resource, mut row) = (resource, row);
        for step in &path.steps {
            let Step::Forward { column, target } = step else {
                panic!("{}: a way to the person goes back", resource.table);
            };
            let id = row.cell(&resource.column(*column).name);
            resource = self.catalog.get(*target);
            match self
                .by_key
                .get(&(resource.table.as_str(), person.account.as_slice(), id))
            {
                Some(next) => row = next,
                None => return false,
            }
        }
        row.table == "subscribers" && row.cell("id") == person.id
    }

    /// What an erasure of the person leaves, in a form that can be compared; `None`: it is refused.
    pub fn after(&self, person: &Person) -> Option<Vec<Row>> {
        let mut fates: HashMap<*const Row, Fate> = HashMap::new();
        for (row, _) in self.about(person) {
            let fate = fate(self.catalog, self.catalog.table(&row.table));
            if fate == Fate::Forbids {
                return None;
            }
            fates.insert(row, fate);
        }
        let mut left = Vec::new();
        for row in self.rows {
            match fates.get(&std::ptr::from_ref(row)) {
                Some(Fate::Gone) => {}
                Some(Fate::Cut) => left.push(cut(self.catalog, row)),
                _ => left.push(row.clone()),
            }
        }
        Some(judged(self.catalog, left))
    }
}

/// What becomes of a table's rows about the person.
pub fn fate(catalog: &Catalog, resource: &Resource) -> Fate {
    let decisions: Vec<&OnErase> = resource
        .subject
        .iter()
        .filter_map(|path| Some(&resource.reference(path.reference()?)?.on_erase))
        .collect();
    if decisions.contains(&&OnErase::Block) {
        return Fate::Forbids;
    }
    if decisions
        .iter()
        .any(|decision| matches!(decision, OnErase::Retain(_)))
    {
        return Fate::Kept;
    }
    match goes(catalog, resource) {
        true => Fate::Gone,
        false => Fate::Cut,
    }
}

/// Whether some way to the person is an address, or cascades all along.
fn goes(catalog: &Catalog, resource: &Resource) -> bool {
    resource.subject.iter().any(|path| {
        let SubjectPath::References(path) = path else {
            return true;
        };
        let mut at = resource;
        path.steps.iter().all(|step| {
            let Step::Forward { column, target } = step else {
                panic!("{}: a way to the person goes back", resource.table);
            };
            let reference = at.reference(*column).expect("ways are references");
            at = catalog.get(*target);
            reference.on_erase == OnErase::Cascade
        })
    })
}

/// A row that stays without what is about the person.
fn cut(catalog: &Catalog, row: &Row) -> Row {
    let resource = catalog.table(&row.table);
    let mut row = row.clone();
    for (name, cell) in &mut row.cells {
        let column = resource.column(resource.id_of(name));
        let leads_to_what_goes = resource.reference(column.id).is_some_and(|reference| {
            reference.on_erase == OnErase::Unlink && goes(catalog, catalog.get(reference.target))
        });
        if leads_to_what_goes || column.erase == ColumnErase::Null {
            cell.clear();
        } else if column.erase == ColumnErase::Redact && !cell.is_empty() {
            *cell = b"[erased]".to_vec();
        }
    }
    row
}

/// Rows as far as they are judged here: without the texts that are searched for mentions, without what is cut to a coarser
/// value (each has tests of its own), and without the fence, which an erasure adds.
pub fn judged(catalog: &Catalog, rows: Vec<Row>) -> Vec<Row> {
    let mut judged = comparable(rows);
    judged.retain(|row| row.table != "suppression_tokens");
    for row in &mut judged {
        let Some(resource) = catalog.by_table(&row.table) else {
            continue;
        };
        let stays = !resource.subject.is_empty() && !goes(catalog, resource);
        row.cells.retain(|(name, _)| {
            let erase = &resource.column(resource.id_of(name)).erase;
            let coarser = [
                ColumnErase::TruncateDay,
                ColumnErase::TruncateIp,
                ColumnErase::Token,
            ];
            *erase != ColumnErase::Scan && !(stays && coarser.contains(erase))
        });
    }
    judged.sort();
    judged
}

/// How many rows differ, by table: what a failing test says.
pub fn differing(one: &[Row], other: &[Row]) -> BTreeMap<String, (usize, usize)> {
    let mut differing: BTreeMap<String, (usize, usize)> = BTreeMap::new();
    let missing = |from: &[Row], of: &[Row]| -> Vec<String> {
        let there: std::collections::HashSet<&Row> = from.iter().collect();
        of.iter()
            .filter(|row| !there.contains(row))
            .map(|row| row.table.clone())
            .collect()
    };
    for table in missing(other, one) {
        differing.entry(table).or_default().0 += 1;
    }
    for table in missing(one, other) {
        differing.entry(table).or_default().1 += 1;
    }
    differing
}
