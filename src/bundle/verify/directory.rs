//! The directory of a ZIP, read strictly: every byte of the file belongs to exactly one entry or to the directory.
//!
//! The usual readers are lenient on purpose (duplicate names, bytes in front, two directories), and two lenient readers
//! see two different bundles. This one sees what all of them see, or refuses. Knows nothing of what is in the entries.

use crate::bundle::finding::{Code, Findings};
use crate::bundle::limits::Limits;

const END: u32 = 0x0605_4b50;
const END_64: u32 = 0x0606_4b50;
const LOCATOR_64: u32 = 0x0706_4b50;
const CENTRAL: u32 = 0x0201_4b50;
const LOCAL: u32 = 0x0403_4b50;
const DESCRIPTOR: u32 = 0x0807_4b50;
/// Bytes of the end record, which a bundle ends with: no comment follows.
pub(super) const END_BYTES: u64 = 22;
/// Bytes of the long end record and its locator in front of it.
pub(super) const LARGE_END_BYTES: u64 = 56 + 20;
const HAS_DESCRIPTOR: u16 = 1 << 3;

/// One entry, as the directory has it.
#[derive(Clone, Debug)]
pub(super) struct Entry {
    pub(super) name: String,
    pub(super) is_deflated: bool,
    pub(super) crc32: u32,
    pub(super) packed: u64,
    pub(super) bytes: u64,
    /// Where its local header begins.
    pub(super) offset: u64,
    /// Where its data begins; set when the local header has been read.
    pub(super) data: u64,
    flags: u16,
    time: u32,
}

/// Where the directory lies.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Place {
    pub(super) entries: u64,
    pub(super) start: u64,
    pub(super) size: u64,
}

/// Reads little-endian numbers and never beyond the end.
struct Bytes<'a>(&'a [u8]);

impl<'a> Bytes<'a> {
    fn take(&mut self, length: usize) -> Option<&'a [u8]> {
        let (taken, rest) = self.0.split_at_checked(length)?;
        self.0 = rest;
        Some(taken)
    }

    fn u16(&mut self) -> Option<u16> {
        Some(u16::from_le_bytes(self.take(2)?.try_into().ok()?))
    }

    fn u32(&mut self) -> Option<u32> {
        Some(u32::from_le_bytes(self.take(4)?.try_into().ok()?))
    }

    fn u64(&mut self) -> Option<u64> {
        Some(u64::from_le_bytes(self.take(8)?.try_into().ok()?))
    }
}

/// Finds the directory from the last bytes of the file: the long end record, its locator and the end record, or what
/// there is of them. `None` if the file does not end in an end record.
pub(super) fn place(tail: &[u8], length: u64) -> Option<Place> {
    let end = tail.len().checked_sub(END_BYTES as usize)?;
    let mut bytes = Bytes(&tail[end..]);
    if bytes.u32()? != END || bytes.u16()? != 0 || bytes.u16()? != 0 {
        return None;
    }
    let (here, all) = (bytes.u16()?, bytes.u16()?);
    let (size, start, comment) = (bytes.u32()?, bytes.u32()?, bytes.u16()?);
    if here != all || comment != 0 {
        return None;
    }
    let place = Place {
        entries: all.into(),
        start: start.into(),
        size: size.into(),
    };
    let place = match end.checked_sub(LARGE_END_BYTES as usize) {
        Some(large) if tail[large + 56..].starts_with(&LOCATOR_64.to_le_bytes()) => {
            large_place(&tail[large..end], length)?
        }
        _ => place,
    };
    Some(place)
}

fn large_place(tail: &[u8], length: u64) -> Option<Place> {
    let mut bytes = Bytes(tail);
    if bytes.u32()? != END_64 || bytes.u64()? != 44 {
        return None;
    }
    bytes.take(4)?;
    if bytes.u64()? != 0 {
        return None;
    }
    let (here, all) = (bytes.u64()?, bytes.u64()?);
    let (size, start) = (bytes.u64()?, bytes.u64()?);
    bytes.take(4)?;
    let (disk, offset, disks) = (bytes.u32()?, bytes.u64()?, bytes.u32()?);
    let is_sound = here == all && disk == 0 && disks == 1 && offset == length - END_BYTES - LARGE_END_BYTES;
    is_sound.then_some(Place {
        entries: all,
        start,
        size,
    })
}

/// Whether the directory ends where the end records begin.
pub(super) fn is_adjacent(place: &Place, length: u64) -> bool {
    let Some(end) = place.start.checked_add(place.size) else {
        return false;
    };
    end.checked_add(END_BYTES) == Some(length) || end.checked_add(LARGE_END_BYTES + END_BYTES) == Some(length)
}

/// The entries of the directory. `None` if it cannot be read at all; a finding then says so.
pub(super) fn entries(
    directory: &[u8],
    place: &Place,
    limits: &Limits,
    findings: &mut Findings,
) -> Option<Vec<Entry>> {
    let mut bytes = Bytes(directory);
    let mut entries = Vec::new();
    while !bytes.0.is_empty() && entries.len() < limits.entries {
        let Some(entry) = central(&mut bytes, findings) else {
            findings.file(Code::ZipUnreadable, "", "the directory of the ZIP is damaged");
            return None;
        };
        entries.push(entry);
    }
    if !bytes.0.is_empty() || entries.len() as u64 != place.entries {
        findings.file(
            Code::ZipUnreadable,
            "",
            "the directory of the ZIP has another number of entries than it says",
        );
        return None;
    }
    Some(entries)
}

fn central(bytes: &mut Bytes<'_>, findings: &mut Findings) -> Option<Entry> {
    if bytes.u32()? != CENTRAL {
        return None;
    }
    let made_by = bytes.u16()?;
    bytes.u16()?;
    let (flags, method) = (bytes.u16()?, bytes.u16()?);
    let time = bytes.u32()?;
    let (crc32, packed, size) = (bytes.u32()?, bytes.u32()?, bytes.u32()?);
    let (name, extra, comment) = (bytes.u16()?, bytes.u16()?, bytes.u16()?);
    let disk = bytes.u16()?;
    bytes.u16()?;
    let (attributes, offset) = (bytes.u32()?, bytes.u32()?);
    let name = String::from_utf8_lossy(bytes.take(name.into())?).into_owned();
    let extra = bytes.take(extra.into())?;
    bytes.take(comment.into())?;
    let mut entry = Entry {
        name,
        is_deflated: method == 8,
        crc32,
        packed: packed.into(),
        bytes: size.into(),
        offset: offset.into(),
        data: 0,
        flags,
        time,
    };
    check_kind(&entry, method, made_by, attributes, findings);
    if comment != 0 || disk != 0 {
        findings.file(
            Code::ZipExtraBytes,
            &entry.name,
            "the entry has a comment or lies on another disk",
        );
    }
    let Entry {
        packed,
        bytes: size,
        offset,
        ..
    } = &mut entry;
    if !widen(extra, [size, packed, offset]) {
        findings.file(
            Code::ZipExtraField,
            &entry.name,
            "the entry has an extra field other than that for its size",
        );
    }
    Some(entry)
}

fn check_kind(entry: &Entry, method: u16, made_by: u16, attributes: u32, findings: &mut Findings) {
    // Bit 0: encrypted; 6: strongly; 13: names hidden.
    if entry.flags & (1 | 1 << 6 | 1 << 13) != 0 {
        findings.file(Code::ZipEncrypted, &entry.name, "the entry is encrypted");
    }
    if method != 0 && method != 8 {
        findings.file(
            Code::ZipMethod,
            &entry.name,
            "the entry is neither stored nor deflated",
        );
    }
    let file_type = (attributes >> 16) & 0o170_000;
    let is_from_unix = matches!(made_by >> 8, 3 | 19);
    let is_folder = attributes & 0x10 != 0 || entry.name.ends_with('/');
    if is_folder || (is_from_unix && file_type != 0 && file_type != 0o100_000) {
        findings.file(Code::ZipNotAFile, &entry.name, "the entry is no ordinary file");
    }
}

/// Replaces clipped numbers by their long form. False if the extra fields are anything but that.
fn widen(extra: &[u8], numbers: [&mut u64; 3]) -> bool {
    let mut bytes = Bytes(extra);
    let mut long = Bytes(&[]);
    if !extra.is_empty() {
        let content = (|| {
            let (id, length) = (bytes.u16()?, bytes.u16()?);
            let content = bytes.take(length.into())?;
            (id == 1 && bytes.0.is_empty()).then_some(content)
        })();
        let Some(content) = content else {
            return false;
        };
        long = Bytes(content);
    }
    for number in numbers {
        if *number == u64::from(u32::MAX) {
            match long.u64() {
                Some(value) => *number = value,
                None => return false,
            }
        }
    }
    long.0.is_empty()
}

/// What a local header takes before the name, and the lengths of name and extra field in it.
pub(super) const LOCAL_BYTES: usize = 30;

/// Length of name and extra field together, from the fixed part of a local header.
pub(super) fn local_rest(header: &[u8; LOCAL_BYTES]) -> usize {
    usize::from(u16::from_le_bytes([header[26], header[27]]))
        + usize::from(u16::from_le_bytes([header[28], header[29]]))
}

/// Compares a local header with its entry. Gives where the data begins and how many bytes of descriptor follow it, or
/// `None` if the two do not agree.
pub(super) fn local(header: &[u8], entry: &Entry) -> Option<(u64, u64)> {
    let mut bytes = Bytes(header);
    if bytes.u32()? != LOCAL {
        return None;
    }
    bytes.u16()?;
    let (flags, method) = (bytes.u16()?, bytes.u16()?);
    let time = bytes.u32()?;
    let (crc32, packed, size) = (bytes.u32()?, bytes.u32()?, bytes.u32()?);
    let (name, extra) = (bytes.u16()?, bytes.u16()?);
    let name = bytes.take(name.into())?;
    let extra = bytes.take(extra.into())?;
    if flags != entry.flags
        || time != entry.time
        || (method == 8) != entry.is_deflated
        || name != entry.name.as_bytes()
    {
        return None;
    }
    let (mut packed, mut size) = (u64::from(packed), u64::from(size));
    if !widen(extra, [&mut size, &mut packed, &mut 0]) {
        return None;
    }
    let data = entry.offset.checked_add(header.len() as u64)?;
    if flags & HAS_DESCRIPTOR == 0 {
        return (crc32 == entry.crc32 && packed == entry.packed && size == entry.bytes).then_some((data, 0));
    }
    // With a descriptor the header must not claim anything that some readers would believe.
    let is_silent = crc32 == 0 && packed == 0 && size == 0;
    is_silent.then_some((data, if extra.is_empty() { 16 } else { 24 }))
}

/// Whether a data descriptor repeats what the directory says.
pub(super) fn is_descriptor_of(descriptor: &[u8], entry: &Entry) -> bool {
    let mut bytes = Bytes(descriptor);
    let is_long = descriptor.len() == 24;
    let size = |bytes: &mut Bytes<'_>| {
        if is_long {
            bytes.u64()
        } else {
            bytes.u32().map(u64::from)
        }
    };
    bytes.u32() == Some(DESCRIPTOR)
        && bytes.u32() == Some(entry.crc32)
        && size(&mut bytes) == Some(entry.packed)
        && size(&mut bytes) == Some(entry.bytes)
}
