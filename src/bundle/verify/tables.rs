//! Reads the lanes of a table side by side: each against its rules, all against the one that counts.

use std::io::{BufRead, BufReader, Read, Seek};

use serde_json::Value;

use super::archive::Archive;
use super::description::Described;
use super::entry::EntryReader;
use super::sides::{CsvSide, JsonSide, Next};
use super::workbook::{Workbook, WorkbookSide};
use crate::bundle::finding::{Code, Findings};
use crate::bundle::lane::Lane;
use crate::bundle::limits::Limits;
use crate::bundle::table::Table;
use crate::error::Result;

/// Checks a table; gives its rows, if the lane that counts can be read to the end.
pub(super) fn check<R: Read + Seek>(
    archive: &Archive<R>,
    described: &Described,
    limits: &Limits,
    findings: &mut Findings,
) -> Result<Option<u64>> {
    let table = &described.table;
    let Some(mut reference) = Reference::open(archive, described, findings)? else {
        return Ok(None);
    };
    let book = match described.lanes.has(Lane::Xlsx) {
        true => Workbook::open(
            archive.window(&Lane::Xlsx.path(&table.name)),
            table,
            limits,
            findings,
        )?,
        false => None,
    };
    let mut others = Vec::new();
    for lane in described
        .lanes
        .iter()
        .filter(|lane| Some(*lane) != described.reference())
    {
        let source = archive.reader(&lane.path(&table.name));
        others.extend(match (lane, source) {
            (Lane::Csv, Some(source)) => Some(Other::Csv(CsvSide::new(source, table, findings)?)),
            (Lane::Json | Lane::Ndjson, Some(source)) => {
                Some(Other::Json(JsonSide::new(source, table, lane)))
            }
            (Lane::Xlsx, _) => book
                .as_ref()
                .map(|book| Other::Xlsx(Box::new(WorkbookSide::new(book, table)))),
            (_, None) => None,
        });
    }
    check_all(&mut reference, &mut others, findings)
}

fn check_all<R: Read + Seek, S: BufRead>(
    reference: &mut Reference<'_, S>,
    others: &mut [Other<'_, '_, R, S>],
    findings: &mut Findings,
) -> Result<Option<u64>> {
    let mut here = Next::Row;
    let mut there = vec![Next::Row; others.len()];
    let mut cells = Vec::new();
    while !(is_over(here) && there.iter().copied().all(is_over)) {
        if !is_over(here) {
            here = reference.next(findings)?;
        }
        for (next, other) in there.iter_mut().zip(others.iter_mut()) {
            if is_over(*next) {
                continue;
            }
            *next = other.next(findings)?;
            match (*next, here) {
                (Next::Row, Next::Row) => other.compare(reference.row(), findings),
                // There is nothing to compare with; the cells can still be wrong by themselves.
                (Next::Row, _) => other.alone(&mut cells, findings),
                _ => {}
            }
        }
    }
    for (next, other) in there.into_iter().zip(others) {
        let (rows, counted) = (other.rows(), reference.rows());
        if next == Next::End && here == Next::End && rows != counted {
            let message = format!("{rows} rows here and {counted} in {}", reference.file());
            findings.line(Code::LanesDiffer, other.file(), rows.min(counted) + 2, message);
        }
    }
    Ok((here == Next::End).then(|| reference.rows()))
}

fn is_over(next: Next) -> bool {
    matches!(next, Next::Stop | Next::End)
}

/// Hands over every sound row of a table with its line, from the lane that counts. Gives the number of all rows, if they
/// can be read to the end.
pub(super) fn each_row<R: Read + Seek>(
    archive: &Archive<R>,
    described: &Described,
    findings: &mut Findings,
    take: &mut dyn FnMut(u64, &[Value]),
) -> Result<Option<u64>> {
    let Some(mut reference) = Reference::open(archive, described, findings)? else {
        return Ok(None);
    };
    loop {
        match reference.next(findings)? {
            Next::Row => take(reference.line(), reference.row()),
            Next::Odd => {}
            Next::Stop => return Ok(None),
            Next::End => return Ok(Some(reference.rows())),
        }
    }
}

/// Hands over every row of a table from the lane that counts, until `take` says that it is enough. Whether the rows are
/// sound was said before; a finding is that they are others by now.
pub(super) fn read_rows<R: Read + Seek>(
    archive: &Archive<R>,
    described: &Described,
    findings: &mut Findings,
    take: &mut dyn FnMut(&[Value]) -> Result<bool>,
) -> Result<()> {
    let Some(mut reference) = Reference::open(archive, described, findings)? else {
        return Ok(());
    };
    while reference.next(findings)? == Next::Row {
        if !take(reference.row())? {
            break;
        }
    }
    Ok(())
}

/// What a lane is read from.
type Entry<'a, R> = BufReader<EntryReader<'a, R>>;

/// The lane that counts.
enum Reference<'a, S> {
    Csv(CsvSide<'a, S>, Vec<Value>),
    Json(JsonSide<'a, S>),
}

impl<'a, R: Read + Seek> Reference<'a, Entry<'a, R>> {
    fn open(
        archive: &'a Archive<R>,
        described: &'a Described,
        findings: &mut Findings,
    ) -> Result<Option<Self>> {
        let table: &Table = &described.table;
        let Some(lane) = described.reference() else {
            return Ok(None);
        };
        let Some(source) = archive.reader(&lane.path(&table.name)) else {
            return Ok(None);
        };
        Ok(Some(match lane {
            Lane::Csv | Lane::Xlsx => Reference::Csv(CsvSide::new(source, table, findings)?, Vec::new()),
            Lane::Json | Lane::Ndjson => Reference::Json(JsonSide::new(source, table, lane)),
        }))
    }
}

impl<S: BufRead> Reference<'_, S> {
    fn next(&mut self, findings: &mut Findings) -> Result<Next> {
        match self {
            Reference::Json(json) => json.next(findings),
            Reference::Csv(csv, row) => {
                let next = csv.next(findings)?;
                if next == Next::Row {
                    csv.values(row, findings);
                }
                Ok(next)
            }
        }
    }

    fn row(&self) -> &[Value] {
        match self {
            Reference::Json(json) => &json.row,
            Reference::Csv(_, row) => row,
        }
    }

    fn rows(&self) -> u64 {
        match self {
            Reference::Json(json) => json.rows,
            Reference::Csv(csv, _) => csv.rows,
        }
    }

    fn line(&self) -> u64 {
        match self {
            Reference::Json(json) => json.rows,
            Reference::Csv(csv, _) => csv.line(),
        }
    }

    fn file(&self) -> &str {
        match self {
            Reference::Json(json) => json.file(),
            Reference::Csv(csv, _) => csv.file(),
        }
    }
}

/// A lane that is compared with the one that counts.
enum Other<'a, 'w, R, S> {
    Csv(CsvSide<'w, S>),
    Json(JsonSide<'w, S>),
    Xlsx(Box<WorkbookSide<'a, 'w, R>>),
}

impl<R: Read + Seek, S: BufRead> Other<'_, '_, R, S> {
    fn next(&mut self, findings: &mut Findings) -> Result<Next> {
        match self {
            Other::Csv(side) => side.next(findings),
            Other::Json(side) => side.next(findings),
            Other::Xlsx(side) => side.next(findings),
        }
    }

    fn compare(&mut self, row: &[Value], findings: &mut Findings) {
        match self {
            Other::Csv(side) => side.compare(row, findings),
            Other::Json(side) => side.compare(row, findings),
            Other::Xlsx(side) => side.compare(row, findings),
        }
    }

    fn alone(&self, cells: &mut Vec<Value>, findings: &mut Findings) {
        if let Other::Csv(side) = self {
            side.values(cells, findings);
        }
    }

    fn rows(&self) -> u64 {
        match self {
            Other::Csv(side) => side.rows,
            Other::Json(side) => side.rows,
            Other::Xlsx(side) => side.rows,
        }
    }

    fn file(&self) -> &str {
        match self {
            Other::Csv(side) => side.file(),
            Other::Json(side) => side.file(),
            Other::Xlsx(side) => side.file(),
        }
    }
}
