//! The blocking half of an export: takes blocks of rows from a channel and writes the bundle into the depot.
//!
//! Compression and hashing run here, on a thread that may block; reading runs elsewhere (ruling 25).

use std::collections::BTreeMap;
use std::path::PathBuf;
use std::sync::Arc;

use serde_json::{Map, Value};
use tokio::sync::mpsc;

use super::volumes::{VolumeSize, Volumes};
use crate::bundle::{About, Lanes, Signer, Table};
use crate::cell::Cell;
use crate::depot::{BlockingWriter, Stored};
use crate::error::{Fault, Result};
use crate::keys::KeyRing;

/// A piece of a bundle on its way to the writer.
pub enum Block {
    /// Everything is known but the rows.
    Start {
        /// The receipt, without counts and signature.
        receipt: Map<String, Value>,
        /// How many rows each table has, counted before.
        expected: BTreeMap<String, u64>,
    },
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
    Finish,
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
    /// About how large one file of the bundle may be.
    pub volume_size: VolumeSize,
}

/// A bundle that lies in the depot, whole.
pub struct Done {
    /// Its files, in order; mostly one.
    pub files: Vec<Stored>,
    /// The receipt of the last.
    pub receipt: Vec<u8>,
    /// Rows of all tables.
    pub rows: u64,
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

/// Writes until everything was sent; `None` when the sender stopped before. The files that were whole by then lie in
/// the depot still, and are the caller's to remove. `create` makes the object of the file with that number.
pub fn write(
    create: impl FnMut(usize) -> Result<BlockingWriter>,
    mut blocks: mpsc::Receiver<Block>,
    writing: Writing,
) -> Result<Option<Done>> {
    let Some(Block::Start { receipt, expected }) = blocks.blocking_recv() else {
        return Ok(None);
    };
    let mut volumes = Volumes::begin(create, writing, receipt, expected)?;
    while let Some(block) = blocks.blocking_recv() {
        match block {
            Block::Start { .. } => return Err(Fault::Invariant("a bundle was started twice".into()).into()),
            Block::Begin(table) => volumes.begin_table(*table)?,
            Block::Rows { width, cells } => {
                cells.chunks(width.max(1)).try_for_each(|row| volumes.row(row))?
            }
            Block::End => volumes.end_table()?,
            Block::Finish => return volumes.finish().map(Some),
        }
    }
    Ok(None)
}
