//! An object as a [`Read`] and [`Seek`], for code that reads files on a thread that may block. Nothing of it lies in
//! clear anywhere but in a buffer.

use std::io::{self, Read, Seek, SeekFrom};

use bytes::Bytes;
use futures_util::TryStreamExt;
use tokio::runtime::Handle;

use crate::depot::reader::Object;
use crate::error::Error;

/// Plain bytes that are fetched at once.
const PIECE: u64 = 256 * 1024;

/// Reads an object from any place; for blocking threads only: on a thread of the runtime itself it would stop the
/// process. A failure of the storage travels through the [`io::Error`] as it is.
#[derive(Debug)]
pub struct BlockingReader {
    object: Object,
    runtime: Handle,
    at: u64,
    /// Where the piece begins that was fetched last.
    start: u64,
    piece: Bytes,
}

impl BlockingReader {
    pub(super) fn new(object: Object, runtime: Handle) -> BlockingReader {
        BlockingReader {
            object,
            runtime,
            at: 0,
            start: 0,
            piece: Bytes::new(),
        }
    }

    /// What of the piece is behind the place that is read from.
    fn rest(&self) -> &[u8] {
        let skipped = self.at.checked_sub(self.start);
        let skipped = skipped.and_then(|skipped| usize::try_from(skipped).ok());
        skipped
            .and_then(|skipped| self.piece.get(skipped..))
            .unwrap_or_default()
    }

    fn fetch(&mut self) -> io::Result<()> {
        let range = self.at..self.at.saturating_add(PIECE);
        let mut pieces = self.object.read_range(range);
        let piece = self.runtime.block_on(pieces.try_next()).map_err(as_io)?;
        self.start = self.at;
        self.piece = piece.unwrap_or_default();
        Ok(())
    }
}

impl Read for BlockingReader {
    fn read(&mut self, out: &mut [u8]) -> io::Result<usize> {
        if self.rest().is_empty() && self.at < self.object.size() && !out.is_empty() {
            self.fetch()?;
        }
        let read = self.rest().read(out)?;
        self.at += read as u64;
        Ok(read)
    }
}

impl Seek for BlockingReader {
    fn seek(&mut self, to: SeekFrom) -> io::Result<u64> {
        let (from, by) = match to {
            SeekFrom::Start(at) => (at, 0),
            SeekFrom::End(by) => (self.object.size(), by),
            SeekFrom::Current(by) => (self.at, by),
        };
        self.at = from.checked_add_signed(by).ok_or(io::ErrorKind::InvalidInput)?;
        Ok(self.at)
    }
}

/// Keeps a full disk and a storage that is away recognisable on their way through code that only knows I/O errors.
fn as_io(error: Error) -> io::Error {
    io::Error::other(error)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::depot::tests::{depot, plain, store};

    #[tokio::test]
    async fn it_reads_as_a_file_of_the_same_bytes_does_from_wherever_it_is_put() {
        let folder = tempfile::tempdir().unwrap();
        let depot = depot(folder.path()).await;
        let bytes = plain(700_001);
        store(&depot, "uploads/a", &bytes).await;
        let object = depot.open_object("uploads/a").await.unwrap().unwrap();
        let reading = tokio::task::spawn_blocking(move || {
            let mut file = io::Cursor::new(bytes);
            let mut reader = object.blocking();
            let places = [
                SeekFrom::Start(0),
                SeekFrom::End(-70_000),
                SeekFrom::Current(-300_000),
                SeekFrom::Start(262_143),
                SeekFrom::Current(1),
                SeekFrom::End(10),
                SeekFrom::Start(700_000),
            ];
            for place in places {
                assert_eq!(
                    reader.seek(place).unwrap(),
                    file.seek(place).unwrap(),
                    "{place:?}"
                );
                let mut read = (vec![0; 90_000], vec![0; 90_000]);
                let mut lengths = (0, 0);
                for (from, into, length) in [
                    (&mut reader as &mut dyn Read, &mut read.0, &mut lengths.0),
                    (&mut file as &mut dyn Read, &mut read.1, &mut lengths.1),
                ] {
                    loop {
                        match from.read(&mut into[*length..]).unwrap() {
                            0 => break,
                            more => *length += more,
                        }
                    }
                }
                assert_eq!(lengths.0, lengths.1, "{place:?}");
                assert!(read.0 == read.1, "{place:?}");
            }
            assert!(reader.seek(SeekFrom::End(-700_002)).is_err());
        });
        reading.await.unwrap();
    }
}
