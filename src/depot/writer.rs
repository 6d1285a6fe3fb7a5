//! Writes one object: encrypts as it goes, in constant memory, and publishes it whole at the end.

use std::path::PathBuf;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use object_store::path::Path;
use object_store::{MultipartUpload, ObjectStore, ObjectStoreExt, PutPayload};
use sha2::{Digest, Sha256};
use tokio::runtime::Handle;

use crate::depot::fault;
use crate::depot::format::{CHUNK, Chunks, HEADER, SEALED, TAG};
use crate::depot::wrap::WrapKey;
use crate::error::{Error, Fault, Result};
use crate::fail_point::{FailPoint, reach};

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
    store: Arc<dyn ObjectStore>,
    upload: Option<Box<dyn MultipartUpload>>,
    temporary: Path,
    /// The file that the folder's store itself writes before it completes; the store does not name it.
    staging: PathBuf,
    target: Path,
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
    pub(super) async fn begin(
        store: Arc<dyn ObjectStore>,
        folder: &std::path::Path,
        temporary: Path,
        target: Path,
        wrap: &WrapKey,
        part_size: usize,
    ) -> Result<ObjectWriter> {
        let (chunks, header) = Chunks::begin(wrap, target.as_ref())?;
        let upload = store
            .put_multipart(&temporary)
            .await
            .map_err(|error| fault::of("begin an object", error))?;
        reach(FailPoint::DepotBegun);
        let mut part = Vec::with_capacity(part_size + SEALED + HEADER);
        part.extend_from_slice(&header);
        Ok(ObjectWriter {
            store,
            upload: Some(upload),
            staging: folder.join(format!("{temporary}#1")),
            temporary,
            target,
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

    /// Seals the end, syncs, and gives the object its name: from here on it is there, and durable.
    pub async fn finish(mut self) -> Result<Stored> {
        self.seal_chunk(true);
        self.send_part().await?;
        let mut upload = self.upload.take().ok_or_else(broken)?;
        let published = match upload.complete().await {
            Ok(_) => {
                reach(FailPoint::DepotUnnamed);
                self.store.rename(&self.temporary, &self.target).await
            }
            Err(error) => Err(error),
        };
        drop(upload);
        if let Err(error) = published {
            self.remove_leftovers().await;
            return Err(fault::of("publish an object", error));
        }
        let sha256 = std::mem::take(&mut self.digest).finalize().into();
        Ok(Stored {
            byte_count: self.byte_count,
            sha256,
        })
    }

    /// Gives the object up, and waits until nothing of it is left.
    pub async fn abort(mut self) {
        self.give_up().await;
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
        let part = std::mem::replace(&mut self.part, Vec::with_capacity(self.part_size + SEALED));
        let upload = self.upload.as_mut().ok_or_else(broken)?;
        if let Err(error) = upload.put_part(PutPayload::from(part)).await {
            self.give_up().await;
            return Err(fault::of("write an object", error));
        }
        reach(FailPoint::DepotPiece);
        Ok(())
    }

    async fn give_up(&mut self) {
        if let Some(mut upload) = self.upload.take() {
            // Nobody can act on this error, and the sweep removes what it may have left.
            let _ = upload.abort().await;
        }
        self.remove_leftovers().await;
    }

    /// A failed completion leaves the file that it did not rename: a folder's staging file, or the whole
    /// object at its temporary place.
    async fn remove_leftovers(&self) {
        // Most often neither is there; and what cannot be removed now, the sweep removes.
        let _ = self.store.delete(&self.temporary).await;
        let _ = tokio::fs::remove_file(&self.staging).await;
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

fn broken() -> Error {
    Fault::Depot("the object was given up after an error".into()).into()
}
