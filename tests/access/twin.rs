//! Makes of an installation's copy one that differs from it in all that somebody may not see, and in nothing else:
//! hidden values are others, hidden rows are changed, gone or more.

use std::collections::{BTreeMap, BTreeSet};

use postern::catalog::{Catalog, Column, Owner};
use postern::cell::{Cell, Kind};
use postern::store::Sql;
use uuid::Uuid;

use super::fill::{Filler, Set, Ties, in_order};
use super::law::Reach;
use super::marks::{ip_address, mark};
use super::oracle::View;
use super::rows::{Row, Rows, target};
use super::world::World;

/// Tables that say who may do what. Of their rows only text that is marked is changed, none is made and none removed:
/// a change of rights would be another matter.
const OF_RIGHTS: [&str; 8] = [
    "accounts",
    "users",
    "user_groups",
    "group_members",
    "grants",
    "grant_lists",
    "api_keys",
    "installations",
];

/// Tables that the database fills while events are written: what is hidden of them differs where hidden events do.
const ROLL_UPS: [&str; 4] = [
    "list_days",
    "campaign_buckets",
    "campaign_breakdowns",
    "api_usage_days",
];

/// Marks of the copy begin here.
const OTHER_MARKS: usize = 50_000;

/// Columns whose values follow rows that others may not see, by decision: counters of a list, a campaign, a link or a
/// delivery are columns of it, kept with it (D6) and shown with it. They say how many, and nobody in particular beside
/// what they stand at: whoever may read a campaign may know how often it was opened, without the right to read opens.
const BY_DECISION: [&str; 4] = ["lists", "campaigns", "campaign_links", "deliveries"];

/// How much was made different.
#[derive(Debug, Default)]
pub struct Differences {
    pub values: usize,
    pub rows_changed: usize,
    pub rows_added: usize,
    pub rows_removed: usize,
}

/// Changes the copy, in which everything is yet as `view` says.
pub async fn make_different(copy: &mut World, view: &View<'_>) -> Differences {
    let mut twin = Twin {
        copy,
        view,
        marks: OTHER_MARKS,
        differences: Differences::default(),
    };
    twin.change_values().await;
    twin.add_rows().await;
    twin.remove_rows().await;
    let differences = twin.differences;
    copy.look_again().await;
    even_out(copy, view).await;
    differences
}

struct Twin<'a> {
    copy: &'a World,
    view: &'a View<'a>,
    marks: usize,
    differences: Differences,
}

impl Twin<'_> {
    fn catalog(&self) -> &Catalog {
        &self.copy.installation.catalog
    }

    async fn change_values(&mut self) {
        let rows = self.view.oracle.rows;
        for (table, row) in rows.all() {
            let is_seen = self.view.sees(table, row.id);
            let is_of_rights = OF_RIGHTS.contains(&table);
            if !is_seen && ROLL_UPS.contains(&table) {
                continue;
            }
            let mut changed = Vec::new();
            let resource = self.copy.installation.catalog.table(table);
            for column in &resource.columns {
                let old = row.cell(&column.name);
                let is_key = ["id", "account_id"].contains(&column.name.as_str());
                let is_marked = matches!(old, Cell::Text(text) if text.contains("qz"));
                if is_key || resource.reference(column.id).is_some() || (is_of_rights && !is_marked) {
                    continue;
                }
                // Another value of it would show the row to others.
                let law = &self.view.oracle.law.tables[table];
                if law.operators_only.as_ref() == Some(&column.name) {
                    continue;
                }
                if self.view.shows_clearly(table, row, &column.name) {
                    continue;
                }
                // A row of small counts is hidden only while they are small.
                let decision = &self.view.oracle.law.tables[table].columns[&column.name];
                if !is_seen && decision.mask == "small_cell" {
                    continue;
                }
                let new = match is_seen {
                    false => Some(self.another(column, old)),
                    true => self.another_behind_its_mask(table, row, column),
                };
                let new = new.filter(|new| new != old && (column.nullable || !new.is_null()));
                changed.extend(new.map(|new| (column.name.as_str(), new)));
            }
            if changed.is_empty() {
                continue;
            }
            match is_seen {
                true => self.differences.values += changed.len(),
                false => self.differences.rows_changed += 1,
            }
            update(self.copy, table, row, &changed).await;
        }
    }

    fn mark(&mut self) -> String {
        self.marks += 1;
        mark(self.marks)
    }

    /// Another value of the same kind and form.
    fn another(&mut self, column: &Column, old: &Cell) -> Cell {
        match (column.kind, old) {
            (Kind::Text, Cell::Text(text)) if text.contains('@') => {
                Cell::from(format!("x{}@other.example", self.mark()))
            }
            (Kind::Text, Cell::Text(text)) if text.parse::<std::net::IpAddr>().is_ok() => {
                self.marks += 1;
                ip_address(self.marks % 10_000).into()
            }
            (Kind::Text, _) => self.mark().into(),
            (Kind::Enum, old) => {
                let here = column
                    .words
                    .iter()
                    .position(|word| Some(word.as_str()) == old.as_text());
                let next = here.map_or(0, |here| (here + 1) % column.words.len());
                column.words[next].as_str().into()
            }
            (Kind::Bool, old) => (*old != Cell::Bool(true)).into(),
            (Kind::Int, old) => Cell::Int(old.as_int().unwrap_or_default() + 1),
            (Kind::Instant, old) => {
                let at = old
                    .as_instant()
                    .unwrap_or_else(|| self.copy.installation.clock.now());
                Cell::Instant(at + chrono::TimeDelta::days(1))
            }
            (Kind::Json, Cell::Json(old)) if old.is_array() => {
                serde_json::json!([self.mark(), "more"]).into()
            }
            (Kind::Json, _) => serde_json::json!({ "other": self.mark() }).into(),
            (Kind::Bytes, _) => Cell::from(self.mark().into_bytes()),
            (Kind::Uuid, _) => self.copy.installation.new_id().into(),
        }
    }

    /// Another value of which the same is shown.
    fn another_behind_its_mask(&mut self, table: &str, row: &Row, column: &Column) -> Option<Cell> {
        let decision = &self.view.oracle.law.tables[table].columns[&column.name];
        let old = row.cell(&column.name);
        let text = old.as_text();
        let new = match decision.mask.as_str() {
            // That a secret is set is shown; what it is, is not.
            _ if decision.is_secret() => (!old.is_null()).then(|| self.another(column, old)),
            // Whether there is a value at all is hidden, too.
            "hide" => Some(self.another(column, old)),
            "small_cell" => Some(self.another(column, old)),
            "email" => text.and_then(|text| {
                let (_, domain) = text.rsplit_once('@')?;
                Some(format!("{}{}@{domain}", text.chars().next()?, self.mark()).into())
            }),
            "initial" => text.map(|text| {
                let first = text.trim_start().chars().next().map(String::from);
                format!("{}{}", first.unwrap_or_default(), self.mark()).into()
            }),
            "ip_prefix" => text.and_then(|text| {
                let (network, last) = text.rsplit_once('.')?;
                Some(format!("{network}.{}", if last == "250" { 251 } else { 250 }).into())
            }),
            other => panic!("{table}.{} has the mask {other}, which is new here", column.name),
        }?;
        let mut changed = row.clone();
        changed.cells.insert(column.name.clone(), new.clone());
        let same =
            self.view.shown(table, row, &column.name) == self.view.shown(table, &changed, &column.name);
        same.then_some(new)
    }

    /// Whether a row says who sees another one: a profile of a list whose people are seen, though profiles are not.
    fn says_who_sees(&self, table: &str, row: &Row) -> bool {
        let law = self.view.oracle.law;
        let back = format!("^{table}.");
        law.tables.values().any(|other| {
            let Reach::Lists(lists) = self.view.who.rights.reach(&other.name, "read") else {
                return false;
            };
            other
                .scope
                .iter()
                .filter_map(|way| way.strip_prefix(&back))
                .any(|way| {
                    let (_, rest) = way.split_once('/').expect("a way goes on");
                    let ends = self.view.oracle.rows.ends(self.catalog(), table, row, rest);
                    ends.iter().any(|end| lists.contains(end))
                })
        })
    }

    /// More rows of everything that is not seen, in both accounts.
    async fn add_rows(&mut self) {
        let world = self.copy;
        let mut filler = Filler::new(&world.installation, world.operator, 2)
            .with_marks_from(self.marks + 1)
            .among(self.view.oracle.rows);
        for resource in in_order(&world.installation.catalog) {
            let table = resource.table.as_str();
            let is_apart = OF_RIGHTS.contains(&table) || ROLL_UPS.contains(&table) || table == "audit_seals";
            if is_apart || resource.owner != Owner::Account {
                continue;
            }
            for (number, account) in [
                (0, world.acme),
                (1, world.globex),
                (2, world.acme),
                (3, world.globex),
            ] {
                let set = Set {
                    account,
                    ties: Ties::Mixed,
                    number: 500 + number,
                };
                let draft = filler.row(resource, &set, &[]);
                let row = Row {
                    id: draft["id"].as_uuid().expect("an id"),
                    cells: draft.clone(),
                };
                let is_seen = self.view.oracle.sight(&self.view.who, table, &row).is_some();
                if is_seen || self.says_who_sees(table, &row) {
                    continue;
                }
                filler.write(account, table, vec![draft]).await;
                self.differences.rows_added += 1;
            }
        }
    }

    /// Fewer: every other row that is not seen and that nothing refers to.
    async fn remove_rows(&mut self) {
        let rows = Rows::read(&self.copy.installation).await;
        let mut referred = BTreeSet::new();
        for (table, row) in rows.all() {
            for reference in &self.catalog().table(table).references {
                let column = &self.catalog().table(table).column(reference.column).name;
                let to = target(self.catalog(), table, column);
                referred.extend(row.refers_to(column).map(|id| (to, id)));
            }
        }
        let mut place = 0;
        for (table, row) in self.view.oracle.rows.all() {
            let is_free = !referred.contains(&(table.to_owned(), row.id));
            let is_kept =
                OF_RIGHTS.contains(&table) || self.view.sees(table, row.id) || self.says_who_sees(table, row);
            if !is_free || is_kept {
                continue;
            }
            place += 1;
            if place % 2 == 0 {
                let mut sql = Sql::new("DELETE FROM ");
                sql.name(table).push(" WHERE id = ").bind(row.id);
                execute(self.copy, &sql).await;
                self.differences.rows_removed += 1;
            }
        }
    }
}

/// Holds the copy against the original: what is seen must be the same, whatever is hidden. What follows hidden rows by
/// decision is made the same again; anything else that does is a leak.
async fn even_out(copy: &mut World, view: &View<'_>) {
    let mut follows: BTreeMap<(Uuid, String), Vec<(String, Cell)>> = BTreeMap::new();
    {
        let other = copy.view(&view.who);
        for (table, row) in copy.rows.all() {
            let is_seen = other.sees(table, row.id);
            assert_eq!(
                is_seen,
                view.sees(table, row.id),
                "{} sees another {table} now: {row:?}",
                view.who.name
            );
            if !is_seen {
                continue;
            }
            let before = view
                .oracle
                .rows
                .find(table, row.id)
                .expect("what is seen was there before");
            for column in row.cells.keys() {
                let (was, is) = (view.shown(table, before, column), other.shown(table, row, column));
                if was == is {
                    continue;
                }
                let by_decision = BY_DECISION.contains(&table) && column.ends_with("_count");
                assert!(
                    by_decision,
                    "{} is shown {table}.{column}, which follows what is hidden: it was {was:?} and is {is:?}",
                    view.who.name
                );
                follows
                    .entry((row.id, table.to_owned()))
                    .or_default()
                    .push((column.clone(), before.cell(column).clone()));
            }
        }
        for (table, row) in view
            .oracle
            .rows
            .all()
            .filter(|(table, row)| view.sees(table, row.id))
        {
            assert!(
                copy.rows.find(table, row.id).is_some(),
                "{table}: a row that is seen was removed"
            );
        }
    }
    for ((id, table), values) in follows {
        let row = copy.rows.find(&table, id).expect("it was just there").clone();
        let values: Vec<(&str, Cell)> = values
            .iter()
            .map(|(name, cell)| (name.as_str(), cell.clone()))
            .collect();
        update(copy, &table, &row, &values).await;
    }
    copy.look_again().await;
}

async fn update(world: &World, table: &str, row: &Row, values: &[(&str, Cell)]) {
    let mut sql = Sql::new("UPDATE ");
    sql.name(table).push(" SET ");
    for (place, (column, value)) in values.iter().enumerate() {
        sql.push(if place > 0 { ", " } else { "" }).name(column);
        sql.push(" = ").bind(value.clone());
    }
    sql.push(" WHERE id = ").bind(row.id);
    execute(world, &sql).await;
}

async fn execute(world: &World, sql: &Sql) {
    let database = &world.installation.database;
    let done = database
        .write(async |transaction| transaction.execute(sql).await)
        .await;
    done.unwrap_or_else(|error| panic!("{}: {error}", sql.text()));
}
