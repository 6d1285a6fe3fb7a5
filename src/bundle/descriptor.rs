//! `datapackage.json`: the bundle as a Frictionless Data Package v2.

use serde_json::{Map, Value, json};

use super::deflate::{Sums, hex};
use super::manifest::{About, one_line};
use super::table::{Field, FieldKind, ForeignKey, Table};
use crate::cell::instant_text;

const PROFILES: &str = "https://datapackage.org/profiles/2.0";

/// The name of the rule by which the CSV lane escapes formulas.
pub(super) const SPREADSHEET_ESCAPE: &str = "apostrophe-v1";

/// A lane of a table.
#[derive(Copy, Clone, Debug, PartialEq, Eq)]
pub(super) enum Lane {
    Csv,
    Ndjson,
}

impl Lane {
    /// Where the file lies.
    pub(super) fn path(self, table: &str) -> String {
        match self {
            Lane::Csv => format!("data/csv/{table}.csv"),
            Lane::Ndjson => format!("data/ndjson/{table}.ndjson"),
        }
    }

    /// The resource's name in the descriptor.
    pub(super) fn resource(self, table: &str) -> String {
        match self {
            Lane::Csv => table.to_owned(),
            Lane::Ndjson => format!("{table}-exact"),
        }
    }

    /// The dialect, as it must stand in the descriptor.
    pub(super) fn dialect(self) -> Value {
        match self {
            Lane::Csv => json!({
                "$schema": format!("{PROFILES}/tabledialect.json"), "delimiter": ",", "quoteChar": "\"",
                "doubleQuote": true, "lineTerminator": "\r\n", "header": true,
            }),
            Lane::Ndjson => json!({ "json": { "keyed": true } }),
        }
    }

    /// The media type.
    pub(super) fn media_type(self) -> &'static str {
        match self {
            Lane::Csv => "text/csv",
            Lane::Ndjson => "application/x-ndjson",
        }
    }

    /// `type`, if it is stated, and `format`.
    ///
    /// An exact lane without a line is described as text: frictionless 5.21 stops at an empty NDJSON file
    /// ("generator raised StopIteration", its `JsonlParser`), and the profile has no other type than `table`.
    pub(super) fn form(self, bytes: u64) -> (Option<&'static str>, &'static str) {
        match self {
            Lane::Csv => (Some("table"), "csv"),
            Lane::Ndjson if bytes == 0 => (None, "txt"),
            Lane::Ndjson => (Some("table"), "ndjson"),
        }
    }
}

/// Where the schema of a table's lines lies.
pub(super) fn schema_path(table: &str) -> String {
    format!("data/schema/{table}.schema.json")
}

/// The whole descriptor, from the resources in it.
pub(super) fn descriptor(about: &About, resources: Vec<Value>) -> String {
    let descriptor = json!({
        "$schema": format!("{PROFILES}/datapackage.json"),
        "name": about.name,
        "id": format!("urn:uuid:{}", about.request_id),
        "title": one_line(&about.title),
        "created": instant_text(about.created),
        "version": "1.0.0",
        "licenses": [{ "name": "subject-data", "title": "Personal data of the people it is about" }],
        "x-spreadsheet-escape": SPREADSHEET_ESCAPE,
        "resources": resources,
    });
    format!("{descriptor:#}\n")
}

/// One lane of one table.
pub(super) fn resource(table: &Table, lane: Lane, sums: &Sums) -> Value {
    let (kind, format) = lane.form(sums.bytes);
    let mut resource = Map::new();
    resource.insert("name".into(), json!(lane.resource(&table.name)));
    put(&mut resource, "type", kind.unwrap_or_default());
    resource.insert("$schema".into(), json!(format!("{PROFILES}/dataresource.json")));
    put(&mut resource, "title", &table.title);
    put(&mut resource, "description", &table.description);
    resource.insert("path".into(), json!(lane.path(&table.name)));
    resource.insert("format".into(), json!(format));
    resource.insert("mediatype".into(), json!(lane.media_type()));
    resource.insert("encoding".into(), json!("utf-8"));
    resource.insert("bytes".into(), json!(sums.bytes));
    resource.insert("hash".into(), json!(format!("sha256:{}", hex(&sums.sha256))));
    resource.insert("dialect".into(), lane.dialect());
    resource.insert("schema".into(), table_schema(table, lane));
    Value::Object(resource)
}

fn table_schema(table: &Table, lane: Lane) -> Value {
    let fields: Vec<Value> = table
        .fields
        .iter()
        .map(|described| field(described, table, lane))
        .collect();
    let mut schema = Map::new();
    schema.insert("$schema".into(), json!(format!("{PROFILES}/tableschema.json")));
    // In the exact lane an empty string is a value and null is null.
    let missing: &[&str] = match lane {
        Lane::Csv => &[""],
        Lane::Ndjson => &[],
    };
    schema.insert("missingValues".into(), json!(missing));
    schema.insert("fields".into(), json!(fields));
    if !table.primary_key.is_empty() {
        schema.insert("primaryKey".into(), json!(table.primary_key));
    }
    if lane == Lane::Csv && !table.foreign_keys.is_empty() {
        let keys: Vec<Value> = table
            .foreign_keys
            .iter()
            .map(|key| foreign_key(table, key))
            .collect();
        schema.insert("foreignKeys".into(), json!(keys));
    }
    Value::Object(schema)
}

fn foreign_key(table: &Table, key: &ForeignKey) -> Value {
    // Table Schema has the empty name for the table itself.
    let resource = if key.table == table.name {
        ""
    } else {
        key.table.as_str()
    };
    json!({ "fields": key.fields, "reference": { "resource": resource, "fields": key.target } })
}

fn field(field: &Field, table: &Table, lane: Lane) -> Value {
    let (kind, format) = field.kind.table_schema_type();
    let mut described = Map::new();
    described.insert("name".into(), json!(field.name));
    described.insert("type".into(), json!(kind));
    if let Some(format) = format {
        described.insert("format".into(), json!(format));
    }
    put(&mut described, "description", &field.description);
    let mut constraints = Map::new();
    // An empty text and a missing one look the same in CSV, so that only the exact lane can promise a value.
    let can_be_empty = matches!(field.kind, FieldKind::Text | FieldKind::Bytes);
    if field.required && (lane == Lane::Ndjson || !can_be_empty) {
        constraints.insert("required".into(), json!(true));
    }
    if field.unique || table.primary_key == [field.name.as_str()] {
        constraints.insert("unique".into(), json!(true));
    }
    if let FieldKind::Words(words) = &field.kind {
        constraints.insert("enum".into(), json!(words));
    }
    if !constraints.is_empty() {
        described.insert("constraints".into(), Value::Object(constraints));
    }
    described.insert("x-kind".into(), json!(field.kind.word()));
    put(&mut described, "x-class", &field.class);
    put(&mut described, "x-basis", &field.basis);
    put(&mut described, "x-purpose", &field.purpose);
    put(&mut described, "x-source", &field.source);
    put(&mut described, "x-retained-until", &field.retained_until);
    Value::Object(described)
}

fn put(object: &mut Map<String, Value>, key: &str, text: &str) {
    if !text.is_empty() {
        object.insert(key.into(), json!(text));
    }
}
