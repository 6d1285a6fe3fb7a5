//! `datapackage.json`: the bundle as a Frictionless Data Package v2.

use serde_json::{Map, Value, json};

use super::deflate::{Sums, hex};
use super::lane::Lane;
use super::manifest::{About, one_line};
use super::table::{Field, FieldKind, ForeignKey, Table};
use crate::cell::instant_text;

/// Where the profiles of Data Package v2 are published.
pub(super) const PROFILES: &str = "https://datapackage.org/profiles/2.0";

/// The name of the rule by which the CSV lane escapes formulas.
pub(super) const SPREADSHEET_ESCAPE: &str = "apostrophe-v1";

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
    put(&mut resource, "encoding", lane.encoding().unwrap_or_default());
    resource.insert("bytes".into(), json!(sums.bytes));
    resource.insert("hash".into(), json!(format!("sha256:{}", hex(&sums.sha256))));
    // Without a dialect there is no text that a schema could be about.
    if let Some(dialect) = lane.dialect() {
        resource.insert("dialect".into(), dialect);
        resource.insert("schema".into(), table_schema(table, lane));
        if !table.files.is_empty() {
            let files = table
                .files
                .iter()
                .map(|file| (file.field.clone(), json!(file.name)));
            resource.insert("x-files".into(), Value::Object(files.collect()));
        }
    }
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
    let missing: &[&str] = if lane.is_exact() { &[] } else { &[""] };
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
    if field.required && (lane.is_exact() || !can_be_empty) {
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
