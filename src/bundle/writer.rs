//! Writes a bundle as a stream, in constant memory, in the order of ruling 25; same data, same bytes.
//!
//! Blocks while it compresses: run it on a thread that may block. Knows no storage: its output is anything that bytes
//! can be written to.

use std::collections::BTreeMap;
use std::io::{self, Write};
use std::path::{Path, PathBuf};

use super::archive::Archive;
use super::closing::TableWritten;
use super::deflate::Sums;
use super::folders::Folders;
use super::growing::{Growing, Piece, SheetSize, broken};
use super::lane::{Lane, Lanes};
use super::limits::MOST_FILES;
use super::spooled::SpooledLane;
use super::table::Table;
use crate::cell::Cell;
use crate::error::{Error, Fault, Result};

/// A table of which everything was written.
pub(super) struct Done {
    pub(super) table: Table,
    pub(super) written: TableWritten,
    pub(super) lanes: BTreeMap<Lane, Sums>,
}

/// A file of several ends when its rows take all but this part of what it may have.
const ROOM: u64 = 64;

/// A bundle being written.
pub struct Writer<W: Write> {
    pub(super) archive: Archive<W>,
    pub(super) lanes: Lanes,
    /// Every lane but the one that goes straight into the ZIP.
    pub(super) spooled: BTreeMap<Lane, SpooledLane>,
    /// Packed bytes in the spools when they were last asked, and bytes that were given to them since.
    packed: u64,
    unasked: u64,
    sheet_size: SheetSize,
    pub(super) open: Option<Growing>,
    /// How the rows of the open table become folders, if they do.
    folders: Option<Folders>,
    /// The files of all folders, with their paths; where they wait, if there is one.
    pub(super) files: Vec<(String, Sums)>,
    pub(super) files_lane: Option<SpooledLane>,
    spool_directory: PathBuf,
    pub(super) done: Vec<Done>,
    pub(super) is_broken: bool,
}

impl<W: Write> Writer<W> {
    /// A bundle into `out`, which need not be able to seek. All lanes but CSV wait in encrypted files without a name in
    /// `spool_directory`; it needs room for them, compressed.
    pub fn new(out: W, spool_directory: &Path, lanes: &Lanes) -> Result<Self> {
        if !lanes.are_enough() {
            return Err(broken("a bundle needs at least one lane that loses nothing"));
        }
        let mut spooled = BTreeMap::new();
        for lane in lanes.iter() {
            match lane {
                Lane::Csv => continue,
                Lane::Json | Lane::Ndjson => spooled.insert(lane, SpooledLane::deflated(spool_directory)?),
                Lane::Xlsx => spooled.insert(lane, SpooledLane::zipped(spool_directory)?),
            };
        }
        Ok(Writer {
            archive: Archive::new(out),
            lanes: lanes.clone(),
            spooled,
            packed: 0,
            unasked: 0,
            sheet_size: SheetSize::default(),
            open: None,
            folders: None,
            files: Vec::new(),
            files_lane: None,
            spool_directory: spool_directory.to_owned(),
            done: Vec::new(),
            is_broken: false,
        })
    }

    /// The same with other sheets, so that a test need not write a million rows.
    #[cfg(test)]
    pub(super) fn with_sheets(mut self, size: SheetSize) -> Self {
        self.sheet_size = size;
        self
    }

    /// Begins a table. Tables come sorted by name, because they go straight into the ZIP. A table that is empty or
    /// withheld is begun and ended like any other, and so has its header and its schema in the bundle.
    pub fn begin_table(&mut self, table: &Table) -> Result<()> {
        self.guarded(|writer| writer.begin(table))
    }

    /// The next row of the table: one cell per field.
    pub fn row(&mut self, row: &[Cell]) -> Result<()> {
        self.guarded(|writer| writer.push(row))
    }

    /// Ends the table.
    pub fn end_table(&mut self) -> Result<TableWritten> {
        self.guarded(Writer::end)
    }

    /// Whether the rows take so many bytes by now, packed: one file of several is to end then. The same rows give the
    /// same answers, however fast the lanes are.
    pub fn has(&mut self, bytes: u64) -> Result<bool> {
        if self.archive.bytes() + self.packed + self.unasked < bytes {
            return Ok(false);
        }
        self.guarded(|writer| {
            let lanes = writer.spooled.values_mut().chain(writer.files_lane.as_mut());
            writer.packed = lanes.map(SpooledLane::packed).sum::<Result<u64>>()?;
            writer.unasked = 0;
            // What waits in the lanes is a little more, and what stands at the top of every file comes behind.
            Ok(writer.archive.bytes() + writer.packed + bytes / ROOM >= bytes)
        })
    }

    /// Remembers a failure, so that a caller who overlooks one cannot finish.
    fn guarded<T>(&mut self, step: impl FnOnce(&mut Self) -> Result<T>) -> Result<T> {
        if self.is_broken {
            return Err(broken(
                "the bundle cannot be continued because writing it failed before",
            ));
        }
        step(self).inspect_err(|_| self.is_broken = true)
    }

    fn begin(&mut self, table: &Table) -> Result<()> {
        table.check()?;
        if self.open.is_some() {
            return Err(broken(format!(
                "table {} was begun before the one in front of it was ended",
                table.name
            )));
        }
        if self.done.last().is_some_and(|done| done.table.name >= table.name) {
            return Err(broken(format!(
                "table {} comes after one that sorts behind it",
                table.name
            )));
        }
        if self.lanes.has(Lane::Csv) {
            self.archive.begin(&Lane::Csv.path(&table.name)).map_err(output)?;
        }
        let mut table = table.clone();
        // In CSV an empty text is none, so that nobody could say whether a file is what its row says.
        if !self.lanes.have_schemas() {
            table.files.clear();
        }
        self.folders = Folders::of(&table);
        if self.folders.is_some() && self.files_lane.is_none() {
            self.files_lane = Some(SpooledLane::deflated(&self.spool_directory)?);
        }
        self.open = Some(Growing::new(&table, &self.lanes, self.sheet_size));
        Ok(())
    }

    fn push(&mut self, row: &[Cell]) -> Result<()> {
        let mut open = self
            .open
            .take()
            .ok_or_else(|| broken("a row came before its table"))?;
        for rows in &mut open.lanes {
            for piece in rows.before_row(&open.table) {
                self.hand_on(rows.lane, piece)?;
            }
        }
        open.push(row)?;
        self.open = Some(open);
        self.push_files(row)
    }

    fn push_files(&mut self, row: &[Cell]) -> Result<()> {
        let Some(folders) = &self.folders else {
            return Ok(());
        };
        let mut lane = self
            .files_lane
            .take()
            .ok_or_else(|| broken("there is no such lane"))?;
        for (path, content) in folders.entries(row)? {
            if self.files.len() >= MOST_FILES {
                return Err(broken(format!(
                    "a bundle holds {MOST_FILES} files of rows at most"
                )));
            }
            self.unasked += content.len() as u64;
            let sums = lane.write(content).and_then(|()| lane.end());
            match sums {
                Ok(sums) => self.files.push((path, sums)),
                Err(_) => return Err(lane.cause()),
            }
        }
        self.files_lane = Some(lane);
        Ok(())
    }

    fn end(&mut self) -> Result<TableWritten> {
        let mut open = self
            .open
            .take()
            .ok_or_else(|| broken("a table was ended that was not begun"))?;
        let mut lanes = BTreeMap::new();
        for rows in &mut open.lanes {
            for piece in rows.at_end(&open.table) {
                self.hand_on(rows.lane, piece)?;
            }
            let sums = match rows.lane {
                Lane::Csv => self.archive.end().map_err(output)?,
                lane => self.spool(lane, SpooledLane::end)?,
            };
            lanes.insert(rows.lane, sums);
        }
        let written = TableWritten {
            name: open.table.name.clone(),
            rows: open.rows,
            cut_cells: open.cut_cells,
        };
        self.done.push(Done {
            table: open.table,
            written: written.clone(),
            lanes,
        });
        Ok(written)
    }

    fn hand_on(&mut self, lane: Lane, piece: Piece) -> Result<()> {
        if let (true, Piece::Bytes(bytes)) = (lane != Lane::Csv, &piece) {
            self.unasked += bytes.len() as u64;
        }
        match (lane, piece) {
            (Lane::Csv, Piece::Bytes(bytes)) => self.archive.write(&bytes).map_err(output),
            (Lane::Csv, Piece::Part(_)) => Err(broken("the CSV lane has no parts")),
            (_, Piece::Bytes(bytes)) => self.spool(lane, |spooled| spooled.write(bytes)),
            (_, Piece::Part(name)) => self.spool(lane, |spooled| spooled.part(name)),
        }
    }

    fn spool<T>(&mut self, lane: Lane, step: impl FnOnce(&mut SpooledLane) -> Result<T>) -> Result<T> {
        let spooled = self
            .spooled
            .get_mut(&lane)
            .ok_or_else(|| broken("there is no such lane"))?;
        step(spooled).map_err(|error| self.spooled.remove(&lane).map_or(error, SpooledLane::cause))
    }
}

pub(super) fn output(source: io::Error) -> Error {
    Fault::io("writing the bundle", source).into()
}
