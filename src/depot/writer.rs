//! Writes one object: encrypts as it goes, in constant memory, and publishes it whole at the end.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use object_store::path::Path;
use sha2::{Digest, Sha256};
use tokio::runtime::Handle;

use crate::depot::format::{CHUNK, Chunks, HEADER, SEALED, TAG};
use crate::depot::sink::{Sink, broken};
use crate::depot::wrap::WrapKey;
use crate::error::{Error, Fault, Result};

/// Bytes that are collected before they go to the storage; object storages want 5 MiB or more.
pub const PART: usize = 8 * 1024 * 1024;

/// What was stored, of the plain bytes.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Stored {
    /// How many there are.
    pub byte_count: u64,
    /// Their SHA-256.
    pub sha256: [u8; 32],
}

/// An object that is being written. Dropped without [`ObjectWriter::finish`], it leaves nothing behind.
pub struct ObjectWriter {
    sink: Sink,
    is_broken: bool,
    chunks: Chunks,
    number: u64,
    /// Plain bytes of the chunk that is being filled. It is sealed only when more come: the last one is marked.
    chunk: Vec<u8>,
    part: Vec<u8>,
    part_size: usize,
    byte_count: u64,
    /// Told how many plain bytes there are so far.
    counter: Arc<AtomicU64>,
    digest: Sha256,
    runtime: Handle,
}

impl ObjectWriter {
    pub(super) fn begin(sink: Sink, target: &Path, wrap: &WrapKey, part_size: usize) -> Result<ObjectWriter> {
        let (chunks, header) = Chunks::begin(wrap, target.as_ref())?;
        let mut part = Vec::with_capacity(part_size + SEALED + HEADER);
        part.extend_from_slice(&header);
        Ok(ObjectWriter {
            sink,
            is_broken: false,
            chunks,
            number: 0,
            chunk: Vec::with_capacity(CHUNK + TAG),
            part,
            part_size,
            byte_count: 0,
            counter: Arc::default(),
            digest: Sha256::new(),
            runtime: Handle::current(),
        })
    }

    /// The same, telling somebody how many bytes were written so far.
    pub fn counting(mut self, counter: Arc<AtomicU64>) -> ObjectWriter {
        self.counter = counter;
        self
    }

    /// Adds bytes. After an error the object cannot be finished any more.
    pub async fn write(&mut self, bytes: &[u8]) -> Result<()> {
        self.digest.update(bytes);
        self.byte_count += bytes.len() as u64;
        self.counter.store(self.byte_count, Ordering::Relaxed);
        let mut rest = bytes;
        while !rest.is_empty() {
            if self.chunk.len() == CHUNK {
                self.seal_chunk(false);
                if self.part.len() >= self.part_size {
                    self.send_part().await?;
                }
            }
            let (now, later) = rest.split_at(rest.len().min(CHUNK - self.chunk.len()));
            self.chunk.extend_from_slice(now);
            rest = later;
        }
        Ok(())
    }

    /// Seals the end and gives the object its name: from here on it is there, and durable.
    pub async fn finish(mut self) -> Result<Stored> {
        self.seal_chunk(true);
        self.send_part().await?;
        self.sink.publish().await?;
        let sha256 = std::mem::take(&mut self.digest).finalize().into();
        Ok(Stored {
            byte_count: self.byte_count,
            sha256,
        })
    }

    /// Gives the object up, and waits until nothing of it is left.
    pub async fn abort(mut self) {
        self.sink.give_up().await;
    }

    /// The same writer for a thread that may block; needs the runtime it was made on.
    pub fn blocking(self) -> BlockingWriter {
        BlockingWriter { writer: Some(self) }
    }

    fn seal_chunk(&mut self, is_last: bool) {
        self.chunks.seal(self.number, is_last, &mut self.chunk);
        self.part.extend_from_slice(&self.chunk);
        self.chunk.clear();
        self.number += 1;
    }

    async fn send_part(&mut self) -> Result<()> {
        if self.is_broken {
            return Err(broken());
        }
        let part = std::mem::replace(&mut self.part, Vec::with_capacity(self.part_size + SEALED));
        let put = self.sink.put(part).await;
        self.is_broken = put.is_err();
        put
    }
}

/// An [`ObjectWriter`] as a [`std::io::Write`], for blocking threads only: on a thread of the runtime itself
/// it would stop the process.
pub struct BlockingWriter {
    writer: Option<ObjectWriter>,
}

impl BlockingWriter {
    /// As [`ObjectWriter::finish`].
    pub fn finish(mut self) -> Result<Stored> {
        let writer = self.writer.take().ok_or_else(broken)?;
        let runtime = writer.runtime.clone();
        runtime.block_on(writer.finish())
    }

    /// As [`ObjectWriter::abort`].
    pub fn abort(mut self) {
        if let Some(writer) = self.writer.take() {
            let runtime = writer.runtime.clone();
            runtime.block_on(writer.abort());
        }
    }
}

impl std::io::Write for BlockingWriter {
    fn write(&mut self, bytes: &[u8]) -> std::io::Result<usize> {
        let writer = self
            .writer
            .as_mut()
            .ok_or_else(|| std::io::Error::other(broken()))?;
        let runtime = writer.runtime.clone();
        runtime.block_on(writer.write(bytes)).map_err(as_io)?;
        Ok(bytes.len())
    }

    fn flush(&mut self) -> std::io::Result<()> {
        // Nothing is visible before the end, so there is nothing that could be flushed to.
        Ok(())
    }
}

/// Keeps the full disk recognisable on its way through code that only knows I/O errors.
fn as_io(error: Error) -> std::io::Error {
    match &error {
        Error::Fault(Fault::StorageFull(_)) => std::io::Error::new(std::io::ErrorKind::StorageFull, error),
        _ => std::io::Error::other(error),
    }
}
