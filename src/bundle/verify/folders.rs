//! Rows that also lie as folders: every file is the text of its row, and there is no other. Nothing of a file is read:
//! its sum says what is in it.

use std::collections::{BTreeMap, BTreeSet};
use std::io::{Read, Seek};

use serde_json::Value;

use super::archive::{Archive, Measured};
use super::description::Described;
use super::tables::each_row;
use crate::bundle::deflate::sha256;
use crate::bundle::finding::{Code, Findings};
use crate::bundle::folders::{REST, path};
use crate::bundle::table::{FieldKind, Table};
use crate::error::Result;

/// Checks the folders of all tables; gives the files that rows have.
pub(super) fn check<R: Read + Seek>(
    archive: &Archive<R>,
    files: &BTreeMap<String, Measured>,
    described: &[Described],
    findings: &mut Findings,
) -> Result<BTreeSet<String>> {
    let mut known = BTreeSet::new();
    for table in described.iter().filter(|table| !table.table.files.is_empty()) {
        // Rows that are unsound are reported where tables are read.
        let mut unsound = Findings::new(0);
        let mut wrong = Vec::new();
        each_row(archive, table, &mut unsound, &mut |_, row| {
            for (name, expected) in entries(&table.table, row) {
                let found = files.get(&name);
                let is_same = found.is_some_and(|file| {
                    file.bytes == expected.len() as u64 && file.sha256 == sha256(&expected)
                });
                // One file more or less than the archive has is enough to know.
                if !is_same && wrong.len() <= files.len() {
                    wrong.push((name.clone(), found.is_some()));
                }
                if found.is_some() {
                    known.insert(name);
                }
            }
        })?;
        for (name, is_there) in wrong {
            match is_there {
                true => findings.file(Code::LanesDiffer, &name, "the file is not what its row says"),
                false => findings.file(Code::FileMissing, &name, "a row has the file"),
            }
        }
    }
    Ok(known)
}

/// The files of a row with what must be in them.
fn entries(table: &Table, row: &[Value]) -> Vec<(String, Vec<u8>)> {
    let fields = || table.fields.iter().zip(row);
    let Some(id) = fields().find_map(|(field, value)| value.as_str().filter(|_| field.name == "id")) else {
        return Vec::new();
    };
    let mut rest = String::new();
    let mut entries = Vec::new();
    for (field, value) in fields() {
        match table.files.iter().find(|file| file.field == field.name) {
            None => {
                rest.push(if rest.is_empty() { '{' } else { ',' });
                rest.push_str(&format!("\"{}\":{value}", field.name));
            }
            Some(file) => {
                let content = match (&field.kind, value) {
                    (_, Value::Null) => continue,
                    (FieldKind::Text, Value::String(text)) if text.is_empty() => continue,
                    (FieldKind::Text, Value::String(text)) => text.clone(),
                    (_, value) => value.to_string(),
                };
                entries.push((path(&table.name, id, &file.name), content.into_bytes()));
            }
        }
    }
    rest.push_str("}\n");
    entries.push((path(&table.name, id, REST), rest.into_bytes()));
    entries
}
