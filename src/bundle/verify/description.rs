//! Reads the tables out of a descriptor that anybody may have written.

use std::collections::BTreeMap;

use serde_json::Value;

use super::archive::Measured;
use crate::bundle::deflate::hex;
use crate::bundle::descriptor::{SPREADSHEET_ESCAPE, schema_path};
use crate::bundle::finding::{Code, Findings};
use crate::bundle::json_schema::json_schema;
use crate::bundle::lane::{Lane, Lanes};
use crate::bundle::limits::is_too_intricate;
use crate::bundle::table::{Field, FieldKind, ForeignKey, RowFile, Table, is_table_name};

pub(super) const DESCRIPTOR: &str = "datapackage.json";

/// A table of the bundle and the lanes it has.
#[derive(Clone, Debug)]
pub(super) struct Described {
    pub(super) table: Table,
    /// Those that are described and there.
    pub(super) lanes: Lanes,
}

impl Described {
    /// The lane that counts, and that the others are compared with.
    pub(super) fn reference(&self) -> Option<Lane> {
        let wanted = [Lane::Ndjson, Lane::Json, Lane::Csv];
        wanted.into_iter().find(|lane| self.lanes.has(*lane))
    }
}

/// The lanes of one table with what the descriptor says of it there: nothing for a workbook.
type ByLane = BTreeMap<Lane, Option<Table>>;

/// A JSON file, unless it is none or would take too much memory.
pub(super) fn json(content: &[u8]) -> Option<Value> {
    if is_too_intricate(content) {
        None
    } else {
        serde_json::from_slice(content).ok()
    }
}

/// The request's id, as the descriptor has it.
pub(super) fn package_id(contents: &BTreeMap<String, Vec<u8>>) -> Option<String> {
    let descriptor = json(contents.get(DESCRIPTOR)?)?;
    Some(descriptor["id"].as_str()?.strip_prefix("urn:uuid:")?.to_owned())
}

/// The tables described, sorted by name; only those that can be read, findings name the others.
pub(super) fn read(
    files: &BTreeMap<String, Measured>,
    contents: &BTreeMap<String, Vec<u8>>,
    findings: &mut Findings,
) -> Vec<Described> {
    let Some(content) = contents.get(DESCRIPTOR) else {
        return Vec::new();
    };
    let descriptor = json(content).unwrap_or_default();
    let Some(resources) = descriptor["resources"].as_array() else {
        findings.file(
            Code::DescriptorInvalid,
            DESCRIPTOR,
            "the file is not JSON with a list of resources",
        );
        return Vec::new();
    };
    if descriptor["x-spreadsheet-escape"] != SPREADSHEET_ESCAPE {
        findings.file(
            Code::DescriptorInvalid,
            DESCRIPTOR,
            "x-spreadsheet-escape is not apostrophe-v1",
        );
    }
    if package_id(contents).is_none() {
        findings.file(Code::DescriptorInvalid, DESCRIPTOR, "id is not a URN of a UUID");
    }
    let mut tables: BTreeMap<String, ByLane> = BTreeMap::new();
    for (position, resource) in resources.iter().enumerate() {
        match read_resource(resource) {
            Ok((name, lane, table)) => {
                check_file(resource, &lane.path(name), files, findings);
                let lanes = tables.entry(name.to_owned()).or_default();
                if lanes.insert(lane, table).is_some() {
                    invalid(position, "is described twice", findings);
                }
            }
            Err(fault) => invalid(position, fault, findings),
        }
    }
    let described = tables
        .iter()
        .filter_map(|(name, lanes)| join(name, lanes, files, contents, findings))
        .collect();
    check_whole(described, findings)
}

fn invalid(position: usize, fault: &str, findings: &mut Findings) {
    findings.file(
        Code::DescriptorInvalid,
        DESCRIPTOR,
        format!("resource {}: {fault}", position + 1),
    );
}

fn read_resource(resource: &Value) -> Result<(&str, Lane, Option<Table>), &'static str> {
    let name = resource["name"].as_str().unwrap_or_default();
    let found = Lane::of_resource(name).filter(|(name, _)| is_table_name(name));
    let (name, lane) = found.ok_or("the name is not that of a table or of one of its lanes")?;
    if resource["path"] != lane.path(name) {
        return Err("the path is not where the lane lies");
    }
    let (kind, format) = lane.form(resource["bytes"].as_u64().unwrap_or_default());
    let has_form = resource.get("type").and_then(Value::as_str) == kind
        && resource["format"] == format
        && resource["mediatype"] == lane.media_type()
        && resource.get("encoding").and_then(Value::as_str) == lane.encoding()
        && resource.get("dialect") == lane.dialect().as_ref();
    if !has_form {
        return Err("type, format, media type, encoding or dialect is not that of the lane");
    }
    if lane == Lane::Xlsx {
        return Ok((name, lane, None));
    }
    let table = read_table(name, resource, lane)?;
    table.check().map_err(|_| "names or keys do not fit together")?;
    Ok((name, lane, Some(table)))
}

fn read_table(name: &str, resource: &Value, lane: Lane) -> Result<Table, &'static str> {
    let schema = &resource["schema"];
    let missing: &[&str] = if lane.is_exact() { &[] } else { &[""] };
    if schema["missingValues"] != serde_json::json!(missing) {
        return Err("missingValues is not that of the lane");
    }
    let fields = schema["fields"]
        .as_array()
        .ok_or("the schema has no list of fields")?;
    let mut keys = Vec::new();
    if let Some(declared) = schema.get("foreignKeys") {
        for key in declared.as_array().ok_or("foreignKeys is no list")? {
            keys.push(read_foreign_key(name, key).ok_or("a foreign key cannot be read")?);
        }
    }
    Ok(Table {
        name: name.to_owned(),
        title: text(resource, "title"),
        description: text(resource, "description"),
        fields: fields
            .iter()
            .map(read_field)
            .collect::<Option<_>>()
            .ok_or("a field cannot be read")?,
        primary_key: match schema.get("primaryKey") {
            Some(key) => names(key).ok_or("primaryKey is no list of names")?,
            None => Vec::new(),
        },
        foreign_keys: keys,
        files: match resource.get("x-files") {
            Some(files) => read_files(files).ok_or("x-files is no list of fields and names")?,
            None => Vec::new(),
        },
    })
}

fn read_field(field: &Value) -> Option<Field> {
    let constraints = &field["constraints"];
    let kind = match field["x-kind"].as_str()? {
        "text" => FieldKind::Text,
        "integer" => FieldKind::Integer,
        "boolean" => FieldKind::Boolean,
        "instant" => FieldKind::Instant,
        "uuid" => FieldKind::Uuid,
        "words" => FieldKind::Words(names(&constraints["enum"])?),
        "json" => FieldKind::Json,
        "bytes" => FieldKind::Bytes,
        _ => return None,
    };
    let (kind_type, format) = kind.table_schema_type();
    if field["type"] != kind_type || field.get("format").and_then(Value::as_str) != format {
        return None;
    }
    Some(Field {
        name: field["name"].as_str()?.to_owned(),
        kind,
        required: flag(constraints, "required")?,
        unique: flag(constraints, "unique")?,
        description: text(field, "description"),
        ..Field::default()
    })
}

fn read_files(files: &Value) -> Option<Vec<RowFile>> {
    let read = |(field, name): (&String, &Value)| {
        Some(RowFile {
            field: field.clone(),
            name: name.as_str()?.to_owned(),
        })
    };
    files.as_object()?.iter().map(read).collect()
}

fn read_foreign_key(table: &str, key: &Value) -> Option<ForeignKey> {
    let reference = &key["reference"];
    let target = match reference["resource"].as_str()? {
        "" => table,
        other => other,
    };
    Some(ForeignKey {
        fields: names(&key["fields"])?,
        table: target.to_owned(),
        target: names(&reference["fields"])?,
    })
}

fn names(list: &Value) -> Option<Vec<String>> {
    list.as_array()?
        .iter()
        .map(|name| name.as_str().map(str::to_owned))
        .collect()
}

fn flag(object: &Value, key: &str) -> Option<bool> {
    match object.get(key) {
        None => Some(false),
        Some(value) => value.as_bool(),
    }
}

fn text(object: &Value, key: &str) -> String {
    object[key].as_str().unwrap_or_default().to_owned()
}

fn check_file(resource: &Value, path: &str, files: &BTreeMap<String, Measured>, findings: &mut Findings) {
    let Some(file) = files.get(path) else {
        findings.file(Code::FileMissing, path, "the descriptor names the file");
        return;
    };
    if resource["hash"] != format!("sha256:{}", hex(&file.sha256)) {
        findings.file(
            Code::DescriptorSum,
            path,
            "the SHA-256 is not the one in the descriptor",
        );
    }
    if resource["bytes"].as_u64() != Some(file.bytes) {
        findings.file(
            Code::DescriptorBytes,
            path,
            "the size is not the one in the descriptor",
        );
    }
}

/// One table out of its lanes. The exact lanes know which texts are required, the CSV lane knows the references.
fn join(
    name: &str,
    lanes: &ByLane,
    files: &BTreeMap<String, Measured>,
    contents: &BTreeMap<String, Vec<u8>>,
    findings: &mut Findings,
) -> Option<Described> {
    let csv = lanes.get(&Lane::Csv).and_then(Option::as_ref);
    let exact: Vec<&Table> = [Lane::Ndjson, Lane::Json]
        .iter()
        .filter_map(|lane| lanes.get(lane)?.as_ref())
        .collect();
    let mut invalid = |fault: &str| {
        findings.file(Code::DescriptorInvalid, DESCRIPTOR, format!("{name} {fault}"));
        None
    };
    let table = match (exact.first(), csv) {
        (Some(exact), Some(csv)) => Table {
            foreign_keys: csv.foreign_keys.clone(),
            ..(*exact).clone()
        },
        (Some(one), None) => (*one).clone(),
        (None, Some(one)) => one.clone(),
        (None, None) => return invalid("has no lane that loses nothing"),
    };
    let is_one = exact
        .iter()
        .all(|other| other.fields == table.fields && is_same(other, &table))
        && csv.is_none_or(|csv| is_same(csv, &table));
    if !is_one {
        return invalid("is described differently in its lanes");
    }
    if !exact.is_empty() {
        check_schema(&table, contents, findings);
    }
    let is_there = |lane: &Lane| files.contains_key(&lane.path(name));
    Some(Described {
        table,
        lanes: lanes.keys().copied().filter(is_there).collect(),
    })
}

fn is_same(csv: &Table, ndjson: &Table) -> bool {
    csv.primary_key == ndjson.primary_key
        && csv.files == ndjson.files
        && csv.fields.len() == ndjson.fields.len()
        && csv.fields.iter().zip(&ndjson.fields).all(|(csv, ndjson)| {
            let is_text = matches!(csv.kind, FieldKind::Text | FieldKind::Bytes);
            csv.name == ndjson.name
                && csv.kind == ndjson.kind
                && csv.unique == ndjson.unique
                && (csv.required == ndjson.required || is_text)
        })
}

fn check_schema(table: &Table, contents: &BTreeMap<String, Vec<u8>>, findings: &mut Findings) {
    let path = schema_path(&table.name);
    match contents.get(&path) {
        None => findings.file(Code::FileMissing, &path, "the exact lane has a schema"),
        Some(content) if json(content) != Some(json_schema(table)) => {
            findings.file(
                Code::SchemaDiffers,
                &path,
                "the schema is not what the descriptor says of the table",
            );
        }
        Some(_) => {}
    }
}

/// What can be said only of all tables together.
fn check_whole(mut described: Vec<Described>, findings: &mut Findings) -> Vec<Described> {
    let all: Lanes = described.iter().flat_map(|table| table.lanes.iter()).collect();
    for table in &described {
        for lane in all.iter().filter(|lane| !table.lanes.has(*lane)) {
            findings.file(
                Code::LaneMissing,
                &lane.path(&table.table.name),
                "the table lacks a lane that other tables have",
            );
        }
    }
    let targets: BTreeMap<String, Table> = described
        .iter()
        .map(|table| (table.table.name.clone(), table.table.clone()))
        .collect();
    for Described { table, .. } in &mut described {
        let name = table.name.clone();
        table.foreign_keys.retain(|key| {
            let exists = targets
                .get(&key.table)
                .is_some_and(|target| target.positions(&key.target).is_some());
            if !exists {
                let message =
                    format!("a reference of {name} leads to a table or field that is not described");
                findings.file(Code::DescriptorInvalid, DESCRIPTOR, message);
            }
            exists
        });
    }
    described
}
