//! The end of a bundle: what waits in the spools, then everything at the top, then the signatures (ruling 25).

use std::collections::{BTreeMap, BTreeSet};
use std::io::Write;

use super::closing::{Closing, TableWritten, Written};
use super::deflate::{Sums, sha256};
use super::descriptor::{descriptor, resource, schema_path};
use super::folders::FILES;
use super::growing::broken;
use super::json_schema::json_schema_text;
use super::lane::Lane;
use super::manifest::{BAGIT, bag_info, manifest};
use super::readme::readme;
use super::receipt::receipt;
use super::signature::{PublicKey, Signer};
use super::spooled::SpooledLane;
use super::table::is_table_name;
use super::volume::Volume;
use super::writer::{Writer, output};
use crate::error::{Fault, Result};

impl<W: Write> Writer<W> {
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
        self.keep_references(closing.volume);
        let tables: Vec<TableWritten> = self.done.iter().map(|done| done.written.clone()).collect();
        let pem = closing.signer.public_key_pem()?;
        let key = PublicKey::from_pem(&pem)?;
        let receipt = receipt(closing, &tables, &key.id())?;
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

    /// What is checked in one file refers to rows of that file alone.
    fn keep_references(&mut self, volume: Option<&Volume>) {
        let Some(volume) = volume else {
            return;
        };
        let names = self.done.iter().map(|done| done.table.name.clone());
        let whole: BTreeSet<String> = names.filter(|name| !volume.shared.contains(name)).collect();
        for done in &mut self.done {
            done.table.foreign_keys.retain(|key| whole.contains(&key.table));
        }
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
                readme(closing, &self.lanes, tables, has_files, key_id).into_bytes(),
            ),
            (
                "datapackage.json",
                descriptor(closing.about, resources).into_bytes(),
            ),
            (
                "bag-info.txt",
                bag_info(closing, bytes, payload.len()).into_bytes(),
            ),
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
