//! The key that wraps the data key of each object: losing it means losing every object at once.

use chacha20poly1305::aead::{Aead, KeyInit, Payload};
use chacha20poly1305::{XChaCha20Poly1305, XNonce};
use zeroize::Zeroizing;

use crate::error::{Fault, Result};

const NONCE: usize = 24;

/// Bytes of a wrapped key: version, nonce, key, tag.
pub const WRAPPED: usize = 1 + NONCE + 32 + 16;

/// The wrapping keys by version. The last one wraps new objects, all unwrap.
#[derive(Clone)]
pub struct WrapKey {
    versions: Vec<(u8, Zeroizing<[u8; 32]>)>,
}

impl WrapKey {
    /// The keys by version, the one in use last.
    pub fn new(versions: impl IntoIterator<Item = (u8, Zeroizing<[u8; 32]>)>) -> Self {
        WrapKey {
            versions: versions.into_iter().collect(),
        }
    }

    /// Wraps an object's data key. The key opens only with the same associated bytes.
    pub fn wrap(&self, data_key: &[u8; 32], associated: &[u8]) -> Result<[u8; WRAPPED]> {
        let failed = || Fault::Keys("no key to encrypt objects with".into());
        let (version, key) = self.versions.last().ok_or_else(failed)?;
        let nonce: [u8; NONCE] = rand::random();
        let payload = Payload {
            msg: data_key,
            aad: associated,
        };
        let sealed = cipher(key)
            .encrypt(&XNonce::from(nonce), payload)
            .map_err(|_| failed())?;
        let wrapped = [&[*version][..], &nonce, &sealed].concat();
        Ok(wrapped.try_into().map_err(|_| failed())?)
    }

    /// The data key, or `None` when the bytes were changed, belong elsewhere, or the ring lacks the version.
    pub fn unwrap(&self, wrapped: &[u8; WRAPPED], associated: &[u8]) -> Option<Zeroizing<[u8; 32]>> {
        let (version, rest) = wrapped.split_first()?;
        let (nonce, sealed) = rest.split_first_chunk::<NONCE>()?;
        let (_, key) = self.versions.iter().find(|(known, _)| known == version)?;
        let payload = Payload {
            msg: sealed,
            aad: associated,
        };
        let plain = Zeroizing::new(cipher(key).decrypt(&XNonce::from(*nonce), payload).ok()?);
        Some(Zeroizing::new(plain.as_slice().try_into().ok()?))
    }
}

impl std::fmt::Debug for WrapKey {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "WrapKey({} versions, redacted)", self.versions.len())
    }
}

fn cipher(key: &[u8; 32]) -> XChaCha20Poly1305 {
    XChaCha20Poly1305::new(key.into())
}
