//! A file without a name that holds packed personal data between writing and copying, encrypted with a key that only
//! this process has. Whatever a crash leaves on the disk cannot be read.
//!
//! Must not know what is put into it.

use std::fs::File;
use std::io::{self, Read, Seek, SeekFrom, Write};
use std::path::Path;

use chacha20poly1305::aead::Aead;
use chacha20poly1305::{ChaCha20Poly1305, Key, KeyInit, Nonce};
use rand::Rng;
use zeroize::Zeroize;

use crate::fail_point::{FailPoint, reach};

const CHUNK: usize = 64 << 10;
const TAG: usize = 16;

/// The spool while it is filled.
pub(super) struct SpoolWriter {
    file: File,
    cipher: ChaCha20Poly1305,
    pending: Vec<u8>,
    chunks: u64,
}

/// The spool while it is read, from the beginning to the end.
pub(super) struct SpoolReader {
    file: File,
    cipher: ChaCha20Poly1305,
    plain: Vec<u8>,
    read: usize,
    chunk: u64,
    chunks: u64,
    last_length: usize,
}

impl SpoolWriter {
    /// A spool in this directory. The file is gone when the process is, however it ends.
    pub(super) fn new(directory: &Path) -> io::Result<Self> {
        let mut key = [0u8; 32];
        rand::rng().fill_bytes(&mut key);
        let cipher = ChaCha20Poly1305::new(&Key::from(key));
        key.zeroize();
        let file = tempfile::tempfile_in(directory)?;
        reach(FailPoint::BundleSpool);
        Ok(SpoolWriter {
            file,
            cipher,
            pending: Vec::with_capacity(CHUNK),
            chunks: 0,
        })
    }

    /// How many bytes were put into it.
    pub(super) fn bytes(&self) -> u64 {
        self.chunks * CHUNK as u64 + self.pending.len() as u64
    }

    /// Ends the filling.
    pub(super) fn into_reader(mut self) -> io::Result<SpoolReader> {
        let last_length = self.pending.len();
        self.seal()?;
        self.file.seek(SeekFrom::Start(0))?;
        Ok(SpoolReader {
            file: self.file,
            cipher: self.cipher,
            plain: Vec::new(),
            read: 0,
            chunk: 0,
            chunks: self.chunks,
            last_length,
        })
    }

    fn seal(&mut self) -> io::Result<()> {
        let sealed = self
            .cipher
            .encrypt(&nonce(self.chunks), self.pending.as_slice())
            .map_err(|_| io::Error::other("the spool cannot be encrypted"))?;
        self.file.write_all(&sealed)?;
        self.chunks += 1;
        self.pending.clear();
        Ok(())
    }
}

impl Write for SpoolWriter {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        let taken = bytes.len().min(CHUNK - self.pending.len());
        self.pending.extend_from_slice(&bytes[..taken]);
        if self.pending.len() == CHUNK {
            self.seal()?;
        }
        Ok(taken)
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

impl SpoolReader {
    fn open(&mut self) -> io::Result<()> {
        let length = if self.chunk + 1 == self.chunks {
            self.last_length
        } else {
            CHUNK
        };
        let mut sealed = vec![0; length + TAG];
        self.file.read_exact(&mut sealed)?;
        self.plain = self
            .cipher
            .decrypt(&nonce(self.chunk), sealed.as_slice())
            .map_err(|_| io::Error::new(io::ErrorKind::InvalidData, "the spool was changed on the disk"))?;
        self.read = 0;
        self.chunk += 1;
        Ok(())
    }
}

impl Read for SpoolReader {
    fn read(&mut self, out: &mut [u8]) -> io::Result<usize> {
        while self.read == self.plain.len() {
            if self.chunk == self.chunks {
                return Ok(0);
            }
            self.open()?;
        }
        let taken = out.len().min(self.plain.len() - self.read);
        out[..taken].copy_from_slice(&self.plain[self.read..self.read + taken]);
        self.read += taken;
        Ok(taken)
    }
}

/// Chunks are numbered; a key lives for one spool, so that no number is used twice with it.
fn nonce(chunk: u64) -> Nonce {
    let mut bytes = [0u8; 12];
    bytes[4..].copy_from_slice(&chunk.to_le_bytes());
    Nonce::from(bytes)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_goes_in_comes_out_and_is_not_readable_on_the_disk() {
        for length in [0, 1, CHUNK - 1, CHUNK, CHUNK + 1, 3 * CHUNK] {
            let data: Vec<u8> = b"ana@example.test "
                .iter()
                .copied()
                .cycle()
                .take(length)
                .collect();
            let mut spool = SpoolWriter::new(&std::env::temp_dir()).unwrap();
            spool.write_all(&data).unwrap();
            let mut reader = spool.into_reader().unwrap();
            let mut disk = Vec::new();
            reader.file.read_to_end(&mut disk).unwrap();
            assert!(!disk.windows(7).any(|window| window == b"ana@exa"));
            reader.file.seek(SeekFrom::Start(0)).unwrap();
            let mut out = Vec::new();
            reader.read_to_end(&mut out).unwrap();
            assert!(out == data, "{length} bytes");
        }
    }

    #[test]
    fn a_spool_that_was_changed_on_the_disk_is_not_read() {
        let mut spool = SpoolWriter::new(&std::env::temp_dir()).unwrap();
        spool.write_all(&[7; 100]).unwrap();
        let mut reader = spool.into_reader().unwrap();
        reader.file.write_all(&[0]).unwrap();
        reader.file.seek(SeekFrom::Start(0)).unwrap();
        let error = reader.read_to_end(&mut Vec::new()).unwrap_err();
        assert_eq!(error.kind(), io::ErrorKind::InvalidData);
    }
}
