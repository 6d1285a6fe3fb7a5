//! Writes a ZIP to something that cannot seek, with nothing in it that differs from run to run.
//!
//! Written here rather than with the `zip` crate because two things are needed together that its 9.4.1 does not do: raw
//! copies into a stream (it then sets the flag for a data descriptor and writes none), and bytes that no default of a
//! later version may change.

use std::io::{self, Read, Write};

use super::deflate::{Deflater, Sums};
use super::zip_records::{
    DEFLATED, DESCRIPTOR, Entry, HAS_DESCRIPTOR, LARGE_VERSION, PLAIN_VERSION, STORED, central_header,
    end_records, local_header, push16, push32, push64,
};

/// An entry that is being written.
struct Open {
    name: String,
    offset: u64,
    /// Whether its sizes are written in 64 bits.
    is_large: bool,
}

/// A ZIP being written.
pub(super) struct Archive<W: Write> {
    out: Counted<W>,
    deflater: Deflater,
    entries: Vec<Entry>,
    open: Option<Open>,
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
        let mut header = local_header(
            name,
            HAS_DESCRIPTOR,
            DEFLATED,
            LARGE_VERSION,
            0,
            u32::MAX,
            u32::MAX,
            20,
        );
        push16(&mut header, 1);
        push16(&mut header, 16);
        push64(&mut header, 0);
        push64(&mut header, 0);
        self.out.write_all(&header)?;
        self.open = Some(Open {
            name: name.to_owned(),
            offset,
            is_large: true,
        });
        Ok(())
    }

    /// As [`Archive::begin`], for an entry that will stay below 4 GiB: without the 64-bit form, which spreadsheets do not
    /// read in their own files.
    pub(super) fn begin_small(&mut self, name: &str) -> io::Result<()> {
        let offset = self.out.bytes;
        let header = local_header(name, HAS_DESCRIPTOR, DEFLATED, PLAIN_VERSION, 0, 0, 0, 0);
        self.out.write_all(&header)?;
        self.open = Some(Open {
            name: name.to_owned(),
            offset,
            is_large: false,
        });
        Ok(())
    }

    /// How many bytes were written so far.
    pub(super) fn bytes(&self) -> u64 {
        self.out.bytes
    }

    /// Whether an entry was begun and not ended.
    pub(super) fn is_open(&self) -> bool {
        self.open.is_some()
    }

    /// The next bytes of the entry that was begun.
    pub(super) fn write(&mut self, bytes: &[u8]) -> io::Result<()> {
        self.deflater.write(bytes, &mut self.out)
    }

    /// Ends the entry that was begun.
    pub(super) fn end(&mut self) -> io::Result<Sums> {
        let sums = self.deflater.finish(&mut self.out)?;
        let Open {
            name,
            offset,
            is_large,
        } = self
            .open
            .take()
            .ok_or_else(|| io::Error::other("no entry was begun"))?;
        let mut descriptor = Vec::with_capacity(24);
        push32(&mut descriptor, DESCRIPTOR);
        push32(&mut descriptor, sums.crc32);
        if is_large {
            push64(&mut descriptor, sums.packed);
            push64(&mut descriptor, sums.bytes);
        } else {
            let small = |number: u64| {
                u32::try_from(number)
                    .ok()
                    .filter(|number| *number != u32::MAX)
                    .ok_or_else(|| io::Error::other("an entry is larger than it was begun for"))
            };
            push32(&mut descriptor, small(sums.packed)?);
            push32(&mut descriptor, small(sums.bytes)?);
        }
        self.out.write_all(&descriptor)?;
        self.entries.push(Entry {
            name,
            offset,
            flags: HAS_DESCRIPTOR,
            method: DEFLATED,
            version: if is_large { LARGE_VERSION } else { PLAIN_VERSION },
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
        self.copy(name, DEFLATED, sums, packed)
    }

    /// An entry that is compressed in itself, copied as it is; its packed and its unpacked bytes are the same.
    pub(super) fn add_stored(&mut self, name: &str, sums: &Sums, bytes: &mut impl Read) -> io::Result<()> {
        self.copy(name, STORED, sums, bytes)
    }

    fn copy(&mut self, name: &str, method: u16, sums: &Sums, packed: &mut impl Read) -> io::Result<()> {
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
            method,
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
            method,
            version,
            sums: sums.clone(),
        });
        Ok(())
    }

    /// The output, to be looked at.
    pub(super) fn output(&self) -> &W {
        &self.out.out
    }

    /// The output, as far as it was written; what lies in it is no ZIP unless nothing was begun.
    pub(super) fn into_output(self) -> W {
        self.out.out
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
}
