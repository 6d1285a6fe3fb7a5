//! Compares the live database with the entities (ruling 9): what nobody decided about would be missing from
//! exports and survive erasures. Changes nothing, and reads no row of any table.

mod postgres;
mod sqlite;

use std::collections::{BTreeMap, BTreeSet};
use std::fmt;
use std::sync::{Arc, PoisonError, RwLock};

use super::database::{Database, Dialect};
use super::draft::{index_columns, index_columns_everywhere, shapes, starts_at_zero, within_account};
use super::migrate;
use crate::catalog::shape::TableShape;
use crate::error::{Code, Refusal, Result};

/// One way in which the live database is not what the entities say.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Drift {
    /// The table of ours that is concerned.
    pub table: String,
    /// What is different, for the administrator.
    pub what: String,
    /// How much it matters.
    pub weight: Weight,
}

/// How much a drift matters.
#[derive(Copy, Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Weight {
    /// Data may be missed or changed behind our back: no export and no erasure of this table.
    Blocks,
    /// Answers stay right; they may be slow, or a counter may be.
    Warns,
}

impl fmt::Display for Drift {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "table {}: {}", self.table, self.what)
    }
}

/// What a database holds, in the same words for what is there and what should be.
#[derive(Debug, Default)]
struct Schema {
    tables: BTreeMap<String, Table>,
    /// Table and trigger.
    triggers: BTreeSet<(String, String)>,
    /// What reaches into our tables from elsewhere: views, tables that refer to ours, children of ours.
    intruders: BTreeSet<(String, String)>,
}

#[derive(Debug, Default, PartialEq, Eq)]
struct Table {
    columns: BTreeMap<String, Column>,
    primary_key: Vec<String>,
    unique: BTreeSet<Vec<String>>,
    indexes: BTreeSet<Vec<String>>,
    references: BTreeSet<Reference>,
}

#[derive(Debug, Default, PartialEq, Eq)]
struct Column {
    data_type: String,
    nullable: bool,
    /// A default, an identity, a generated value. The database supplies counters' zeros alone (ruling 3).
    supplied: bool,
    /// The words that a CHECK allows.
    words: BTreeSet<String>,
}

#[derive(Debug, PartialEq, Eq, PartialOrd, Ord)]
struct Reference {
    columns: Vec<String>,
    table: String,
    target_columns: Vec<String>,
    on_delete: String,
}

/// Every way in which the live database is not what the entities say, sorted; empty when there is none.
/// A handful of statements over the system catalogs.
pub async fn drifts(database: &Database) -> Result<Vec<Drift>> {
    let dialect = database.dialect();
    let expected = expected(shapes(), dialect);
    let found = match dialect {
        Dialect::Postgres => postgres::read(database).await?,
        Dialect::Sqlite => sqlite::read(database, &expected).await?,
    };
    Ok(compare(&expected, &found))
}

/// What is known of the live database's drift, renewed once a minute by whoever runs the gateway.
#[derive(Clone, Debug, Default)]
pub struct DriftWatch {
    known: Arc<RwLock<Arc<Vec<Drift>>>>,
}

impl DriftWatch {
    /// Looks again; gives what is new since the last look.
    pub async fn look(&self, database: &Database) -> Result<Vec<Drift>> {
        let found = drifts(database).await?;
        let before = self.known();
        let new = found
            .iter()
            .filter(|drift| !before.contains(drift))
            .cloned()
            .collect();
        *self.known.write().unwrap_or_else(PoisonError::into_inner) = Arc::new(found);
        Ok(new)
    }

    /// What was found at the last look.
    pub fn known(&self) -> Arc<Vec<Drift>> {
        self.known.read().unwrap_or_else(PoisonError::into_inner).clone()
    }

    /// Refuses with `POLICY_DRIFT` when a table's data may be missed or changed behind our back.
    pub fn allow(&self, table: &str) -> Result<(), Refusal> {
        match self
            .known()
            .iter()
            .find(|drift| drift.table == table && drift.weight == Weight::Blocks)
        {
            None => Ok(()),
            Some(drift) => Err(Refusal::new(
                Code::PolicyDrift,
                format!(
                    "the live database is not what was decided about: {drift}; decide about it or undo it"
                ),
            )),
        }
    }
}

/// What the entities and the migrations say.
fn expected(shapes: &[TableShape], dialect: Dialect) -> Schema {
    let tables = shapes
        .iter()
        .map(|shape| (shape.name.to_owned(), expected_table(shape, dialect)))
        .collect();
    Schema {
        tables,
        triggers: made_triggers(migrate::scripts(dialect)),
        intruders: BTreeSet::new(),
    }
}

fn expected_table(shape: &TableShape, dialect: Dialect) -> Table {
    let columns = shape.columns.iter().map(|column| {
        let data_type = match dialect {
            Dialect::Postgres => postgres::data_type(column.kind),
            Dialect::Sqlite => sqlite::data_type(column.kind),
        };
        let expected = Column {
            data_type: data_type.to_owned(),
            nullable: column.nullable,
            supplied: starts_at_zero(column),
            words: column.words.iter().cloned().collect(),
        };
        (column.name.to_owned(), expected)
    });
    let references = shape.references.iter().map(|reference| {
        let account: &[&str] = if reference.within_account {
            &["account_id"]
        } else {
            &[]
        };
        Reference {
            columns: owned(&[account, &[reference.column]].concat()),
            table: reference.table.clone(),
            target_columns: owned(&[account, &["id"]].concat()),
            on_delete: "NO ACTION".to_owned(),
        }
    });
    Table {
        columns: columns.collect(),
        primary_key: owned(&shape.primary_key),
        unique: shape
            .unique
            .iter()
            .map(|key| owned(&within_account(shape, key)))
            .chain(shape.unique_everywhere.iter().map(|key| owned(key)))
            .collect(),
        indexes: shape
            .indexes
            .iter()
            .map(|index| owned(&index_columns(shape, index)))
            .chain(
                shape
                    .indexes_everywhere
                    .iter()
                    .map(|index| owned(&index_columns_everywhere(shape, index))),
            )
            .collect(),
        references: references.collect(),
    }
}

fn owned(names: &[&str]) -> Vec<String> {
    names.iter().map(|name| (*name).to_owned()).collect()
}

/// The triggers that the migrations make, less those that later ones drop: `CREATE TRIGGER name … ON table`.
fn made_triggers(scripts: impl Iterator<Item = &'static str>) -> BTreeSet<(String, String)> {
    let mut made = BTreeSet::new();
    for script in scripts {
        let code = script
            .lines()
            .map(|line| line.split("--").next().unwrap_or(""))
            .collect::<Vec<_>>()
            .join("\n");
        let words: Vec<&str> = code.split_whitespace().collect();
        for (place, pair) in words.windows(2).enumerate() {
            let name = words
                .get(place + 2)
                .map(|name| name.trim_end_matches(';').to_owned());
            match (pair, name) {
                (["CREATE", "TRIGGER"], Some(name)) => {
                    let on = words[place..].iter().skip_while(|word| **word != "ON").nth(1);
                    made.extend(on.map(|table| ((*table).to_owned(), name)));
                }
                (["DROP", "TRIGGER"], Some(name)) => made.retain(|(_, other)| *other != name),
                _ => {}
            }
        }
    }
    made
}

fn compare(expected: &Schema, found: &Schema) -> Vec<Drift> {
    let mut drifts = Vec::new();
    let mut add = |table: &str, weight, what: String| {
        drifts.push(Drift {
            table: table.to_owned(),
            what,
            weight,
        });
    };
    for name in found
        .tables
        .keys()
        .filter(|name| !expected.tables.contains_key(*name))
    {
        add(name, Weight::Blocks, "nobody decided about this table".to_owned());
    }
    for (name, table) in &expected.tables {
        match found.tables.get(name) {
            None => add(name, Weight::Blocks, "the table is missing".to_owned()),
            Some(other) => compare_tables(table, other, &mut |weight, what| add(name, weight, what)),
        }
    }
    for (table, trigger) in found.triggers.difference(&expected.triggers) {
        add(
            table,
            Weight::Blocks,
            format!("the trigger {trigger} is not ours"),
        );
    }
    for (table, trigger) in expected.triggers.difference(&found.triggers) {
        add(
            table,
            Weight::Warns,
            format!("the trigger {trigger} is missing or switched off, counters are wrong"),
        );
    }
    for (table, what) in &found.intruders {
        add(table, Weight::Blocks, what.clone());
    }
    drifts.sort();
    drifts
}

fn compare_tables(expected: &Table, found: &Table, add: &mut dyn FnMut(Weight, String)) {
    for name in found
        .columns
        .keys()
        .filter(|name| !expected.columns.contains_key(*name))
    {
        add(Weight::Blocks, format!("nobody decided about the column {name}"));
    }
    for (name, column) in &expected.columns {
        match found.columns.get(name) {
            None => add(Weight::Blocks, format!("the column {name} is missing")),
            Some(other) => compare_columns(name, column, other, add),
        }
    }
    if expected.primary_key != found.primary_key {
        add(
            Weight::Blocks,
            format!("the primary key is ({})", found.primary_key.join(", ")),
        );
    }
    for key in expected.unique.difference(&found.unique) {
        add(
            Weight::Blocks,
            format!("the unique key ({}) is missing", key.join(", ")),
        );
    }
    for key in found.unique.difference(&expected.unique) {
        add(
            Weight::Warns,
            format!("the unique key ({}) is not ours", key.join(", ")),
        );
    }
    for index in expected.indexes.difference(&found.indexes) {
        add(
            Weight::Warns,
            format!("the index ({}) is missing", index.join(", ")),
        );
    }
    for index in found.indexes.difference(&expected.indexes) {
        add(
            Weight::Warns,
            format!("the index ({}) is not ours", index.join(", ")),
        );
    }
    for reference in expected.references.difference(&found.references) {
        add(Weight::Blocks, format!("the foreign key {reference} is missing"));
    }
    for reference in found.references.difference(&expected.references) {
        add(
            Weight::Blocks,
            format!("nobody decided about the foreign key {reference}"),
        );
    }
}

fn compare_columns(name: &str, expected: &Column, found: &Column, add: &mut dyn FnMut(Weight, String)) {
    if expected.data_type != found.data_type {
        add(
            Weight::Blocks,
            format!(
                "the column {name} is {}, not {}",
                found.data_type, expected.data_type
            ),
        );
    }
    if expected.nullable != found.nullable {
        let what = if found.nullable {
            "may be NULL"
        } else {
            "may not be NULL"
        };
        add(Weight::Blocks, format!("the column {name} {what}"));
    }
    if expected.supplied != found.supplied {
        let what = if found.supplied {
            "has a default"
        } else {
            "has lost its default"
        };
        add(Weight::Warns, format!("the column {name} {what}"));
    }
    if expected.words != found.words {
        let words: Vec<&str> = expected
            .words
            .symmetric_difference(&found.words)
            .map(String::as_str)
            .collect();
        add(
            Weight::Warns,
            format!("the words of the column {name} differ in {}", words.join(", ")),
        );
    }
}

impl fmt::Display for Reference {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (columns, targets) = (self.columns.join(", "), self.target_columns.join(", "));
        write!(
            f,
            "({columns}) to {} ({targets}) on delete {}",
            self.table,
            self.on_delete.to_lowercase()
        )
    }
}

/// The words between single quotes in a CHECK.
fn quoted_words(check: &str) -> impl Iterator<Item = String> + '_ {
    check.split('\'').skip(1).step_by(2).map(str::to_owned)
}
