//! The ids that the API shows: opaque, authenticated, and the same for every user (ruling 13).
//!
//! Whoever holds one still has to be permitted to see what it names; the MAC only refuses forgeries early
//! and all alike. It is SipHash-2-4 with 128 bits, which was made for short messages: a page has hundreds of ids, and
//! HMAC took a twentieth of the time for a whole page. Must not know which number stands for which type.

use std::hash::Hasher;

use data_encoding::BASE64URL_NOPAD;
use hmac::{Hmac, KeyInit, Mac};
use sha2::Sha256;
use siphasher::sip128::{Hasher128, SipHasher24};
use subtle::ConstantTimeEq;
use uuid::Uuid;
use zeroize::Zeroizing;

/// Format of the bytes below; another layout gets another number, and this one stays readable.
const FORMAT: u8 = 1;

/// Format, key version, type tag, id.
const BODY: usize = 1 + 1 + 2 + 16;

/// Bytes of the MAC that are kept: 80 bits, so that with the body they fill whole base64 groups and no id
/// has two spellings.
const CHECK: usize = 10;

/// Characters of an id.
const TEXT: usize = (BODY + CHECK) / 3 * 4;

/// The keys that authenticate global ids: one makes them, all check them.
#[derive(Clone)]
pub struct IdKeys {
    current: u8,
    keyed: Vec<(u8, SipHasher24)>,
}

impl IdKeys {
    /// The keys by version. The last one makes new ids; ids of every other one stay good.
    pub fn new(keys: impl IntoIterator<Item = (u8, Zeroizing<[u8; 32]>)>) -> Self {
        let keyed: Vec<_> = keys
            .into_iter()
            .map(|(version, key)| (version, keyed(&key)))
            .collect();
        let current = keyed.last().map_or(0, |(version, _)| *version);
        IdKeys { current, keyed }
    }

    /// The id as the API shows it: 40 characters, safe in URLs.
    pub fn encode(&self, tag: u16, id: Uuid) -> String {
        let mut text = Vec::with_capacity(TEXT);
        self.write(tag, id, &mut text);
        // Base64url is ASCII.
        String::from_utf8(text).unwrap_or_default()
    }

    /// Writes the id behind what is there, as [`IdKeys::encode`] gives it: each row of an answer has one.
    pub fn write(&self, tag: u16, id: Uuid, text: &mut Vec<u8>) {
        let mut bytes = [0; BODY + CHECK];
        bytes[0] = FORMAT;
        bytes[1] = self.current;
        bytes[2..4].copy_from_slice(&tag.to_be_bytes());
        bytes[4..BODY].copy_from_slice(id.as_bytes());
        let check = self.check(self.current, &bytes[..BODY]).unwrap_or_default();
        bytes[BODY..].copy_from_slice(&check);
        let start = text.len();
        text.resize(start + TEXT, 0);
        BASE64URL_NOPAD.encode_mut(&bytes, &mut text[start..]);
    }

    /// Type tag and id, or `None` for everything that this ring did not make.
    pub fn decode(&self, text: &str) -> Option<(u16, Uuid)> {
        let mut bytes = [0; BODY + CHECK];
        // The length is looked at first: nobody gets megabytes decoded for an id.
        if BASE64URL_NOPAD.decode_len(text.len()) != Ok(bytes.len()) {
            return None;
        }
        BASE64URL_NOPAD.decode_mut(text.as_bytes(), &mut bytes).ok()?;
        let (body, check) = bytes.split_at(BODY);
        let expected = self.check(body[1], body)?;
        if !bool::from(expected.ct_eq(check)) || body[0] != FORMAT {
            return None;
        }
        let tag = u16::from_be_bytes([body[2], body[3]]);
        Some((tag, Uuid::from_slice(&body[4..]).ok()?))
    }

    fn check(&self, version: u8, body: &[u8]) -> Option<[u8; CHECK]> {
        let (_, keyed) = self.keyed.iter().find(|(known, _)| *known == version)?;
        let mut mac = *keyed;
        mac.write(body);
        mac.finish128().as_bytes()[..CHECK].try_into().ok()
    }
}

impl std::fmt::Debug for IdKeys {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "IdKeys(version {}, redacted)", self.current)
    }
}

/// The MAC under a key of its own, which is made of the ring's key and the purpose.
fn keyed(key: &[u8; 32]) -> SipHasher24 {
    let own = <Hmac<Sha256> as KeyInit>::new_from_slice(key)
        .expect("HMAC takes keys of any length")
        .chain_update(b"postern global id\0")
        .finalize()
        .into_bytes();
    let mut half = [0; 16];
    half.copy_from_slice(&own[..16]);
    SipHasher24::new_with_key(&half)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn keys() -> IdKeys {
        IdKeys::new([(1, Zeroizing::new([1; 32])), (2, Zeroizing::new([2; 32]))])
    }

    #[test]
    fn what_is_no_id_of_ours_is_none_whatever_it_is() {
        let good = keys().encode(3, Uuid::from_u128(5));
        let upper = good.to_uppercase();
        let longer = format!("{good}A");
        let padded = format!("{good}==");
        let huge = "A".repeat(1_000_000);
        let raw = Uuid::from_u128(5).to_string();
        for text in [
            "",
            "A",
            "1",
            &raw,
            &upper,
            &longer,
            &padded,
            &huge,
            &good[..39],
            "ä".repeat(20).as_str(),
        ] {
            assert_eq!(keys().decode(text), None, "{}", crate::error::quote(text));
        }
    }

    #[test]
    fn an_id_of_an_older_key_stays_good_and_one_of_a_foreign_ring_is_none() {
        let older = IdKeys::new([(1, Zeroizing::new([1; 32]))]);
        let foreign = IdKeys::new([(2, Zeroizing::new([9; 32]))]);
        let id = Uuid::from_u128(77);
        assert_eq!(keys().decode(&older.encode(4, id)), Some((4, id)));
        assert_eq!(keys().decode(&foreign.encode(4, id)), None);
        assert_eq!(older.decode(&keys().encode(4, id)), None);
    }

    #[test]
    fn no_keys_make_and_take_no_ids() {
        let none = IdKeys::new([]);
        assert_eq!(none.decode(&none.encode(1, Uuid::nil())), None);
    }

    #[test]
    fn keys_are_not_printed() {
        assert_eq!(format!("{:?}", keys()), "IdKeys(version 2, redacted)");
    }

    proptest! {
        #[test]
        fn an_id_is_read_back_and_any_flipped_bit_refused(tag: u16, id: u128, bit in 0usize..(30 * 8)) {
            let id = Uuid::from_u128(id);
            let text = keys().encode(tag, id);
            prop_assert_eq!(text.len(), 40);
            prop_assert_eq!(keys().decode(&text), Some((tag, id)));
            let mut bytes = BASE64URL_NOPAD.decode(text.as_bytes()).unwrap();
            bytes[bit / 8] ^= 1 << (bit % 8);
            prop_assert_eq!(keys().decode(&BASE64URL_NOPAD.encode(&bytes)), None);
        }

        #[test]
        fn any_text_is_answered_without_a_panic(text in "\\PC{0,60}") {
            prop_assert_eq!(keys().decode(&text), None);
        }
    }
}
