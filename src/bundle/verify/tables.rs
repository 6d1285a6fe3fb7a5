//! Reads the lanes of a table side by side: each against its rules, one against the other.

use std::io::{BufRead, Read, Seek};

use serde_json::Value;

use super::archive::Archive;
use super::description::Described;
use super::sides::{CsvSide, NdjsonSide, Next};
use crate::bundle::descriptor::Lane;
use crate::bundle::finding::{Code, Findings};
use crate::error::Result;

/// Checks a table; gives its rows, if its exact lane, or the only one, can be read to the end.
pub(super) fn check<R: Read + Seek>(
    archive: &Archive<R>,
    described: &Described,
    findings: &mut Findings,
) -> Result<Option<u64>> {
    if !(described.csv && described.ndjson) {
        return each_row(archive, described, findings, &mut |_, _| {});
    }
    let table = &described.table;
    let (Some(csv), Some(ndjson)) = (
        archive.reader(&Lane::Csv.path(&table.name)),
        archive.reader(&Lane::Ndjson.path(&table.name)),
    ) else {
        return Ok(None);
    };
    let csv = CsvSide::new(csv, table, findings)?;
    check_both(csv, NdjsonSide::new(ndjson, table), findings)
}

fn check_both(
    mut csv: CsvSide<'_, impl BufRead>,
    mut ndjson: NdjsonSide<'_, impl BufRead>,
    findings: &mut Findings,
) -> Result<Option<u64>> {
    let (mut left, mut right) = (Next::Row, Next::Row);
    let mut cells = Vec::new();
    loop {
        left = if is_over(left) { left } else { csv.next(findings)? };
        right = if is_over(right) {
            right
        } else {
            ndjson.next(findings)?
        };
        match (left, right) {
            (Next::Row, Next::Row) => csv.compare(&ndjson.row, findings),
            // There is nothing to compare with; the cells can still be wrong by themselves.
            (Next::Row, _) => csv.values(&mut cells, findings),
            _ if is_over(left) && is_over(right) => break,
            _ => {}
        }
    }
    if left == Next::End && right == Next::End && csv.rows != ndjson.rows {
        let line = csv.rows.min(ndjson.rows) + 2;
        let message = format!(
            "{} records here and {} lines in the exact lane",
            csv.rows, ndjson.rows
        );
        findings.line(Code::LanesDiffer, csv.file(), line, message);
    }
    Ok((right == Next::End).then_some(ndjson.rows))
}

fn is_over(next: Next) -> bool {
    matches!(next, Next::Stop | Next::End)
}

/// Hands over every sound row of a table with its line, from the exact lane where there is one. Gives the number of all
/// rows, if they can be read to the end.
pub(super) fn each_row<R: Read + Seek>(
    archive: &Archive<R>,
    described: &Described,
    findings: &mut Findings,
    take: &mut dyn FnMut(u64, &[Value]),
) -> Result<Option<u64>> {
    let table = &described.table;
    let lane = if described.ndjson { Lane::Ndjson } else { Lane::Csv };
    let Some(source) = archive
        .reader(&lane.path(&table.name))
        .filter(|_| described.ndjson || described.csv)
    else {
        return Ok(None);
    };
    if described.ndjson {
        let mut ndjson = NdjsonSide::new(source, table);
        loop {
            match ndjson.next(findings)? {
                Next::Row => take(ndjson.rows, &ndjson.row),
                Next::Odd => {}
                Next::Stop => return Ok(None),
                Next::End => return Ok(Some(ndjson.rows)),
            }
        }
    }
    let mut csv = CsvSide::new(source, table, findings)?;
    let mut row = Vec::new();
    loop {
        match csv.next(findings)? {
            Next::Row => {
                csv.values(&mut row, findings);
                take(csv.line(), &row);
            }
            Next::Odd => {}
            Next::Stop => return Ok(None),
            Next::End => return Ok(Some(csv.rows)),
        }
    }
}
