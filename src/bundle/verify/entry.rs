//! The unpacked bytes of one entry of a ZIP, never more than the entry promises.

use std::cell::RefCell;
use std::io::{self, Read, Seek, SeekFrom};

use flate2::{Crc, Decompress, FlushDecompress, Status};

use super::directory::Entry;

/// The unpacked bytes of one entry. Several may be read in turns, each keeps its own place.
pub(super) struct EntryReader<'a, R> {
    source: &'a RefCell<R>,
    next: u64,
    packed_left: u64,
    bytes_left: u64,
    input: Vec<u8>,
    consumed: usize,
    inflate: Option<Decompress>,
    is_ended: bool,
    crc32: Crc,
    expected_crc32: u32,
}

impl<'a, R: Read + Seek> EntryReader<'a, R> {
    pub(super) fn new(source: &'a RefCell<R>, entry: &Entry) -> Self {
        EntryReader {
            source,
            next: entry.data,
            packed_left: entry.packed,
            bytes_left: entry.bytes,
            input: Vec::new(),
            consumed: 0,
            inflate: entry.is_deflated.then(|| Decompress::new(false)),
            is_ended: false,
            crc32: Crc::new(),
            expected_crc32: entry.crc32,
        }
    }

    fn fill(&mut self) -> io::Result<()> {
        if self.consumed < self.input.len() || self.packed_left == 0 {
            return Ok(());
        }
        let length = self.packed_left.min(64 << 10) as usize;
        self.input.resize(length, 0);
        self.consumed = 0;
        let mut source = self.source.borrow_mut();
        source.seek(SeekFrom::Start(self.next))?;
        source.read_exact(&mut self.input)?;
        self.next += length as u64;
        self.packed_left -= length as u64;
        Ok(())
    }

    /// Unpacks what there is room for. Zero bytes mean the end of the entry.
    fn unpack(&mut self, out: &mut [u8]) -> io::Result<usize> {
        loop {
            self.fill()?;
            let input = &self.input[self.consumed..];
            let Some(inflate) = &mut self.inflate else {
                let length = input.len().min(out.len());
                out[..length].copy_from_slice(&input[..length]);
                self.consumed += length;
                self.is_ended = length == 0;
                return Ok(length);
            };
            if self.is_ended {
                return Ok(0);
            }
            let (taken, made) = (inflate.total_in(), inflate.total_out());
            let status = inflate
                .decompress(input, out, FlushDecompress::None)
                .map_err(|_| corrupt())?;
            // Both are bounded by the lengths of slices.
            let taken = (inflate.total_in() - taken) as usize;
            let made = (inflate.total_out() - made) as usize;
            self.consumed += taken;
            self.is_ended = status == Status::StreamEnd;
            if made > 0 || self.is_ended {
                return Ok(made);
            }
            if taken == 0 && self.consumed == self.input.len() && self.packed_left == 0 {
                return Err(corrupt());
            }
            if taken == 0 && self.consumed < self.input.len() {
                return Err(corrupt());
            }
        }
    }

    fn check_end(&self) -> io::Result<()> {
        let is_used_up = self.packed_left == 0 && self.consumed == self.input.len();
        let is_ended = self.inflate.is_none() || self.is_ended;
        if self.bytes_left == 0 && is_used_up && is_ended && self.crc32.sum() == self.expected_crc32 {
            Ok(())
        } else {
            Err(corrupt())
        }
    }
}

impl<R: Read + Seek> Read for EntryReader<'_, R> {
    fn read(&mut self, out: &mut [u8]) -> io::Result<usize> {
        if out.is_empty() {
            return Ok(0);
        }
        // One byte more than is left shows an entry that unpacks to more than it says.
        let room = out
            .len()
            .min(usize::try_from(self.bytes_left.saturating_add(1)).unwrap_or(usize::MAX));
        let length = self.unpack(&mut out[..room])?;
        if length as u64 > self.bytes_left {
            return Err(corrupt());
        }
        self.bytes_left -= length as u64;
        self.crc32.update(&out[..length]);
        if length == 0 {
            self.check_end()?;
        }
        Ok(length)
    }
}

fn corrupt() -> io::Error {
    io::Error::new(io::ErrorKind::InvalidData, "the entry does not unpack")
}

/// Whether an error of an [`EntryReader`] is about the entry and not about the disk.
pub(super) fn is_corrupt(error: &io::Error) -> bool {
    error.kind() == io::ErrorKind::InvalidData
}
