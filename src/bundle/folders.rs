//! Rows that also lie as folders: one a row, named by its id, with its texts as files that open by themselves, and the
//! rest of it beside them. Made for templates: who takes them elsewhere wants HTML files, not cells.
//!
//! Names hold nothing of what is in the rows but the id. Knows nothing of where the bytes go.

use super::growing::broken;
use super::ndjson_lane;
use super::table::{FieldKind, Table};
use crate::cell::Cell;
use crate::error::Result;

/// What of a row has no file of its own.
pub(super) const REST: &str = "meta.json";

/// Where all of them lie.
pub(super) const FILES: &str = "data/files/";

/// Where the file of a row lies.
pub(super) fn path(table: &str, id: &str, file: &str) -> String {
    format!("{FILES}{table}/{id}/{file}")
}

/// How the rows of a table become folders.
pub(super) struct Folders {
    name: String,
    /// The place of the id among the fields.
    id: usize,
    /// The files in the order of their names: each with the place of its field, none for the rest.
    files: Vec<(String, Option<usize>)>,
    /// The table without the fields that are files, and the places of its fields in the whole.
    rest: Table,
    places: Vec<usize>,
}

impl Folders {
    /// `None` for a table whose rows are no folders.
    pub(super) fn of(table: &Table) -> Option<Folders> {
        if table.files.is_empty() {
            return None;
        }
        let place = |name: &str| table.fields.iter().position(|field| field.name == name);
        let mut files: Vec<(String, Option<usize>)> = table
            .files
            .iter()
            .map(|file| (file.name.clone(), place(&file.field)))
            .chain([(REST.to_owned(), None)])
            .collect();
        files.sort();
        let is_file = |place: usize| files.iter().any(|(_, of)| *of == Some(place));
        let places: Vec<usize> = (0..table.fields.len()).filter(|place| !is_file(*place)).collect();
        let rest = Table {
            fields: places.iter().map(|place| table.fields[*place].clone()).collect(),
            ..table.clone()
        };
        Some(Folders {
            name: table.name.clone(),
            id: place("id")?,
            files,
            rest,
            places,
        })
    }

    /// The files of a row with their paths, sorted. A text that is not there, or empty, is no file.
    pub(super) fn entries(&self, row: &[Cell]) -> Result<Vec<(String, Vec<u8>)>> {
        let misfit = || broken(format!("a row of table {} cannot become a folder", self.name));
        let Some(Cell::Uuid(id)) = row.get(self.id) else {
            return Err(misfit());
        };
        let id = id.hyphenated().to_string();
        let mut entries = Vec::new();
        for (file, place) in &self.files {
            let content = match place.map(|place| &row[place]) {
                None => self.rest(row).ok_or_else(misfit)?,
                Some(Cell::Null) => continue,
                Some(Cell::Text(text)) if text.is_empty() => continue,
                Some(Cell::Text(text)) => text.as_bytes().to_vec(),
                Some(Cell::Json(value)) => serde_json::to_vec(value).map_err(|_| misfit())?,
                Some(_) => return Err(misfit()),
            };
            entries.push((path(&self.name, &id, file), content));
        }
        Ok(entries)
    }

    fn rest(&self, row: &[Cell]) -> Option<Vec<u8>> {
        let cells: Vec<Cell> = self.places.iter().map(|place| row[*place].clone()).collect();
        let mut content = Vec::new();
        ndjson_lane::push_row(&mut content, &self.rest, &cells).ok()?;
        content.push(b'\n');
        Some(content)
    }
}

/// Whether a table's files can be what they say: an id that names the folder, texts or JSON, names that open anywhere.
pub(super) fn is_sound(table: &Table) -> bool {
    let find = |name: &str| table.fields.iter().find(|field| field.name == name);
    let has_id = find("id").is_some_and(|field| field.kind == FieldKind::Uuid && field.required);
    let is_name = |name: &str| {
        let (stem, ending) = name.split_once('.').unwrap_or_default();
        [stem, ending]
            .iter()
            .all(|part| !part.is_empty() && part.bytes().all(|byte| byte.is_ascii_lowercase()))
            && name != REST
    };
    let mut seen = std::collections::BTreeSet::new();
    table.files.is_empty()
        || has_id
            && table.files.iter().all(|file| {
                let kind = find(&file.field).map(|field| &field.kind);
                matches!(kind, Some(FieldKind::Text | FieldKind::Json))
                    && is_name(&file.name)
                    && seen.insert(&file.name)
                    && seen.insert(&file.field)
            })
}
