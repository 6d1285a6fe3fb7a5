//! Erasures of many people: planned from a file that names them, agreed to and followed by the file of plans that comes of
//! it. What is done for each is what is done for one.

mod people;
mod plans;

pub(super) mod confirm;
pub(super) mod plan;
pub(super) mod status;

use std::collections::BTreeMap;
use std::path::Path;

use serde_json::Value;

use super::Context;
use crate::cli::new_file;
use crate::error::{Fault, Result};
use crate::work::erase::row::ErasureRow;

/// How many lines are told one by one to people; programs read them all.
const TOLD: usize = 20;

/// What came of many, told as it comes: a line of JSON each for programs, and for people how many of what.
struct Tally<'a> {
    context: &'a Context,
    states: BTreeMap<String, u64>,
    /// Those who need a second look.
    notes: Vec<String>,
    more: u64,
}

impl<'a> Tally<'a> {
    fn new(context: &'a Context) -> Tally<'a> {
        Tally {
            context,
            states: BTreeMap::new(),
            notes: Vec::new(),
            more: 0,
        }
    }

    /// Tells what came of one; `is_well`: as it should.
    fn tell(&mut self, value: &Value, is_well: bool) -> Result<()> {
        let state = value["state"].as_str().unwrap_or_default();
        *self.states.entry(state.to_owned()).or_default() += 1;
        if self.context.output.is_json() {
            return self.context.output.raw(&value.to_string());
        }
        if is_well {
            return Ok(());
        }
        if self.notes.len() == TOLD {
            self.more += 1;
            return Ok(());
        }
        let mut note = format!("line {:<8} {state}", value["line"]);
        for name in ["erasure", "errorCode"] {
            if let Some(text) = value[name].as_str() {
                note.push_str(&format!(" {text}"));
            }
        }
        self.notes.push(note);
        Ok(())
    }

    /// What people are told at the end.
    fn end(mut self, last: Option<String>) -> Result<()> {
        if self.context.output.is_json() {
            return Ok(());
        }
        if self.more > 0 {
            self.notes.push(format!("and {} more lines", self.more));
        }
        let counts = self.states.iter();
        self.notes
            .extend(counts.map(|(state, count)| format!("{count:>9} {state}")));
        self.notes.extend(last);
        self.context.output.raw(&self.notes.join("\n"))
    }
}

/// The folder for receipts, made where it is not there.
fn make_folder(folder: Option<&Path>) -> Result<()> {
    let Some(folder) = folder else { return Ok(()) };
    let made = std::fs::create_dir_all(folder);
    made.map_err(|error| Fault::io(format!("make {}", folder.display()), error).into())
}

/// Saves the newest receipt of an erasure, named after it, with its signature beside it; gives the file's name.
fn save(folder: Option<&Path>, erasure: uuid::Uuid, row: &ErasureRow) -> Result<Option<String>> {
    let newest = row.newest_receipt();
    let (Some(folder), Some((receipt, signature))) = (folder, newest) else {
        return Ok(None);
    };
    let name = format!("{erasure}.json");
    new_file::write(&folder.join(&name), receipt, signature)?;
    Ok(Some(name))
}
