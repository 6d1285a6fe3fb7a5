//! Reads all that somebody can read: every root connection and every connection below, page by page, by what
//! introspection says there is.

use std::collections::{BTreeMap, BTreeSet, VecDeque};

use serde_json::{Map, Value, json};

use crate::kit::client::{Answer, Client};
use crate::kit::types::{INTROSPECTION, Leads, Types, list, named, word};

/// Rows of a page while crawling. Together with [`AT_ONCE`] within what one request may cost.
const PAGE: usize = 20;

/// Rows that are looked into by one request where each leads to pages of others.
const AT_ONCE: usize = 5;

/// The same where none does.
const LEAVES_AT_ONCE: usize = 100;

/// Somebody, as requests show them.
pub struct Asker {
    pub client: Client,
    pub token: String,
    /// The header `Postern-Account`.
    pub account: Option<&'static str>,
}

impl Asker {
    pub async fn ask(&self, query: &str, variables: Value) -> Answer {
        let request = self
            .client
            .request(reqwest::Method::POST, "/graphql")
            .bearer_auth(&self.token)
            .header("content-type", "application/json")
            .body(json!({ "query": query, "variables": variables }).to_string());
        self.client.send(self.in_account(request)).await
    }

    pub async fn get(&self, path: &str) -> Answer {
        let request = self
            .client
            .request(reqwest::Method::GET, path)
            .bearer_auth(&self.token);
        self.client.send(self.in_account(request)).await
    }

    fn in_account(&self, request: reqwest::RequestBuilder) -> reqwest::RequestBuilder {
        match self.account {
            Some(account) => request.header("postern-account", account),
            None => request,
        }
    }
}

/// The types of the schema.
pub struct Schema(Types);

impl Schema {
    pub async fn of(asker: &Asker) -> Schema {
        Schema(Types::of(&asker.ask(INTROSPECTION, json!({})).await.data()))
    }

    /// Every argument and input field that takes an id, as `Type.field(argument)` or `Input.field`.
    pub fn takes_an_id(&self) -> BTreeSet<String> {
        let is_id = |input: &&Value| named(&input["type"]) == "ID";
        let mut found = BTreeSet::new();
        for (name, one) in self.0.all() {
            for input in list(&one["inputFields"]).iter().filter(is_id) {
                found.insert(format!("{name}.{}", word(&input["name"])));
            }
            for field in list(&one["fields"]) {
                for input in list(&field["args"]).iter().filter(is_id) {
                    let place = format!("{name}.{}({})", word(&field["name"]), word(&input["name"]));
                    found.insert(place);
                }
            }
        }
        found
    }

    /// The inputs that hold a field of the input type.
    pub fn inputs_with(&self, input: &str) -> Vec<String> {
        let holds = |one: &Value| {
            list(&one["inputFields"])
                .iter()
                .any(|field| named(&field["type"]) == input)
        };
        self.0
            .all()
            .filter(|(_, one)| holds(one))
            .map(|(name, _)| name.to_owned())
            .collect()
    }

    /// The connections of the query type.
    pub fn roots(&self) -> Vec<String> {
        self.connections("Query").into_iter().map(str::to_owned).collect()
    }

    /// Everything that can be selected in a row without an argument, its connections by their first page.
    fn selection(&self, of: &str) -> String {
        let mut selected = Vec::new();
        for field in self.0.fields(of) {
            let name = word(&field["name"]);
            selected.push(match self.0.leads(field) {
                Leads::Value => name.to_owned(),
                Leads::Row(_) => format!("{name} {{ __typename id }}"),
                Leads::Page(_) => format!(
                    "{name}(first: {PAGE}) {{ nodes {{ __typename id }} pageInfo {{ hasNextPage endCursor }} }}"
                ),
                Leads::Parts(target) => format!("{name} {{ {} }}", self.selection(target)),
            });
        }
        selected.join(" ")
    }

    fn connections(&self, of: &str) -> Vec<&str> {
        let fields = self.0.fields(of).iter();
        fields
            .filter(|field| matches!(self.0.leads(field), Leads::Page(_)))
            .map(|field| word(&field["name"]))
            .collect()
    }
}

/// All that was found.
#[derive(Default)]
pub struct Found {
    /// The type of each row, by its id.
    pub rows: BTreeMap<String, String>,
    /// A cursor of each root connection that has rows.
    pub cursors: BTreeMap<String, String>,
    /// Every text that stood in an answer.
    pub texts: BTreeSet<String>,
    /// What stands in the field `email` of subscribers, with their ids.
    pub emails: BTreeMap<String, String>,
    queue: VecDeque<(String, String)>,
}

impl Found {
    /// Ids by type.
    pub fn by_type(&self) -> BTreeMap<&str, Vec<&str>> {
        let mut found: BTreeMap<&str, Vec<&str>> = BTreeMap::new();
        for (id, of) in &self.rows {
            found.entry(of).or_default().push(id);
        }
        found
    }

    /// The first few rows of each type, and all cursors.
    pub fn sample(&self, of_each: usize) -> Found {
        let by_type = self.by_type();
        let few = by_type
            .iter()
            .flat_map(|(of, ids)| ids.iter().take(of_each).map(move |id| (id, of)));
        Found {
            rows: few.map(|(id, of)| ((*id).to_owned(), (*of).to_owned())).collect(),
            cursors: self.cursors.clone(),
            ..Found::default()
        }
    }

    fn read(&mut self, value: &Value) {
        match value {
            Value::String(text) => {
                // A path holds an id, too.
                self.texts.extend(text.split('/').map(str::to_owned));
            }
            Value::Array(values) => values.iter().for_each(|value| self.read(value)),
            Value::Object(fields) => {
                self.read_row(fields);
                fields.values().for_each(|value| self.read(value));
            }
            _ => {}
        }
    }

    fn read_row(&mut self, fields: &Map<String, Value>) {
        let (Some(Value::String(of)), Some(Value::String(id))) = (fields.get("__typename"), fields.get("id"))
        else {
            return;
        };
        if let (true, Some(Value::String(email))) = (of == "Subscriber", fields.get("email")) {
            self.emails.insert(email.clone(), id.clone());
        }
        if self.rows.insert(id.clone(), of.clone()).is_none() {
            self.queue.push_back((of.clone(), id.clone()));
        }
    }
}

/// Reads all that the asker can reach.
pub async fn crawl(asker: &Asker, schema: &Schema) -> Found {
    let mut found = Found::default();
    let start = "{ viewer { kind id groups account { __typename id } user { __typename id } \
                 permissions { resource verb reach lists } } account { __typename id } }";
    found.read(&asker.ask(start, json!({})).await.data());
    for root in schema.roots() {
        let query = format!(
            "query ($after: String) {{ page: {root}(first: {PAGE}, after: $after) \
             {{ nodes {{ __typename id }} pageInfo {{ hasNextPage endCursor }} }} }}"
        );
        let last = pages(asker, &query, json!({}), &mut found, |data| data["page"].clone()).await;
        found.cursors.extend(last.map(|cursor| (root, cursor)));
    }
    while let Some((of, _)) = found.queue.front() {
        let of = of.clone();
        let at_once = match schema.connections(&of).is_empty() {
            true => LEAVES_AT_ONCE,
            false => AT_ONCE,
        };
        let mut ids = Vec::new();
        found.queue.retain(|(other, id)| {
            let taken = *other == of && ids.len() < at_once;
            if taken {
                ids.push(id.clone());
            }
            !taken
        });
        look_into(asker, schema, &of, &ids, &mut found).await;
    }
    found
}

async fn look_into(asker: &Asker, schema: &Schema, of: &str, ids: &[String], found: &mut Found) {
    let query = format!(
        "query ($ids: [ID!]!) {{ nodes(ids: $ids) {{ __typename ... on {of} {{ {} }} }} }}",
        schema.selection(of)
    );
    let data = asker.ask(&query, json!({ "ids": ids })).await.data();
    found.read(&data);
    for (id, row) in ids.iter().zip(list(&data["nodes"])) {
        assert_eq!(
            row["id"],
            id.as_str(),
            "a row that was found is not there: {data}"
        );
        for connection in schema.connections(of) {
            let first = &row[connection]["pageInfo"];
            if first["hasNextPage"] != true {
                continue;
            }
            let query = format!(
                "query ($id: ID!, $after: String) {{ node(id: $id) {{ ... on {of} {{ page: {connection}(first: 100, after: $after) \
                 {{ nodes {{ __typename id }} pageInfo {{ hasNextPage endCursor }} }} }} }} }}"
            );
            let variables = json!({ "id": id, "after": first["endCursor"] });
            pages(asker, &query, variables, found, |data| {
                data["node"]["page"].clone()
            })
            .await;
        }
    }
}

/// Reads pages until there are none; gives the last cursor.
async fn pages(
    asker: &Asker,
    query: &str,
    mut variables: Value,
    found: &mut Found,
    page: impl Fn(&Value) -> Value,
) -> Option<String> {
    loop {
        let data = asker.ask(query, variables.clone()).await.data();
        found.read(&data);
        let info = page(&data)["pageInfo"].clone();
        if info["hasNextPage"] != true {
            return info["endCursor"].as_str().map(str::to_owned);
        }
        variables["after"] = info["endCursor"].clone();
    }
}
