//! What a seal is made of, bit for bit (`docs/audit.md` says it for strangers): the digest of an event, the leaves, the
//! statement that is hashed and signed. Pure.

use chrono::TimeDelta;
use data_encoding::HEXLOWER;
use sha2::{Digest, Sha256};
use uuid::Uuid;

use super::canonical;
use super::tree::{self, Hash};
use crate::cell::{Cell, Kind};
use crate::clock::Instant;
use crate::store::audit;
use crate::store::audit_seal::{SAID, Seal};

/// What a seal's statement says it is, so that a signature over it is good for nothing else.
const KIND: &str = "postern.audit-seal.v1";

/// What the first seal names as the hash of the one before.
pub const BEFORE_THE_FIRST: &str = "0000000000000000000000000000000000000000000000000000000000000000";

/// Bytes of a leaf: the id, and the digest.
const LEAF: usize = 16 + 32;

/// One event in a seal. The id stands beside the digest so that a seal tells when an event happened that is gone.
#[derive(Copy, Clone, Debug, PartialEq, Eq)]
pub struct Leaf {
    /// The event.
    pub id: Uuid,
    /// Its digest.
    pub digest: Hash,
}

/// The digest of an event: SHA-256 over its row in canonical JSON.
pub fn digest(cells: &[Cell]) -> Hash {
    Sha256::digest(canonical::object(&audit::COLUMNS, cells, None)).into()
}

/// The leaves in the form in which a seal keeps them.
pub fn to_bytes(leaves: &[Leaf]) -> Vec<u8> {
    let mut bytes = Vec::with_capacity(leaves.len() * LEAF);
    for leaf in leaves {
        bytes.extend_from_slice(leaf.id.as_bytes());
        bytes.extend_from_slice(&leaf.digest);
    }
    bytes
}

/// The leaves of a seal; `None` where the bytes are not such.
pub fn from_bytes(bytes: &[u8]) -> Option<Vec<Leaf>> {
    let (entries, []) = bytes.as_chunks::<LEAF>() else {
        return None;
    };
    entries
        .iter()
        .map(|entry| {
            let (id, digest) = entry.split_first_chunk::<16>()?;
            Some(Leaf {
                id: Uuid::from_bytes(*id),
                digest: digest.try_into().ok()?,
            })
        })
        .collect()
}

/// The root of the tree over leaves in the form in which a seal keeps them.
pub fn root(leaves: &[u8]) -> String {
    hex(&tree::root(leaves.chunks(LEAF).map(tree::leaf)))
}

/// What is hashed and signed of a seal.
pub fn statement(seal: &Seal) -> Vec<u8> {
    let kind: (&str, Kind) = ("kind", Kind::Text);
    canonical::object(&SAID, &seal.said(), Some((kind.0, &KIND.into())))
}

/// The hash of a statement, by which the next seal names the seal.
pub fn hash(statement: &[u8]) -> String {
    hex(&Sha256::digest(statement))
}

/// Lower-case hexadecimal.
pub fn hex(bytes: &[u8]) -> String {
    HEXLOWER.encode(bytes)
}

/// When an id was made; `None` for ids that do not tell.
pub fn made_at(id: Uuid) -> Option<Instant> {
    let milliseconds = i64::try_from(id.as_u128() >> 80).ok()?;
    (id.get_version_num() == 7)
        .then(|| Instant::from_timestamp_millis(milliseconds))
        .flatten()
}

/// An id that stands before all that are made from a moment on, and behind all that were made before.
pub fn border(moment: Instant) -> Uuid {
    let milliseconds = u128::try_from(moment.timestamp_millis()).unwrap_or(0);
    Uuid::from_u128(milliseconds << 80)
}

/// The id that stands before all that are made so much later than this one.
pub fn border_after(id: Uuid, length: TimeDelta) -> Uuid {
    let milliseconds = u128::try_from(length.num_milliseconds()).unwrap_or(0);
    Uuid::from_u128(((id.as_u128() >> 80) + milliseconds) << 80)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn leaves_come_back_and_what_is_no_leaf_does_not() {
        let leaf = |number| Leaf {
            id: Uuid::from_u128(number),
            digest: [7; 32],
        };
        let leaves = [leaf(1), leaf(2)];
        let bytes = to_bytes(&leaves);
        assert_eq!(from_bytes(&bytes).unwrap(), leaves);
        assert_eq!(from_bytes(&[]).unwrap(), []);
        assert_eq!(from_bytes(&bytes[1..]), None);
    }

    #[test]
    fn borders_stand_between_ids_of_different_milliseconds() {
        let at = |millis| Instant::from_timestamp_millis(millis).unwrap();
        let made = |millis| {
            let clock = crate::clock::Clock::starting_at(at(millis));
            crate::id::new(&clock)
        };
        let id = made(1_772_355_600_000);
        let of_it = made_at(id).unwrap();
        assert!(border(of_it) < id && id < border(of_it + TimeDelta::milliseconds(1)));
        assert_eq!(
            border_after(id, TimeDelta::milliseconds(1)),
            border(of_it + TimeDelta::milliseconds(1))
        );
        assert_eq!(made_at(Uuid::nil()), None);
    }
}
