//! What somebody may see, by the law alone: which rows, and what of each.

use std::collections::{BTreeSet, HashMap};
use std::net::IpAddr;

use postern::access::global_id::IdKeys;
use postern::catalog::Catalog;
use postern::cell::Cell;
use uuid::Uuid;

use super::law::{Decision, Law, Reach, Rights, TableLaw};
use super::rows::{Row, Rows};

/// Somebody who asks.
#[derive(Clone)]
pub struct Person {
    /// For messages.
    pub name: String,
    pub user: Uuid,
    /// In which account.
    pub account: Uuid,
    /// The names of the groups whose memberships run.
    pub groups: Vec<String>,
    /// The header `Postern-Account`, for people of the platform.
    pub header: Option<&'static str>,
    pub token: String,
    pub rights: Rights,
}

impl Person {
    /// Whether it is one of the platform's own people.
    pub fn is_operator(&self) -> bool {
        self.header.is_some()
    }
}

/// What everybody's eyes are made of.
#[derive(Clone, Copy)]
pub struct Oracle<'a> {
    pub law: &'a Law,
    pub catalog: &'a Catalog,
    pub rows: &'a Rows,
    pub ids: &'a IdKeys,
}

impl<'a> Oracle<'a> {
    /// The global id of a row.
    pub fn global(&self, table: &str, id: Uuid) -> String {
        self.ids.encode(self.catalog.table(table).tag(), id)
    }

    fn is_of(&self, account: Uuid, is_operator: bool, table: &str, row: &Row) -> bool {
        match self.law.tables[table].owner.as_str() {
            "account" => row.account() == Some(account),
            "itself" => row.id == account,
            "members" => self
                .rows
                .referring("group_members", "user_id", row.id)
                .any(|member| member.account() == Some(account)),
            "shared" => true,
            "global" => is_operator,
            other => panic!("{table} is owned in a new way, {other}; say here who sees its rows"),
        }
    }

    /// Whether somebody sees a row, which may be one that is not there yet, and whether in clear.
    pub fn sight(&self, who: &Person, table: &str, row: &Row) -> Option<bool> {
        if !self.is_of(who.account, who.is_operator(), table, row) {
            return None;
        }
        let TableLaw {
            name: of,
            scope,
            operators_only,
            ..
        } = &self.law.tables[table];
        let is_operators = |column: &String| *row.cell(column) == Cell::Bool(true);
        if !who.is_operator() && operators_only.as_ref().is_some_and(is_operators) {
            return None;
        }
        let lists: BTreeSet<Uuid> = scope
            .iter()
            .flat_map(|way| self.rows.ends(self.catalog, table, row, way))
            .collect();
        let reaches = |verb| match who.rights.reach(of, verb) {
            Reach::Nothing => false,
            Reach::All => true,
            Reach::Lists(named) => !named.is_disjoint(&lists),
        };
        let is_clear = reaches("read_clear");
        (reaches("read") && (is_clear || self.is_large_enough(table, row))).then_some(is_clear)
    }

    /// Whether enough people stand behind one of a row's counts; a row without counts of people is always.
    fn is_large_enough(&self, table: &str, row: &Row) -> bool {
        let columns = self.law.tables[table].columns.iter();
        let mut counts = columns
            .filter(|(_, decision)| decision.mask == "small_cell")
            .peekable();
        counts.peek().is_none() || counts.any(|(column, _)| !self.rounded(table, row, column).is_null())
    }

    /// What is left of a count of people.
    fn rounded(&self, table: &str, row: &Row, column: &str) -> Cell {
        let people = self.law.tables[table].columns[column].people.as_deref();
        let (count, people) = (
            row.cell(column).as_int(),
            row.cell(people.unwrap_or(column)).as_int(),
        );
        match (count, people) {
            (Some(count), Some(people)) if people >= self.law.small_cell => {
                Cell::Int(count / self.law.small_cell * self.law.small_cell)
            }
            _ => Cell::Null,
        }
    }

    /// What somebody sees.
    pub fn view(&self, who: &Person) -> View<'a> {
        let seen = self.rows.all().filter_map(|(table, row)| {
            let is_clear = self.sight(who, table, row)?;
            Some(((table.to_owned(), row.id), is_clear))
        });
        View {
            oracle: *self,
            who: who.clone(),
            seen: seen.collect(),
        }
    }
}

/// What one person sees.
pub struct View<'a> {
    pub oracle: Oracle<'a>,
    pub who: Person,
    /// The rows that can be seen, and whether in clear.
    seen: HashMap<(String, Uuid), bool>,
}

impl View<'_> {
    pub fn sees(&self, table: &str, id: Uuid) -> bool {
        self.seen.contains_key(&(table.to_owned(), id))
    }

    /// The rows of a table that can be seen, in the order of their ids.
    pub fn visible(&self, table: &str) -> Vec<&Row> {
        let rows = self.oracle.rows.of_table(table).iter();
        rows.filter(|row| self.sees(table, row.id)).collect()
    }

    /// Whether there is no right to any row of a table, which answers say.
    pub fn is_shut(&self, table: &str) -> bool {
        let of = &self.oracle.law.tables[table].name;
        match self.who.rights.reach(of, "read") {
            Reach::Nothing => true,
            Reach::Lists(lists) => lists.is_empty(),
            Reach::All => false,
        }
    }

    fn decision(&self, table: &str, column: &str) -> &Decision {
        let decisions = &self.oracle.law.tables[table].columns;
        decisions.get(column).unwrap_or_else(|| {
            panic!("nothing is decided about {table}.{column}; add it to schema/policy.toml")
        })
    }

    /// Whether a column may be shown otherwise than it is in some row that can be seen, so that nobody may filter or
    /// order by it.
    pub fn hides(&self, table: &str, column: &str) -> bool {
        let of = &self.oracle.law.tables[table].name;
        let covers = self
            .who
            .rights
            .reach(of, "read_clear")
            .covers(&self.who.rights.reach(of, "read"));
        let decision = self.decision(table, column);
        decision.is_secret() || (decision.hides() && !covers)
    }

    /// Whether the value itself is shown, of a row whether it can be seen or not.
    pub fn shows_clearly(&self, table: &str, row: &Row, column: &str) -> bool {
        let decision = self.decision(table, column);
        match self.seen.get(&(table.to_owned(), row.id)) {
            None => false,
            Some(_) if decision.is_secret() => false,
            Some(true) => true,
            Some(false) if decision.class == "by_field" => self.is_of_an_open_class(row, decision),
            Some(false) => decision.mask == "clear",
        }
    }

    /// What is shown of the value of a row that can be seen.
    pub fn shown(&self, table: &str, row: &Row, column: &str) -> Cell {
        let decision = self.decision(table, column);
        let value = row.cell(column).clone();
        if decision.is_secret() {
            return Cell::Bool(!value.is_null());
        }
        if self.shows_clearly(table, row, column) {
            return value;
        }
        match decision.mask.as_str() {
            "hide" => Cell::Null,
            "email" => of_text(&value, |text| {
                let (name, domain) = text.rsplit_once('@')?;
                Some(format!("{}***@{domain}", name.chars().next()?))
            }),
            "initial" => of_text(&value, |text| text.trim_start().chars().next().map(String::from)),
            "ip_prefix" => of_text(&value, network),
            "small_cell" => self.oracle.rounded(table, row, column),
            other => panic!("{table}.{column} has a mask that is new, {other}; say here what it leaves"),
        }
    }

    /// Whether a custom value's own field definition says a class that is not hidden.
    fn is_of_an_open_class(&self, row: &Row, decision: &Decision) -> bool {
        let (by, column) = decision
            .class_by
            .as_deref()
            .and_then(|way| way.split_once('/'))
            .expect("values that differ in class say where the class stands");
        let field = row
            .refers_to(by)
            .and_then(|id| self.oracle.rows.find("list_fields", id));
        let class = field.and_then(|field| field.cell(column).as_text());
        matches!(class, Some("none" | "preference" | "behaviour"))
    }
}

fn of_text(value: &Cell, mask: impl Fn(&str) -> Option<String>) -> Cell {
    Cell::from(value.as_text().and_then(mask))
}

/// `203.0.113.0/24`; the rows of these tests have addresses of the fourth version alone.
fn network(text: &str) -> Option<String> {
    let Ok(IpAddr::V4(address)) = text.parse() else {
        panic!("{text} is no address of the fourth version");
    };
    let [a, b, c, _] = address.octets();
    Some(format!("{a}.{b}.{c}.0/24"))
}
