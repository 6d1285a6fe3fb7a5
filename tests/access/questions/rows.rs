//! Rows by their ids and by their keys, with every field that they have.

use serde_json::{Map, Value, json};

use super::{Asking, Expected, MOST, PAGE, Question, written};
use crate::access::meaning::{Meaning, as_json, compared, value};
use crate::access::rows::Row;
use crate::kit::types::{list, named, word};

/// What a count weighs, by the documentation.
const COUNT: usize = 10;

impl<'a> Asking<'a> {
    /// Every row of a type, with every field, whoever's it is.
    pub(super) fn rows_of(&self, of: &str) -> Vec<Question> {
        let table = self.table(of);
        let fields: Vec<(&Value, Meaning)> = self
            .types
            .fields(of)
            .iter()
            .map(|field| (field, self.meaning(table, field)))
            .collect();
        let selection: Vec<String> = fields
            .iter()
            .map(|(field, meaning)| selected(field, meaning))
            .collect();
        let query = format!(
            "query ($ids: [ID!]!) {{ nodes(ids: $ids) {{ __typename ... on {of} {{ {} }} }} }}",
            selection.join(" ")
        );
        let cost: usize = fields.iter().map(|(_, meaning)| cost(meaning)).sum();
        let rows: Vec<&Row> = self.view.oracle.rows.of_table(table).iter().collect();
        let at_once = (MOST / (1 + cost)).clamp(1, 100);
        let mut questions: Vec<Question> = rows
            .chunks(at_once)
            .map(|rows| self.nodes(of, &query, rows, &fields))
            .collect();
        // One by one, too; the other account's are among the last.
        let ends = rows.iter().take(2).chain(rows.iter().rev().take(2));
        questions.extend(ends.map(|row| {
            let is_seen = self.view.sees(table, row.id);
            let data = match is_seen {
                true => json!({ "__typename": of, "id": self.global(table, row.id) }),
                false => Value::Null,
            };
            Question {
                about: format!("one {of} by id"),
                query: "query ($id: ID!) { node(id: $id) { __typename id } }".into(),
                variables: json!({ "id": self.global(table, row.id) }),
                expected: Expected::Data {
                    data: json!({ "node": data }),
                    withheld: Vec::new(),
                },
            }
        }));
        questions
    }

    fn nodes(&self, of: &str, query: &str, rows: &[&Row], fields: &[(&Value, Meaning)]) -> Question {
        let table = self.table(of);
        let found = rows.iter().map(|row| {
            if !self.view.sees(table, row.id) {
                return Value::Null;
            }
            let mut object = Map::new();
            object.insert("__typename".into(), json!(of));
            for (field, meaning) in fields {
                let answer =
                    value(self.view, table, row, field, meaning).unwrap_or_else(|| self.led_to(row, meaning));
                object.insert(word(&field["name"]).to_owned(), answer);
            }
            Value::Object(object)
        });
        let found: Vec<Value> = found.collect();
        let came = found.iter().any(|row| !row.is_null());
        let hidden = fields
            .iter()
            .filter(|(_, meaning)| came && self.is_withheld(table, meaning));
        let withheld = hidden.map(|(field, _)| vec!["nodes".to_owned(), word(&field["name"]).to_owned()]);
        Question {
            about: format!("every field of rows of {of}"),
            query: query.to_owned(),
            variables: json!({ "ids": rows.iter().map(|row| self.global(table, row.id)).collect::<Vec<_>>() }),
            expected: Expected::Data {
                data: json!({ "nodes": found }),
                withheld: withheld.collect(),
            },
        }
    }

    /// What a field answers that leads to other rows.
    fn led_to(&self, row: &Row, meaning: &Meaning) -> Value {
        let below = |table: &str, column: &str| -> Vec<Value> {
            let rows = self.view.oracle.rows.referring(table, column, row.id);
            let found: Vec<Value> = rows
                .filter(|row| self.view.sees(table, row.id))
                .map(|row| self.only_id(table, Some(row.id)))
                .collect();
            assert!(
                found.len() <= PAGE,
                "{table} has more rows below one than these documents ask for"
            );
            found
        };
        match meaning {
            Meaning::To { column, table } => self.only_id(table, row.refers_to(column)),
            Meaning::Match {
                there: (table, by),
                here,
            } => {
                let mut same =
                    self.view.visible(table).into_iter().filter(|other| {
                        !self.is_withheld(table, meaning) && other.cell(by) == row.cell(&here.1)
                    });
                self.only_id(table, same.next().map(|other| other.id))
            }
            Meaning::Parts { table, column } => Value::Array(below(table, column)),
            Meaning::Many { table, column } => {
                let found = below(table, column);
                json!({ "totalCount": { "value": found.len(), "isExact": true }, "nodes": found })
            }
            Meaning::Id | Meaning::Value(_) | Meaning::IsSet(_) | Meaning::BundlePath => {
                panic!("a value leads to no rows")
            }
        }
    }

    /// Whether an answer says that something of a field is hidden.
    fn is_withheld(&self, table: &str, meaning: &Meaning) -> bool {
        match meaning {
            Meaning::Value(column) => self.view.hides(table, column),
            // That a secret is there is all that anybody may know.
            Meaning::IsSet(_) | Meaning::Id | Meaning::BundlePath => false,
            Meaning::To { table, .. } | Meaning::Many { table, .. } | Meaning::Parts { table, .. } => {
                self.view.is_shut(table)
            }
            // That two hidden values are equal tells something of both.
            Meaning::Match { here, there } => {
                self.view.is_shut(&there.0)
                    || [here, there]
                        .iter()
                        .any(|(table, column)| self.view.hides(table, column))
            }
        }
    }

    /// A row by its natural key: the keys of all rows, whoever's they are.
    pub(super) fn by_key(&self, field: &Value, of: &str) -> Vec<Question> {
        let name = word(&field["name"]);
        let [argument] = list(&field["args"]) else {
            panic!("Query.{name} takes several arguments; say in tests/access what it answers");
        };
        let (table, key) = (self.table(of), word(&argument["name"]));
        let column = compared(self.view.oracle.law, table, key);
        let query = format!(
            "query ($key: {}) {{ found: {name}({key}: $key) {{ id }} }}",
            written(&argument["type"])
        );
        let rows = self.view.oracle.rows.of_table(table).iter();
        rows.filter(|row| !row.cell(&column).is_null())
            .map(|row| {
                let key_of = |row: &Row| row.cell(&column).clone();
                let mut same = self
                    .view
                    .visible(table)
                    .into_iter()
                    .filter(|other| key_of(other) == key_of(row));
                let found = same.next().map(|row| row.id);
                let expected = match self.view.hides(table, &column) {
                    true => Expected::ForbiddenField(vec!["found".into(), key.to_owned()]),
                    false => Expected::Data {
                        data: json!({ "found": self.only_id(table, found) }),
                        withheld: match self.view.is_shut(table) {
                            true => vec![vec!["found".into()]],
                            false => Vec::new(),
                        },
                    },
                };
                let key = as_json(
                    self.view,
                    table,
                    &column,
                    named(&argument["type"]),
                    row.cell(&column),
                );
                Question {
                    about: format!("{of} by its key"),
                    query: query.clone(),
                    variables: json!({ "key": key }),
                    expected,
                }
            })
            .collect()
    }
}

fn selected(field: &Value, meaning: &Meaning) -> String {
    let name = word(&field["name"]);
    match meaning {
        Meaning::Id | Meaning::Value(_) | Meaning::IsSet(_) | Meaning::BundlePath => name.to_owned(),
        Meaning::To { .. } | Meaning::Parts { .. } | Meaning::Match { .. } => format!("{name} {{ id }}"),
        Meaning::Many { .. } => {
            format!("{name}(first: {PAGE}) {{ totalCount {{ value isExact }} nodes {{ id }} }}")
        }
    }
}

/// The most that a field can cost, by the documentation: the rows that it may give.
fn cost(meaning: &Meaning) -> usize {
    match meaning {
        Meaning::Id | Meaning::Value(_) | Meaning::IsSet(_) | Meaning::BundlePath => 0,
        Meaning::To { .. } | Meaning::Parts { .. } | Meaning::Match { .. } => 1,
        Meaning::Many { .. } => PAGE + COUNT,
    }
}
