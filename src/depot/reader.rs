//! Reads an object by ranges: only the chunks that a range touches are fetched and opened.

use std::ops::Range;
use std::sync::Arc;

use bytes::Bytes;
use futures_util::{Stream, stream};
use object_store::path::Path;
use object_store::{ObjectStore, ObjectStoreExt};
use tokio::runtime::Handle;

use crate::depot::blocking_reader::BlockingReader;
use crate::depot::fault;
use crate::depot::format::{CHUNK, Chunks, HEADER, Layout, SEALED};
use crate::depot::wrap::WrapKey;
use crate::error::{Error, Fault, Result};

/// Chunks that are fetched at once: a megabyte.
const AT_ONCE: u64 = 16;

/// An object that is open for reading. Cheap to clone.
#[derive(Clone)]
pub struct Object {
    store: Arc<dyn ObjectStore>,
    place: Path,
    chunks: Arc<Chunks>,
    layout: Layout,
}

impl Object {
    pub(super) async fn open(
        store: Arc<dyn ObjectStore>,
        place: Path,
        wrap: &WrapKey,
    ) -> Result<Option<Object>> {
        let stored = match store.head(&place).await {
            Ok(found) => found.size,
            Err(object_store::Error::NotFound { .. }) => return Ok(None),
            Err(error) => return Err(fault::of("open an object", error)),
        };
        let layout = Layout::of_stored(stored).ok_or_else(|| damaged(&place))?;
        let header = store.get_range(&place, 0..HEADER as u64).await;
        let header = header.map_err(|error| fault::of("read an object", error))?;
        let chunks = Chunks::of(wrap, place.as_ref(), &header).ok_or_else(|| damaged(&place))?;
        let object = Object {
            store,
            place,
            chunks: Arc::new(chunks),
            layout,
        };
        // The last chunk is marked as such: only here it shows that nothing was cut off.
        object.read_chunks(layout.chunks - 1..layout.chunks).await?;
        Ok(Some(object))
    }

    /// Plain bytes.
    pub fn size(&self) -> u64 {
        self.layout.plain
    }

    /// The same object for a thread that may block, from its beginning. To be called on the runtime that reads it.
    pub fn blocking(&self) -> BlockingReader {
        BlockingReader::new(self.clone(), Handle::current())
    }

    /// The plain bytes of a range, in pieces of at most a megabyte; what lies beyond the end is left out.
    /// Ends with a fault where a chunk was changed.
    pub fn read_range(
        &self,
        range: Range<u64>,
    ) -> impl Stream<Item = Result<Bytes>> + Send + Unpin + 'static {
        let end = range.end.min(self.layout.plain);
        let object = self.clone();
        Box::pin(stream::try_unfold(range.start, move |start| {
            let object = object.clone();
            async move {
                if start >= end {
                    return Ok(None);
                }
                let chunks = object.layout.chunks_of(&(start..end));
                let chunks = chunks.start..chunks.end.min(chunks.start + AT_ONCE);
                let first = chunks.start * CHUNK as u64;
                let next = end.min(chunks.end * CHUNK as u64);
                let plain = object.read_chunks(chunks).await?;
                // At most a megabyte, so it fits every machine's usize.
                Ok(Some((
                    plain.slice((start - first) as usize..(next - first) as usize),
                    next,
                )))
            }
        }))
    }

    async fn read_chunks(&self, numbers: Range<u64>) -> Result<Bytes> {
        let range = self.layout.stored_range(&numbers);
        let sealed = self.store.get_range(&self.place, range).await;
        let sealed = sealed.map_err(|error| fault::of("read an object", error))?;
        let mut plain = Vec::with_capacity(sealed.len());
        for (number, chunk) in numbers.clone().zip(sealed.chunks(SEALED)) {
            let mut chunk = chunk.to_vec();
            let is_last = number + 1 == self.layout.chunks;
            self.chunks
                .open(number, is_last, &mut chunk)
                .ok_or_else(|| damaged(&self.place))?;
            plain.extend_from_slice(&chunk);
        }
        let expected = self.layout.plain.min(numbers.end * CHUNK as u64) - numbers.start * CHUNK as u64;
        if plain.len() as u64 != expected {
            return Err(damaged(&self.place));
        }
        Ok(plain.into())
    }
}

impl std::fmt::Debug for Object {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "Object({}, {} bytes)", self.place, self.layout.plain)
    }
}

fn damaged(place: &Path) -> Error {
    Fault::Depot(format!(
        "{place} was damaged, changed, or encrypted under another key ring"
    ))
    .into()
}
