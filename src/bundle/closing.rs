//! What a bundle's writer is told and what it answers.

use std::collections::BTreeMap;

use serde_json::{Map, Value};

use super::manifest::About;
use super::signature::Signer;
use super::volume::Volume;

/// What became of a table.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TableWritten {
    /// The table's name.
    pub name: String,
    /// Rows in each lane.
    pub rows: u64,
    /// Cells whose text was cut off in the workbook; the other lanes have it whole.
    pub cut_cells: u64,
}

/// What the writer needs to know at the end.
pub struct Closing<'a> {
    /// What README, descriptor and `bag-info.txt` say.
    pub about: &'a About,
    /// The receipt without `counts` and `signature`, which the writer adds.
    pub receipt: &'a Map<String, Value>,
    /// Rows of every table, counted by other means than by writing them. Must name exactly the tables written.
    pub expected: &'a BTreeMap<String, u64>,
    /// Which of the files it is, when there are several.
    pub volume: Option<&'a Volume>,
    /// Signs receipt and tag manifest.
    pub signer: &'a dyn Signer,
}

/// What was written.
#[derive(Clone, Debug)]
pub struct Written {
    /// In the order of writing.
    pub tables: Vec<TableWritten>,
    /// Bytes of the ZIP.
    pub bytes: u64,
    /// `receipt.json`, to the byte.
    pub receipt: Vec<u8>,
    /// The signature over it.
    pub receipt_signature: [u8; 64],
    /// Id of the key that signed.
    pub key_id: String,
}
