//! What an archive may look like before one byte of it is unpacked.
//!
//! Nothing is ever written to disk under a name from an archive; odd names are refused all the same, because an
//! honest exporter makes none. Must not know what the entries are about.

use std::collections::HashSet;
use std::io::{Read, Seek, SeekFrom};

use zip::{CompressionMethod, ZipArchive};

use super::failure;
use super::input::{Input, Limits, Place, RATIO_COUNTS_FROM};
use super::source::{Readable, Source};
use crate::error::{Code, Error, Refusal, Result, quote};

/// Longest name of an entry, in bytes; beyond it some file systems give up.
const LONGEST_NAME: usize = 1024;

/// Folders of uploads in an account export of Mailchimp: there, an archive is somebody's picture or brochure.
const UPLOADS: [&str; 2] = ["files/", "gallery_files/"];

/// An entry that is a file.
#[derive(Clone, Debug)]
pub struct Entry {
    /// Path inside the archive, with `/`.
    pub path: String,
    place: Place,
    method: CompressionMethod,
}

/// An archive whose table of contents is harmless.
#[derive(Debug)]
pub struct Archive<'a> {
    source: &'a Source,
    limits: Limits,
    /// Its files, in the archive's order.
    pub entries: Vec<Entry>,
}

impl<'a> Archive<'a> {
    /// Reads and judges the table of contents.
    pub fn open(source: &'a Source, limits: Limits) -> Result<Self> {
        let name = source.shown();
        let mut file = source.open()?;
        let announced = announced_entries(&mut file).map_err(|error| failure(name, error))?;
        refuse_too_many(announced, limits)?;
        let damaged = |error: zip::result::ZipError| match error {
            zip::result::ZipError::Io(error) if is_of_the_storage(&error) => failure(name, error),
            _ => refuse(format!(
                "{name} is not a ZIP archive that can be read, or it is damaged"
            )),
        };
        let mut archive = ZipArchive::new(file).map_err(damaged)?;
        refuse_too_many(archive.len() as u64, limits)?;
        if archive.has_duplicate_names() {
            return Err(refuse(format!("{name} holds two entries with the same name")));
        }
        let mut entries = Vec::new();
        let mut names = HashSet::new();
        for index in 0..archive.len() {
            let entry = archive.by_index_raw(index).map_err(damaged)?;
            let judged = judge(&entry, limits)?;
            entries.extend(judged.filter(|entry| !entry.is_of_the_finder()));
            let path = String::from_utf8_lossy(entry.name_raw()).to_lowercase();
            if path.ends_with(".csv") && !names.insert(path.clone()) {
                let message = format!(
                    "the archive holds two entries named \"{}\" but for capitals",
                    quote(&path)
                );
                return Err(refuse(message));
            }
        }
        if archive.has_overlapping_entries().map_err(damaged)? {
            return Err(refuse(format!("{name} has entries that overlap, as bombs do")));
        }
        Ok(Archive {
            source,
            limits,
            entries,
        })
    }

    /// The entries that are to be read, ready to be opened.
    pub fn inputs(&self, wanted: &[&Entry]) -> Result<Vec<Input>> {
        let mut total: u64 = 0;
        for entry in wanted {
            total = total.saturating_add(entry.place.uncompressed);
            let name = quote(&entry.path);
            if total > self.limits.total_bytes {
                let limit = self.limits.total_bytes;
                let message =
                    format!("with \"{name}\" the archive holds more than the {limit} bytes that are allowed");
                return Err(refuse(message));
            }
            if !matches!(
                entry.method,
                CompressionMethod::STORE | CompressionMethod::DEFLATE
            ) {
                let message =
                    format!("\"{name}\" is compressed in a way that is not read; pack it with deflate");
                return Err(refuse(message));
            }
        }
        let input = |entry: &&Entry| Input::entry(self.source, &entry.path, entry.place, self.limits);
        Ok(wanted.iter().map(input).collect())
    }
}

impl Entry {
    /// What macOS adds when it packs a folder: not what anybody exported.
    fn is_of_the_finder(&self) -> bool {
        self.path.starts_with("__MACOSX/") || self.file_name().starts_with("._")
    }

    /// The last part of the path.
    pub fn file_name(&self) -> &str {
        self.path.rsplit('/').next().unwrap_or(&self.path)
    }
}

/// Whether an error is none of the archive's own: the disk's, or the depot's.
fn is_of_the_storage(error: &std::io::Error) -> bool {
    error.raw_os_error().is_some() || error.get_ref().is_some_and(|inner| inner.is::<Error>())
}

/// Refuses an entry that no honest exporter makes; `None` for a folder.
fn judge<R: Read + ?Sized>(entry: &zip::read::ZipFile<'_, R>, limits: Limits) -> Result<Option<Entry>> {
    let path = entry.name().map_or_else(
        |_| String::from_utf8_lossy(entry.name_raw()).into_owned(),
        |name| name.into_owned(),
    );
    let name = quote(&path);
    if let Some(words) = name_fault(&path, entry.name_raw()) {
        return Err(refuse(format!("the archive's entry \"{name}\" {words}")));
    }
    if entry.is_dir() {
        return Ok(None);
    }
    // The upper bits of the mode say what kind of file it is; regular files may leave them out.
    let kind = entry.unix_mode().unwrap_or(0) & 0o170_000;
    let lower = path.to_lowercase();
    let is_upload = UPLOADS.iter().any(|folder| lower.contains(folder));
    let (compressed, size) = (entry.compressed_size(), entry.size());
    let fault = if entry.is_symlink() || (kind != 0 && kind != 0o100_000) {
        "is a link or a device, not a file"
    } else if entry.encrypted() {
        "is encrypted; unpack it with its password first"
    } else if (lower.ends_with(".zip") || lower.ends_with(".gz")) && !is_upload {
        "is an archive in an archive; unpack it first"
    } else if size > RATIO_COUNTS_FROM && size > compressed.max(1).saturating_mul(limits.ratio) {
        "grows more than it may when it is unpacked; if it is no bomb, unpack it first"
    } else {
        let start = entry.data_start();
        let start = start.ok_or_else(|| refuse(format!("the archive's entry \"{name}\" is damaged")))?;
        return Ok(Some(Entry {
            path,
            method: entry.compression(),
            place: Place {
                start,
                compressed,
                uncompressed: size,
                checksum: entry.crc32(),
                is_deflated: entry.compression() == CompressionMethod::DEFLATE,
            },
        }));
    };
    Err(refuse(format!("the archive's entry \"{name}\" {fault}")))
}

fn name_fault(path: &str, raw: &[u8]) -> Option<&'static str> {
    let is_drive = path.as_bytes().get(1) == Some(&b':');
    let ends_oddly = |part: &str| part == "." || part == "..";
    if path.is_empty() || raw.len() > LONGEST_NAME {
        Some("has a name that is empty or too long")
    } else if path.contains('\\') {
        Some("has a backslash in its name")
    } else if path.starts_with('/') || is_drive {
        Some("has an absolute name")
    } else if path.split('/').any(ends_oddly) {
        Some("has \"..\" or \".\" in its name, which leads out of the archive")
    } else if path.chars().any(char::is_control) {
        Some("has control characters in its name")
    } else {
        None
    }
}

/// The most entries that any end record announces. Looked at before the table of contents is read, because that
/// takes memory for each entry.
fn announced_entries(file: &mut Box<dyn Readable>) -> std::io::Result<u64> {
    const WINDOW: u64 = 70 * 1024;
    let length = file.seek(SeekFrom::End(0))?;
    file.seek(SeekFrom::Start(length.saturating_sub(WINDOW)))?;
    let mut tail = Vec::new();
    file.take(WINDOW).read_to_end(&mut tail)?;
    let most = |signature: &[u8], at: usize, width: usize| {
        let records = (0..tail.len())
            .map(|start| &tail[start..])
            .filter(|record| record.starts_with(signature));
        records.map(|record| number(record, at, width)).max()
    };
    let short = most(b"PK\x05\x06", 10, 2).unwrap_or(0);
    let long = most(b"PK\x06\x06", 32, 8);
    // All ones in the short record say that the long one has the number.
    Ok(match long {
        Some(long) if short == 0xffff => long,
        Some(long) => long.max(short),
        None => short,
    })
}

/// A little-endian number; 0 where the bytes end too soon.
fn number(bytes: &[u8], at: usize, width: usize) -> u64 {
    let digits = bytes.get(at..at + width).unwrap_or_default();
    digits
        .iter()
        .rev()
        .fold(0, |number, byte| (number << 8) | u64::from(*byte))
}

fn refuse_too_many(count: u64, limits: Limits) -> Result<()> {
    if count > limits.entries as u64 {
        let limit = limits.entries;
        return Err(refuse(format!(
            "the archive holds more than the {limit} entries that are allowed"
        )));
    }
    Ok(())
}

fn refuse(message: String) -> Error {
    Refusal::new(Code::InvalidFile, message).into()
}

#[cfg(test)]
#[path = "archive_tests.rs"]
mod tests;
