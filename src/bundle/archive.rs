//! Writes a ZIP to something that cannot seek, with nothing in it that differs from run to run.
//!
//! Written here rather than with the `zip` crate because two things are needed together that its 9.4.1 does not do: raw
//! copies into a stream (it then sets the flag for a data descriptor and writes none), and bytes that no default of a
//! later version may change.

use std::io::{self, Read, Write};

use super::deflate::{Deflater, Sums};

const LOCAL: u32 = 0x0403_4b50;
const DESCRIPTOR: u32 = 0x0807_4b50;
const CENTRAL: u32 = 0x0201_4b50;
const END_64: u32 = 0x0606_4b50;
const LOCATOR_64: u32 = 0x0706_4b50;
const END: u32 = 0x0605_4b50;

/// 1980-01-01 00:00:00, the first time that a ZIP can name. The time of a file would be other bytes for the same data.
const DOS_DATE: u16 = 0x0021;
const DEFLATED: u16 = 8;
const HAS_DESCRIPTOR: u16 = 1 << 3;
const PLAIN_VERSION: u16 = 20;
const LARGE_VERSION: u16 = 45;
const MADE_ON_UNIX: u16 = 3 << 8;
const REGULAR_FILE: u32 = 0o100_644 << 16;

struct Entry {
    name: String,
    offset: u64,
    flags: u16,
    version: u16,
    sums: Sums,
}

/// A ZIP being written.
pub(super) struct Archive<W: Write> {
    out: Counted<W>,
    deflater: Deflater,
    entries: Vec<Entry>,
    open: Option<(String, u64)>,
}

impl<W: Write> Archive<W> {
    pub(super) fn new(out: W) -> Self {
        Archive {
            out: Counted { out, bytes: 0 },
            deflater: Deflater::new(),
            entries: Vec::new(),
            open: None,
        }
    }

    /// Begins an entry whose size is not known yet: its sums follow the data, in the 64-bit form, since it may become
    /// larger than 4 GiB and the header is gone by then.
    pub(super) fn begin(&mut self, name: &str) -> io::Result<()> {
        let offset = self.out.bytes;
        let mut header = local_header(name, HAS_DESCRIPTOR, LARGE_VERSION, 0, u32::MAX, u32::MAX, 20);
        push16(&mut header, 1);
        push16(&mut header, 16);
        push64(&mut header, 0);
        push64(&mut header, 0);
        self.out.write_all(&header)?;
        self.open = Some((name.to_owned(), offset));
        Ok(())
    }

    /// The next bytes of the entry that was begun.
    pub(super) fn write(&mut self, bytes: &[u8]) -> io::Result<()> {
        self.deflater.write(bytes, &mut self.out)
    }

    /// Ends the entry that was begun.
    pub(super) fn end(&mut self) -> io::Result<Sums> {
        let sums = self.deflater.finish(&mut self.out)?;
        let (name, offset) = self
            .open
            .take()
            .ok_or_else(|| io::Error::other("no entry was begun"))?;
        let mut descriptor = Vec::with_capacity(24);
        push32(&mut descriptor, DESCRIPTOR);
        push32(&mut descriptor, sums.crc32);
        push64(&mut descriptor, sums.packed);
        push64(&mut descriptor, sums.bytes);
        self.out.write_all(&descriptor)?;
        self.entries.push(Entry {
            name,
            offset,
            flags: HAS_DESCRIPTOR,
            version: LARGE_VERSION,
            sums: sums.clone(),
        });
        Ok(sums)
    }

    /// An entry whose bytes are at hand.
    pub(super) fn add(&mut self, name: &str, bytes: &[u8]) -> io::Result<Sums> {
        let mut packed = Vec::new();
        self.deflater.write(bytes, &mut packed)?;
        let sums = self.deflater.finish(&mut packed)?;
        self.add_packed(name, &sums, &mut packed.as_slice())?;
        Ok(sums)
    }

    /// An entry that was compressed elsewhere, copied as it is.
    pub(super) fn add_packed(&mut self, name: &str, sums: &Sums, packed: &mut impl Read) -> io::Result<()> {
        let offset = self.out.bytes;
        let is_large = sums.bytes >= u64::from(u32::MAX) || sums.packed >= u64::from(u32::MAX);
        let version = if is_large { LARGE_VERSION } else { PLAIN_VERSION };
        let (bytes, size) = if is_large {
            (u32::MAX, u32::MAX)
        } else {
            (sums.bytes as u32, sums.packed as u32)
        };
        let mut header = local_header(
            name,
            0,
            version,
            sums.crc32,
            size,
            bytes,
            if is_large { 20 } else { 0 },
        );
        if is_large {
            push16(&mut header, 1);
            push16(&mut header, 16);
            push64(&mut header, sums.bytes);
            push64(&mut header, sums.packed);
        }
        self.out.write_all(&header)?;
        if io::copy(&mut packed.take(sums.packed), &mut self.out)? != sums.packed {
            return Err(io::Error::new(
                io::ErrorKind::UnexpectedEof,
                "the spool is shorter than what was put into it",
            ));
        }
        self.entries.push(Entry {
            name: name.to_owned(),
            offset,
            flags: 0,
            version,
            sums: sums.clone(),
        });
        Ok(())
    }

    /// Writes the directory; gives the output back, and how many bytes went into it.
    pub(super) fn finish(mut self) -> io::Result<(W, u64)> {
        let start = self.out.bytes;
        for entry in &self.entries {
            self.out.write_all(&central_header(entry))?;
        }
        let end = end_records(self.entries.len() as u64, start, self.out.bytes - start);
        self.out.write_all(&end)?;
        self.out.flush()?;
        Ok((self.out.out, self.out.bytes))
    }
}

fn local_header(
    name: &str,
    flags: u16,
    version: u16,
    crc32: u32,
    packed: u32,
    bytes: u32,
    extra: u16,
) -> Vec<u8> {
    let mut header = Vec::with_capacity(64 + name.len());
    push32(&mut header, LOCAL);
    push16(&mut header, version);
    push_common(&mut header, flags, crc32, packed, bytes);
    push16(&mut header, name.len() as u16);
    push16(&mut header, extra);
    header.extend_from_slice(name.as_bytes());
    header
}

fn push_common(header: &mut Vec<u8>, flags: u16, crc32: u32, packed: u32, bytes: u32) {
    push16(header, flags);
    push16(header, DEFLATED);
    push16(header, 0);
    push16(header, DOS_DATE);
    push32(header, crc32);
    push32(header, packed);
    push32(header, bytes);
}

fn central_header(entry: &Entry) -> Vec<u8> {
    let mut large = Vec::new();
    let mut clip = |number: u64| {
        u32::try_from(number)
            .ok()
            .filter(|number| *number != u32::MAX)
            .unwrap_or_else(|| {
                push64(&mut large, number);
                u32::MAX
            })
    };
    // In this order, which is that of the 64-bit field.
    let (bytes, packed, offset) = (
        clip(entry.sums.bytes),
        clip(entry.sums.packed),
        clip(entry.offset),
    );
    let version = if large.is_empty() {
        entry.version
    } else {
        LARGE_VERSION
    };
    let mut header = Vec::with_capacity(96 + entry.name.len());
    push32(&mut header, CENTRAL);
    push16(&mut header, MADE_ON_UNIX | version);
    push16(&mut header, version);
    push_common(&mut header, entry.flags, entry.sums.crc32, packed, bytes);
    push16(&mut header, entry.name.len() as u16);
    push16(
        &mut header,
        if large.is_empty() {
            0
        } else {
            large.len() as u16 + 4
        },
    );
    push16(&mut header, 0);
    push16(&mut header, 0);
    push16(&mut header, 0);
    push32(&mut header, REGULAR_FILE);
    push32(&mut header, offset);
    header.extend_from_slice(entry.name.as_bytes());
    if !large.is_empty() {
        push16(&mut header, 1);
        push16(&mut header, large.len() as u16);
        header.extend_from_slice(&large);
    }
    header
}

fn end_records(entries: u64, start: u64, size: u64) -> Vec<u8> {
    let mut end = Vec::with_capacity(98);
    let limit = u64::from(u32::MAX);
    if entries >= u64::from(u16::MAX) || start >= limit || size >= limit {
        push32(&mut end, END_64);
        push64(&mut end, 44);
        push16(&mut end, MADE_ON_UNIX | LARGE_VERSION);
        push16(&mut end, LARGE_VERSION);
        push32(&mut end, 0);
        push32(&mut end, 0);
        push64(&mut end, entries);
        push64(&mut end, entries);
        push64(&mut end, size);
        push64(&mut end, start);
        push32(&mut end, LOCATOR_64);
        push32(&mut end, 0);
        push64(&mut end, start + size);
        push32(&mut end, 1);
    }
    let count = u16::try_from(entries).unwrap_or(u16::MAX);
    push32(&mut end, END);
    push16(&mut end, 0);
    push16(&mut end, 0);
    push16(&mut end, count);
    push16(&mut end, count);
    push32(&mut end, u32::try_from(size).unwrap_or(u32::MAX));
    push32(&mut end, u32::try_from(start).unwrap_or(u32::MAX));
    push16(&mut end, 0);
    end
}

fn push16(out: &mut Vec<u8>, number: u16) {
    out.extend_from_slice(&number.to_le_bytes());
}

fn push32(out: &mut Vec<u8>, number: u32) {
    out.extend_from_slice(&number.to_le_bytes());
}

fn push64(out: &mut Vec<u8>, number: u64) {
    out.extend_from_slice(&number.to_le_bytes());
}

struct Counted<W> {
    out: W,
    bytes: u64,
}

impl<W: Write> Write for Counted<W> {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        let written = self.out.write(bytes)?;
        self.bytes += written as u64;
        Ok(written)
    }

    fn flush(&mut self) -> io::Result<()> {
        self.out.flush()
    }
}

#[cfg(test)]
mod tests {
    use std::io::Cursor;

    use super::*;

    #[test]
    fn another_implementation_reads_what_was_written() {
        let mut archive = Archive::new(Vec::new());
        archive.begin("data/a.csv").unwrap();
        archive.write(b"streamed ").unwrap();
        archive.write(b"in pieces").unwrap();
        archive.end().unwrap();
        archive.add("b.txt", b"at hand").unwrap();
        archive.add("empty.txt", b"").unwrap();
        let (bytes, _) = archive.finish().unwrap();
        let mut zip = zip::ZipArchive::new(Cursor::new(bytes)).unwrap();
        let mut read = |name: &str| io::read_to_string(zip.by_name(name).unwrap()).unwrap();
        assert_eq!(read("data/a.csv"), "streamed in pieces");
        assert_eq!(read("b.txt"), "at hand");
        assert_eq!(read("empty.txt"), "");
    }

    #[test]
    fn sizes_and_offsets_beyond_four_gibibytes_take_the_long_form() {
        let large = 5 << 30;
        let sums = Sums {
            sha256: [0; 32],
            crc32: 1,
            bytes: large,
            packed: 7,
        };
        let header = central_header(&Entry {
            name: "n".into(),
            offset: large + 1,
            flags: 0,
            version: PLAIN_VERSION,
            sums,
        });
        assert_eq!(&header[20..28], &[7, 0, 0, 0, 0xff, 0xff, 0xff, 0xff]);
        assert_eq!(&header[47..51], &[1, 0, 16, 0]);
        assert_eq!(header[51..59], large.to_le_bytes());
        assert_eq!(header[59..67], (large + 1).to_le_bytes());
        let end = end_records(3, large, 100);
        assert_eq!(end.len(), 56 + 20 + 22);
        assert_eq!(end[48..56], large.to_le_bytes());
        assert_eq!(
            end[64..72],
            (large + 100).to_le_bytes(),
            "the locator points at the long end record"
        );
    }
}
