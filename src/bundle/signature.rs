//! Ed25519 signatures over exact bytes, such that `openssl pkeyutl -rawin` verifies them.
//!
//! Knows no key ring: who can sign is a [`Signer`], who is trusted is a list of [`PublicKey`]s.

use ed25519_dalek::pkcs8::{DecodePublicKey, EncodePublicKey};
use ed25519_dalek::{Signature, VerifyingKey};

use super::deflate::{hex, sha256};
use crate::error::{Code, Fault, Refusal, Result};

const BEGIN: &str = "-----BEGIN PUBLIC KEY-----";
const END: &str = "-----END PUBLIC KEY-----";

/// Whoever holds the private key.
pub trait Signer {
    /// The signature over exactly these bytes, as RFC 8032 has it.
    fn sign(&self, bytes: &[u8]) -> Result<[u8; 64]>;

    /// The public key as PEM (`BEGIN PUBLIC KEY`).
    fn public_key_pem(&self) -> Result<String>;
}

/// A key that signatures are checked with.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PublicKey(VerifyingKey);

impl PublicKey {
    /// Reads a PEM. Keys that make every signature true are refused.
    pub fn from_pem(pem: &str) -> Result<Self> {
        match VerifyingKey::from_public_key_pem(pem.trim()) {
            Ok(key) if !key.is_weak() => Ok(PublicKey(key)),
            _ => Err(Refusal::new(
                Code::InvalidFile,
                "the public key is not an Ed25519 key in PEM; it begins with -----BEGIN PUBLIC KEY-----",
            )
            .into()),
        }
    }

    /// Every key of a text; what stands around them is skipped. `None` when there is none, or one that cannot be read.
    pub fn all_from_pem(text: &str) -> Option<Vec<Self>> {
        let blocks = text.split(BEGIN).skip(1);
        let keys: Option<Vec<PublicKey>> = blocks
            .map(|block| {
                let (body, _) = block.split_once(END)?;
                PublicKey::from_pem(&format!("{BEGIN}{body}{END}\n")).ok()
            })
            .collect();
        keys.filter(|keys| !keys.is_empty())
    }

    /// The key with these 32 bytes.
    pub fn from_bytes(bytes: &[u8; 32]) -> Result<Self> {
        match VerifyingKey::from_bytes(bytes) {
            Ok(key) if !key.is_weak() => Ok(PublicKey(key)),
            _ => Err(Refusal::new(Code::InvalidFile, "the bytes are not an Ed25519 public key").into()),
        }
    }

    /// The PEM, with a line end after the last line.
    pub fn to_pem(&self) -> Result<String> {
        self.0
            .to_public_key_pem(ed25519_dalek::pkcs8::spki::der::pem::LineEnding::LF)
            .map_err(|error| Fault::Keys(error.to_string()).into())
    }

    /// The first 16 hexadecimal digits of the SHA-256 of the key's 32 bytes.
    pub fn id(&self) -> String {
        hex(&sha256(self.0.as_bytes())[..8])
    }

    /// Whether this is this key's signature over exactly these bytes.
    pub fn verifies(&self, bytes: &[u8], signature: &[u8]) -> bool {
        Signature::from_slice(signature)
            .is_ok_and(|signature| self.0.verify_strict(bytes, &signature).is_ok())
    }
}
