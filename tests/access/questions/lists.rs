//! Lists of rows, at the root and below rows: all of them, counted, filtered in every way and in every order.

use std::cmp::Ordering;

use postern::cell::Cell;
use serde_json::{Value, json};
use uuid::Uuid;

use super::{Asking, Expected, PAGE, Question, usable, written};
use crate::access::meaning::{Meaning, as_json, compared};
use crate::access::rows::Row;
use crate::kit::types::{Leads, list, named, word};

/// A list, and how a document leads to it.
struct List<'a> {
    field: &'a Value,
    table: String,
    /// The row that it hangs on, with the type and column of that: none at the root.
    below: Option<(String, String, Uuid)>,
}

impl<'a> Asking<'a> {
    pub(super) fn list_at_root(&self, field: &'a Value, of: &str) -> Vec<Question> {
        let list = List {
            field,
            table: self.table(of).to_owned(),
            below: None,
        };
        self.list(&list)
    }

    /// The lists below rows of a type: each below one row, of those that can be seen the one with most.
    pub(super) fn lists_below(&self, of: &str) -> Vec<Question> {
        let upper = self.table(of).to_owned();
        let mut questions = Vec::new();
        for field in self.types.fields(of) {
            let Meaning::Many { table, column } = self.meaning(&upper, field) else {
                continue;
            };
            let rows = self.view.oracle.rows;
            let fullest = |rows_above: Vec<&Row>| {
                let count = |row: &&Row| rows.referring(&table, &column, row.id).count();
                rows_above.into_iter().max_by_key(count).map(|row| row.id)
            };
            let seen = fullest(self.view.visible(&upper));
            let hidden = fullest(
                rows.of_table(&upper)
                    .iter()
                    .filter(|row| !self.view.sees(&upper, row.id))
                    .collect(),
            );
            for parent in [seen, hidden].into_iter().flatten() {
                questions.extend(self.list(&List {
                    field,
                    table: table.clone(),
                    below: Some((of.to_owned(), column.clone(), parent)),
                }));
            }
        }
        questions
    }

    fn list(&self, list: &List<'_>) -> Vec<Question> {
        let mut questions = vec![self.plain(list)];
        for name in usable(list.field, "filter") {
            questions.extend(self.filtered(list, &name));
        }
        for name in usable(list.field, "orderBy") {
            questions.extend(["ASC", "DESC"].map(|direction| self.ordered(list, &name, direction)));
        }
        questions
    }

    /// All rows of a list that can be seen.
    fn seen_in(&self, list: &List<'_>) -> Vec<&Row> {
        let all = self.view.visible(&list.table).into_iter();
        match &list.below {
            None => all.collect(),
            Some((of, column, parent)) if self.view.sees(self.table(of), *parent) => {
                all.filter(|row| row.refers_to(column) == Some(*parent)).collect()
            }
            Some(_) => Vec::new(),
        }
    }

    fn question(
        &self,
        list: &List<'_>,
        about: &str,
        given: [&str; 2],
        variable: Value,
        found: Outcome,
    ) -> Question {
        let name = word(&list.field["name"]);
        let [argument, selection] = given;
        let declared = self.argument_type(list, argument);
        let used = match argument {
            "" => String::new(),
            _ => format!(", {argument}: $given"),
        };
        let page = format!("page: {name}(first: {PAGE}{used}) {{ {selection} }}");
        let (query, mut path) = match &list.below {
            None => (
                format!("query ({declared}) {{ {page} }}").replace("query () ", ""),
                Vec::new(),
            ),
            Some((of, ..)) => {
                let query =
                    format!("query ($id: ID! {declared}) {{ node(id: $id) {{ ... on {of} {{ {page} }} }} }}");
                (query, vec!["node".to_owned()])
            }
        };
        path.push("page".into());
        let is_there = list
            .below
            .as_ref()
            .is_none_or(|(of, _, id)| self.view.sees(self.table(of), *id));
        let expected = match found {
            Outcome::Forbidden(rest) => {
                path.extend(rest);
                Expected::ForbiddenField(path)
            }
            Outcome::Page(page) => Expected::Data {
                data: match (&list.below, is_there) {
                    (None, _) => json!({ "page": page }),
                    (Some(_), true) => json!({ "node": { "page": page } }),
                    (Some(_), false) => json!({ "node": null }),
                },
                withheld: match self.view.is_shut(&list.table) && is_there {
                    true => vec![path],
                    false => Vec::new(),
                },
            },
        };
        let id = list
            .below
            .as_ref()
            .map(|(of, _, id)| self.global(self.table(of), *id));
        let place = list.below.as_ref().map_or("", |(of, ..)| of);
        Question {
            about: format!("{place} {name}: {about}").trim().to_owned(),
            query,
            variables: match (id, argument) {
                (None, "") => json!({}),
                (None, _) => json!({ "given": variable }),
                (Some(id), "") => json!({ "id": id }),
                (Some(id), _) => json!({ "id": id, "given": variable }),
            },
            expected,
        }
    }

    fn argument_type(&self, of: &List<'_>, argument: &str) -> String {
        let found = list(&of.field["args"]).iter().find(|one| one["name"] == argument);
        found.map_or(String::new(), |found| {
            format!("$given: {}", written(&found["type"]))
        })
    }

    fn only_ids(&self, table: &str, rows: &[&Row]) -> Value {
        rows.iter().map(|row| self.only_id(table, Some(row.id))).collect()
    }

    /// The list as it is, with all that a connection has.
    fn plain(&self, list: &List<'_>) -> Question {
        let Leads::Page(connection) = self.types.leads(list.field) else {
            panic!("a list is a connection")
        };
        let edge = connection.replace("Connection", "Edge");
        for (of, known) in [
            (connection, &["edges", "nodes", "pageInfo", "totalCount"][..]),
            (&edge, &["cursor", "node"]),
            (
                "PageInfo",
                &["hasNextPage", "hasPreviousPage", "startCursor", "endCursor"],
            ),
            ("CappedCount", &["value", "isExact"]),
        ] {
            for field in self.types.fields(of) {
                let name = word(&field["name"]);
                assert!(
                    known.contains(&name),
                    "{of}.{name} is new; say in tests/access what it answers to whom"
                );
            }
        }
        let rows = self.seen_in(list);
        let edges: Vec<Value> = rows
            .iter()
            .map(|row| json!({ "node": self.only_id(&list.table, Some(row.id)) }))
            .collect();
        let page = json!({
            "nodes": self.only_ids(&list.table, &rows),
            "edges": edges,
            "totalCount": { "value": rows.len(), "isExact": true },
            "pageInfo": { "hasNextPage": false, "hasPreviousPage": false },
        });
        // Cursors are compared where two answers are, not foretold.
        let selection = "nodes { id } edges { node { id } cursor } totalCount { value isExact } \
                         pageInfo { hasNextPage hasPreviousPage startCursor endCursor }";
        self.question(list, "all", ["", selection], Value::Null, Outcome::Page(page))
    }

    fn ordered(&self, list: &List<'_>, name: &str, direction: &str) -> Question {
        let column = match name {
            "ID" => "id".to_owned(),
            name => compared(self.view.oracle.law, &list.table, name),
        };
        let found = match self.view.hides(&list.table, &column) {
            true => Outcome::Forbidden(["orderBy", "0", "field"].map(str::to_owned).into()),
            false => {
                let mut rows = self.seen_in(list);
                rows.sort_by(|one, other| {
                    let by_value = compare(one.cell(&column), other.cell(&column));
                    by_value
                        .expect("what is ordered by has values")
                        .then(one.id.cmp(&other.id))
                });
                if direction == "DESC" {
                    rows.reverse();
                }
                Outcome::Page(json!({ "inOrder": self.only_ids(&list.table, &rows) }))
            }
        };
        let given = json!([{ "field": name, "direction": direction }]);
        let about = format!("by {name} {direction}");
        self.question(list, &about, ["orderBy", "inOrder: nodes { id }"], given, found)
    }

    /// Every operator of one field, with the value of some row, whoever's it is.
    fn filtered(&self, of: &List<'_>, name: &str) -> Vec<Question> {
        let column = compared(self.view.oracle.law, &of.table, name);
        let argument = list(&of.field["args"]).iter().find(|one| one["name"] == "filter");
        let filter = self
            .types
            .get(named(&argument.expect("there is a filter")["type"]));
        let input = list(&filter["inputFields"])
            .iter()
            .find(|one| one["name"] == name);
        let operators = self
            .types
            .get(named(&input.expect("what is usable is there")["type"]));
        let hidden = self.view.hides(&of.table, &column);
        let rows = self.view.oracle.rows.of_table(&of.table);
        let with_values: Vec<&Row> = rows.iter().filter(|row| !row.cell(&column).is_null()).collect();
        assert!(!with_values.is_empty(), "no row of {} has a {column}", of.table);
        let mut questions = Vec::new();
        for (place, operator) in list(&operators["inputFields"]).iter().enumerate() {
            let operation = word(&operator["name"]);
            let kind = named(&operator["type"]);
            // The first is the managers', the last is another account's.
            let row = with_values[(place * (with_values.len() - 1)) % with_values.len()];
            let value = row.cell(&column);
            let plain = || as_json(self.view, &of.table, &column, kind, value);
            let given = match operation {
                "isNull" => json!(true),
                "startsWith" => json!(beginning(value)),
                "in" => json!([plain()]),
                _ => plain(),
            };
            let found = match hidden {
                true => Outcome::Forbidden(vec!["filter".into(), name.into()]),
                false => {
                    let fits: Vec<&Row> = self
                        .seen_in(of)
                        .into_iter()
                        .filter(|row| fits(row.cell(&column), operation, value))
                        .collect();
                    let count = json!({ "value": fits.len() });
                    Outcome::Page(json!({ "nodes": self.only_ids(&of.table, &fits), "totalCount": count }))
                }
            };
            let selection = "nodes { id } totalCount { value }";
            let given = json!({ name: { operation: given } });
            let about = format!("with {name} {operation}");
            questions.push(self.question(of, &about, ["filter", selection], given, found));
            // Below rows, and where nothing is answered at all, one way shows it.
            if hidden || of.below.is_some() || self.view.is_shut(&of.table) {
                break;
            }
        }
        questions
    }
}

/// What a list is to answer.
enum Outcome {
    Page(Value),
    Forbidden(Vec<String>),
}

fn beginning(value: &Cell) -> String {
    let text = value.as_text().expect("text begins");
    text.chars().take(4).collect()
}

/// Whether a value fits.
fn fits(value: &Cell, operation: &str, given: &Cell) -> bool {
    let order = compare(value, given);
    match operation {
        "equals" | "in" => order == Some(Ordering::Equal),
        "notEquals" => order != Some(Ordering::Equal),
        "lessThan" | "to" => order == Some(Ordering::Less),
        "lessThanOrEqual" => matches!(order, Some(Ordering::Less | Ordering::Equal)),
        "greaterThan" => order == Some(Ordering::Greater),
        "greaterThanOrEqual" | "from" => matches!(order, Some(Ordering::Greater | Ordering::Equal)),
        "startsWith" => value
            .as_text()
            .is_some_and(|text| text.starts_with(&beginning(given))),
        "isNull" => value.is_null(),
        other => panic!("the operator {other} is new; say in tests/access which rows fit"),
    }
}

/// How two values are ordered; nothing is known of those that are missing.
fn compare(one: &Cell, other: &Cell) -> Option<Ordering> {
    match (one, other) {
        (Cell::Int(one), Cell::Int(other)) => Some(one.cmp(other)),
        (Cell::Bool(one), Cell::Bool(other)) => Some(one.cmp(other)),
        (Cell::Instant(one), Cell::Instant(other)) => Some(one.cmp(other)),
        (Cell::Uuid(one), Cell::Uuid(other)) => Some(one.cmp(other)),
        (Cell::Text(one), Cell::Text(other)) => Some(one.as_bytes().cmp(other.as_bytes())),
        _ => None,
    }
}
