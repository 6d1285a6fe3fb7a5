//! The types of the schema, as introspection tells them: tests that walk the whole schema meet what is new in it.

use std::collections::BTreeMap;

use serde_json::Value;

/// The question that the types are the answer to.
pub const INTROSPECTION: &str = include_str!("../graphql/introspection.graphql");

/// The types, by name.
pub struct Types(BTreeMap<String, Value>);

impl Types {
    /// Those of the answer to [`INTROSPECTION`].
    pub fn of(data: &Value) -> Types {
        let types = list(&data["__schema"]["types"]).iter();
        let types: BTreeMap<String, Value> = types
            .map(|one| (word(&one["name"]).to_owned(), one.clone()))
            .collect();
        assert!(!types.is_empty(), "no types: {data}");
        Types(types)
    }

    /// All of them, by name.
    pub fn all(&self) -> impl Iterator<Item = (&str, &Value)> {
        self.0.iter().map(|(name, one)| (name.as_str(), one))
    }

    /// One of them.
    pub fn get(&self, name: &str) -> &Value {
        self.0
            .get(name)
            .unwrap_or_else(|| panic!("the schema has no type {name}"))
    }

    /// The fields of an object or interface.
    pub fn fields(&self, of: &str) -> &[Value] {
        list(&self.get(of)["fields"])
    }

    /// Whether its objects are rows with an id.
    pub fn is_row(&self, name: &str) -> bool {
        list(&self.get(name)["interfaces"])
            .iter()
            .any(|one| one["name"] == "Node")
    }

    /// The types of rows.
    pub fn rows(&self) -> Vec<&str> {
        let names = self.0.keys().map(String::as_str);
        names.filter(|name| self.is_row(name)).collect()
    }

    /// What a field leads to.
    pub fn leads(&self, field: &Value) -> Leads<'_> {
        let target = self
            .0
            .get_key_value(named(&field["type"]))
            .map(|(name, _)| name.as_str())
            .expect("a field has a type of the schema");
        match word(&self.get(target)["kind"]) {
            "OBJECT" if target.ends_with("Connection") => Leads::Page(target),
            "OBJECT" if self.is_row(target) => Leads::Row(target),
            "OBJECT" => Leads::Parts(target),
            "INTERFACE" => Leads::Row(target),
            _ => Leads::Value,
        }
    }

    /// The type of the rows of a connection.
    pub fn rows_of(&self, connection: &str) -> &str {
        let nodes = self
            .fields(connection)
            .iter()
            .find(|field| field["name"] == "nodes");
        let name = named(&nodes.expect("a connection has nodes")["type"]);
        let (name, _) = self.0.get_key_value(name).expect("nodes have a type");
        name
    }
}

/// What a field leads to.
pub enum Leads<'a> {
    /// To a value.
    Value,
    /// To one row, or a list of rows, of this type.
    Row(&'a str),
    /// To this connection.
    Page(&'a str),
    /// To an object of this type that is no row.
    Parts(&'a str),
}

/// The text of a JSON string; empty for anything else.
pub fn word(value: &Value) -> &str {
    value.as_str().unwrap_or_default()
}

/// The items of a JSON array; none for anything else.
pub fn list(value: &Value) -> &[Value] {
    value.as_array().map_or(&[], Vec::as_slice)
}

/// The name of a type without what wraps it.
pub fn named(wrapped: &Value) -> &str {
    match &wrapped["ofType"] {
        Value::Null => word(&wrapped["name"]),
        inner => named(inner),
    }
}
