//! API keys: `pst_<prefix>_<secret>`, shown once, kept as the hash of the secret.
//!
//! The secret has 256 random bits, so a plain SHA-256 is as good as any slow hash (ruling 14). Must not know
//! whose key it is; the prefix finds the row.

use data_encoding::HEXLOWER;
use sha2::{Digest, Sha256};
use subtle::ConstantTimeEq;
use zeroize::Zeroizing;

/// What every key begins with, so that scanners find leaked ones.
const MARK: &str = "pst";
const PREFIX_BYTES: usize = 6;
const SECRET_BYTES: usize = 32;

/// A key in the clear; lives only while it is made or checked.
#[derive(Clone)]
pub struct ApiKey {
    /// 12 hex digits; not secret, unique, and how the row is found.
    pub prefix: String,
    secret: Zeroizing<[u8; SECRET_BYTES]>,
}

impl ApiKey {
    /// A new key.
    pub fn generate() -> ApiKey {
        let mut secret = Zeroizing::new([0; SECRET_BYTES]);
        rand::fill(&mut secret[..]);
        ApiKey {
            prefix: HEXLOWER.encode(&rand::random::<[u8; PREFIX_BYTES]>()),
            secret,
        }
    }

    /// Reads a key as it is shown, in its only spelling; `None` for everything else.
    pub fn parse(text: &str) -> Option<ApiKey> {
        let mut parts = text.split('_');
        let (Some(MARK), Some(prefix), Some(secret), None) =
            (parts.next(), parts.next(), parts.next(), parts.next())
        else {
            return None;
        };
        if prefix.len() != PREFIX_BYTES * 2 || secret.len() != SECRET_BYTES * 2 {
            return None;
        }
        HEXLOWER.decode(prefix.as_bytes()).ok()?;
        let mut bytes = Zeroizing::new([0; SECRET_BYTES]);
        HEXLOWER.decode_mut(secret.as_bytes(), &mut bytes[..]).ok()?;
        Some(ApiKey {
            prefix: prefix.to_owned(),
            secret: bytes,
        })
    }

    /// Whether a credential is meant as an API key, so that it is not tried as a token.
    pub fn looks_like_one(text: &str) -> bool {
        text.strip_prefix(MARK).is_some_and(|rest| rest.starts_with('_'))
    }

    /// The whole key, to be shown once.
    pub fn reveal(&self) -> Zeroizing<String> {
        let secret = Zeroizing::new(HEXLOWER.encode(&self.secret[..]));
        Zeroizing::new(format!("{MARK}_{}_{}", self.prefix, *secret))
    }

    /// What is stored.
    pub fn hash(&self) -> [u8; 32] {
        Sha256::digest(&self.secret[..]).into()
    }

    /// Whether this is the key that was stored. Takes as long when there is none.
    pub fn matches(&self, stored: Option<&[u8]>) -> bool {
        let hash = self.hash();
        let is_there = stored.is_some_and(|stored| stored.len() == hash.len());
        let compared = stored.filter(|_| is_there).unwrap_or(&[0; 32]);
        bool::from(hash.ct_eq(compared)) && is_there
    }
}

impl std::fmt::Debug for ApiKey {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "ApiKey({}, redacted)", self.prefix)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_key_is_read_back_and_matches_only_its_own_hash() {
        let key = ApiKey::generate();
        let read = ApiKey::parse(&key.reveal()).unwrap();
        assert_eq!(read.prefix, key.prefix);
        assert!(read.matches(Some(&key.hash())));
        assert!(!ApiKey::generate().matches(Some(&key.hash())));
        assert!(!read.matches(None));
        assert!(!read.matches(Some(&key.hash()[..31])));
        assert!(!read.matches(Some(b"")));
    }

    #[test]
    fn two_keys_are_never_the_same() {
        assert_ne!(ApiKey::generate().reveal(), ApiKey::generate().reveal());
    }

    #[test]
    fn what_is_no_key_is_none() {
        let key = ApiKey::generate().reveal().to_string();
        assert!(ApiKey::looks_like_one(&key));
        let upper = key.to_uppercase();
        let cases = [
            "",
            "pst",
            "pst_",
            "pst__",
            "pst_a_b",
            "Bearer pst_a_b",
            &upper,
            &key[..key.len() - 1],
            &format!("{key}0"),
            &format!("{key}_"),
            &key.replacen("pst", "psT", 1),
            &key.replace('_', "-"),
            &format!("{}g", &key[..key.len() - 1]),
        ]
        .map(str::to_owned);
        for text in cases {
            assert!(ApiKey::parse(&text).is_none(), "{text}");
        }
    }

    #[test]
    fn a_key_is_not_printed() {
        let key = ApiKey::generate();
        assert_eq!(format!("{key:?}"), format!("ApiKey({}, redacted)", key.prefix));
    }
}
