//! The bytes of a stored object: a header with the wrapped data key, then chunks that are sealed one by one.
//!
//! Each object has a random key of its own, bound to the object's name. Each chunk is bound to its number
//! and to whether it is the last, so that a chunk that is changed, moved, repeated or left out is noticed,
//! and any range can be read without reading what lies before it.

use chacha20poly1305::aead::{AeadInOut, KeyInit};
use chacha20poly1305::{ChaCha20Poly1305, Nonce};
use std::ops::Range;
use zeroize::Zeroizing;

use crate::depot::wrap::{WRAPPED, WrapKey};
use crate::error::Result;

/// Plain bytes in each chunk but the last.
pub const CHUNK: usize = 64 * 1024;

/// What sealing adds to a chunk.
pub const TAG: usize = 16;

/// A whole sealed chunk.
pub const SEALED: usize = CHUNK + TAG;

/// The magic word with the format's number, then the wrapped key.
pub const HEADER: usize = MAGIC.len() + WRAPPED;

const MAGIC: &[u8; 8] = b"postern\x01";

/// Seals and opens the chunks of one object.
pub struct Chunks {
    cipher: ChaCha20Poly1305,
}

impl Chunks {
    /// A new object's chunks under a new key, and its header.
    pub fn begin(wrap: &WrapKey, name: &str) -> Result<(Chunks, Vec<u8>)> {
        let mut key = Zeroizing::new([0; 32]);
        rand::fill(&mut key[..]);
        let wrapped = wrap.wrap(&key, &associated(name))?;
        let header = [&MAGIC[..], &wrapped].concat();
        Ok((
            Chunks {
                cipher: ChaCha20Poly1305::new((&*key).into()),
            },
            header,
        ))
    }

    /// The chunks of a stored object, or `None` when the header is not one of this object under these keys.
    pub fn of(wrap: &WrapKey, name: &str, header: &[u8]) -> Option<Chunks> {
        let (magic, wrapped) = header.split_first_chunk()?;
        let key = wrap.unwrap(wrapped.try_into().ok()?, &associated(name))?;
        (magic == MAGIC).then(|| Chunks {
            cipher: ChaCha20Poly1305::new((&*key).into()),
        })
    }

    /// Seals the chunk with this number in place; it grows by [`TAG`].
    pub fn seal(&self, number: u64, is_last: bool, chunk: &mut Vec<u8>) {
        self.cipher
            .encrypt_in_place(&nonce(number), &chunk_name(number, is_last), chunk)
            .expect("a chunk is far shorter than the cipher's limit, and a vector grows");
    }

    /// Opens the chunk with this number in place, or `None` when it is not that chunk.
    pub fn open(&self, number: u64, is_last: bool, chunk: &mut Vec<u8>) -> Option<()> {
        self.cipher
            .decrypt_in_place(&nonce(number), &chunk_name(number, is_last), chunk)
            .ok()
    }
}

/// A small object in one piece.
pub fn seal_whole(wrap: &WrapKey, name: &str, plain: &[u8]) -> Result<Vec<u8>> {
    let (chunks, mut stored) = Chunks::begin(wrap, name)?;
    let layout = Layout::of_plain(plain.len() as u64);
    for number in 0..layout.chunks {
        let start = number as usize * CHUNK;
        let mut chunk = plain[start..plain.len().min(start + CHUNK)].to_vec();
        chunks.seal(number, number + 1 == layout.chunks, &mut chunk);
        stored.extend_from_slice(&chunk);
    }
    Ok(stored)
}

/// How an object's plain and stored bytes correspond.
#[derive(Copy, Clone, Debug, PartialEq, Eq)]
pub struct Layout {
    /// Plain bytes.
    pub plain: u64,
    /// Chunks, at least one: an empty object has one empty chunk.
    pub chunks: u64,
}

impl Layout {
    /// The layout of an object with so many plain bytes.
    pub fn of_plain(plain: u64) -> Layout {
        Layout {
            plain,
            chunks: plain.div_ceil(CHUNK as u64).max(1),
        }
    }

    /// The layout of an object with so many stored bytes, or `None` when no object has that many.
    pub fn of_stored(stored: u64) -> Option<Layout> {
        let sealed = stored.checked_sub(HEADER as u64)?;
        let chunks = sealed.div_ceil(SEALED as u64).max(1);
        let plain = sealed.checked_sub(chunks * TAG as u64)?;
        let layout = Layout::of_plain(plain);
        (layout.chunks == chunks).then_some(layout)
    }

    /// The chunks that hold a range of plain bytes; the range is not empty and lies within.
    pub fn chunks_of(&self, range: &Range<u64>) -> Range<u64> {
        range.start / CHUNK as u64..(range.end - 1) / CHUNK as u64 + 1
    }

    /// Where sealed chunks lie in the stored bytes.
    pub fn stored_range(&self, chunks: &Range<u64>) -> Range<u64> {
        let place = |number: u64| HEADER as u64 + number * SEALED as u64;
        let end = HEADER as u64 + self.plain + self.chunks * TAG as u64;
        place(chunks.start)..place(chunks.end).min(end)
    }
}

/// The key is used for one object, so the number alone never repeats.
fn nonce(number: u64) -> Nonce {
    let mut nonce = [0; 12];
    nonce[4..].copy_from_slice(&number.to_be_bytes());
    nonce.into()
}

fn chunk_name(number: u64, is_last: bool) -> [u8; 9] {
    let mut name = [u8::from(is_last); 9];
    name[1..].copy_from_slice(&number.to_be_bytes());
    name
}

/// Binds the key to the object's name: an object put in another's place does not open.
fn associated(name: &str) -> Vec<u8> {
    [MAGIC, name.as_bytes()].concat()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_size_has_one_layout_and_impossible_sizes_have_none() {
        let chunk = CHUNK as u64;
        for plain in [0, 1, chunk - 1, chunk, chunk + 1, 2 * chunk, 5 * chunk + 7] {
            let layout = Layout::of_plain(plain);
            let stored = layout.stored_range(&(0..layout.chunks)).end;
            assert_eq!(Layout::of_stored(stored), Some(layout), "{plain}");
        }
        let header = HEADER as u64;
        for stored in [
            0,
            header - 1,
            header,
            header + 15,
            header + SEALED as u64 + 1,
            header + SEALED as u64 + 16,
        ] {
            assert_eq!(Layout::of_stored(stored), None, "{stored}");
        }
    }
}
