//! Opens a ZIP strictly and reads its entries, each never further than its declared size.

use std::cell::RefCell;
use std::collections::BTreeMap;
use std::io::{self, BufReader, Read, Seek, SeekFrom};

use sha2::{Digest, Sha256};

use super::directory::{
    END_BYTES, Entry, LARGE_END_BYTES, LOCAL_BYTES, Place, entries, is_adjacent, is_descriptor_of, local,
    local_rest, place,
};
use super::entry::{EntryReader, is_corrupt};
use super::names;
use super::workbook::Window;
use crate::bundle::finding::{Code, Findings};
use crate::bundle::limits::Limits;
use crate::error::{Error, Fault, Result};

/// Entries smaller than this may have any ratio: the harm that they can do is bounded by their size.
const RATIO_FROM: u64 = 16 << 20;
/// What the name and the fields of one entry may take in the directory.
const DIRECTORY_BYTES_PER_ENTRY: u64 = 512;

/// A ZIP whose directory and headers agree and account for every byte.
pub(super) struct Archive<R> {
    source: RefCell<R>,
    entries: BTreeMap<String, Entry>,
}

/// An entry that unpacked as promised.
#[derive(Clone, Copy, Debug)]
pub(super) struct Measured {
    pub(super) sha256: [u8; 32],
    pub(super) bytes: u64,
}

impl<R: Read + Seek> Archive<R> {
    /// `None` if the ZIP is not one that can be looked into safely; findings say why.
    pub(super) fn open(source: R, limits: &Limits, findings: &mut Findings) -> Result<Option<Self>> {
        Self::open_with(source, limits, names::check, findings)
    }

    /// The same for a ZIP that nobody unpacks to a disk, so that any name will do that is there once.
    pub(super) fn open_inner(source: R, limits: &Limits, findings: &mut Findings) -> Result<Option<Self>> {
        Self::open_with(source, limits, names::check_once, findings)
    }

    fn open_with(
        mut source: R,
        limits: &Limits,
        check_names: fn(&[Entry], &mut Findings),
        findings: &mut Findings,
    ) -> Result<Option<Self>> {
        let length = source.seek(SeekFrom::End(0)).map_err(reading)?;
        let Some(place) = find_directory(&mut source, length, findings)? else {
            return Ok(None);
        };
        if place.entries > limits.entries as u64 {
            findings.file(
                Code::ZipTooManyEntries,
                "",
                format!("more than {} entries", limits.entries),
            );
            return Ok(None);
        }
        if place.size > limits.entries as u64 * DIRECTORY_BYTES_PER_ENTRY {
            findings.file(
                Code::ZipUnreadable,
                "",
                "the directory of the ZIP is larger than its entries can need",
            );
            return Ok(None);
        }
        // The directory lies within the file, so that this many bytes are there.
        let mut directory = vec![0; place.size as usize];
        read_at(&mut source, place.start, &mut directory)?;
        let Some(mut entries) = entries(&directory, &place, limits, findings) else {
            return Ok(None);
        };
        check_names(&entries, findings);
        check_sizes(&entries, limits, findings);
        check_layout(&mut source, &mut entries, place.start, findings)?;
        if !findings.is_empty() {
            return Ok(None);
        }
        let entries = entries
            .into_iter()
            .map(|entry| (entry.name.clone(), entry))
            .collect();
        Ok(Some(Archive {
            source: RefCell::new(source),
            entries,
        }))
    }

    /// Unpacks every entry once and reports those that do not hold what they promise.
    pub(super) fn measure(&self, findings: &mut Findings) -> Result<BTreeMap<String, Measured>> {
        let mut files = BTreeMap::new();
        let mut buffer = vec![0; 64 << 10];
        for entry in self.entries.values() {
            let mut reader = EntryReader::new(&self.source, entry);
            let mut sum = Sha256::new();
            loop {
                match reader.read(&mut buffer) {
                    Ok(0) => {
                        let sha256 = sum.finalize().into();
                        files.insert(
                            entry.name.clone(),
                            Measured {
                                sha256,
                                bytes: entry.bytes,
                            },
                        );
                        break;
                    }
                    Ok(length) => sum.update(&buffer[..length]),
                    Err(error) if is_corrupt(&error) => {
                        findings.file(
                            Code::ZipCorrupt,
                            &entry.name,
                            "the entry does not unpack to what it promises",
                        );
                        break;
                    }
                    Err(error) => return Err(reading(error)),
                }
            }
        }
        Ok(files)
    }

    /// The contents of the files that are read whole: everything outside of the lanes.
    pub(super) fn metadata(
        &self,
        files: &BTreeMap<String, Measured>,
        limits: &Limits,
        findings: &mut Findings,
    ) -> Result<BTreeMap<String, Vec<u8>>> {
        let mut contents = BTreeMap::new();
        // All of them together, since they are held at the same time.
        let mut left = limits.metadata_bytes;
        for (name, file) in files {
            if name.starts_with("data/") && !name.starts_with("data/schema/") {
                continue;
            }
            if file.bytes > left {
                findings.file(
                    Code::FileTooLarge,
                    name,
                    "the file is larger than such files are read",
                );
                continue;
            }
            left -= file.bytes;
            let mut content = Vec::with_capacity(file.bytes as usize);
            if let Some(mut reader) = self.reader(name) {
                reader.read_to_end(&mut content).map_err(reading)?;
            }
            contents.insert(name.clone(), content);
        }
        Ok(contents)
    }

    /// The names of all entries, sorted.
    pub(super) fn names(&self) -> impl Iterator<Item = &str> {
        self.entries.keys().map(String::as_str)
    }

    /// Where an entry lies that is not packed, as a file of its own.
    pub(super) fn window(&self, name: &str) -> Option<Window<'_, R>> {
        let entry = self.entries.get(name).filter(|entry| !entry.is_deflated)?;
        Some(Window::new(&self.source, entry.data, entry.packed))
    }

    /// An entry's unpacked bytes.
    pub(super) fn reader(&self, name: &str) -> Option<BufReader<EntryReader<'_, R>>> {
        let entry = self.entries.get(name)?;
        Some(BufReader::with_capacity(
            64 << 10,
            EntryReader::new(&self.source, entry),
        ))
    }
}

fn find_directory<R: Read + Seek>(
    source: &mut R,
    length: u64,
    findings: &mut Findings,
) -> Result<Option<Place>> {
    let tail_length = length.min(LARGE_END_BYTES + END_BYTES);
    let mut tail = vec![0; tail_length as usize];
    read_at(source, length - tail_length, &mut tail)?;
    match place(&tail, length) {
        Some(place) if is_adjacent(&place, length) => Ok(Some(place)),
        Some(_) => {
            findings.file(
                Code::ZipExtraBytes,
                "",
                "the directory of the ZIP does not lie where it says it does",
            );
            Ok(None)
        }
        None if has_end_record(source, length)? => {
            findings.file(
                Code::ZipExtraBytes,
                "",
                "something follows the ZIP, or it has a comment",
            );
            Ok(None)
        }
        None => {
            findings.file(
                Code::ZipUnreadable,
                "",
                "the file is not a ZIP, or its end is missing",
            );
            Ok(None)
        }
    }
}

/// Whether there is an end record further in front, as far as other readers look for it.
fn has_end_record<R: Read + Seek>(source: &mut R, length: u64) -> Result<bool> {
    let tail_length = length.min(66 << 10);
    let mut tail = vec![0; tail_length as usize];
    read_at(source, length - tail_length, &mut tail)?;
    Ok(tail.windows(4).any(|window| window == b"PK\x05\x06"))
}

fn check_sizes(entries: &[Entry], limits: &Limits, findings: &mut Findings) {
    let total = entries
        .iter()
        .fold(0u64, |total, entry| total.saturating_add(entry.bytes));
    if total > limits.unpacked_bytes {
        findings.file(
            Code::ZipTooLarge,
            "",
            format!("more than {} bytes unpacked", limits.unpacked_bytes),
        );
    }
    for entry in entries {
        if entry.bytes > RATIO_FROM && entry.bytes / limits.ratio.max(1) > entry.packed {
            findings.file(
                Code::ZipRatio,
                &entry.name,
                format!("unpacks to more than {} times its size", limits.ratio),
            );
        }
    }
}

/// Walks the local headers in the order in which they lie: the first begins at 0, each where the one before it ends,
/// the last ends where the directory begins.
fn check_layout<R: Read + Seek>(
    source: &mut R,
    entries: &mut [Entry],
    directory: u64,
    findings: &mut Findings,
) -> Result<()> {
    entries.sort_by_key(|entry| entry.offset);
    let mut expected = 0;
    for entry in entries.iter_mut() {
        if entry.offset != expected {
            findings.file(
                Code::ZipExtraBytes,
                &entry.name,
                "the entry does not begin where the one before it ends",
            );
            return Ok(());
        }
        let Some(end) = check_local(source, entry, directory)? else {
            findings.file(
                Code::ZipHeadersDiffer,
                &entry.name,
                "the entry's header does not agree with the directory",
            );
            return Ok(());
        };
        expected = end;
    }
    if expected != directory {
        findings.file(
            Code::ZipExtraBytes,
            "",
            "there are bytes between the last entry and the directory",
        );
    }
    Ok(())
}

/// Where the entry ends, if its own header agrees with the directory and it ends in front of that.
fn check_local<R: Read + Seek>(source: &mut R, entry: &mut Entry, directory: u64) -> Result<Option<u64>> {
    let mut fixed = [0; LOCAL_BYTES];
    if entry.offset + LOCAL_BYTES as u64 > directory {
        return Ok(None);
    }
    read_at(source, entry.offset, &mut fixed)?;
    let mut header = vec![0; LOCAL_BYTES + local_rest(&fixed)];
    if entry.offset + header.len() as u64 > directory {
        return Ok(None);
    }
    read_at(source, entry.offset, &mut header)?;
    let Some((data, descriptor_length)) = local(&header, entry) else {
        return Ok(None);
    };
    entry.data = data;
    let Some(data_end) = data.checked_add(entry.packed).filter(|end| *end <= directory) else {
        return Ok(None);
    };
    let end = data_end + descriptor_length;
    if end > directory {
        return Ok(None);
    }
    if descriptor_length > 0 {
        let mut descriptor = vec![0; descriptor_length as usize];
        read_at(source, data_end, &mut descriptor)?;
        if !is_descriptor_of(&descriptor, entry) {
            return Ok(None);
        }
    }
    Ok(Some(end))
}

fn read_at<R: Read + Seek>(source: &mut R, offset: u64, buffer: &mut [u8]) -> Result<()> {
    source
        .seek(SeekFrom::Start(offset))
        .and_then(|_| source.read_exact(buffer))
        .map_err(reading)
}

/// An error of the disk, not of the bundle.
pub(super) fn reading(source: io::Error) -> Error {
    Fault::io("reading the bundle", source).into()
}
