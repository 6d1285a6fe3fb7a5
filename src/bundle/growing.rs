//! A table that is being written: its rows encoded for each lane, and how far each lane has got.
//!
//! Knows nothing of where the bytes go.

use super::lane::Lane;
use super::limits::{LINE_BYTES, is_too_intricate};
use super::table::Table;
use super::xlsx::{self, Sheet};
use super::{Lanes, csv_lane, ndjson_lane};
use crate::cell::Cell;
use crate::error::{Error, Fault, Result};

/// Bytes are handed on in blocks of about this size.
pub(super) const BLOCK: usize = 64 << 10;

/// What a sheet of a workbook holds at most.
#[derive(Copy, Clone, Debug)]
pub(super) struct SheetSize {
    pub(super) rows: u32,
    pub(super) bytes: u64,
}

impl Default for SheetSize {
    fn default() -> Self {
        SheetSize {
            rows: xlsx::SHEET_ROWS,
            bytes: xlsx::SHEET_BYTES,
        }
    }
}

/// A table being written.
pub(super) struct Growing {
    pub(super) table: Table,
    pub(super) rows: u64,
    pub(super) cut_cells: u64,
    pub(super) lanes: Vec<LaneRows>,
}

/// The rows of one lane that were not handed on yet.
pub(super) struct LaneRows {
    pub(super) lane: Lane,
    pub(super) bytes: Vec<u8>,
    workbook: Option<Workbook>,
}

struct Workbook {
    sheet: Sheet,
    size: SheetSize,
    sheets: u32,
    /// In the sheet that is open, its header among them.
    rows: u32,
    bytes: u64,
}

/// What is to be handed on, in order.
pub(super) enum Piece {
    /// The next bytes.
    Bytes(Vec<u8>),
    /// A part of a file that is made of parts begins.
    Part(String),
}

impl Growing {
    pub(super) fn new(table: &Table, lanes: &Lanes, size: SheetSize) -> Self {
        Growing {
            table: table.clone(),
            rows: 0,
            cut_cells: 0,
            lanes: lanes
                .iter()
                .map(|lane| LaneRows::new(table, lane, size))
                .collect(),
        }
    }

    /// Encodes a row for every lane.
    pub(super) fn push(&mut self, row: &[Cell]) -> Result<()> {
        if row.len() != self.table.fields.len() {
            return Err(broken(format!(
                "a row of table {} has another number of cells than fields",
                self.table.name
            )));
        }
        self.rows += 1;
        for rows in &mut self.lanes {
            let start = rows.bytes.len();
            let fit = rows.push(&self.table, self.rows, row, &mut self.cut_cells);
            fit.map_err(|position| misfit(&self.table, self.rows, position, &row[position]))?;
            let line = &rows.bytes[start..];
            if line.len() > LINE_BYTES || (rows.lane.is_exact() && is_too_intricate(line)) {
                return Err(broken(format!(
                    "row {} of table {} is larger than a bundle can hold",
                    self.rows, self.table.name
                )));
            }
        }
        Ok(())
    }
}

impl LaneRows {
    fn new(table: &Table, lane: Lane, size: SheetSize) -> Self {
        let mut bytes = Vec::new();
        match lane {
            Lane::Csv => csv_lane::push_header(&mut bytes, table),
            Lane::Json => bytes.extend_from_slice(b"["),
            Lane::Ndjson | Lane::Xlsx => {}
        }
        LaneRows {
            lane,
            bytes,
            workbook: (lane == Lane::Xlsx).then(|| Workbook {
                sheet: Sheet::new(table),
                size,
                sheets: 0,
                rows: size.rows,
                bytes: 0,
            }),
        }
    }

    /// What is to be handed on before a row can be added: most often nothing.
    pub(super) fn before_row(&mut self, table: &Table) -> Vec<Piece> {
        let is_full = self
            .workbook
            .as_ref()
            .is_some_and(|book| book.rows >= book.size.rows || book.bytes >= book.size.bytes);
        match (is_full, self.bytes.len() >= BLOCK) {
            (true, _) => self.next_sheet(table),
            (false, true) => vec![self.block()],
            (false, false) => Vec::new(),
        }
    }

    /// What is to be handed on at the end of the table.
    pub(super) fn at_end(&mut self, table: &Table) -> Vec<Piece> {
        let mut pieces = Vec::new();
        match self.lane {
            Lane::Csv | Lane::Ndjson => pieces.push(self.block()),
            Lane::Json => {
                self.bytes.extend_from_slice(b"\n]\n");
                pieces.push(self.block());
            }
            Lane::Xlsx => {
                // A table without rows has a sheet with its header.
                if self.workbook.as_ref().is_some_and(|book| book.sheets == 0) {
                    pieces.extend(self.next_sheet(table));
                }
                self.bytes.extend_from_slice(xlsx::SHEET_END.as_bytes());
                pieces.push(self.block());
                let sheets = self.workbook.as_ref().map_or(0, |book| book.sheets);
                for (name, text) in xlsx::parts(table, sheets) {
                    pieces.push(Piece::Part(name.to_owned()));
                    pieces.push(Piece::Bytes(text.into_bytes()));
                }
            }
        }
        pieces
    }

    fn next_sheet(&mut self, table: &Table) -> Vec<Piece> {
        let mut pieces = Vec::new();
        if let Some(book) = &mut self.workbook {
            if book.sheets > 0 {
                self.bytes.extend_from_slice(xlsx::SHEET_END.as_bytes());
                pieces.push(Piece::Bytes(std::mem::take(&mut self.bytes)));
            }
            book.sheets += 1;
            (book.rows, book.bytes) = (1, 0);
            pieces.push(Piece::Part(xlsx::sheet_path(book.sheets)));
            self.bytes = book.sheet.start(table);
        }
        pieces
    }

    fn block(&mut self) -> Piece {
        let room = Vec::with_capacity(BLOCK + 4096);
        Piece::Bytes(std::mem::replace(&mut self.bytes, room))
    }

    /// An error is the position of the first cell that does not fit its field.
    fn push(&mut self, table: &Table, number: u64, row: &[Cell], cut_cells: &mut u64) -> Result<(), usize> {
        match self.lane {
            Lane::Csv => csv_lane::push_row(&mut self.bytes, table, row),
            Lane::Ndjson => {
                ndjson_lane::push_row(&mut self.bytes, table, row)?;
                self.bytes.push(b'\n');
                Ok(())
            }
            Lane::Json => {
                self.bytes
                    .extend_from_slice(if number == 1 { b"\n" } else { b",\n" });
                ndjson_lane::push_row(&mut self.bytes, table, row)
            }
            Lane::Xlsx => {
                if let Some(book) = &mut self.workbook {
                    let start = self.bytes.len();
                    book.rows += 1;
                    *cut_cells += book.sheet.push_row(&mut self.bytes, table, book.rows, row);
                    book.bytes += (self.bytes.len() - start) as u64;
                }
                Ok(())
            }
        }
    }
}

fn misfit(table: &Table, row: u64, position: usize, cell: &Cell) -> Error {
    let field = &table.fields[position];
    let what = if cell.is_null() {
        "is null though it is required"
    } else {
        "does not fit its kind"
    };
    broken(format!(
        "row {row} of table {}: {} {what} ({})",
        table.name,
        field.name,
        field.kind.word()
    ))
}

pub(super) fn broken(message: impl Into<String>) -> Error {
    Fault::Invariant(message.into()).into()
}
