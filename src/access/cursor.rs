//! Cursors: the key of a row, sealed, so that nobody reads or changes it, and bound to who asked for what.
//!
//! A cursor opens only with the binding it was sealed with: the digest of principal, filter and order
//! (ruling 13). Must not know what the values mean, nor how the binding is made.

use chacha20poly1305::aead::{Aead, Payload};
use chacha20poly1305::{XChaCha20Poly1305, XNonce};
use data_encoding::BASE64URL_NOPAD;
use hmac::{Hmac, KeyInit, Mac};
use sha2::Sha256;
use zeroize::Zeroizing;

use crate::access::cursor_cells;
use crate::cell::Cell;
use crate::error::{Code, Refusal};

/// Longest cursor that is read, in characters; more is refused before decoding.
pub const LONGEST: usize = 64 * 1024;

const NONCE: usize = 24;

/// The keys that seal cursors: one seals, all open.
#[derive(Clone)]
pub struct CursorKeys {
    keys: Vec<(u8, Pair)>,
}

/// One key for the cipher and one for its nonce, derived from the same secret.
#[derive(Clone)]
struct Pair {
    cipher: Zeroizing<[u8; 32]>,
    nonce: Zeroizing<[u8; 32]>,
}

impl CursorKeys {
    /// The keys by version. The last one seals new cursors; those of every other one still open.
    pub fn new(keys: impl IntoIterator<Item = (u8, Zeroizing<[u8; 32]>)>) -> Self {
        let derive = |key: &[u8; 32], label: &[u8]| Zeroizing::new(mac(key, &[label]));
        let keys = keys
            .into_iter()
            .map(|(version, key)| {
                let cipher = derive(&key, b"postern cursor cipher");
                let nonce = derive(&key, b"postern cursor nonce");
                (version, Pair { cipher, nonce })
            })
            .collect();
        CursorKeys { keys }
    }

    /// Seals the values of a row's key. The same values and binding give the same text, so that an answer
    /// can be compared with an earlier one. A ring without keys gives text that nothing opens.
    pub fn seal(&self, values: &[Cell], binding: &[u8]) -> String {
        let Some((version, pair)) = self.keys.last() else {
            return String::new();
        };
        let plain = cursor_cells::encode(values);
        // The nonce depends on all that is sealed (as in SIV): it repeats only where everything repeats.
        let long = mac(&pair.nonce, &[&[*version], &length(binding), binding, &plain]);
        let mut sealed = vec![*version];
        sealed.extend_from_slice(&long[..NONCE]);
        let aad = associated(*version, binding);
        if let Ok(cipher_text) = cipher(pair).encrypt(
            &nonce(&sealed),
            Payload {
                msg: &plain,
                aad: &aad,
            },
        ) {
            sealed.extend_from_slice(&cipher_text);
        }
        BASE64URL_NOPAD.encode(&sealed)
    }

    /// The values, or [`Code::InvalidCursor`] for every cursor not sealed here with this binding.
    pub fn open(&self, text: &str, binding: &[u8]) -> Result<Vec<Cell>, Refusal> {
        self.opened(text, binding).ok_or_else(|| {
            Refusal::new(
                Code::InvalidCursor,
                "the cursor was not given out for this query; ask again without it, from the first page",
            )
        })
    }

    fn opened(&self, text: &str, binding: &[u8]) -> Option<Vec<Cell>> {
        if text.len() > LONGEST {
            return None;
        }
        let sealed = BASE64URL_NOPAD.decode(text.as_bytes()).ok()?;
        let (&version, _) = sealed.split_first()?;
        let (_, pair) = self.keys.iter().find(|(known, _)| *known == version)?;
        let cipher_text = sealed.get(1 + NONCE..)?;
        let aad = associated(version, binding);
        let payload = Payload {
            msg: cipher_text,
            aad: &aad,
        };
        let plain = cipher(pair).decrypt(&nonce(&sealed), payload).ok()?;
        cursor_cells::decode(&plain)
    }
}

impl std::fmt::Debug for CursorKeys {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "CursorKeys({} versions, redacted)", self.keys.len())
    }
}

fn cipher(pair: &Pair) -> XChaCha20Poly1305 {
    XChaCha20Poly1305::new((&*pair.cipher).into())
}

/// The nonce that stands after the version byte; the caller has made sure that it is there.
fn nonce(sealed: &[u8]) -> XNonce {
    let mut nonce = [0; NONCE];
    for (to, from) in nonce.iter_mut().zip(sealed.iter().skip(1)) {
        *to = *from;
    }
    nonce.into()
}

fn associated(version: u8, binding: &[u8]) -> Vec<u8> {
    let mut associated = b"postern cursor\0".to_vec();
    associated.push(version);
    associated.extend_from_slice(binding);
    associated
}

fn length(bytes: &[u8]) -> [u8; 8] {
    (bytes.len() as u64).to_be_bytes()
}

fn mac(key: &[u8; 32], parts: &[&[u8]]) -> [u8; 32] {
    let mut mac = <Hmac<Sha256> as KeyInit>::new_from_slice(key).expect("HMAC takes keys of any length");
    for part in parts {
        mac.update(part);
    }
    mac.finalize().into_bytes().into()
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;
    use uuid::Uuid;

    use super::*;

    fn keys() -> CursorKeys {
        CursorKeys::new([(1, Zeroizing::new([1; 32])), (2, Zeroizing::new([2; 32]))])
    }

    fn values() -> Vec<Cell> {
        vec![
            Cell::Text("hidden@example.test".into()),
            Cell::Uuid(Uuid::from_u128(9)),
        ]
    }

    #[test]
    fn a_cursor_opens_only_for_who_and_what_it_was_sealed_for() {
        let text = keys().seal(&values(), b"ana, no filter");
        assert_eq!(keys().open(&text, b"ana, no filter").unwrap(), values());
        for other in [&b"ben, no filter"[..], b"ana, other filter", b""] {
            assert_eq!(keys().open(&text, other).unwrap_err().code, Code::InvalidCursor);
        }
    }

    #[test]
    fn a_cursor_does_not_show_its_values() {
        let text = keys().seal(&values(), b"binding");
        let bytes = BASE64URL_NOPAD.decode(text.as_bytes()).unwrap();
        assert!(!bytes.windows(6).any(|window| window == b"hidden"));
        assert_eq!(text, keys().seal(&values(), b"binding"));
    }

    #[test]
    fn a_cursor_of_an_older_key_opens_and_one_of_a_foreign_key_does_not() {
        let older = CursorKeys::new([(1, Zeroizing::new([1; 32]))]);
        let foreign = CursorKeys::new([(2, Zeroizing::new([7; 32]))]);
        assert!(keys().open(&older.seal(&values(), b"b"), b"b").is_ok());
        assert!(keys().open(&foreign.seal(&values(), b"b"), b"b").is_err());
    }

    #[test]
    fn what_is_no_cursor_is_refused_without_a_panic() {
        let huge = "A".repeat(LONGEST + 1);
        let sealed_by_nobody = CursorKeys::new([]).seal(&values(), b"b");
        for text in [
            "",
            "A",
            "Ag",
            "AgAAAA",
            "not base64!",
            "YXJyYXljb25uZWN0aW9uOjA=",
            &huge,
            &sealed_by_nobody,
        ] {
            assert_eq!(keys().open(text, b"b").unwrap_err().code, Code::InvalidCursor);
        }
    }

    proptest! {
        #[test]
        fn any_flipped_bit_is_refused(text in ".{0,20}", number: i64, place: proptest::sample::Index, bit in 0u8..8) {
            let values = vec![Cell::from(text), Cell::Int(number), Cell::Null];
            let sealed = keys().seal(&values, b"binding");
            prop_assert_eq!(keys().open(&sealed, b"binding").unwrap(), values);
            let mut bytes = BASE64URL_NOPAD.decode(sealed.as_bytes()).unwrap();
            let at = place.index(bytes.len());
            bytes[at] ^= 1 << bit;
            prop_assert!(keys().open(&BASE64URL_NOPAD.encode(&bytes), b"binding").is_err());
        }
    }
}
