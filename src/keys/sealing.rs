//! Seals the address that an erasure is about, from the plan until the erasure ends.
//!
//! The sealed bytes open only for the account and the erasure they were sealed for, so that a row's bytes
//! copied into another row name nobody.

use chacha20poly1305::aead::{Aead, KeyInit, Payload};
use chacha20poly1305::{XChaCha20Poly1305, XNonce};
use uuid::Uuid;
use zeroize::Zeroizing;

use crate::error::{Fault, Result};
use crate::keys::ring::Secret;
use crate::keys::{KeyRing, Purpose};

/// Version of the key, then the nonce, then the sealed text.
const NONCE: usize = 24;

impl KeyRing {
    /// Seals a text for one erasure of one account.
    pub fn seal_subject(&self, account: Uuid, erasure: Uuid, subject: &str) -> Result<Vec<u8>> {
        let key = self.newest(Purpose::Subject);
        let aad = associated(key.version, account, erasure);
        sealed((key.version, &key.secret), &aad, subject)
            .ok_or_else(|| Fault::Keys("a subject cannot be sealed".into()).into())
    }

    /// Opens what was sealed for this erasure of this account; a fault for everything else.
    pub fn open_subject(&self, account: Uuid, erasure: Uuid, sealed: &[u8]) -> Result<Zeroizing<String>> {
        let opened = self.opened(account, erasure, sealed);
        opened.ok_or_else(|| Fault::Keys(format!("the subject of erasure {erasure} cannot be opened")).into())
    }

    fn opened(&self, account: Uuid, erasure: Uuid, sealed: &[u8]) -> Option<Zeroizing<String>> {
        let version = *sealed.first()?;
        let key = self.version(Purpose::Subject, version)?;
        opened(&key.secret, &associated(version, account, erasure), sealed)
    }
}

/// Seals a text with one version of a key.
pub(super) fn sealed((version, key): (u8, &Secret), aad: &[u8], text: &str) -> Option<Vec<u8>> {
    let nonce: [u8; NONCE] = rand::random();
    let payload = Payload {
        msg: text.as_bytes(),
        aad,
    };
    let sealed = cipher(key).encrypt(&XNonce::from(nonce), payload).ok()?;
    Some([&[version][..], &nonce, &sealed].concat())
}

/// The opposite, with the key of the version that stands before it.
pub(super) fn opened(key: &Secret, aad: &[u8], sealed: &[u8]) -> Option<Zeroizing<String>> {
    let (nonce, msg) = sealed.get(1..)?.split_first_chunk::<NONCE>()?;
    let plain = cipher(key)
        .decrypt(&XNonce::from(*nonce), Payload { msg, aad })
        .ok()?;
    String::from_utf8(plain).ok().map(Zeroizing::new)
}

fn cipher(key: &Secret) -> XChaCha20Poly1305 {
    XChaCha20Poly1305::new((&**key).into())
}

fn associated(version: u8, account: Uuid, erasure: Uuid) -> Vec<u8> {
    [
        &b"postern subject\0"[..],
        &[version],
        account.as_bytes(),
        erasure.as_bytes(),
    ]
    .concat()
}
