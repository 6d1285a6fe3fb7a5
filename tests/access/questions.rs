//! Everything that can be asked by itself, as documents with the answers that the law gives to one person: each type
//! and field by id, from its parents and from the root; each filter, order, count and key.

mod lists;
mod rows;

use serde_json::{Value, json};

use super::law::Reach;
use super::meaning::{Meaning, meaning};
use super::oracle::View;
use crate::kit::types::{Leads, Types, list, named, word};

/// The most rows that these documents ask of a list, which is more than there are.
const PAGE: usize = 100;

/// What one operation may cost, by the documentation.
const MOST: usize = 5_000;

/// A document and what it is to answer.
pub struct Question {
    /// What is asked, for messages.
    pub about: String,
    pub query: String,
    pub variables: Value,
    pub expected: Expected,
}

/// What is to be answered.
#[derive(Debug, PartialEq)]
pub enum Expected {
    /// These data, with these paths named as withheld.
    Data { data: Value, withheld: Vec<Vec<String>> },
    /// A refusal that names this argument.
    ForbiddenField(Vec<String>),
}

/// Makes the questions for one person.
pub struct Asking<'a> {
    pub types: &'a Types,
    pub view: &'a View<'a>,
}

impl<'a> Asking<'a> {
    /// All of them.
    pub fn questions(&self) -> Vec<Question> {
        let mut questions = vec![self.viewer(), self.account()];
        for of in self.types.rows() {
            questions.extend(self.rows_of(of));
            questions.extend(self.lists_below(of));
        }
        for field in self.types.fields("Query") {
            questions.extend(self.root(field));
        }
        questions
    }

    fn root(&self, field: &Value) -> Vec<Question> {
        let name = word(&field["name"]);
        match (name, self.types.leads(field)) {
            // By themselves, and with each type.
            ("viewer" | "account" | "node" | "nodes", _) => Vec::new(),
            (_, Leads::Page(connection)) => self.list_at_root(field, self.types.rows_of(connection)),
            (_, Leads::Row(of)) => self.by_key(field, of),
            _ => panic!("Query.{name} is new; say in tests/access what it answers to whom"),
        }
    }

    fn table(&self, of: &str) -> &'a str {
        self.view.oracle.law.table_of(of)
    }

    fn meaning(&self, table: &str, field: &Value) -> Meaning {
        meaning(
            self.view.oracle.law,
            self.view.oracle.catalog,
            self.types,
            table,
            field,
        )
    }

    fn global(&self, table: &str, id: uuid::Uuid) -> String {
        self.view.oracle.global(table, id)
    }

    /// `{ id }` of a row, if it can be seen.
    fn only_id(&self, table: &str, id: Option<uuid::Uuid>) -> Value {
        match id {
            Some(id) if self.view.sees(table, id) => json!({ "id": self.global(table, id) }),
            _ => Value::Null,
        }
    }

    fn account(&self) -> Question {
        let who = &self.view.who;
        Question {
            about: "the account".into(),
            query: "{ account { id } }".into(),
            variables: json!({}),
            expected: Expected::Data {
                data: json!({ "account": self.only_id("accounts", Some(who.account)) }),
                withheld: Vec::new(),
            },
        }
    }

    fn viewer(&self) -> Question {
        let known = [
            "kind",
            "id",
            "groups",
            "permissions",
            "maxRows",
            "maxBundlesPerDay",
            "account",
            "user",
            "apiKey",
        ];
        for field in self.types.fields("Viewer") {
            let name = word(&field["name"]);
            assert!(
                known.contains(&name),
                "Viewer.{name} is new; say in tests/access what it answers"
            );
        }
        let who = &self.view.who;
        let law = self.view.oracle.law;
        let mut permissions = Vec::new();
        for (of, verb, reach) in who.rights.all() {
            let (reach, lists): (&str, Vec<String>) = match reach {
                Reach::Nothing => continue,
                Reach::All => ("ALL", Vec::new()),
                Reach::Lists(lists) => (
                    "LISTS",
                    lists.iter().map(|id| self.global("lists", *id)).collect(),
                ),
            };
            if law.tables[law.table_of(of)].in_api {
                let verb = verb.to_uppercase();
                permissions.push(json!({ "resource": of, "verb": verb, "reach": reach, "lists": lists }));
            }
        }
        let user = self.only_id("users", Some(who.user));
        let data = json!({ "viewer": {
            "kind": if who.is_operator() { "OPERATOR" } else { "USER" },
            "id": self.global("users", who.user),
            "groups": who.groups,
            "permissions": permissions,
            "maxRows": null, "maxBundlesPerDay": null,
            "account": self.only_id("accounts", Some(who.account)),
            "user": user,
            "apiKey": null,
        }});
        let query = "{ viewer { kind id groups permissions { resource verb reach lists } maxRows maxBundlesPerDay \
                     account { id } user { id } apiKey { id } } }";
        Question {
            about: "the viewer".into(),
            query: query.into(),
            variables: json!({}),
            expected: Expected::Data {
                data,
                withheld: Vec::new(),
            },
        }
    }
}

/// The words behind `Usable here:` in the description of an argument.
pub fn usable(field: &Value, argument: &str) -> Vec<String> {
    let found = list(&field["args"]).iter().find(|one| one["name"] == argument);
    let Some(found) = found else { return Vec::new() };
    let (_, words) = word(&found["description"])
        .split_once("Usable here: ")
        .unwrap_or_else(|| panic!("{argument} of {} does not say what is usable", field["name"]));
    words
        .trim_end_matches('.')
        .split(", ")
        .map(str::to_owned)
        .collect()
}

/// The type of an argument as a document writes it.
pub fn written(kind: &Value) -> String {
    match word(&kind["kind"]) {
        "NON_NULL" => format!("{}!", written(&kind["ofType"])),
        "LIST" => format!("[{}]", written(&kind["ofType"])),
        _ => named(kind).to_owned(),
    }
}
