//! Writes a bundle as a stream, in constant memory, in the order of ruling 25; same data, same bytes.
//!
//! Blocks while it compresses: run it on a thread that may block. Knows no storage: its output is anything that bytes
//! can be written to.

use std::collections::BTreeMap;
use std::io::{self, Write};
use std::path::{Path, PathBuf};

use super::archive::Archive;
use super::closing::{Closing, TableWritten, Written};
use super::deflate::{Sums, sha256};
use super::descriptor::{descriptor, resource, schema_path};
use super::folders::{FILES, Folders};
use super::growing::{Growing, Piece, SheetSize, broken};
use super::json_schema::json_schema_text;
use super::lane::{Lane, Lanes};
use super::limits::MOST_FILES;
use super::manifest::{BAGIT, bag_info, manifest};
use super::readme::readme;
use super::receipt::receipt;
use super::signature::{PublicKey, Signer};
use super::spooled::SpooledLane;
use super::table::{Table, is_table_name};
use crate::cell::Cell;
use crate::error::{Error, Fault, Result};

struct Done {
    table: Table,
    written: TableWritten,
    lanes: BTreeMap<Lane, Sums>,
}

/// A bundle being written.
pub struct Writer<W: Write> {
    archive: Archive<W>,
    lanes: Lanes,
    /// Every lane but the one that goes straight into the ZIP.
    spooled: BTreeMap<Lane, SpooledLane>,
    sheet_size: SheetSize,
    open: Option<Growing>,
    /// How the rows of the open table become folders, if they do.
    folders: Option<Folders>,
    /// The files of all folders, with their paths; where they wait, if there is one.
    files: Vec<(String, Sums)>,
    files_lane: Option<SpooledLane>,
    spool_directory: PathBuf,
    done: Vec<Done>,
    is_broken: bool,
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
        let tables: Vec<TableWritten> = self.done.iter().map(|done| done.written.clone()).collect();
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

    /// The rest of `data/`; gives all of it with its sums, sorted.
    fn write_payload(&mut self) -> Result<BTreeMap<String, Sums>> {
        let mut payload = BTreeMap::new();
        for done in &self.done {
            if let Some(sums) = done.lanes.get(&Lane::Csv) {
                payload.insert(Lane::Csv.path(&done.table.name), sums.clone());
            }
        }
        if let Some(lane) = self.files_lane.take() {
            let mut spool = lane.finish()?;
            for (path, sums) in std::mem::take(&mut self.files) {
                self.archive
                    .add_packed(&path, &sums, &mut spool)
                    .map_err(output)?;
                payload.insert(path, sums);
            }
        }
        let (mut before, mut behind) = (std::mem::take(&mut self.spooled), BTreeMap::new());
        if let Some(workbooks) = before.remove(&Lane::Xlsx) {
            behind.insert(Lane::Xlsx, workbooks);
        }
        self.copy_lanes(before, &mut payload)?;
        if self.lanes.have_schemas() {
            for done in &self.done {
                let path = schema_path(&done.table.name);
                let schema = json_schema_text(&done.table);
                let sums = self.archive.add(&path, schema.as_bytes()).map_err(output)?;
                payload.insert(path, sums);
            }
        }
        self.copy_lanes(behind, &mut payload)?;
        Ok(payload)
    }

    fn copy_lanes(
        &mut self,
        lanes: BTreeMap<Lane, SpooledLane>,
        payload: &mut BTreeMap<String, Sums>,
    ) -> Result<()> {
        for (lane, spooled) in lanes {
            let mut spool = spooled.finish()?;
            for done in &self.done {
                let Some(sums) = done.lanes.get(&lane) else {
                    continue;
                };
                let path = lane.path(&done.table.name);
                match lane {
                    Lane::Xlsx => self.archive.add_stored(&path, sums, &mut spool),
                    _ => self.archive.add_packed(&path, sums, &mut spool),
                }
                .map_err(output)?;
                payload.insert(path, sums.clone());
            }
        }
        Ok(())
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
            resources.extend(
                done.lanes
                    .iter()
                    .map(|(lane, sums)| resource(&done.table, *lane, sums)),
            );
        }
        let has_files = payload.keys().any(|path| path.starts_with(FILES));
        let bytes = payload.values().map(|sums| sums.bytes).sum();
        let sums = payload.iter().map(|(path, sums)| (path.as_str(), &sums.sha256));
        let files = [
            ("receipt.json", receipt.to_vec()),
            (
                "README.txt",
                readme(about, &self.lanes, tables, has_files, key_id).into_bytes(),
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

fn output(source: io::Error) -> Error {
    Fault::io("writing the bundle", source).into()
}
