//! The JSON Schema for one line of the exact lane.

use serde_json::{Map, Value, json};

use super::encode::SAFE_INTEGER;
use super::table::{Field, FieldKind, Table};

/// What a line of `data/ndjson/<table>.ndjson` looks like: all keys, no other keys.
pub fn json_schema(table: &Table) -> Value {
    let mut properties = Map::new();
    for field in &table.fields {
        properties.insert(field.name.clone(), property(field));
    }
    let names: Vec<&str> = table.fields.iter().map(|field| field.name.as_str()).collect();
    let mut schema = json!({
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "title": table.name,
        "type": "object",
        "additionalProperties": false,
        "required": names,
        "properties": properties,
    });
    if !table.description.is_empty() {
        schema["description"] = json!(table.description);
    }
    schema
}

/// The schema as it lies in the bundle.
pub(super) fn json_schema_text(table: &Table) -> String {
    format!("{:#}\n", json_schema(table))
}

fn property(field: &Field) -> Value {
    let mut property = match &field.kind {
        FieldKind::Text => typed(field, "string"),
        FieldKind::Boolean => typed(field, "boolean"),
        FieldKind::Integer => integer(field),
        FieldKind::Instant => {
            let mut property = typed(field, "string");
            property["format"] = json!("date-time");
            property["pattern"] = json!("Z$");
            property
        }
        FieldKind::Uuid => {
            let mut property = typed(field, "string");
            property["format"] = json!("uuid");
            property
        }
        FieldKind::Words(words) => {
            let null = (!field.required).then_some(Value::Null);
            let words: Vec<Value> = words.iter().map(|word| json!(word)).chain(null).collect();
            json!({ "enum": words })
        }
        FieldKind::Json if field.required => json!({ "not": { "type": "null" } }),
        FieldKind::Json => json!({}),
        FieldKind::Bytes => {
            let mut property = typed(field, "string");
            property["contentEncoding"] = json!("base64");
            property
        }
    };
    if !field.description.is_empty() {
        property["description"] = json!(field.description);
    }
    property
}

fn typed(field: &Field, name: &str) -> Value {
    if field.required {
        json!({ "type": name })
    } else {
        json!({ "type": [name, "null"] })
    }
}

fn integer(field: &Field) -> Value {
    let mut choices = vec![
        json!({ "type": "integer", "minimum": -SAFE_INTEGER, "maximum": SAFE_INTEGER }),
        json!({ "type": "string", "pattern": "^-?[1-9][0-9]{15,18}$" }),
    ];
    if !field.required {
        choices.push(json!({ "type": "null" }));
    }
    json!({ "anyOf": choices })
}
