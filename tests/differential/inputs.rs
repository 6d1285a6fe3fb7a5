//! What graphql-js is given: the SDL, the documents, every row that the owner sees, and how fields lead to rows.

use std::fs;
use std::path::Path;

use postern::access::permit;
use postern::api::contract;
use postern::api::schema::meaning::{FieldMeaning, Form};
use postern::api::schema::{Operand, Surface, fallback_order};
use postern::catalog::{Catalog, Resource};
use postern::cell::{Cell, instant_text};
use postern::plan::read::{Direction, PAGE_LIMIT, Page, Read, Window};
use postern::store::read;
use serde_json::{Map, Value, json};
use sha2::{Digest, Sha256};

use crate::reads::world::{ACME, GLOBEX, World, viewer};

pub async fn of(world: &World) -> Value {
    let surface = Surface::of(&world.catalog).unwrap();
    let mut inputs = json!({
        "sdl": contract::sdl(surface.types()),
        "account": world.ids.encode(world.catalog.table("accounts").tag(), uuid::Uuid::from_u128(ACME)),
        "types": {}, "rows": {}, "roots": {}, "lookups": lookups(&world.catalog, &surface),
        "documents": documents(world),
    });
    for resource in world.catalog.resources().filter(|resource| resource.in_api) {
        inputs["types"][&resource.name] = shape(&world.catalog, &surface, resource);
        inputs["rows"][&resource.name] = rows(world, &surface, resource).await;
        if resource.at_root {
            inputs["roots"][&resource.plural] = json!(resource.name);
        }
    }
    // Of the documents alone: what else changes shows in the answers.
    let digest = Sha256::digest(inputs["documents"].to_string().as_bytes());
    inputs["digest"] = json!(data_encoding::HEXLOWER.encode(&digest));
    inputs
}

/// How the fields of a type lead to rows, and what filters and orders compare.
fn shape(catalog: &Catalog, surface: &Surface, resource: &Resource) -> Value {
    let mut shape = json!({"below": {}, "references": [], "filters": {}, "orders": {}});
    let (_, definition) = surface.types().find(&resource.name).unwrap();
    for field in definition.composite().unwrap().fields.iter() {
        let name = &*field.name;
        match surface.meaning(field) {
            FieldMeaning::Reference { .. } => shape["references"].as_array_mut().unwrap().push(json!(name)),
            FieldMeaning::Connection(many) | FieldMeaning::Parts(many) => {
                let lower = catalog.get(many.resource);
                let by = lower.reference(many.by.unwrap()).unwrap();
                let order =
                    fallback_order(lower, many.by).map(|column| lower.column(column).name.to_uppercase());
                let parts = matches!(surface.meaning(field), FieldMeaning::Parts(_));
                shape["below"][name] =
                    json!({"type": lower.name, "by": by.field, "order": order, "parts": parts});
            }
            _ => {}
        }
    }
    let looked_up = surface.resource(resource.id).unwrap();
    for filter in &looked_up.filters {
        let address = filter.operand == Operand::Address;
        shape["filters"][&filter.name] =
            json!({"field": resource.column(filter.column).field, "address": address});
    }
    for (word, column) in &looked_up.orders {
        shape["orders"][word] = json!(resource.column(*column).field);
    }
    shape
}

fn lookups(catalog: &Catalog, surface: &Surface) -> Value {
    let query = surface.types().get(surface.types().query());
    let mut lookups = Map::new();
    for field in query.composite().unwrap().fields.iter() {
        if let FieldMeaning::Lookup { resource, column } = surface.meaning(field) {
            let resource = catalog.get(resource);
            let column = resource.column(column);
            let argument = &field.arguments.iter().next().unwrap().name;
            let lookup = json!({
                "type": resource.name, "argument": **argument, "field": column.field,
                "address": column.name.ends_with("_normalized"),
            });
            lookups.insert(field.name.to_string(), lookup);
        }
    }
    lookups.into()
}

/// Every row that the owner of the first account sees, in the order of ids.
async fn rows(world: &World, surface: &Surface, resource: &Resource) -> Value {
    let mut rows = Vec::new();
    let mut after = None;
    loop {
        let wanted = Read {
            resource: resource.id,
            columns: resource
                .columns
                .iter()
                .filter(|column| !column.is_secret())
                .map(|column| column.id)
                .collect(),
            filter: None,
            order: Vec::new(),
            window: Window::Page(Page {
                size: PAGE_LIMIT,
                direction: Direction::Forward,
                after,
                before: None,
            }),
            count: false,
            children: Vec::new(),
        };
        let columns = wanted.columns.clone();
        let owner = viewer(&world.catalog, "owner").unwrap();
        let permitted = permit::read(&world.catalog, &owner, wanted).unwrap();
        let found = read::read(&world.database, &world.catalog, &permitted)
            .await
            .unwrap();
        for (index, id) in found.ids.iter().enumerate() {
            let mut row = json!({"id": world.ids.encode(resource.tag(), *id)});
            for (column, cell) in columns.iter().zip(found.row(index)) {
                let column = resource.column(*column);
                if let Some(reference) = resource.reference(column.id) {
                    let tag = world.catalog.get(reference.target).tag();
                    let target = cell.as_uuid().map(|id| world.ids.encode(tag, id));
                    row[format!("@{}", reference.field)] = json!(target);
                } else if column.name != "id"
                    && let Some(value) = value(world, surface, resource, &column.field, cell)
                {
                    row[&column.field] = value;
                }
            }
            rows.push(row);
        }
        match found.ids.last() {
            Some(last) if found.groups[0].has_next => after = Some(vec![Cell::Uuid(*last)]),
            _ => return rows.into(),
        }
    }
}

/// The value as the API writes it, written down once more from the forms alone.
fn value(world: &World, surface: &Surface, resource: &Resource, field: &str, cell: &Cell) -> Option<Value> {
    let object = surface.resource(resource.id).unwrap().object;
    let FieldMeaning::Column { form, .. } = surface.meaning(surface.types().field(object, field)?) else {
        return None;
    };
    Some(match (form, cell) {
        (_, Cell::Null) => Value::Null,
        (_, Cell::Bool(value)) => json!(value),
        (Form::BigInt, Cell::Int(value)) => json!(value.to_string()),
        (_, Cell::Int(value)) => json!(value),
        (Form::Word, Cell::Text(word)) => json!(word.to_uppercase()),
        (_, Cell::Text(text)) => json!(text.as_str()),
        (Form::GlobalId(tag), Cell::Uuid(id)) => json!(world.ids.encode(tag, *id)),
        (_, Cell::Instant(at)) => json!(instant_text(*at)),
        (Form::Strings, Cell::Json(items)) => (**items).clone(),
        (_, Cell::Json(document)) => json!(document.to_string()),
        (form, cell) => panic!("{form:?} {cell:?}"),
    })
}

/// The documents of the corpus, with what their first lines say; `$table/n` stands for the id of a row, `$$table/n` for
/// one of the other account.
fn documents(world: &World) -> Value {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/graphql_corpus");
    let mut paths: Vec<_> = fs::read_dir(folder)
        .unwrap()
        .map(|entry| entry.unwrap().path())
        .collect();
    paths.sort();
    let document = |path: &std::path::PathBuf| {
        let text = fs::read_to_string(path).unwrap();
        let told = |what: &str| {
            text.lines()
                .find_map(|line| line.strip_prefix(&format!("# {what}: ")).map(str::to_owned))
        };
        let variables: Value =
            told("variables").map_or(json!({}), |text| serde_json::from_str(&text).unwrap());
        json!({
            "name": path.file_stem().unwrap().to_str(),
            "variables": expanded(world, variables),
            "operation": told("operation"),
            "query": text,
        })
    };
    paths.iter().map(document).collect::<Vec<_>>().into()
}

fn expanded(world: &World, value: Value) -> Value {
    match value {
        Value::String(text) if text.starts_with('$') => {
            let account = if text.starts_with("$$") { GLOBEX } else { ACME };
            let (table, number) = text.trim_start_matches('$').split_once('/').unwrap();
            json!(world.global(account, table, number.parse().unwrap()))
        }
        Value::Array(items) => items
            .into_iter()
            .map(|item| expanded(world, item))
            .collect::<Vec<_>>()
            .into(),
        Value::Object(fields) => fields
            .into_iter()
            .map(|(name, value)| (name, expanded(world, value)))
            .collect::<Map<_, _>>()
            .into(),
        other => other,
    }
}
