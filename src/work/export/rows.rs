//! The blocking half of an export: takes blocks of rows from a channel and writes the bundle into the depot.
//!
//! Compression and hashing run here, on a thread that may block; reading runs elsewhere (ruling 25).

use std::collections::BTreeMap;
use std::path::PathBuf;
use std::sync::Arc;

use serde_json::{Map, Value};
use tokio::sync::mpsc;

use crate::bundle::{About, Closing, Lanes, Signer, Table, Writer};
use crate::cell::Cell;
use crate::depot::{BlockingWriter, Stored};
use crate::error::Result;
use crate::keys::KeyRing;

/// A piece of a bundle on its way to the writer.
pub enum Block {
    /// A table begins.
    Begin(Box<Table>),
    /// Some of its rows.
    Rows {
        /// How many values each row has.
        width: usize,
        /// The values, row after row.
        cells: Vec<Cell>,
    },
    /// The table ends.
    End,
    /// Everything was sent.
    Finish {
        /// The receipt, without counts and signature.
        receipt: Map<String, Value>,
        /// How many rows each table has, counted before.
        expected: BTreeMap<String, u64>,
    },
}

/// What the writer needs from the start.
pub struct Writing {
    /// Which lanes.
    pub lanes: Lanes,
    /// Where the lanes wait that do not go straight into the bundle.
    pub spool: PathBuf,
    /// Whose key signs.
    pub keys: Arc<KeyRing>,
    /// What README and descriptor say.
    pub about: About,
}

/// Signs with the ring's receipt key.
pub struct RingSigner(pub Arc<KeyRing>);

impl Signer for RingSigner {
    fn sign(&self, bytes: &[u8]) -> Result<[u8; 64]> {
        Ok(self.0.sign_receipt(bytes))
    }

    fn public_key_pem(&self) -> Result<String> {
        self.0.receipt_public_key_pem()
    }
}

/// Writes until everything was sent; `None` when the sender stopped before, and then nothing is left in the depot.
pub fn write(
    out: BlockingWriter,
    mut blocks: mpsc::Receiver<Block>,
    writing: Writing,
) -> Result<Option<(Stored, Vec<u8>, u64)>> {
    let mut writer = Writer::new(out, &writing.spool, &writing.lanes)?;
    let signer = RingSigner(writing.keys);
    while let Some(block) = blocks.blocking_recv() {
        match block {
            Block::Begin(table) => writer.begin_table(&table)?,
            Block::Rows { width, cells } => cells.chunks(width.max(1)).try_for_each(|row| writer.row(row))?,
            Block::End => {
                writer.end_table()?;
            }
            Block::Finish { receipt, expected } => {
                let closing = Closing {
                    about: &writing.about,
                    receipt: &receipt,
                    expected: &expected,
                    signer: &signer,
                };
                let (out, written) = writer.finish(&closing)?;
                let rows = written.tables.iter().map(|table| table.rows).sum();
                return Ok(Some((out.finish()?, written.receipt, rows)));
            }
        }
    }
    Ok(None)
}
