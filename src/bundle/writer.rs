//! Writes a bundle as a stream, in constant memory, in the order of ruling 25; same data, same bytes.
//!
//! Blocks while it compresses: run it on a thread that may block. Knows no storage: its output is anything that bytes
//! can be written to.

use std::collections::BTreeMap;
use std::io::{self, Write};
use std::path::Path;

use super::archive::Archive;
use super::closing::{Closing, Lanes, TableWritten, Written};
use super::deflate::{Sums, sha256};
use super::descriptor::{Lane, descriptor, resource, schema_path};
use super::json_schema::json_schema_text;
use super::lane::SpooledLane;
use super::limits::{LINE_BYTES, is_too_intricate};
use super::manifest::{BAGIT, bag_info, manifest};
use super::readme::readme;
use super::receipt::receipt;
use super::signature::{PublicKey, Signer};
use super::table::{Table, is_table_name};
use super::{csv_lane, ndjson_lane};
use crate::cell::Cell;
use crate::error::{Error, Fault, Result};

/// Rows are handed on in blocks of about this size.
const BLOCK: usize = 64 << 10;

struct Open {
    table: Table,
    rows: u64,
    csv: Vec<u8>,
    ndjson: Vec<u8>,
}

struct Done {
    table: Table,
    rows: u64,
    csv: Option<Sums>,
    ndjson: Option<Sums>,
}

/// A bundle being written.
pub struct Writer<W: Write> {
    archive: Archive<W>,
    lanes: Lanes,
    spooled: Option<SpooledLane>,
    open: Option<Open>,
    done: Vec<Done>,
    is_broken: bool,
}

impl<W: Write> Writer<W> {
    /// A bundle into `out`, which need not be able to seek. The exact lane waits in an encrypted file without a name in
    /// `spool_directory`; it needs room for that lane, compressed.
    pub fn new(out: W, spool_directory: &Path, lanes: Lanes) -> Result<Self> {
        if !lanes.csv && !lanes.ndjson {
            return Err(broken("a bundle needs at least one lane"));
        }
        let spooled = if lanes.ndjson {
            Some(SpooledLane::start(spool_directory)?)
        } else {
            None
        };
        Ok(Writer {
            archive: Archive::new(out),
            lanes,
            spooled,
            open: None,
            done: Vec::new(),
            is_broken: false,
        })
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

    /// Writes everything else. An error if any count is not the expected one, a table is missing, or an earlier call
    /// failed: what lies in the output then is no bundle and must be thrown away.
    pub fn finish(mut self, closing: &Closing<'_>) -> Result<(W, Written)> {
        if self.is_broken {
            return Err(broken(
                "the bundle cannot be finished because writing it failed before",
            ));
        }
        if self.open.is_some() {
            return Err(broken("the bundle cannot be finished while a table is open"));
        }
        if !is_table_name(&closing.about.name.replace('-', "_")) {
            return Err(broken("the package's name is not of a-z, 0-9, - and _"));
        }
        let tables: Vec<TableWritten> = self
            .done
            .iter()
            .map(|done| TableWritten {
                name: done.table.name.clone(),
                rows: done.rows,
            })
            .collect();
        let pem = closing.signer.public_key_pem()?;
        let key = PublicKey::from_pem(&pem)?;
        let receipt = receipt(closing.receipt, closing.expected, &tables, &key.id())?;
        let payload = self.write_payload()?;
        let tags = self.write_tags(closing, &payload, &receipt, &tables, &key.id())?;
        let receipt_signature = self.write_signatures(closing.signer, &key, &pem, &receipt, &tags)?;
        let (out, bytes) = self.archive.finish().map_err(output)?;
        Ok((
            out,
            Written {
                tables,
                bytes,
                receipt,
                receipt_signature,
                key_id: key.id(),
            },
        ))
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
        let mut csv = Vec::new();
        if self.lanes.csv {
            self.archive.begin(&Lane::Csv.path(&table.name)).map_err(output)?;
            csv_lane::push_header(&mut csv, table);
        }
        self.open = Some(Open {
            table: table.clone(),
            rows: 0,
            csv,
            ndjson: Vec::new(),
        });
        Ok(())
    }

    fn push(&mut self, row: &[Cell]) -> Result<()> {
        let open = self
            .open
            .as_mut()
            .ok_or_else(|| broken("a row came before its table"))?;
        if row.len() != open.table.fields.len() {
            return Err(broken(format!(
                "a row of table {} has another number of cells than fields",
                open.table.name
            )));
        }
        let (csv_start, ndjson_start) = (open.csv.len(), open.ndjson.len());
        let mut fit = Ok(());
        if self.lanes.csv {
            fit = csv_lane::push_row(&mut open.csv, &open.table, row);
        }
        if self.lanes.ndjson {
            fit = fit.and(ndjson_lane::push_row(&mut open.ndjson, &open.table, row));
        }
        open.rows += 1;
        fit.map_err(|position| misfit(open, position, &row[position]))?;
        let line = &open.ndjson[ndjson_start..];
        if line.len().max(open.csv.len() - csv_start) > LINE_BYTES || is_too_intricate(line) {
            return Err(broken(format!(
                "row {} of table {} is larger than a bundle can hold",
                open.rows, open.table.name
            )));
        }
        if open.csv.len() >= BLOCK {
            self.archive.write(&open.csv).map_err(output)?;
            open.csv.clear();
        }
        if open.ndjson.len() >= BLOCK {
            let block = std::mem::replace(&mut open.ndjson, Vec::with_capacity(BLOCK + 4096));
            self.spool(|lane| lane.write(block))?;
        }
        Ok(())
    }

    fn end(&mut self) -> Result<TableWritten> {
        let open = self
            .open
            .take()
            .ok_or_else(|| broken("a table was ended that was not begun"))?;
        let csv = if self.lanes.csv {
            self.archive.write(&open.csv).map_err(output)?;
            Some(self.archive.end().map_err(output)?)
        } else {
            None
        };
        let ndjson = if self.lanes.ndjson {
            self.spool(|lane| lane.write(open.ndjson))?;
            Some(self.spool(SpooledLane::end)?)
        } else {
            None
        };
        let written = TableWritten {
            name: open.table.name.clone(),
            rows: open.rows,
        };
        self.done.push(Done {
            table: open.table,
            rows: open.rows,
            csv,
            ndjson,
        });
        Ok(written)
    }

    fn spool<T>(&mut self, step: impl FnOnce(&mut SpooledLane) -> Result<T>) -> Result<T> {
        let lane = self
            .spooled
            .as_mut()
            .ok_or_else(|| broken("there is no exact lane"))?;
        step(lane).map_err(|error| self.spooled.take().map_or(error, SpooledLane::cause))
    }

    /// The rest of `data/`; gives all of it with its sums, sorted.
    fn write_payload(&mut self) -> Result<BTreeMap<String, Sums>> {
        let mut payload = BTreeMap::new();
        for done in &self.done {
            if let Some(sums) = &done.csv {
                payload.insert(Lane::Csv.path(&done.table.name), sums.clone());
            }
        }
        let Some(lane) = self.spooled.take() else {
            return Ok(payload);
        };
        let mut spool = lane.finish()?;
        for done in &self.done {
            if let Some(sums) = &done.ndjson {
                let path = Lane::Ndjson.path(&done.table.name);
                self.archive.add_packed(&path, sums, &mut spool).map_err(output)?;
                payload.insert(path, sums.clone());
            }
        }
        for done in &self.done {
            let path = schema_path(&done.table.name);
            let sums = self
                .archive
                .add(&path, json_schema_text(&done.table).as_bytes())
                .map_err(output)?;
            payload.insert(path, sums);
        }
        Ok(payload)
    }

    /// Everything at the top; gives the tag manifest.
    fn write_tags(
        &mut self,
        closing: &Closing<'_>,
        payload: &BTreeMap<String, Sums>,
        receipt: &[u8],
        tables: &[TableWritten],
        key_id: &str,
    ) -> Result<String> {
        let about = closing.about;
        let mut resources = Vec::new();
        for done in &self.done {
            let lanes = [(Lane::Csv, &done.csv), (Lane::Ndjson, &done.ndjson)];
            resources.extend(
                lanes
                    .into_iter()
                    .filter_map(|(lane, sums)| Some(resource(&done.table, lane, sums.as_ref()?))),
            );
        }
        let bytes = payload.values().map(|sums| sums.bytes).sum();
        let sums = payload.iter().map(|(path, sums)| (path.as_str(), &sums.sha256));
        let files = [
            ("receipt.json", receipt.to_vec()),
            (
                "README.txt",
                readme(about, self.lanes, tables, key_id).into_bytes(),
            ),
            ("datapackage.json", descriptor(about, resources).into_bytes()),
            ("bag-info.txt", bag_info(about, bytes, payload.len()).into_bytes()),
            ("bagit.txt", BAGIT.into()),
            ("manifest-sha256.txt", manifest(sums).into_bytes()),
        ];
        let mut tags = BTreeMap::new();
        for (name, content) in &files {
            self.archive.add(name, content).map_err(output)?;
            tags.insert(*name, sha256(content));
        }
        let tags = manifest(tags.iter().map(|(name, sum)| (*name, sum)));
        self.archive
            .add("tagmanifest-sha256.txt", tags.as_bytes())
            .map_err(output)?;
        Ok(tags)
    }

    fn write_signatures(
        &mut self,
        signer: &dyn Signer,
        key: &PublicKey,
        pem: &str,
        receipt: &[u8],
        tags: &str,
    ) -> Result<[u8; 64]> {
        let sign = |bytes: &[u8]| -> Result<[u8; 64]> {
            let signature = signer.sign(bytes)?;
            // A signature that the key beside it does not verify would be found by the person who downloads it.
            if !key.verifies(bytes, &signature) {
                return Err(
                    Fault::Keys("the signing key and its public key do not belong together".into()).into(),
                );
            }
            Ok(signature)
        };
        let (receipt_signature, tag_signature) = (sign(receipt)?, sign(tags.as_bytes())?);
        self.archive
            .add("signatures/key.pem", pem.as_bytes())
            .map_err(output)?;
        self.archive
            .add("signatures/receipt.json.sig", &receipt_signature)
            .map_err(output)?;
        self.archive
            .add("signatures/tagmanifest-sha256.txt.sig", &tag_signature)
            .map_err(output)?;
        Ok(receipt_signature)
    }
}

fn misfit(open: &Open, position: usize, cell: &Cell) -> Error {
    let field = &open.table.fields[position];
    let what = if cell.is_null() {
        "is null though it is required"
    } else {
        "does not fit its kind"
    };
    broken(format!(
        "row {} of table {}: {} {what} ({})",
        open.rows,
        open.table.name,
        field.name,
        field.kind.word()
    ))
}

fn broken(message: impl Into<String>) -> Error {
    Fault::Invariant(message.into()).into()
}

fn output(source: io::Error) -> Error {
    Fault::io("writing the bundle", source).into()
}
