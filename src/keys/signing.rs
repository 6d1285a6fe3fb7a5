//! What the ring signs: receipts and bundles, and the tokens of people who signed in here.
//!
//! Must not know what stands in a receipt or who may have a token.

use data_encoding::{BASE64URL_NOPAD, HEXLOWER};
use ed25519_dalek::pkcs8::EncodePublicKey;
use ed25519_dalek::pkcs8::spki::der::pem::LineEnding;
use ed25519_dalek::{Signer, SigningKey};
use serde_json::{Value, json};
use sha2::{Digest, Sha256};

use crate::access::issuer::{KeySet, TokenKey};
use crate::access::token::{LONGEST_LIFE, OwnToken};
use crate::clock::Instant;
use crate::error::{Fault, Result};
use crate::keys::file::KeyFile;
use crate::keys::{KeyRing, Purpose};

/// A public key of ours, as it is published.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PublicKey {
    /// The first 16 hex digits of the SHA-256 of the 32 bytes of the key (`privacy.md` section 4.5).
    pub key_id: String,
    /// The key as SubjectPublicKeyInfo in PEM, as `openssl` reads it.
    pub pem: String,
    /// When it came into use.
    pub valid_from: Instant,
    /// When another took its place; `None` for the one in use.
    pub valid_until: Option<Instant>,
}

/// The id of an Ed25519 public key: the first 16 hex digits of its SHA-256.
pub fn key_id(public_key: &[u8; 32]) -> String {
    HEXLOWER.encode(&Sha256::digest(public_key)[..8])
}

impl KeyRing {
    /// A plain Ed25519 signature over exactly these bytes, by the receipt key in use.
    pub fn sign_receipt(&self, bytes: &[u8]) -> [u8; 64] {
        signing_key(self.newest(Purpose::Receipt)).sign(bytes).to_bytes()
    }

    /// The id of the key that [`KeyRing::sign_receipt`] uses.
    pub fn receipt_key_id(&self) -> String {
        key_id(&public_bytes(self.newest(Purpose::Receipt)))
    }

    /// The public key of the receipt key in use, as PEM.
    pub fn receipt_public_key_pem(&self) -> Result<String> {
        let id = self.receipt_key_id();
        let keys = self.receipt_public_keys()?;
        let key = keys.into_iter().find(|key| key.key_id == id);
        key.map(|key| key.pem)
            .ok_or_else(|| Fault::Keys("the receipt key has no public key".into()).into())
    }

    /// Every receipt key there ever was, oldest first, so that old receipts can be checked for ever.
    pub fn receipt_public_keys(&self) -> Result<Vec<PublicKey>> {
        let versions = self.versions(Purpose::Receipt);
        let public_keys = versions.iter().enumerate().map(|(place, key)| {
            let pem = signing_key(key)
                .verifying_key()
                .to_public_key_pem(LineEnding::LF)
                .map_err(|error| Fault::Keys(format!("a public key cannot be written: {error}")))?;
            Ok(PublicKey {
                key_id: key_id(&public_bytes(key)),
                pem,
                valid_from: key.created_at,
                valid_until: replaced_at(versions, place),
            })
        });
        public_keys.collect()
    }

    /// A token, signed: header, payload and signature.
    pub fn sign_token(&self, token: &OwnToken) -> Result<String> {
        let key = signing_key(self.newest(Purpose::Token));
        let input = token.signing_input(&key_id(key.verifying_key().as_bytes()))?;
        let signature = key.sign(input.as_bytes()).to_bytes();
        Ok(format!("{input}.{}", BASE64URL_NOPAD.encode(&signature)))
    }

    /// The keys that our own tokens are checked with. A replaced one counts only until the last token that
    /// it can have signed has expired, so that a stolen key is of no use after that.
    pub fn token_keys(&self) -> KeySet {
        let versions = self.versions(Purpose::Token);
        KeySet::new(versions.iter().enumerate().map(|(place, key)| {
            let public_key = public_bytes(key);
            let valid_until = replaced_at(versions, place).map(|at| at + LONGEST_LIFE);
            (key_id(&public_key), TokenKey::ed25519(&public_key, valid_until))
        }))
    }

    /// The JWK set for `/.well-known/jwks.json`: the token keys that are taken now.
    pub fn token_jwks(&self, now: Instant) -> Value {
        let versions = self.versions(Purpose::Token);
        let is_taken = |place| replaced_at(versions, place).is_none_or(|at| now < at + LONGEST_LIFE);
        let keys = versions
            .iter()
            .enumerate()
            .filter(|(place, _)| is_taken(*place))
            .map(|(_, key)| {
                let public_key = public_bytes(key);
                json!({
                    "kty": "OKP", "crv": "Ed25519", "alg": "EdDSA", "use": "sig",
                    "kid": key_id(&public_key), "x": BASE64URL_NOPAD.encode(&public_key),
                })
            });
        json!({ "keys": keys.collect::<Vec<_>>() })
    }
}

/// A version was replaced when the next one was made.
fn replaced_at(versions: &[KeyFile], place: usize) -> Option<Instant> {
    versions.get(place + 1).map(|next| next.created_at)
}

fn signing_key(key: &KeyFile) -> SigningKey {
    SigningKey::from_bytes(&key.secret)
}

fn public_bytes(key: &KeyFile) -> [u8; 32] {
    signing_key(key).verifying_key().to_bytes()
}

#[cfg(test)]
#[path = "signing_tests.rs"]
mod tests;
