//! Composes questions at random from the schema: fields of every depth, aliases, fragments, filters, orders, pages, ids
//! and keys of both accounts.

use rand::rngs::ChaCha8Rng;
use rand::{RngExt, SeedableRng};
use serde_json::{Map, Value, json};

use super::meaning::{as_json, compared};
use super::oracle::View;
use super::questions::{usable, written};
use crate::kit::types::{Leads, Types, list, named, word};

/// Levels of rows below one another.
const DEEPEST: usize = 5;

/// A document with its variables.
#[derive(Clone, Debug)]
pub struct Composed {
    pub query: String,
    pub variables: Value,
    /// The variable that takes the cursor to go on from, and the response name of its page.
    pub pages: Option<(String, String)>,
}

/// Composes one document.
pub struct Composer<'a> {
    types: &'a Types,
    view: &'a View<'a>,
    dice: ChaCha8Rng,
    names: usize,
    declared: Vec<String>,
    given: Map<String, Value>,
    fragments: Vec<String>,
    /// How many names may still be given, fewer than one document may have.
    room: usize,
}

impl<'a> Composer<'a> {
    /// One that composes the same each time for the same seed.
    pub fn new(types: &'a Types, view: &'a View<'a>, seed: u64) -> Composer<'a> {
        Composer {
            types,
            view,
            dice: ChaCha8Rng::seed_from_u64(seed),
            names: 0,
            declared: Vec::new(),
            given: Map::new(),
            fragments: Vec::new(),
            room: 40,
        }
    }

    pub fn compose(mut self) -> Composed {
        let mut pages = None;
        let mut selected = Vec::new();
        for _ in 0..self.dice.random_range(1..=3) {
            let (text, page) = self.root();
            selected.push(text);
            pages = pages.or(page);
        }
        let declared = match self.declared.is_empty() {
            true => String::new(),
            false => format!(" ({})", self.declared.join(", ")),
        };
        Composed {
            query: format!(
                "query{declared} {{ {} }} {}",
                selected.join(" "),
                self.fragments.join(" ")
            ),
            variables: Value::Object(self.given),
            pages,
        }
    }

    fn chance(&mut self, percent: u32) -> bool {
        self.dice.random_ratio(percent, 100)
    }

    fn one<'b, T>(&mut self, of: &'b [T]) -> &'b T {
        &of[self.dice.random_range(0..of.len())]
    }

    fn name(&mut self, letter: char) -> String {
        self.names += 1;
        format!("{letter}{}", self.names)
    }

    fn variable(&mut self, kind: &str, value: Value) -> String {
        let name = self.name('v');
        self.declared.push(format!("${name}: {kind}"));
        self.given.insert(name.clone(), value);
        format!("${name}")
    }

    /// A field of the root; for a page also how to go on.
    fn root(&mut self) -> (String, Option<(String, String)>) {
        let key = self.name('r');
        if self.chance(30) {
            let (of, id) = self.any_row();
            let below = self.row(&of, DEEPEST - 1);
            let text = match self.chance(50) {
                true => {
                    let id = self.variable("ID!", json!(id));
                    format!("{key}: node(id: {id}) {{ __typename id ... on {of} {below} }}")
                }
                false => {
                    let (_, other) = self.any_row();
                    let ids = self.variable("[ID!]!", json!([id, other, "no id"]));
                    format!("{key}: nodes(ids: {ids}) {{ __typename id ... on {of} {below} }}")
                }
            };
            return (text, None);
        }
        let types = self.types;
        let fields: Vec<&Value> = types.fields("Query").iter().collect();
        let field = *self.one(&fields);
        let name = word(&field["name"]);
        match types.leads(field) {
            Leads::Page(connection) => {
                let of = types.rows_of(connection);
                let after = self.name('c');
                self.declared.push(format!("${after}: String"));
                let arguments = self.page_arguments(field, of, &[&format!("after: ${after}")]);
                let below = self.connection(of, DEEPEST - 1);
                let text =
                    format!("{key}: {name}{arguments} {{ pageInfo {{ hasNextPage endCursor }} {below} }}");
                (text, Some((after, key)))
            }
            Leads::Parts(_) => {
                let query = "{ kind id groups permissions { resource verb lists } user { id email name } account { id name email } }";
                (format!("{key}: {name} {query}"), None)
            }
            Leads::Row(_) if ["node", "nodes"].contains(&name) => (format!("{key}: __typename"), None),
            Leads::Row(of) => {
                let below = self.row(of, DEEPEST - 1);
                let arguments = match list(&field["args"]) {
                    [] => String::new(),
                    [argument, ..] => self.key(of, argument),
                };
                (format!("{key}: {name}{arguments} {below}"), None)
            }
            Leads::Value => (format!("{key}: {name}"), None),
        }
    }

    /// The type and id of some row of some account.
    fn any_row(&mut self) -> (String, String) {
        let of = (*self.one(&self.types.rows())).to_owned();
        let table = self.view.oracle.law.table_of(&of);
        let rows = self.view.oracle.rows.of_table(table);
        let row = self.one(rows);
        let id = self.view.oracle.global(table, row.id);
        (of, id)
    }

    fn key(&mut self, of: &str, argument: &Value) -> String {
        let law = self.view.oracle.law;
        let table = law.table_of(of);
        let name = word(&argument["name"]);
        let column = compared(law, table, name);
        let value = self.some_value(table, &column, named(&argument["type"]));
        let kind = written(&argument["type"]);
        let variable = self.variable(&kind, value);
        format!("({name}: {variable})")
    }

    /// A value that stands in a column of some row, whoever's it is.
    fn some_value(&mut self, table: &str, column: &str, kind: &str) -> Value {
        let rows = self.view.oracle.rows.of_table(table).iter();
        let values: Vec<_> = rows
            .map(|row| row.cell(column))
            .filter(|cell| !cell.is_null())
            .collect();
        let value = *self.one(&values);
        as_json(self.view, table, column, kind, value)
    }

    /// Some fields of a row.
    fn row(&mut self, of: &str, depth: usize) -> String {
        let types = self.types;
        let (values, links): (Vec<&Value>, Vec<&Value>) = types
            .fields(of)
            .iter()
            .partition(|field| matches!(types.leads(field), Leads::Value));
        let mut selected = vec!["id".to_owned()];
        for _ in 0..self.dice.random_range(1..=5) {
            let name = word(&self.one(&values)["name"]).to_owned();
            selected.push(match self.room > 0 && self.chance(20) {
                true => {
                    self.room -= 1;
                    format!("{}: {name}", self.name('f'))
                }
                false => name,
            });
        }
        let mut links = links;
        for _ in 0..self.dice.random_range(0..=3) {
            if depth == 0 || links.is_empty() || self.room == 0 {
                break;
            }
            self.room -= 1;
            let field = links.remove(self.dice.random_range(0..links.len()));
            selected.push(self.link(field, depth - 1));
        }
        let text = selected.join(" ");
        match self.dice.random_range(0..10) {
            0 => format!("{{ __typename ... on {of} {{ {text} }} }}"),
            1 => format!("{{ ... {{ {text} }} }}"),
            2 => {
                let name = self.name('F');
                self.fragments
                    .push(format!("fragment {name} on {of} {{ {text} }}"));
                format!("{{ ...{name} }}")
            }
            _ => format!("{{ {text} }}"),
        }
    }

    /// A field that leads to other rows, under a name that nothing else has.
    fn link(&mut self, field: &Value, depth: usize) -> String {
        let (key, name, types) = (self.name('f'), word(&field["name"]), self.types);
        match types.leads(field) {
            Leads::Page(connection) => {
                let of = types.rows_of(connection);
                let arguments = self.page_arguments(field, of, &[]);
                let below = self.connection(of, depth);
                format!("{key}: {name}{arguments} {{ {below} }}")
            }
            Leads::Row(of) => format!("{key}: {name} {}", self.row(of, depth)),
            Leads::Parts(of) => {
                panic!("{of} is no row, and {name} leads to it; say in tests/access how to ask for it")
            }
            Leads::Value => panic!("{name} leads nowhere"),
        }
    }

    fn connection(&mut self, of: &str, depth: usize) -> String {
        let below = self.row(of, depth);
        // Edges are a level more, and a document has few levels.
        let rows = match depth == DEEPEST - 1 && self.chance(50) {
            true => format!("edges {{ cursor node {below} }}"),
            false => format!("nodes {below}"),
        };
        match self.chance(30) {
            true => format!("totalCount {{ value isExact }} {rows}"),
            false => rows,
        }
    }

    fn page_arguments(&mut self, field: &Value, of: &str, more: &[&str]) -> String {
        let size = self.dice.random_range(1..=4);
        let end = match more.is_empty() && self.chance(30) {
            true => "last",
            false => "first",
        };
        let mut arguments = vec![format!("{end}: {size}")];
        arguments.extend(more.iter().map(|one| (*one).to_owned()));
        let table = self.view.oracle.law.table_of(of);
        let filters = self.mostly_open(table, usable(field, "filter"));
        if !filters.is_empty() && self.chance(35) {
            let filter = self.filter(field, table, &filters, 0);
            let variable = self.variable(&format!("{of}Filter"), filter);
            arguments.push(format!("filter: {variable}"));
        }
        let orders = self.mostly_open(table, usable(field, "orderBy"));
        if !orders.is_empty() && self.chance(40) {
            let name = self.one(&orders).clone();
            let direction = *self.one(&["ASC", "DESC"]);
            let variable = self.variable(
                &format!("[{of}Order!]"),
                json!([{ "field": name, "direction": direction }]),
            );
            arguments.push(format!("orderBy: {variable}"));
        }
        format!("({})", arguments.join(", "))
    }

    /// What is hidden is refused, which shows nothing; so it is seldom asked for.
    fn mostly_open(&mut self, table: &str, names: Vec<String>) -> Vec<String> {
        if self.chance(3) {
            return names;
        }
        let law = self.view.oracle.law;
        let is_open = |name: &String| name == "ID" || !self.view.hides(table, &compared(law, table, name));
        names.into_iter().filter(is_open).collect()
    }

    fn filter(&mut self, field: &Value, table: &str, names: &[String], depth: usize) -> Value {
        if depth < 2 && self.chance(20) {
            let one = self.filter(field, table, names, depth + 1);
            let other = self.filter(field, table, names, depth + 1);
            return match self.dice.random_range(0..3) {
                0 => json!({ "and": [one, other] }),
                1 => json!({ "or": [one, other] }),
                _ => json!({ "not": one }),
            };
        }
        let name = self.one(names).clone();
        let column = compared(self.view.oracle.law, table, &name);
        let argument = list(&field["args"]).iter().find(|one| one["name"] == "filter");
        let filter = self
            .types
            .get(named(&argument.expect("there is a filter")["type"]));
        let input = list(&filter["inputFields"])
            .iter()
            .find(|one| one["name"] == name.as_str());
        let operators = self
            .types
            .get(named(&input.expect("what is usable is there")["type"]));
        let operator = self.one(list(&operators["inputFields"]));
        let operation = word(&operator["name"]).to_owned();
        let given = match operation.as_str() {
            "isNull" => json!(self.chance(50)),
            "startsWith" => {
                let value = self.some_value(table, &column, "String");
                json!(word(&value).chars().take(5).collect::<String>())
            }
            "in" => json!([self.some_value(table, &column, named(&operator["type"]))]),
            _ => self.some_value(table, &column, named(&operator["type"])),
        };
        json!({ name: { operation: given } })
    }
}
